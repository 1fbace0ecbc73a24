"""An event as the bytes of its row, and the hash chain over them.

The digest of an event is SHA-256 over the digest before it and then every column but position and
transaction id, each prefixed by its length in 8 bytes, big-endian; a null has the length 2**64-1
and no bytes. Data and metadata enter as the exact stored bytes; numbers as decimal digits; ids as
16 bytes; times as microseconds since 1970-01-01 UTC. The columns enter in the order of
:data:`column_names`; the digest itself does not. The first event's predecessor is 32 zero bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from retold.domain.event import RecordedEvent
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

_epoch = datetime(1970, 1, 1, tzinfo=UTC)
_microsecond = timedelta(microseconds=1)
_null_length = b"\xff" * 8


def new_event_id() -> UUID:
    """Return a fresh event id: a UUIDv7, which sorts by the time it was made."""
    return uuid7()


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


def to_microseconds(moment: datetime) -> int:
    """Return microseconds since 1970-01-01 UTC; a time without a zone counts as UTC digits."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _epoch) // _microsecond


def to_datetime(microseconds: int) -> datetime:
    """Return the time in UTC.

    Raises:
        OverflowError: when it is outside the years 1 to 9999.
    """
    return _epoch + timedelta(microseconds=microseconds)


class Content(NamedTuple):
    """What an event says, apart from where it stands: two appends of it are the same append."""

    type: str
    schema_version: int
    data: str
    metadata: str
    correlation_id: str | None
    causation_id: UUID | None
    occurred_at: int | None


class EventRow(NamedTuple):
    """A row of the table of events, without its position."""

    tenant: str
    stream: str
    version: int
    event_id: UUID
    content: Content
    recorded_at: int
    digest: bytes

    @classmethod
    def of_columns(cls, columns: Sequence[Any]) -> EventRow:
        """Return the row in columns read from a database, in the order of :data:`column_names`.

        Raises:
            TypeError, ValueError: when an id is none.
        """
        tenant, stream, version, event_id, kind, schema_version, data, metadata = columns[:8]
        correlation_id, causation_id, occurred_at, recorded_at, digest = columns[8:13]
        return cls(
            tenant,
            stream,
            version,
            _to_id(event_id),
            Content(
                kind,
                schema_version,
                data,
                metadata,
                correlation_id,
                None if causation_id is None else _to_id(causation_id),
                occurred_at,
            ),
            recorded_at,
            digest,
        )


def hashed_columns(row: EventRow) -> list[bytes | None]:
    """Return what the digest of ``row`` covers: the bytes of every column but the digest."""
    content = row.content
    return [
        row.tenant.encode(),
        row.stream.encode(),
        b"%d" % row.version,
        row.event_id.bytes,
        content.type.encode(),
        b"%d" % content.schema_version,
        content.data.encode(),
        content.metadata.encode(),
        None if content.correlation_id is None else content.correlation_id.encode(),
        None if content.causation_id is None else content.causation_id.bytes,
        None if content.occurred_at is None else b"%d" % content.occurred_at,
        b"%d" % row.recorded_at,
    ]


def chain(previous: bytes, columns: Iterable[bytes | None]) -> bytes:
    """Return the digest of an event.

    Args:
        previous: digest of the version before; :data:`genesis` for the first.
        columns: as :func:`hashed_columns` gives them.

    Returns:
        32 bytes; see the module's text for what is hashed.
    """
    parts = [previous]
    for column in columns:
        if column is None:
            parts.append(_null_length)
        else:
            parts.append(len(column).to_bytes(8, "big"))
            parts.append(column)
    return hashlib.sha256(b"".join(parts)).digest()


def decode_row(columns: Sequence[Any], position: int, transaction_id: int) -> RecordedEvent:
    """Return the event in columns read from a database, in the order of :data:`column_names`.

    Raises:
        CorruptEvent: when a column does not hold what was written.
    """
    try:
        row = EventRow.of_columns(columns)
        content = row.content
        return RecordedEvent(
            position=position,
            transaction_id=transaction_id,
            stream=row.stream,
            version=row.version,
            event_id=row.event_id,
            type=content.type,
            schema_version=content.schema_version,
            data=_json_object(content.data),
            metadata=_json_object(content.metadata),
            correlation_id=content.correlation_id,
            causation_id=content.causation_id,
            occurred_at=None if content.occurred_at is None else to_datetime(content.occurred_at),
            recorded_at=to_datetime(row.recorded_at),
            tenant=row.tenant,
            digest=row.digest,
        )
    except (OverflowError, TypeError, ValueError) as error:
        # The text of the error may hold the payload.
        reason = f"a column does not hold what it should ({type(error).__name__})"
        raise CorruptEvent(str(columns[1]), columns[2], reason) from error


def _to_id(value: Any) -> UUID:
    # A driver's own class of UUID is made a plain one, which is what JSON encoders know.
    return UUID(bytes=value) if isinstance(value, bytes) else UUID(int=value.int)


def _json_object(text: str) -> dict[str, Any]:
    value = orjson.loads(text)
    if not isinstance(value, dict):
        raise TypeError("no JSON object")
    return value
