"""A session's context variables: restored when a turn begins, recorded when they change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from ag2.context import strip_reserved_variables

from retold.agents.codec import event_codec
from retold.domain.recording import VariablesChanged
from retold.store.codec.values import is_plain


class Variables:
    """What the log holds of a session's variables, and how they differ from it."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        """Store what the log holds.

        Args:
            stored: values by Retold's codec, by name.
        """
        self._stored = dict(stored)

    def restored(self) -> dict[str, Any]:
        """Return the variables, decoded anew."""
        return {name: event_codec.decode(value) for name, value in self._stored.items()}

    def changes(self, variables: Mapping[Any, Any], *, complete: bool) -> VariablesChanged | None:
        """Return how ``variables`` differ from what the log holds, and count it as recorded.

        AG2 keeps its own control state under reserved prefixes; that, and names that are no text
        a database can store, is left out.

        Args:
            variables: of a context.
            complete: True when a name that is not among them was removed.

        Returns:
            None when nothing changed.
        """
        named = {n: v for n, v in variables.items() if isinstance(n, str) and is_plain(n)}
        kept = strip_reserved_variables(named, source="the conversation", warn=False)
        encoded = {name: event_codec.encode(value) for name, value in kept.items()}
        changed = {
            name: value
            for name, value in encoded.items()
            if name not in self._stored or not _equal(self._stored[name], value)
        }
        removed = tuple(n for n in self._stored if n not in encoded) if complete else ()
        if not changed and not removed:
            return None
        self._stored = {n: v for n, v in self._stored.items() if n not in removed} | changed
        return VariablesChanged(changed=changed, removed=removed)


def _equal(one: Any, other: Any) -> bool:
    # As what is stored: to Python, 1, 1.0 and True are the same.
    return orjson.dumps(one) == orjson.dumps(other)
