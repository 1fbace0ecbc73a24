"""What happens to the plans of a conversation."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from retold.domain.event import DomainEvent
from retold.domain.plan.step import PlanStep, Verdict


class ReadAs(StrEnum):
    """How a plan came about.

    Attributes:
        JSON: the model answered in the form it was asked for.
        TEXT: the model answered with a list in words.
        GIVEN: the caller gave the steps.
    """

    JSON = "json"
    TEXT = "text"
    GIVEN = "given"


class Waiting(StrEnum):
    """What a plan waits for.

    Attributes:
        CRITERIA: the step has no criteria, and the caller is to decide.
        VERDICT: nobody could tell whether the criteria are met, and the caller is to decide.
        ESCALATION: the fallbacks are used up, and somebody must step in.
    """

    CRITERIA = "criteria"
    VERDICT = "verdict"
    ESCALATION = "escalation"


class PlanEvent(DomainEvent):
    """Base of what happens to a plan.

    Attributes:
        plan: its id, unique within the conversation.
    """

    type: ClassVar[str] = "plan.event"
    plan: str


class PlanCreated(PlanEvent):
    """A plan was made; its first step is the current one.

    Attributes:
        goal: what it is for.
        steps: in order; at least one.
        read_as: how it came about.
        left_out: steps the model gave beyond the limit.
        fallback_limit: fallbacks a step may take before the plan is escalated.
    """

    type: ClassVar[str] = "plan.created"
    goal: str
    steps: tuple[PlanStep, ...]
    read_as: ReadAs
    left_out: int = Field(default=0, ge=0)
    fallback_limit: int = Field(ge=0)


class PlanCreationFailed(PlanEvent):
    """No plan could be read from what the model answered; nothing else changed.

    Attributes:
        goal: what it was for.
        reason: why not.
        attempts: how often the model was asked.
        is_revision: there is a plan, and it was to be replaced; it stays as it was.
    """

    type: ClassVar[str] = "plan.creation_failed"
    goal: str
    reason: str
    attempts: int = Field(ge=0)
    is_revision: bool = False


class PlanMessageReceived(PlanEvent):
    """The user answered; whether that meets the current step is evaluated after this.

    Attributes:
        step: the current one.
        number: of the message among those of the plan, from 1.
        text: what the user said.
        message_id: the caller's own id of it; None when it gave none.
    """

    type: ClassVar[str] = "plan.message_received"
    step: str
    number: int = Field(ge=1)
    text: str
    message_id: str | None = None


class StepEvaluated(PlanEvent):
    """Somebody judged whether a step's criteria are met.

    Attributes:
        step: which one.
        verdict: what came of it.
        reason: why, in the judge's words.
        judged_by: who, such as the name of an agent, ``rule`` or ``policy``.
        attempt: how many evaluations the step has had with this one.
        message: number of the message that was judged, with those before it that no verdict was
            given on; None when it was none.
        evidence: version of the event in this conversation that shows it; None when none does.
    """

    type: ClassVar[str] = "plan.step_evaluated"
    step: str
    verdict: Verdict
    reason: str | None = None
    judged_by: str | None = None
    attempt: int = Field(ge=1)
    message: int | None = None
    evidence: int | None = None


class StepAdvanced(PlanEvent):
    """The plan went on from a step that is done or skipped to the next open one."""

    type: ClassVar[str] = "plan.step_advanced"
    from_step: str
    to_step: str


class FallbackTaken(PlanEvent):
    """The answer did not do, and the user is asked once more.

    Attributes:
        step: the current one.
        attempt: which fallback of this step it is, from 1.
        action: what the plan says to do; None when it says nothing.
        text: what is said to the user.
    """

    type: ClassVar[str] = "plan.fallback_taken"
    step: str
    attempt: int = Field(ge=1)
    action: str | None = None
    text: str


class PlanEscalated(PlanEvent):
    """The fallbacks of a step are used up; the plan waits for somebody to step in.

    Attributes:
        step: the current one.
        fallbacks: taken at it.
        reason: why the last answer did not do.
    """

    type: ClassVar[str] = "plan.escalated"
    step: str
    fallbacks: int = Field(ge=0)
    reason: str | None = None


class PlanDecisionRequested(PlanEvent):
    """Whether a step is done is for the caller to decide; the plan waits.

    Attributes:
        step: the current one.
        about: ``criteria`` or ``verdict``.
        reason: why it cannot be told otherwise.
    """

    type: ClassVar[str] = "plan.decision_requested"
    step: str
    about: Waiting
    reason: str | None = None


class PlanResumed(PlanEvent):
    """Somebody stepped in: the user is to be asked again, with all fallbacks left."""

    type: ClassVar[str] = "plan.resumed"
    step: str
    reason: str | None = None
    by: str | None = None


class StepSkipped(PlanEvent):
    """A step was left out."""

    type: ClassVar[str] = "plan.step_skipped"
    step: str
    reason: str | None = None
    by: str | None = None


class PlanJumped(PlanEvent):
    """Another step became the current one; it is open again if it was done or skipped.

    Steps that were passed over stay open, and the plan comes back to them.
    """

    type: ClassVar[str] = "plan.jumped"
    from_step: str
    to_step: str
    reason: str | None = None
    by: str | None = None


class PlanReplanned(PlanEvent):
    """All open steps were replaced; the first new one is the current one.

    Attributes:
        revision: of the plan, from 1; it was 0 when it was made.
        steps: the new ones, in order.
        replaced: ids of the old ones.
        reason: why.
        read_as: how the new ones came about.
        left_out: steps the model gave beyond the limit.
    """

    type: ClassVar[str] = "plan.replanned"
    revision: int = Field(ge=1)
    steps: tuple[PlanStep, ...]
    replaced: tuple[str, ...]
    reason: str | None = None
    read_as: ReadAs
    left_out: int = Field(default=0, ge=0)
    by: str | None = None


class PlanCompleted(PlanEvent):
    """No step is open any more: each is done or was skipped."""

    type: ClassVar[str] = "plan.completed"
    step: str


class PlanAbandoned(PlanEvent):
    """The plan was given up; ``step`` was the current one."""

    type: ClassVar[str] = "plan.abandoned"
    step: str | None = None
    reason: str | None = None
    by: str | None = None


plan_events: tuple[type[PlanEvent], ...] = (
    PlanCreated,
    PlanCreationFailed,
    PlanMessageReceived,
    StepEvaluated,
    StepAdvanced,
    FallbackTaken,
    PlanEscalated,
    PlanDecisionRequested,
    PlanResumed,
    StepSkipped,
    PlanJumped,
    PlanReplanned,
    PlanCompleted,
    PlanAbandoned,
)
