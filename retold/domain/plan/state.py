"""The plans of a conversation, as their events add up."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from retold.domain.plan.events import (
    FallbackTaken,
    PlanAbandoned,
    PlanCompleted,
    PlanCreated,
    PlanCreationFailed,
    PlanDecisionRequested,
    PlanEscalated,
    PlanEvent,
    PlanJumped,
    PlanMessageReceived,
    PlanReplanned,
    PlanResumed,
    ReadAs,
    StepAdvanced,
    StepEvaluated,
    StepSkipped,
    Waiting,
)
from retold.domain.plan.step import PlanStep, Verdict
from retold.domain.value import Value


class PlanStatus(StrEnum):
    """Where a plan stands."""

    OPEN = "open"
    WAITING = "waiting"
    COMPLETED = "completed"
    ABANDONED = "abandoned"


class StepStatus(StrEnum):
    """Where a step stands; ``replaced`` by one of a later revision of the plan."""

    OPEN = "open"
    MET = "met"
    SKIPPED = "skipped"
    REPLACED = "replaced"


class StepState(Value):
    """A step and how it fares.

    Attributes:
        step: itself.
        status: where it stands.
        attempts: evaluations it has had.
        fallbacks: taken since it became the current one, or since somebody stepped in.
        verdict: of the newest evaluation; None before the first.
        reason: of that verdict.
    """

    step: PlanStep
    status: StepStatus = StepStatus.OPEN
    attempts: int = 0
    fallbacks: int = 0
    verdict: Verdict | None = None
    reason: str | None = None


class ReceivedMessage(Value):
    """What the user said whose evaluation is not recorded yet, one answer to one step.

    Attributes:
        number: of the newest message.
        step: it is for.
        texts: of all messages since the step was judged last, in order.
    """

    number: int
    step: str
    texts: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it, a line a message."""
        return "\n".join(self.texts)


class Plan(Value):
    """One plan.

    Attributes:
        id: unique within the conversation.
        goal: what it is for.
        status: where it stands.
        steps: all it ever had, in order of their ids.
        current: id of the current step; None when the plan is over.
        waiting_for: what it waits for; None when it does not.
        pending: what is still to be evaluated.
        messages: how many were received.
        message_ids: the caller's ids of them, of those that have one.
        verdict: of the newest evaluation of any step; None before the first.
        reason: of that verdict.
        revision: how often it was replanned.
        read_as: how its newest steps came about.
        left_out: steps beyond the limit, of all revisions.
        fallback_limit: fallbacks a step may take before the plan is escalated.
    """

    id: str
    goal: str
    status: PlanStatus = PlanStatus.OPEN
    steps: tuple[StepState, ...] = ()
    current: str | None = None
    waiting_for: Waiting | None = None
    pending: ReceivedMessage | None = None
    messages: int = 0
    message_ids: tuple[str, ...] = ()
    verdict: Verdict | None = None
    reason: str | None = None
    revision: int = 0
    read_as: ReadAs = ReadAs.GIVEN
    left_out: int = 0
    fallback_limit: int = 0

    @property
    def is_over(self) -> bool:
        """Whether it was completed or abandoned."""
        return self.status in {PlanStatus.COMPLETED, PlanStatus.ABANDONED}

    @property
    def done(self) -> int:
        """Steps whose criteria are met."""
        return sum(state.status is StepStatus.MET for state in self.steps)

    @property
    def total(self) -> int:
        """Steps that were not replaced."""
        return sum(state.status is not StepStatus.REPLACED for state in self.steps)

    def state_of(self, step: str) -> StepState | None:
        """Return how a step fares; None when there is none of that id."""
        return next((state for state in self.steps if state.step.id == step), None)

    @property
    def current_step(self) -> PlanStep | None:
        """The current step."""
        state = None if self.current is None else self.state_of(self.current)
        return None if state is None else state.step

    def next_open(self, after: str, *, but: str | None = None) -> str | None:
        """Return the open step after one, or else the first open one; None when none is.

        Args:
            after: id of the step to look behind.
            but: id of a step that does not count.
        """
        ids = [state.step.id for state in self.steps]
        start = ids.index(after) + 1 if after in ids else 0
        for state in (*self.steps[start:], *self.steps[:start]):
            if state.status is StepStatus.OPEN and state.step.id != but:
                return state.step.id
        return None


class Plans(Value):
    """The plans of one conversation.

    Attributes:
        by_id: in the order they were made.
        newest: id of the one made last; None when there is none.
        failures: how often no plan could be read from what a model answered.
    """

    by_id: dict[str, Plan] = Field(default_factory=dict)
    newest: str | None = None
    failures: int = 0


def evolve(state: Plans, event: object) -> Plans:
    """Return the plans after an event."""
    if isinstance(event, PlanCreated):
        steps = tuple(StepState(step=step) for step in event.steps)
        plan = Plan(
            id=event.plan,
            goal=event.goal,
            steps=steps,
            current=steps[0].step.id if steps else None,
            read_as=event.read_as,
            left_out=event.left_out,
            fallback_limit=event.fallback_limit,
        )
        by_id = {**state.by_id, event.plan: plan}
        return state.model_copy(update={"by_id": by_id, "newest": event.plan})
    if isinstance(event, PlanCreationFailed):
        return state.model_copy(update={"failures": state.failures + 1})
    if not isinstance(event, PlanEvent):
        return state
    known = state.by_id.get(event.plan)
    if known is None:
        return state
    plan = _evolved(known, event)
    return state.model_copy(update={"by_id": {**state.by_id, event.plan: plan}})


def _evolved(plan: Plan, event: PlanEvent) -> Plan:  # noqa: C901, PLR0911, PLR0912 - one each
    match event:
        case PlanMessageReceived(number=number, step=step, text=text):
            before = plan.pending
            texts = () if before is None or before.step != step else before.texts
            pending = ReceivedMessage(number=number, step=step, texts=(*texts, text))
            own = () if event.message_id is None else (event.message_id,)
            known = plan.message_ids + own
            return _with(plan, pending=pending, messages=number, message_ids=known)
        case StepEvaluated():
            return _judged(plan, event)
        case FallbackTaken(step=step, attempt=attempt):
            return _step_with(plan, step, fallbacks=attempt)
        case PlanEscalated():
            return _with(plan, status=PlanStatus.WAITING, waiting_for=Waiting.ESCALATION)
        case PlanDecisionRequested(about=about):
            return _with(plan, status=PlanStatus.WAITING, waiting_for=about)
        case PlanResumed(step=step):
            return _going_on(_step_with(plan, step, fallbacks=0), keeps_message=True)
        case StepSkipped(step=step):
            return _step_with(plan, step, status=StepStatus.SKIPPED)
        case StepAdvanced(to_step=to):
            return _going_on(_with(plan, current=to))
        case PlanJumped(to_step=to):
            reopened = _step_with(plan, to, status=StepStatus.OPEN, fallbacks=0)
            return _going_on(_with(reopened, current=to))
        case PlanReplanned():
            return _replanned(plan, event)
        case PlanCompleted():
            return _over(plan, PlanStatus.COMPLETED)
        case PlanAbandoned():
            return _over(plan, PlanStatus.ABANDONED)
        case _:
            return plan


def _judged(plan: Plan, event: StepEvaluated) -> Plan:
    changes: dict[str, object] = {
        "attempts": event.attempt,
        "verdict": event.verdict,
        "reason": event.reason,
    }
    if event.verdict is Verdict.MET:
        changes["status"] = StepStatus.MET
    judged = _step_with(plan, event.step, **changes)
    judged = _with(judged, verdict=event.verdict, reason=event.reason)
    pending = plan.pending
    if pending is not None and event.message == pending.number:
        judged = _with(judged, pending=None)
    return judged


def _replanned(plan: Plan, event: PlanReplanned) -> Plan:
    replaced = frozenset(event.replaced)
    kept = tuple(
        state.model_copy(update={"status": StepStatus.REPLACED})
        if state.step.id in replaced
        else state
        for state in plan.steps
    )
    news = tuple(StepState(step=step) for step in event.steps)
    changed = _with(
        plan,
        steps=kept + news,
        current=event.steps[0].id if event.steps else None,
        revision=event.revision,
        read_as=event.read_as,
        left_out=plan.left_out + event.left_out,
    )
    return _going_on(changed)


def _going_on(plan: Plan, *, keeps_message: bool = False) -> Plan:
    """Return the plan as it goes on; a message was for the step that was the current one."""
    pending = plan.pending if keeps_message else None
    return _with(plan, status=PlanStatus.OPEN, waiting_for=None, pending=pending)


def _over(plan: Plan, status: PlanStatus) -> Plan:
    return _with(plan, status=status, current=None, waiting_for=None, pending=None)


def _step_with(plan: Plan, step: str, **changes: object) -> Plan:
    steps = tuple(
        state.model_copy(update=changes) if state.step.id == step else state for state in plan.steps
    )
    return _with(plan, steps=steps)


def _with(plan: Plan, **changes: object) -> Plan:
    return plan.model_copy(update=changes)
