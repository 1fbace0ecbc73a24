"""An event as the log holds it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self, TypeAlias
from uuid import UUID

# A recursive JSON type would force a cast at every step into a payload; the codec guarantees
# what the alias cannot say: str, int, float, bool, None, lists and string-keyed dicts only.
JsonObject: TypeAlias = Mapping[str, Any]

_epoch = datetime(1970, 1, 1, tzinfo=UTC)
_microsecond = timedelta(microseconds=1)


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


def category_of(stream: str) -> str:
    """Return the category of a stream name, the part before its first hyphen."""
    return stream.partition("-")[0]


class _Fields(NamedTuple):
    position: int
    epoch: int
    transaction_id: int
    tenant: str
    stream: str
    version: int
    event_id_bytes: bytes
    type: str
    schema_version: int
    data: JsonObject
    metadata: JsonObject
    correlation_id: str | None
    causation_id_bytes: bytes | None
    occurred_microseconds: int | None
    recorded_microseconds: int
    digest: bytes


class RecordedEvent(_Fields):
    """An event as the log holds it; immutable.

    A fold over a long log looks at few of these fields. Ids and times are therefore kept as the
    database gave them and become objects when they are asked for; to make a frozen dataclass of
    the same fields takes seven times as long.

    Attributes:
        position: place in the global order of one database; gaps are possible, order is not
            time. Use a cursor, not a position, to read on.
        epoch: which life of the database appended it, from 1; see
            :class:`~retold.store.cursor.Cursor`.
        transaction_id: the PostgreSQL transaction that appended it; 0 on SQLite.
        tenant: whose event it is.
        stream: name of its stream, ``category-id``.
        version: position in its stream, from 1, no gaps.
        event_id: UUIDv7, unique per tenant; ``event_id_bytes`` are its 16 bytes.
        type: stable dotted name.
        schema_version: version of the payload's form, from 1.
        data: the payload.
        metadata: facts about the recording; see :class:`~retold.domain.event.Metadata`.
        correlation_id: the whole piece of work it belongs to.
        causation_id: id of the event that led to it; ``causation_id_bytes`` likewise.
        occurred_at: when it happened by the source's clock, UTC; None when unknown.
            ``occurred_microseconds`` counts from 1970-01-01 UTC.
        recorded_at: when the store took it, UTC; ``recorded_microseconds`` likewise.
        digest: SHA-256 that chains it to the version before; 32 bytes.
    """

    __slots__ = ()

    def __new__(  # noqa: PLR0913 - it has this many fields
        cls,
        *,
        position: int,
        transaction_id: int,
        stream: str,
        version: int,
        event_id: UUID,
        type: str,  # noqa: A002 - as in NewEvent
        schema_version: int,
        data: JsonObject,
        metadata: JsonObject,
        correlation_id: str | None,
        causation_id: UUID | None,
        occurred_at: datetime | None,
        recorded_at: datetime,
        tenant: str,
        digest: bytes,
        epoch: int = 1,
    ) -> Self:
        """Return an event of these fields."""
        return cls._make(
            (
                position,
                epoch,
                transaction_id,
                tenant,
                stream,
                version,
                event_id.bytes,
                type,
                schema_version,
                data,
                metadata,
                correlation_id,
                None if causation_id is None else causation_id.bytes,
                None if occurred_at is None else to_microseconds(occurred_at),
                to_microseconds(recorded_at),
                digest,
            )
        )

    def with_content(
        self,
        *,
        type: str,  # noqa: A002 - as in NewEvent
        schema_version: int,
        data: JsonObject,
        metadata: JsonObject,
    ) -> Self:
        """Return this event as an upcaster reads it; its place and digest stay."""
        return self._replace(type=type, schema_version=schema_version, data=data, metadata=metadata)

    @property
    def event_id(self) -> UUID:
        """Its id."""
        return UUID(bytes=self.event_id_bytes)

    @property
    def causation_id(self) -> UUID | None:
        """Id of the event that led to it."""
        return None if self.causation_id_bytes is None else UUID(bytes=self.causation_id_bytes)

    @property
    def occurred_at(self) -> datetime | None:
        """When it happened by the source's clock, UTC; None when unknown."""
        return (
            None if self.occurred_microseconds is None else to_datetime(self.occurred_microseconds)
        )

    @property
    def recorded_at(self) -> datetime:
        """When the store took it, UTC."""
        return to_datetime(self.recorded_microseconds)

    @property
    def category(self) -> str:
        """The part of the stream's name before the first hyphen."""
        return category_of(self.stream)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it be copied and pickled."""
        return self._make, (tuple(self),)
