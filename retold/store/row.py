"""An event as the columns of its row, and the hash chain over them.

The digest of an event is SHA-256 over the digest before it and then every column but position,
epoch and transaction id, each prefixed by its length in 8 bytes, big-endian; a null has the length
2**64-1 and no bytes. Data and metadata enter as the exact stored bytes; numbers as decimal digits;
ids as 16 bytes; times as microseconds since 1970-01-01 UTC. The columns enter in the order of
:data:`column_names`; the digest itself does not. The first event's predecessor is 32 zero bytes;
that of the first event of a fork is the event it was forked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import orjson
import uuid_utils

from retold.domain.recorded import RecordedEvent
from retold.errors import CorruptEvent

genesis = bytes(32)
column_names = (
    "tenant",
    "stream",
    "version",
    "event_id",
    "type",
    "schema_version",
    "data",
    "metadata",
    "correlation_id",
    "causation_id",
    "occurred_at",
    "recorded_at",
    "digest",
)

_null_length = b"\xff" * 8
_id_length = (16).to_bytes(8, "big")
# Microseconds since 1970 of the years 1 to 9999, which is what a datetime can be.
_earliest, _latest = -62_135_596_800_000_000, 253_402_300_799_999_999

# Position, epoch, transaction id, then the columns of :data:`column_names`, as a driver gives them.
Row: TypeAlias = Sequence[Any]
# Type, schema version, data, metadata, correlation id, causation id, time: what an event says,
# apart from where it stands. Two appends of equal contents are the same append.
Content: TypeAlias = tuple[str, int, str, str, str | None, bytes | None, int | None]


def new_event_id() -> UUID:
    """Return a fresh event id: a UUIDv7, which sorts by the time it was made."""
    return UUID(bytes=new_event_id_bytes())


def new_event_id_bytes() -> bytes:
    """Return the 16 bytes of a fresh event id."""
    return uuid_utils.uuid7().bytes


def derived_event_id(identity: str, milliseconds: int = 0) -> UUID:
    """Return the event id of something that has an identity of its own, always the same.

    Args:
        identity: what tells it from everything else of the same tenant.
        milliseconds: since 1970-01-01 UTC, when it happened; 0 when that is unknown.

    Returns:
        A UUIDv7 (RFC 9562, section 5.7) whose random bits are the first of SHA-256(identity).
    """
    random_bits = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:10], "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | random_bits
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


class EventRow(NamedTuple):
    """A row of the table of events, without its place in the global order; ids are bytes."""

    tenant: str
    stream: str
    version: int
    event_id: bytes
    type: str
    schema_version: int
    data: str
    metadata: str
    correlation_id: str | None
    causation_id: bytes | None
    occurred_at: int | None
    recorded_at: int
    digest: bytes

    @property
    def content(self) -> Content:
        """What the event says."""
        return self[4:11]

    @classmethod
    def of_columns(cls, columns: Sequence[Any]) -> EventRow:
        """Return the row in columns read from a database, in the order of :data:`column_names`.

        Raises:
            TypeError, ValueError: when an id is none.
        """
        row = cls._make(columns)
        causation_id = None if row.causation_id is None else id_bytes(row.causation_id)
        return row._replace(event_id=id_bytes(row.event_id), causation_id=causation_id)


def hashed(column: bytes | None) -> bytes:
    """Return a column as the digest covers it: with its length before it."""
    if column is None:
        return _null_length
    return len(column).to_bytes(8, "big") + column


def hashed_content(event_id: bytes, content: Content) -> bytes:
    """Return an event's id and what it says as the digest covers them."""
    kind, schema_version, text, metadata_text, correlation_id, causation_id, occurred_at = content
    data, metadata = text.encode(), metadata_text.encode()
    return b"".join(
        (
            _id_length,
            event_id,
            _hashed_type(kind, schema_version),
            len(data).to_bytes(8, "big"),
            data,
            len(metadata).to_bytes(8, "big"),
            metadata,
            _null_length if correlation_id is None else hashed(correlation_id.encode()),
            _null_length if causation_id is None else _id_length + causation_id,
            _null_length if occurred_at is None else hashed(b"%d" % occurred_at),
        )
    )


@lru_cache(maxsize=1_000)
def _hashed_type(kind: str, schema_version: int) -> bytes:
    return hashed(kind.encode()) + hashed(b"%d" % schema_version)


def hashed_columns(row: EventRow) -> bytes:
    """Return what the digest of ``row`` covers besides the digest before it."""
    return b"".join(
        (
            hashed(row.tenant.encode()),
            hashed(row.stream.encode()),
            hashed(b"%d" % row.version),
            hashed_content(row.event_id, row.content),
            hashed(b"%d" % row.recorded_at),
        )
    )


def chain(previous: bytes, columns: bytes | Iterable[bytes | None]) -> bytes:
    """Return the digest of an event.

    Args:
        previous: digest of the version before; :data:`genesis` for the first.
        columns: as :func:`hashed_columns` gives them, or the columns themselves.

    Returns:
        32 bytes; see the module's text for what is hashed.
    """
    covered = columns if isinstance(columns, bytes) else b"".join(map(hashed, columns))
    return hashlib.sha256(previous + covered).digest()


def decode_rows(rows: Iterable[Row]) -> list[RecordedEvent]:
    """Return the events in rows read from a database.

    Args:
        rows: of the table of events.

    Raises:
        CorruptEvent: when a column does not hold what was written.
    """
    # One loop, without a call that could be spared: every event that is read comes by here.
    loads, new = orjson.loads, tuple.__new__
    events: list[RecordedEvent] = []
    append = events.append
    for row in rows:
        (
            position,
            epoch,
            transaction_id,
            tenant,
            stream,
            version,
            event_id,
            kind,
            schema_version,
            text,
            metadata_text,
            correlation_id,
            causation_id,
            occurred_at,
            recorded_at,
            digest,
        ) = row
        try:
            data = loads(text)
            metadata = loads(metadata_text)
            if type(event_id) is not bytes or len(event_id) != 16:
                event_id = id_bytes(event_id)
            if causation_id is not None:
                causation_id = id_bytes(causation_id)
            if (
                type(data) is not dict
                or type(metadata) is not dict
                or type(recorded_at) is not int
                or not _earliest <= recorded_at <= _latest
                or (
                    occurred_at is not None
                    and (type(occurred_at) is not int or not _earliest <= occurred_at <= _latest)
                )
            ):
                raise TypeError("no JSON object, or no time")
        except (AttributeError, TypeError, ValueError) as error:
            # The text of the error may hold the payload.
            reason = f"a column does not hold what it should ({type(error).__name__})"
            raise CorruptEvent(str(stream), version, reason) from error
        append(
            new(
                RecordedEvent,
                (
                    position,
                    epoch,
                    transaction_id,
                    tenant,
                    stream,
                    version,
                    event_id,
                    kind,
                    schema_version,
                    data,
                    metadata,
                    correlation_id,
                    causation_id,
                    occurred_at,
                    recorded_at,
                    digest,
                ),
            )
        )
    return events


def id_bytes(value: Any) -> bytes:
    """Return the 16 bytes of an id as a driver gives it.

    Raises:
        TypeError, ValueError: when it is none.
    """
    found: Any = value.bytes if isinstance(value, UUID) else value
    if type(found) is not bytes:
        raise TypeError("no id")
    if len(found) != 16:
        raise ValueError("no id")
    return found
