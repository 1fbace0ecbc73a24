"""Short ways to write and read events, in the tests of a store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from retold.domain.event import NewEvent, RecordedEvent
from retold.store import EventStore
from retold.store.append import AppendResult, ExpectedVersion

ANY = ExpectedVersion.ANY
NO_STREAM = ExpectedVersion.NO_STREAM
STREAM_EXISTS = ExpectedVersion.STREAM_EXISTS


def event(text: str = "x", **fields: Any) -> NewEvent:
    """Return an event whose data hold ``text``; fields as of NewEvent."""
    return NewEvent(**{"type": "test.happened", "data": {"text": text}, **fields})


def events(*texts: str) -> list[NewEvent]:
    """Return an event for each text."""
    return [event(text) for text in texts]


def numbered(count: int) -> list[NewEvent]:
    """Return events that hold 1, 2, and so on."""
    return [event(str(number)) for number in range(1, count + 1)]


def texts(recorded: Iterable[RecordedEvent]) -> list[str]:
    """Return the texts of events."""
    return [one.data["text"] for one in recorded]


def event_id(number: int) -> UUID:
    """Return the same id for the same number."""
    return UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0000 + number)


async def append(
    store: EventStore,
    stream: str,
    *words: str,
    expected_version: int | ExpectedVersion = ANY,
    **fields: Any,
) -> AppendResult:
    """Append an event for each word; fields as of NewEvent."""
    new = [event(word, **fields) for word in words]
    return await store.append(stream, new, expected_version=expected_version)


async def read(store: EventStore, stream: str, **options: Any) -> list[RecordedEvent]:
    """Return what ``read_stream`` yields."""
    return [one async for one in store.read_stream(stream, missing_ok=True, **options)]


async def read_all(store: EventStore, **options: Any) -> list[RecordedEvent]:
    """Return what ``read_all`` yields."""
    return [one async for one in store.read_all(**options)]


async def names(store: EventStore, **options: Any) -> list[str]:
    """Return the names of the streams that ``streams`` yields."""
    return [head.stream async for head in store.streams(**options)]
