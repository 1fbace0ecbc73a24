"""What is wrong with an event's type or data."""

from __future__ import annotations

from retold.errors.root import RetoldError


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
