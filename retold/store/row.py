"""An event as the bytes of its row, and the hash chain over them.

The digest of an event is SHA-256 over the digest before it and then every column but position and
transaction id, each prefixed by its length in 8 bytes, big-endian; a null has the length 2**64-1
and no bytes. Data and metadata enter as the exact stored bytes; numbers as decimal digits; ids as
16 bytes; times as microseconds since 1970-01-01 UTC. The first event's predecessor is 32 zero
bytes.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from retold.domain.event import NewEvent, RecordedEvent, type_pattern
from retold.errors import CorruptEvent, EventTooLarge, InvalidEvent

genesis = bytes(32)
longest_correlation_id = 255

_epoch = datetime(1970, 1, 1, tzinfo=UTC)
_microsecond = timedelta(microseconds=1)
_null_length = b"\xff" * 8
# Dataclasses, datetimes and subclasses of str would be stored as something else than they are.
_strict = (
    orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)


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


class Content(NamedTuple):
    """What an event says, apart from where it stands: two appends of it are the same append."""

    type: str
    schema_version: int
    data: str
    metadata: str
    correlation_id: str | None
    causation_id: UUID | None
    occurred_at: int | None


@dataclass(frozen=True, slots=True)
class EncodedEvent:
    """A :class:`NewEvent` ready to be stored.

    Attributes:
        event_id: the caller's, or a fresh one.
        named: True when the caller gave the id, so that it may be in the log already.
        content: the columns that say what happened.
        session: ``metadata["session"]``, kept with the stream that the event begins.
    """

    event_id: UUID
    named: bool
    content: Content
    session: str | None


@dataclass(frozen=True, slots=True)
class EventRow:
    """A row of the table of events, without its position."""

    tenant: str
    stream: str
    version: int
    event_id: UUID
    content: Content
    recorded_at: int
    digest: bytes

    @classmethod
    def of(
        cls, event: EncodedEvent, tenant: str, stream: str, version: int, recorded_at: int
    ) -> EventRow:
        """Place ``event`` in its stream; its digest is still empty."""
        return cls(tenant, stream, version, event.event_id, event.content, recorded_at, b"")

    def with_digest(self, digest: bytes) -> EventRow:
        """Return this row with its digest."""
        return replace(self, digest=digest)


def to_microseconds(moment: datetime) -> int:
    """Return microseconds since 1970-01-01 UTC; a time without a zone counts as UTC digits."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _epoch) // _microsecond


def to_datetime(microseconds: int) -> datetime:
    """Return the time in UTC."""
    return _epoch + timedelta(microseconds=microseconds)


def chain(previous: bytes, row: EventRow) -> bytes:
    """Return the digest of ``row``, which follows the event with digest ``previous``.

    Args:
        previous: 32 bytes; :data:`genesis` for the first version.
        row: the event; its own digest is not read.

    Returns:
        32 bytes; see the module's text for what is hashed.
    """
    content = row.content
    columns = (
        row.tenant.encode(),
        row.stream.encode(),
        str(row.version).encode(),
        row.event_id.bytes,
        content.type.encode(),
        str(content.schema_version).encode(),
        content.data.encode(),
        content.metadata.encode(),
        None if content.correlation_id is None else content.correlation_id.encode(),
        None if content.causation_id is None else content.causation_id.bytes,
        None if content.occurred_at is None else str(content.occurred_at).encode(),
        str(row.recorded_at).encode(),
    )
    parts = [previous]
    for column in columns:
        if column is None:
            parts.append(_null_length)
        else:
            parts.append(len(column).to_bytes(8, "big"))
            parts.append(column)
    return hashlib.sha256(b"".join(parts)).digest()


def encode_event(event: NewEvent, stream: str, max_bytes: int) -> EncodedEvent:
    """Turn an event into what is stored.

    Args:
        event: the event.
        stream: where it goes, for the error message.
        max_bytes: limit of data and metadata together.

    Raises:
        InvalidEvent: when a field is not what the log can hold.
        EventTooLarge: when it exceeds ``max_bytes``.
    """
    if not isinstance(event.type, str) or not type_pattern.fullmatch(event.type):
        raise InvalidEvent(event.type, "its type is no dotted lower case name, as 'turn.started'")
    if event.schema_version < 1:
        raise InvalidEvent(event.type, "its schema version is below 1")
    if event.event_id is not None and not isinstance(event.event_id, UUID):
        raise InvalidEvent(event.type, f"its id {event.event_id!r} is no UUID")
    data = _to_json(event.type, "data", event.data)
    metadata = _to_json(event.type, "metadata", event.metadata)
    if len(data) + len(metadata) > max_bytes:
        raise EventTooLarge(event.type, stream, len(data) + len(metadata), max_bytes)
    session = event.metadata.get("session")
    return EncodedEvent(
        event_id=event.event_id or new_event_id(),
        named=event.event_id is not None,
        content=Content(
            event.type,
            event.schema_version,
            data.decode(),
            metadata.decode(),
            _checked_correlation_id(event),
            event.causation_id,
            None if event.occurred_at is None else to_microseconds(event.occurred_at),
        ),
        session=session if isinstance(session, str) else None,
    )


def decode_row(row: EventRow, position: int, transaction_id: int) -> RecordedEvent:
    """Turn a stored row into an event.

    Raises:
        CorruptEvent: when its data or metadata is no JSON object.
    """
    content = row.content
    return RecordedEvent(
        position=position,
        transaction_id=transaction_id,
        stream=row.stream,
        version=row.version,
        event_id=row.event_id,
        type=content.type,
        schema_version=content.schema_version,
        data=_from_json(row, content.data),
        metadata=_from_json(row, content.metadata),
        correlation_id=content.correlation_id,
        causation_id=content.causation_id,
        occurred_at=None if content.occurred_at is None else to_datetime(content.occurred_at),
        recorded_at=to_datetime(row.recorded_at),
        tenant=row.tenant,
        digest=row.digest,
    )


def _checked_correlation_id(event: NewEvent) -> str | None:
    correlation_id = event.correlation_id
    if correlation_id is None:
        return None
    if (
        not isinstance(correlation_id, str)
        or not correlation_id.isprintable()
        or not 0 < len(correlation_id) <= longest_correlation_id
    ):
        raise InvalidEvent(
            event.type,
            f"its correlation id {correlation_id!r} is no printable text of at most "
            f"{longest_correlation_id} characters",
        )
    return correlation_id


def _to_json(event_type: str, part: str, value: Mapping[str, Any]) -> bytes:
    if not isinstance(value, Mapping):
        raise InvalidEvent(event_type, f"its {part} is no mapping")
    try:
        encoded = orjson.dumps(value if isinstance(value, dict) else dict(value), option=_strict)
    except orjson.JSONEncodeError as error:
        raise InvalidEvent(
            event_type, f"its {part} is not JSON-native ({error}); encode it with a Codec first"
        ) from error
    # orjson writes NaN and the infinities as null, so a null may hide one.
    if b"null" in encoded and _holds_nan(value):
        raise InvalidEvent(event_type, f"its {part} holds NaN or an infinity; encode it first")
    return encoded


def _holds_nan(value: object) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, Mapping):
        return any(map(_holds_nan, value.values()))
    return isinstance(value, list | tuple) and any(map(_holds_nan, value))


def _from_json(row: EventRow, text: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise CorruptEvent(row.stream, row.version, f"its payload is no JSON ({error})") from error
    if not isinstance(value, dict):
        raise CorruptEvent(row.stream, row.version, "its payload is no JSON object")
    return value
