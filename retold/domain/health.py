"""How something is found to be, in a stream of its own, ``health-<name>``: an event a change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal, TypeAlias

from retold.domain.decider import Decider
from retold.domain.event import DomainEvent, EventRegistry
from retold.domain.value import ErrorInfo, Value

health_category = "health"


def health_stream(name: str) -> str:
    """Return the name of the stream with the changes of something's health."""
    return f"{health_category}-{name}"


HealthStatus: TypeAlias = Literal["unknown", "healthy", "unhealthy"]


class HealthChanged(DomainEvent):
    """A health check found another state than the one before.

    Attributes:
        status: as of now, ``healthy`` or ``unhealthy``.
        was: before, ``unknown`` at the first check.
        at: when it was found, by the clock of the process that checked.
        error: why it is unhealthy.
    """

    type: ClassVar[str] = "health.changed"
    status: HealthStatus
    was: HealthStatus
    at: datetime
    error: ErrorInfo | None = None


class HealthState(Value):
    """How something was found to be; ``since`` is None before the first check."""

    status: HealthStatus = "unknown"
    since: datetime | None = None
    error: ErrorInfo | None = None


class ReportHealth(Value):
    """Take in what a check found at ``at``; no ``error`` is healthy."""

    at: datetime
    error: ErrorInfo | None = None


def _decide(command: ReportHealth, state: HealthState) -> Sequence[DomainEvent]:
    status: HealthStatus = "healthy" if command.error is None else "unhealthy"
    if status == state.status:
        return []
    return [HealthChanged(status=status, was=state.status, at=command.at, error=command.error)]


def _evolve(state: HealthState, event: DomainEvent) -> HealthState:
    if not isinstance(event, HealthChanged):
        return state
    return HealthState(status=event.status, since=event.at, error=event.error)


health: Decider[ReportHealth, HealthState] = Decider(
    name="health", state=HealthState, decide=_decide, evolve=_evolve, events=(HealthChanged,)
)

health_events = EventRegistry(HealthChanged)
