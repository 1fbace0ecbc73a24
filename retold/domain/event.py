"""Events as data: what is appended, and the registry of their types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Self, TypedDict
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from retold.domain.recorded import JsonObject, RecordedEvent
from retold.domain.upcasting import Upcasters
from retold.errors import (
    FutureSchemaVersion,
    InvalidEventData,
    InvalidStreamName,
    UnknownEventType,
)
from retold.errors.meaning import EventPlace

__all__ = [
    "DomainEvent",
    "EventRegistry",
    "JsonObject",
    "Metadata",
    "NewEvent",
    "RecordedEvent",
    "check_stream_name",
]

type_pattern = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
stream_pattern = re.compile(r"[a-z][a-z0-9_]*-\S(?:.*\S)?")
longest_stream_name = 255


class Metadata(TypedDict, total=False):
    """Reserved keys of an event's metadata; further keys are free.

    Keys:
        session: id of the root session the event belongs to; nested conversations share it.
        turn: id of the turn in which the event was recorded.
        agent: name of the agent that acted.
        source_time: the source's time as the text it came as, kept when it has no zone.
        model: name of the model that made an imported message, where its source says so elsewhere.
        task: id of the delegated task whose usage the event adds to its parent's, once.
        traceparent: the span it was recorded in, by W3C Trace Context, where there was one.
    """

    session: str
    turn: str
    agent: str
    source_time: str
    model: str
    task: str
    traceparent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to be appended.

    Attributes:
        type: stable dotted name, such as ``turn.started``.
        data: the payload, JSON-native.
        metadata: facts about the recording, JSON-native; see :class:`Metadata`.
        event_id: UUIDv7. Left out, the store gives one; give it to make a retry a no-op.
        schema_version: version of the payload's form, from 1.
        correlation_id: the whole piece of work this event belongs to.
        causation_id: id of the event that led to this one.
        occurred_at: when it happened by the source's clock; None when unknown. A time without
            a zone is taken as UTC digits, its text belongs in ``metadata["source_time"]``.
    """

    type: str
    data: JsonObject
    metadata: JsonObject = field(default_factory=dict)
    event_id: UUID | None = None
    schema_version: int = 1
    correlation_id: str | None = None
    causation_id: UUID | None = None
    occurred_at: datetime | None = None


def check_stream_name(stream: object) -> str:
    """Return ``stream`` when it is of the form ``category-id``.

    Raises:
        InvalidStreamName: when it is not.
    """
    if (
        not isinstance(stream, str)
        or len(stream) > longest_stream_name
        or not stream_pattern.fullmatch(stream)
        or not stream.isprintable()
    ):
        raise InvalidStreamName(stream)
    return stream


class DomainEvent(BaseModel):
    """Base of the typed events: immutable data with a stable name and a schema version.

    A subclass sets ``type``; the field defaults are part of the schema and never change within
    one ``schema_version``. From the second version on there is an upcaster from each before.
    """

    # Without the last, pydantic would write NaN as null; as it is, the store refuses it.
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="constants")

    type: ClassVar[str]
    schema_version: ClassVar[int] = 1

    def to_new_event(
        self,
        *,
        metadata: JsonObject | None = None,
        event_id: UUID | None = None,
        correlation_id: str | None = None,
        causation_id: UUID | None = None,
        occurred_at: datetime | None = None,
    ) -> NewEvent:
        """Return this event as an appendable one; arguments as in :class:`NewEvent`."""
        return NewEvent(
            type=self.type,
            data=self.model_dump(mode="json", exclude_none=True),
            metadata=metadata or {},
            event_id=event_id,
            schema_version=self.schema_version,
            correlation_id=correlation_id,
            causation_id=causation_id,
            occurred_at=occurred_at,
        )

    @classmethod
    def from_recorded(cls, event: RecordedEvent) -> Self:
        """Return the typed event in a recorded one.

        Args:
            event: in the form of today, as the store yields it.

        Raises:
            FutureSchemaVersion: when it is of a later version than this class.
            InvalidEventData: when its data does not fit this type, or is of an earlier version.
        """
        if event.schema_version != cls.schema_version:
            cls._refuse_version(event)
        try:
            return cls.model_validate(event.data)
        except ValidationError as error:
            first = error.errors()[0]
            field_path = ".".join(map(str, first["loc"]))
            raise InvalidEventData(
                event.type,
                f"version {event.version} of {event.stream!r}",
                f"{field_path}: {first['msg']}",
            ) from error

    @classmethod
    def _refuse_version(cls, event: RecordedEvent) -> None:
        place = EventPlace(event.stream, event.version, event.event_id)
        if event.schema_version > cls.schema_version:
            raise FutureSchemaVersion(event.type, event.schema_version, cls.schema_version, place)
        raise InvalidEventData(
            event.type,
            str(place),
            f"schema version {event.schema_version} was not brought to {cls.schema_version}; "
            "read it through a store or a registry that has its upcasters",
        )


class EventRegistry:
    """The event types this code knows, by stable name.

    Data names a type, this registry holds the classes: nothing is imported or built because a
    stored name says so.

    Attributes:
        upcasters: the older versions of the types, and which version each class is.
    """

    def __init__(self, *types: type[DomainEvent], upcasters: Upcasters | None = None) -> None:
        """Register the types; their upcasters have to be complete."""
        self.upcasters = Upcasters() if upcasters is None else upcasters
        self._types: dict[str, type[DomainEvent]] = {}
        for event_type in types:
            self.register(event_type)

    def register(self, event_type: type[DomainEvent]) -> type[DomainEvent]:
        """Add a type and return it, so that it serves as a class decorator.

        Raises:
            ValueError: when the name is not a dotted one or another class has it.
            UpcasterRegistrationError: when the upcasters do not lead to the class's version.
        """
        name = event_type.type
        if not type_pattern.fullmatch(name):
            raise ValueError(f"{name!r} is no event type: use dotted lower case, as 'turn.started'")
        if self._types.get(name, event_type) is not event_type:
            raise ValueError(f"Event type {name!r} is registered for {self._types[name]!r} already")
        self.upcasters.declare(name, event_type.schema_version)
        self._types[name] = event_type
        return event_type

    def __contains__(self, name: object) -> bool:
        return name in self._types

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)

    def decode(self, event: RecordedEvent) -> DomainEvent:
        """Return the typed event in a recorded one, of whatever version.

        Raises:
            FutureSchemaVersion: when its version is newer than the class.
            UpcastFailed: when it is older, and cannot be brought to the newest.
            UnknownEventType: when no class has this name.
            InvalidEventData: when its data does not fit its type.
        """
        event = self.upcasters.upcast_event(event)
        event_type = self._types.get(event.type)
        if event_type is None:
            raise UnknownEventType(event.type)
        return event_type.from_recorded(event)
