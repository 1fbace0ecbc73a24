"""What is decided about a model call beside the call itself, in the conversation it is part of."""

from __future__ import annotations

from typing import ClassVar, Literal

from retold.domain.event import DomainEvent, EventRegistry
from retold.domain.value import ErrorInfo


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


resilience_events = EventRegistry(
    ModelCallRetried, ModelCallTimedOut, ModelCallRefused, ModelFellBack
)
