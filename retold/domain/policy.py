"""What policies decided in a conversation: what they refused, replaced, and where they failed."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from retold.domain.event import DomainEvent, EventRegistry
from retold.domain.recording import Stage


class Point(StrEnum):
    """Where in a turn policies are asked.

    ``agent``: an agent is about to work; ``input``: a part of a message to it; ``model_call``: a
    model is about to be called; ``tool_offer``: a tool is about to be shown to it; ``output``: what
    it said; ``tool_call``: a tool it asks for; ``tool_result``: what the tool gave.
    """

    AGENT = "agent"
    INPUT = "input"
    MODEL_CALL = "model_call"
    TOOL_OFFER = "tool_offer"
    OUTPUT = "output"
    TOOL_CALL = "tool_call"
    TOOL_RESULT = "tool_result"


class RefusalRecorded(DomainEvent):
    """A policy refused something, and it did not happen.

    Attributes:
        policy: name of the policy.
        stage: of the turn.
        point: what it was asked about.
        reason: why, in the policy's words; never the text that was refused.
        error: class of the error the caller gets.
        turn: id of the turn; None outside of turns.
        tool: name of the tool, if it is about one.
        tool_call_id: as the provider gave it.
        model: name of the model that was not called, when known.
        told: True when the model was told, and the turn went on.
    """

    type: ClassVar[str] = "policy.refused"
    policy: str
    stage: Stage
    point: Point
    reason: str
    error: str
    turn: str | None = None
    tool: str | None = None
    tool_call_id: str | None = None
    model: str | None = None
    told: bool = False


class ReplacementRecorded(DomainEvent):
    """A policy had a text replaced by another, which is in the event that this one led to.

    Attributes:
        policy: name of the policy.
        stage: of the turn.
        point: what it was asked about.
        reason: why; None when it did not say.
        turn: id of the turn; None outside of turns.
        tool: name of the tool, if it is about one.
        tool_call_id: as the provider gave it.
        characters_before: of the text as it was; the text itself is not recorded here.
        characters_after: of the text that took its place.
    """

    type: ClassVar[str] = "policy.replaced"
    policy: str
    stage: Stage
    point: Point
    reason: str | None = None
    turn: str | None = None
    tool: str | None = None
    tool_call_id: str | None = None
    characters_before: int
    characters_after: int


class PolicyFailureRecorded(DomainEvent):
    """A policy raised an error, or decided nothing that can be done; what it was about is refused.

    Attributes:
        policy: name of the policy.
        stage: of the turn.
        point: what it was asked about.
        error: class of what it raised. Its message may hold what it was to keep back, and is not
            recorded.
        turn: id of the turn; None outside of turns.
        tool: name of the tool, if it is about one.
        tool_call_id: as the provider gave it.
    """

    type: ClassVar[str] = "policy.failed"
    policy: str
    stage: Stage
    point: Point
    error: str
    turn: str | None = None
    tool: str | None = None
    tool_call_id: str | None = None


policy_events = EventRegistry(RefusalRecorded, ReplacementRecorded, PolicyFailureRecorded)
