"""A stream as it is listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from retold.domain.recorded import to_datetime


@dataclass(frozen=True, slots=True)
class StreamHead:
    """A stream and how far it goes.

    Attributes:
        stream: its name.
        version: of its last event; of a fork without events of its own, its parent's.
        digest: of that event, 32 bytes.
        session: id of the root session it belongs to, when it does.
        parent_stream: for a fork, the stream whose versions come before its own.
        parent_version: for a fork, the last version that is its parent's.
        tombstoned_at: when it ended, UTC; None when it did not.
    """

    stream: str
    version: int
    digest: bytes
    session: str | None = None
    parent_stream: str | None = None
    parent_version: int | None = None
    tombstoned_at: datetime | None = None


def to_heads(rows: Iterable[Sequence[Any]]) -> list[StreamHead]:
    """Return the streams in rows: name, version, digest, session, parent's name and version,
    time of the tombstone in microseconds since 1970-01-01 UTC.
    """
    return [
        StreamHead(
            name,
            version,
            digest,
            session,
            parent_stream,
            parent_version,
            None if tombstoned_at is None else to_datetime(tombstoned_at),
        )
        for name, version, digest, session, parent_stream, parent_version, tombstoned_at in rows
    ]
