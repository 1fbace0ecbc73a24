"""Recorded model calls to fold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from retold.domain.event import DomainEvent, NewEvent
from retold.domain.model_call import ModelCallCompleted, ModelCallFailed, ModelCallStarted
from retold.domain.value import ErrorInfo


def _new(event: DomainEvent, at: datetime | None, agent: str | None) -> NewEvent:
    metadata: dict[str, Any] = {"turn": "t1"}
    if agent is not None:
        metadata["agent"] = agent
    return event.to_new_event(metadata=metadata, occurred_at=at)


def call_started(
    call: str,
    *,
    request: str = "r",
    attempt: int = 1,
    at: datetime | None = None,
    agent: str | None = "support",
) -> NewEvent:
    """Return the start of a model call."""
    started = ModelCallStarted(
        call=call,
        attempt=attempt,
        provider="openai",
        model="gpt-5",
        messages=(),
        request_hash=request,
        prompt_hash="prompt",
        tools_hash="tools",
        parameters_hash="parameters",
    )
    return _new(started, at, agent)


def call_completed(
    call: str,
    *,
    tokens: tuple[float, float] | None = (7, 3),
    model: str | None = "gpt-5-2026",
    at: datetime | None = None,
    agent: str | None = "support",
) -> NewEvent:
    """Return the answer to a model call."""
    counts = {} if tokens is None else dict(zip(_counts, tokens, strict=True))
    completed = ModelCallCompleted(
        call=call,
        response={"$": "ag2.ModelResponse", "model": model, "provider": None},
        usage=counts | ({"cache_read_input_tokens": 2} if counts else {}),
        finish_reason="stop",
        latency_ms=1_500,
    )
    return _new(completed, at, agent)


def call_failed(
    call: str, *, at: datetime | None = None, agent: str | None = "support", cancelled: bool = False
) -> NewEvent:
    """Return the failure of a model call."""
    failed = ModelCallFailed(
        call=call,
        error=ErrorInfo(type="CancelledError" if cancelled else "TimeoutError", message="too late"),
        outcome="cancelled" if cancelled else "error",
        latency_ms=250,
    )
    return _new(failed, at, agent)


_counts = ("prompt_tokens", "completion_tokens")
