"""Short ways to write and read events in the tests of the store: those of the public suite."""

from __future__ import annotations

from retold.testing.conformance.events import (
    ANY,
    NO_STREAM,
    STREAM_EXISTS,
    append,
    event,
    event_id,
    events,
    names,
    numbered,
    read,
    read_all,
    texts,
)

__all__ = [
    "ANY",
    "NO_STREAM",
    "STREAM_EXISTS",
    "append",
    "event",
    "event_id",
    "events",
    "names",
    "numbered",
    "read",
    "read_all",
    "texts",
]
