"""The events of a category that has few of them, however many the log has of others."""

from __future__ import annotations

from collections.abc import Collection

from retold.domain.event import RecordedEvent
from retold.store import EventStore


async def events_of(
    store: EventStore, category: str, types: Collection[str]
) -> list[RecordedEvent]:
    """Return the events of some types in a category's streams, in their order in the log.

    The streams are found by their names, and each is read by itself: a log has no index of its
    events' types.

    Args:
        store: the log.
        category: of the streams; all its events are held at once.
        types: of the events.

    Raises:
        StoreError: when the log cannot be read.
    """
    found = [
        event
        async for head in store.streams(category=category, tombstoned=True)
        async for event in store.read_stream(head.stream)
        if event.type in types
    ]
    return sorted(found, key=lambda event: event.position)
