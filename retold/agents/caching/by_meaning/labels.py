"""Labels as they are appended, and the names of the scopes they count for."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

from retold.agents.resilience.call_facts import CallFacts
from retold.domain.cache.meaning import CacheLabelled, risk_stream
from retold.domain.event import longest_stream_name
from retold.store.append import Append, ExpectedVersion
from retold.store.codec.values import made_plain
from retold.store.row import new_event_id

_longest = longest_stream_name - len(risk_stream(""))


@lru_cache(maxsize=1_000)
def scope_of(name: str, level: str, embedder: str) -> str:
    """Return the name of a scope: similarities of two embedders, or levels, do not compare.

    Args:
        name: of what shares a threshold, such as a cache's.
        level: name of the level.
        embedder: name of what made the vectors.
    """
    text = made_plain(f"{name}/{level}/{embedder}").strip()
    shown = "".join(letter if letter.isprintable() else "_" for letter in text)
    if len(shown) <= _longest:
        return shown
    digest = hashlib.sha256(shown.encode()).hexdigest()[:16]
    return f"{shown[: _longest - 17]}/{digest}"


def label_append(label: CacheLabelled, facts: CallFacts) -> tuple[UUID, Append]:
    """Return the id a label will have, and its append.

    Args:
        label: what was found out.
        facts: what led to it, and whose work it was.
    """
    event_id = new_event_id()
    new = label.to_new_event(
        event_id=event_id,
        metadata=dict(facts["metadata"]),
        correlation_id=facts["correlation_id"],
        causation_id=facts["caused_by"],
        occurred_at=datetime.now(UTC),
    )
    return event_id, Append(risk_stream(label.scope), [new], ExpectedVersion.ANY)
