"""What can be asked of the plans of a conversation."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from retold.domain.plan.events import ReadAs
from retold.domain.plan.step import StepDraft, Verdict
from retold.domain.value import Value


class Decision(StrEnum):
    """What is decided of a plan that waits.

    Attributes:
        ACCEPT: the step counts as done.
        REJECT: the answer does not do; a fallback follows, or the plan is escalated.
        RETRY: the user is asked again, with all fallbacks left.
    """

    ACCEPT = "accept"
    REJECT = "reject"
    RETRY = "retry"


class CreatePlan(Value):
    """Make a plan; arguments as of :class:`~retold.domain.plan.events.PlanCreated`."""

    plan: str
    goal: str
    steps: tuple[StepDraft, ...]
    read_as: ReadAs = ReadAs.GIVEN
    left_out: int = 0
    fallback_limit: int = 2


class FailCreation(Value):
    """Record that no plan could be read."""

    plan: str
    goal: str
    reason: str
    attempts: int
    is_revision: bool = False


class ReceiveMessage(Value):
    """Take in what the user said.

    The same text is taken in once as long as it is not evaluated, and the same id once at all.
    """

    plan: str
    text: str
    message_id: str | None = None


class EvaluateMessage(Value):
    """Record the verdict on a message, and what follows from it.

    Attributes:
        number: of the newest message; a verdict on another one changes nothing.
        is_policy: there are no criteria, and the caller's policy gave the verdict.
    """

    plan: str
    number: int
    verdict: Verdict
    reason: str | None = None
    judged_by: str | None = None
    evidence: int | None = None
    is_policy: bool = False


class ObserveStep(Value):
    """Record what is known of any step without a message; a met one is done.

    That it is not met has no consequence: it may still come.
    """

    plan: str
    step: str
    verdict: Verdict
    reason: str | None = None
    judged_by: str | None = None
    evidence: int | None = None


class DecideStep(Value):
    """Decide what a plan waits for."""

    plan: str
    decision: Decision
    reason: str | None = None
    by: str | None = None


class SkipStep(Value):
    """Leave out a step; the current one when ``step`` is None."""

    plan: str
    step: str | None = None
    reason: str | None = None
    by: str | None = None


class JumpToStep(Value):
    """Make a step the current one."""

    plan: str
    step: str
    reason: str | None = None
    by: str | None = None


class ReplaceSteps(Value):
    """Replace all open steps."""

    plan: str
    steps: tuple[StepDraft, ...]
    reason: str | None = None
    read_as: ReadAs = ReadAs.GIVEN
    left_out: int = 0
    by: str | None = None


class AbandonPlan(Value):
    """Give the plan up; a no-op when it is over."""

    plan: str
    reason: str | None = None
    by: str | None = None


PlanCommand: TypeAlias = (
    CreatePlan
    | FailCreation
    | ReceiveMessage
    | EvaluateMessage
    | ObserveStep
    | DecideStep
    | SkipStep
    | JumpToStep
    | ReplaceSteps
    | AbandonPlan
)
