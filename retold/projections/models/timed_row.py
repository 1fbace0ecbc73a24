"""A row that is not over yet, with the times of it by the clock of the processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from retold.domain.event import RecordedEvent
from retold.domain.recorded import to_datetime, to_microseconds
from retold.projections.event_facts import seconds_between

_times = frozenset(
    {
        "recorded_at",
        "ready_at",
        "started_at",
        "ended_at",
        "expires_at",
        "ready_clock",
        "start_clock",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A row that is not over, with the times of it by the clock of the processes."""

    row: Any
    ready_clock: datetime | None
    start_clock: datetime | None = None

    @classmethod
    def of(cls, row: Any, event: RecordedEvent) -> Timed:
        """Return one that begins with an event."""
        return cls(row=row, ready_clock=event.occurred_at)

    def started(self, event: RecordedEvent, **changes: Any) -> Timed:
        """Return it after it began, which ends the wait of what was queued."""
        row = self.row
        row = replace(
            row,
            started_at=event.recorded_at,
            started_position=event.position,
            queue_wait_ms=self._wait(event),
            **changes,
        )
        return replace(self, row=row, start_clock=event.occurred_at)

    def ended(self, event: RecordedEvent) -> float | None:
        """Return the milliseconds from its beginning to an event; None when it never began."""
        if self.row.started_at is None:
            return None
        return milliseconds(
            (self.start_clock, event.occurred_at), (self.row.started_at, event.recorded_at)
        )

    def _wait(self, event: RecordedEvent) -> float | None:
        ready_at = self.row.ready_at
        return milliseconds(
            (_later(ready_at, self.ready_clock), event.occurred_at),
            (_later(ready_at, self.row.recorded_at), event.recorded_at),
        )

    def as_object(self) -> dict[str, Any]:
        """Return it as JSON, for the fold to remember."""
        values = {**asdict(self.row), "ready_clock": self.ready_clock}
        values["start_clock"] = self.start_clock
        return {
            name: to_microseconds(value) if isinstance(value, datetime) else value
            for name, value in values.items()
            if value is not None
        }

    @classmethod
    def of_object(cls, kind: type[Any], found: Mapping[str, Any]) -> Timed:
        """Return what :meth:`as_object` made JSON of."""
        values = {
            name: to_datetime(value) if name in _times else value for name, value in found.items()
        }
        names = {field.name for field in fields(kind)}
        return cls(
            row=kind(**{name: value for name, value in values.items() if name in names}),
            ready_clock=values.get("ready_clock"),
            start_clock=values.get("start_clock"),
        )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return other
    return max(one, other)


def milliseconds(
    by_process: tuple[datetime | None, datetime | None],
    by_log: tuple[datetime | None, datetime | None],
) -> float | None:
    """Return the time between two events, by the clock of the processes where both are known."""
    seconds = seconds_between(*(by_log if None in by_process else by_process))
    return None if seconds is None else seconds * 1_000
