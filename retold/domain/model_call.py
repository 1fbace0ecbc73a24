"""What is recorded of a call to a model: what it was given, and what came of it."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from retold.domain.event import DomainEvent
from retold.domain.value import ErrorInfo, Value


class SeenSpan(Value):
    """Events the model saw: a run of a stream's history, or one event by its hash.

    A run is every event of a history, of the types ``conversation.event_recorded`` and
    ``conversation.message_imported``, whose version lies in it. Events of other types between
    them, such as stages of a turn, are passed over: the model did not see them. A conversation
    that grows at its end only is one run, however long it is.

    Attributes:
        first: version of the first event of the run.
        last: version of its last; the same as ``first`` when it is the only one.
        stream: where they are; None for the conversation's own.
        content: hash of the content the event was recorded as, instead of the other three.
    """

    first: int | None = None
    last: int | None = None
    stream: str | None = None
    content: str | None = None


class ModelCallStarted(DomainEvent):
    """One attempt to call a model, as the provider's client was given it.

    The ``*_hash`` fields name contents recorded once each, in streams ``content-<hash>``.

    Attributes:
        call: id of the call, shared with its completion or failure.
        attempt: from 1; greater when an equal request failed before in the same turn.
        messages: what the model saw, in order, by reference.
        request_hash: SHA-256 of the whole request; equal requests have equal hashes.
    """

    type: ClassVar[str] = "model.call_started"
    call: str
    attempt: int = Field(ge=1)
    provider: str | None = None
    model: str | None = None
    messages: tuple[SeenSpan, ...]
    request_hash: str
    prompt_hash: str
    tools_hash: str
    schema_hash: str | None = None
    parameters_hash: str


class ModelCallCompleted(DomainEvent):
    """A model answered.

    Attributes:
        response: AG2's ``ModelResponse`` by Retold's codec.
        published: what the client published before, in order: chunks, reasoning, builtin calls.
        usage: token counts by name, as the provider gave them.
        latency_ms: milliseconds from the call to the response, by a monotonic clock.
    """

    type: ClassVar[str] = "model.call_completed"
    call: str
    response: dict[str, Any]
    published: tuple[dict[str, Any], ...] = ()
    usage: dict[str, float] = Field(default_factory=dict)
    finish_reason: str | None = None
    latency_ms: float


class ModelCallFailed(DomainEvent):
    """A model call raised or was cancelled; ``published`` as in :class:`ModelCallCompleted`."""

    type: ClassVar[str] = "model.call_failed"
    call: str
    error: ErrorInfo
    outcome: Literal["error", "cancelled"] = "error"
    published: tuple[dict[str, Any], ...] = ()
    latency_ms: float
