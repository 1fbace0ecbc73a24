"""A log that cannot record certain events, as when a disk is full or a server is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from retold.domain.event import NewEvent
from retold.errors import StoreUnavailable
from retold.store import EventStore
from retold.store.append import Append, AppendResult

secret_text = "postgresql://admin:hunter2@db.internal/prod is down"

Fails = Callable[[str, NewEvent], bool]
"""Whether an event is one that cannot be appended, given its stream and itself."""


def is_ag2_event(*names: str, stream: str = "") -> Fails:
    """Return a test for AG2 events of these class names, in streams with this in their name."""
    types = {f"ag2.{name}" for name in names}
    return lambda where, event: stream in where and event.data.get("event", {}).get("$") in types


def is_event(*types: str) -> Fails:
    """Return a test for events of these types."""
    return lambda _, event: event.type in types


@contextmanager
def failing(
    store: EventStore, fails: Fails, *, times: int | None = None, rounds: int = 0
) -> Iterator[list[str]]:
    """Let appends with certain events fail, as a database's would.

    Args:
        store: the log.
        fails: which events.
        times: how often; None for always.
        rounds: of the event loop until it fails, in which others go on.

    Yields:
        The types of the events that were not appended.
    """
    refused: list[str] = []
    append_many = store.append_many

    async def guarded(appends: Sequence[Append], **options: Any) -> tuple[AppendResult, ...]:
        hit = [e.type for a in appends for e in a.events if fails(a.stream, e)]
        if hit and (times is None or len(refused) < times):
            refused.extend(hit)
            for _ in range(rounds):
                await asyncio.sleep(0)
            raise StoreUnavailable("Appending", secret_text)
        return await append_many(appends, **options)

    store.append_many = guarded  # type: ignore[method-assign]  # stands in for a failing database
    try:
        yield refused
    finally:
        del store.append_many
