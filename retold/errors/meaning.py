"""What is wrong with an event's type, version or data."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from retold.errors.root import RetoldError


class EventPlace(NamedTuple):
    """Which recorded event an error is about."""

    stream: str
    version: int
    event_id: UUID

    def __str__(self) -> str:
        return f"version {self.version} of {self.stream!r} (event {self.event_id})"


class UnknownEventType(RetoldError):
    """Raised when an event type has no registered class."""

    code = "unknown_event_type"

    def __init__(self, event_type: str) -> None:
        self.event_type = event_type
        super().__init__(
            f"No class is registered for event type {event_type!r}. It was written by a later "
            "release or by code that is not loaded; read its data as it is, or register the type."
        )


class InvalidEventData(RetoldError):
    """Raised when a recorded event's data does not fit its type."""

    code = "invalid_event_data"

    def __init__(self, event_type: str, where: str, reason: str) -> None:
        self.event_type = event_type
        super().__init__(f"Data of {event_type!r} at {where} does not fit its type: {reason}.")


class FutureSchemaVersion(RetoldError):
    """Raised when an event has a schema version that this code does not know yet.

    Attributes:
        event_type: its type, as it is stored or was to be stored.
        schema_version: its schema version.
        known: the newest schema version of that type this code knows.
        place: which event it is; None when it is not in the log.
    """

    code = "future_schema_version"

    def __init__(
        self, event_type: str, schema_version: int, known: int, place: EventPlace | None = None
    ) -> None:
        self.event_type = event_type
        self.schema_version = schema_version
        self.known = known
        self.place = place
        where = "An event" if place is None else f"The event at {place}"
        super().__init__(
            f"{where} of type {event_type!r} has schema version {schema_version}; this code knows "
            f"versions up to {known}. The log is as it was. Upgrade Retold, or the application "
            "that declares the type, to the release that writes this version."
        )


class UpcastFailed(RetoldError):
    """Raised when an event of an older schema version cannot be brought to the newest.

    Attributes:
        event_type: its type at the step that failed.
        schema_version: its schema version at the step that failed.
        place: which event it is; None when it is not in the log.
    """

    code = "upcast_failed"

    def __init__(
        self, event_type: str, schema_version: int, reason: str, place: EventPlace | None = None
    ) -> None:
        self.event_type = event_type
        self.schema_version = schema_version
        self.place = place
        where = "An event" if place is None else f"The event at {place}"
        super().__init__(
            f"{where} of type {event_type!r} could not be brought from schema version "
            f"{schema_version} to the next: {reason}. The log is as it was; correct the upcaster "
            "registered for that version."
        )


class UpcasterRegistrationError(RetoldError):
    """Raised when an upcaster, an alias or a class's version does not fit the others."""

    code = "upcaster_registration_error"

    def __init__(self, event_type: str, reason: str) -> None:
        self.event_type = event_type
        super().__init__(f"Cannot register a version of event type {event_type!r}: {reason}.")
