"""What is decided about a model call beside the call itself, and the health of what is called.

The decisions are events of the conversation the call is part of. Health is a stream of its own,
``health-<name>``, with an event for each change.
"""

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


# A model call ----------------------------------------------------------------------------------


class ModelCallRetried(DomainEvent):
    """A failed model call is about to be repeated.

    Attributes:
        attempt: which attempt it will be, from 2.
        error: what the attempt before raised.
        waited_seconds: the pause before this attempt.
        provider: of the model, when known.
        model: its name, when known.
    """

    type: ClassVar[str] = "model.call_retried"
    attempt: int
    error: ErrorInfo
    waited_seconds: float
    provider: str | None = None
    model: str | None = None


class ModelCallTimedOut(DomainEvent):
    """A model call was cancelled because it took too long.

    Attributes:
        seconds: it was allowed.
        provider: of the model, when known.
        model: its name, when known.
    """

    type: ClassVar[str] = "model.call_timed_out"
    seconds: float
    provider: str | None = None
    model: str | None = None


class ModelCallRefused(DomainEvent):
    """A model call was refused before anything was called.

    Attributes:
        by: ``circuit`` or ``pool``.
        name: of that circuit or pool.
        error: what the caller was told.
        provider: of the model, when known.
        model: its name, when known.
    """

    type: ClassVar[str] = "model.call_refused"
    by: Literal["circuit", "pool"]
    name: str
    error: ErrorInfo
    provider: str | None = None
    model: str | None = None


class ModelFellBack(DomainEvent):
    """Another model is about to be called, or a fixed answer given, as the one before failed.

    Attributes:
        step: which alternative, from 1.
        to: ``model`` or ``answer``.
        error: what the one before raised.
        from_model: name of the one before, when known.
        provider: of the model that is called, when known.
        model: its name, when known.
        answer: the fixed answer.
    """

    type: ClassVar[str] = "model.fell_back"
    step: int
    to: Literal["model", "answer"]
    error: ErrorInfo
    from_model: str | None = None
    provider: str | None = None
    model: str | None = None
    answer: str | None = None


# Health ----------------------------------------------------------------------------------------

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

resilience_events = EventRegistry(
    ModelCallRetried, ModelCallTimedOut, ModelCallRefused, ModelFellBack, HealthChanged
)
