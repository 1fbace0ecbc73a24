"""What follows from a command to the plans of a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from retold.domain.decider import Decider
from retold.domain.event import DomainEvent
from retold.domain.plan.commands import (
    AbandonPlan,
    CreatePlan,
    DecideStep,
    Decision,
    EvaluateMessage,
    FailCreation,
    JumpToStep,
    ObserveStep,
    PlanCommand,
    ReceiveMessage,
    ReplaceSteps,
    SkipStep,
)
from retold.domain.plan.events import (
    FallbackTaken,
    PlanAbandoned,
    PlanCompleted,
    PlanCreated,
    PlanCreationFailed,
    PlanDecisionRequested,
    PlanEscalated,
    PlanJumped,
    PlanMessageReceived,
    PlanReplanned,
    PlanResumed,
    StepAdvanced,
    StepEvaluated,
    StepSkipped,
    Waiting,
    plan_events,
)
from retold.domain.plan.state import Plan, Plans, PlanStatus, StepState, StepStatus, evolve
from retold.domain.plan.step import PlanStep, StepDraft, Verdict, fallback_text
from retold.errors import (
    EmptyGoal,
    EmptyPlan,
    InvalidPlanDecision,
    InvalidPlanLimit,
    PlanExists,
    PlanNotFound,
    PlanNotWaiting,
    PlanOver,
    UnknownPlanStep,
)


def decide(command: PlanCommand, state: Plans) -> Sequence[DomainEvent]:
    """Return what happens upon a command.

    Raises:
        EmptyGoal, EmptyPlan, InvalidPlanLimit: when a plan is to be made of nothing.
        PlanExists: when there is a plan of that id.
        PlanNotFound: when there is none.
        PlanOver: when it was completed or abandoned.
        UnknownPlanStep: when it has no such step.
        PlanNotWaiting, InvalidPlanDecision: when there is nothing of the kind to decide.
    """
    match command:
        case CreatePlan():
            return _create(command, state)
        case FailCreation():
            failed = PlanCreationFailed(
                plan=command.plan,
                goal=command.goal,
                reason=command.reason,
                attempts=command.attempts,
                is_revision=command.is_revision,
            )
            return [failed]
        case AbandonPlan(plan=plan_id, reason=reason, by=by):
            plan = plan_of(state, plan_id)
            if plan.is_over:
                return []
            return [PlanAbandoned(plan=plan.id, step=plan.current, reason=reason, by=by)]
        case _:
            plan = plan_of(state, command.plan)
            if plan.is_over or plan.current is None:
                raise PlanOver(plan.id, plan.status.value)
            return _decide_open(command, plan, plan.current)


def _decide_open(  # noqa: PLR0911 - one for each command
    command: PlanCommand, plan: Plan, current: str
) -> Sequence[DomainEvent]:
    match command:
        case ReceiveMessage():
            return _receive(command, plan, current)
        case EvaluateMessage():
            return _evaluate(command, plan)
        case ObserveStep():
            return _observe(command, plan, current)
        case DecideStep():
            return _decide_waiting(command, plan, current)
        case SkipStep():
            return _skip(command, plan, current)
        case JumpToStep(step=step, reason=reason, by=by):
            if _open_or_done(plan, step).status is StepStatus.OPEN and step == current:
                return []
            jumped = PlanJumped(plan=plan.id, from_step=current, to_step=step, reason=reason, by=by)
            return [jumped]
        case ReplaceSteps():
            return [_replanned(command, plan)]
        case _:
            return []


def plan_of(state: Plans, plan: str) -> Plan:
    """Return a plan.

    Raises:
        PlanNotFound: when there is none of that id.
    """
    found = state.by_id.get(plan)
    if found is None:
        raise PlanNotFound(plan, state.by_id)
    return found


def _create(command: CreatePlan, state: Plans) -> Sequence[DomainEvent]:
    if not command.goal.strip():
        raise EmptyGoal
    if not command.steps:
        raise EmptyPlan(command.goal)
    if command.fallback_limit < 0:
        raise InvalidPlanLimit("fallback_limit", command.fallback_limit, 0)
    if command.plan in state.by_id:
        raise PlanExists(command.plan, state.by_id[command.plan].goal)
    created = PlanCreated(
        plan=command.plan,
        goal=command.goal,
        steps=_numbered(command.steps, 1),
        read_as=command.read_as,
        left_out=command.left_out,
        fallback_limit=command.fallback_limit,
    )
    return [created]


def _numbered(drafts: Sequence[StepDraft], first: int) -> tuple[PlanStep, ...]:
    return tuple(
        PlanStep(id=str(number), **{name: getattr(draft, name) for name in StepDraft.model_fields})
        for number, draft in zip(count(first), drafts, strict=False)
    )


def _receive(command: ReceiveMessage, plan: Plan, current: str) -> Sequence[DomainEvent]:
    pending, message_id = plan.pending, command.message_id
    if message_id is not None:
        is_known = message_id in plan.message_ids
    else:
        is_known = pending is not None and pending.step == current and command.text in pending.texts
    if is_known:
        return []
    received = PlanMessageReceived(
        plan=plan.id,
        step=current,
        number=plan.messages + 1,
        text=command.text,
        message_id=message_id,
    )
    return [received]


def _evaluate(command: EvaluateMessage, plan: Plan) -> Sequence[DomainEvent]:
    pending = plan.pending
    if pending is None or pending.number != command.number or plan.status is PlanStatus.WAITING:
        return []
    state = _open_or_done(plan, pending.step)
    evaluated = StepEvaluated(
        plan=plan.id,
        step=pending.step,
        verdict=command.verdict,
        reason=command.reason,
        judged_by=command.judged_by,
        attempt=state.attempts + 1,
        message=command.number,
        evidence=command.evidence,
    )
    about = Waiting.CRITERIA if command.is_policy else Waiting.VERDICT
    return [evaluated, *_following(plan, state, command.verdict, command.reason, about)]


def _observe(command: ObserveStep, plan: Plan, current: str) -> Sequence[DomainEvent]:
    state = _open_or_done(plan, command.step)
    if state.status is not StepStatus.OPEN:
        return []
    evaluated = StepEvaluated(
        plan=plan.id,
        step=command.step,
        verdict=command.verdict,
        reason=command.reason,
        judged_by=command.judged_by,
        attempt=state.attempts + 1,
        evidence=command.evidence,
    )
    if command.verdict is not Verdict.MET or command.step != current:
        return [evaluated]
    return [evaluated, _after(plan, current)]


def _decide_waiting(command: DecideStep, plan: Plan, current: str) -> Sequence[DomainEvent]:
    if plan.status is not PlanStatus.WAITING or plan.waiting_for is None:
        raise PlanNotWaiting(plan.id)
    if command.decision is Decision.RETRY:
        return [PlanResumed(plan=plan.id, step=current, reason=command.reason, by=command.by)]
    if command.decision is Decision.REJECT and plan.waiting_for is Waiting.ESCALATION:
        raise InvalidPlanDecision(plan.id, command.decision.value, plan.waiting_for.value)
    state = _open_or_done(plan, current)
    accepts = command.decision is Decision.ACCEPT
    verdict = Verdict.MET if accepts else Verdict.NOT_MET
    evaluated = StepEvaluated(
        plan=plan.id,
        step=current,
        verdict=verdict,
        reason=command.reason,
        judged_by=command.by or "caller",
        attempt=state.attempts + 1,
    )
    following = list(_following(plan, state, verdict, command.reason, plan.waiting_for))
    if not accepts and isinstance(following[0], FallbackTaken):
        resumed = PlanResumed(plan=plan.id, step=current, reason=command.reason, by=command.by)
        # The plan goes on; what it resumes with is the fallback, which counts.
        return [evaluated, resumed, *following]
    return [evaluated, *following]


def _following(
    plan: Plan, state: StepState, verdict: Verdict, reason: str | None, about: Waiting
) -> Sequence[DomainEvent]:
    step = state.step
    if verdict is Verdict.MET:
        return [_after(plan, step.id)]
    if verdict is Verdict.UNDECIDED:
        return [PlanDecisionRequested(plan=plan.id, step=step.id, about=about, reason=reason)]
    if state.fallbacks >= plan.fallback_limit:
        escalated = PlanEscalated(
            plan=plan.id, step=step.id, fallbacks=state.fallbacks, reason=reason
        )
        return [escalated]
    taken = FallbackTaken(
        plan=plan.id,
        step=step.id,
        attempt=state.fallbacks + 1,
        action=step.fallback,
        text=fallback_text(step),
    )
    return [taken]


def _after(plan: Plan, step: str) -> DomainEvent:
    """Return what follows a current step that is done or skipped."""
    following = plan.next_open(step, but=step)
    if following is None:
        return PlanCompleted(plan=plan.id, step=step)
    return StepAdvanced(plan=plan.id, from_step=step, to_step=following)


def _skip(command: SkipStep, plan: Plan, current: str) -> Sequence[DomainEvent]:
    step = command.step or current
    if _open_or_done(plan, step).status is not StepStatus.OPEN:
        return []
    skipped = StepSkipped(plan=plan.id, step=step, reason=command.reason, by=command.by)
    return [skipped, _after(plan, step)] if step == current else [skipped]


def _replanned(command: ReplaceSteps, plan: Plan) -> DomainEvent:
    if not command.steps:
        raise EmptyPlan(plan.goal)
    return PlanReplanned(
        plan=plan.id,
        revision=plan.revision + 1,
        steps=_numbered(command.steps, len(plan.steps) + 1),
        replaced=tuple(s.step.id for s in plan.steps if s.status is StepStatus.OPEN),
        reason=command.reason,
        read_as=command.read_as,
        left_out=command.left_out,
        by=command.by,
    )


def _open_or_done(plan: Plan, step: str) -> StepState:
    """Return how a step of the plan fares.

    Raises:
        UnknownPlanStep: when it has none of that id, or it was replaced.
    """
    state = plan.state_of(step)
    if state is None or state.status is StepStatus.REPLACED:
        known = [s.step.id for s in plan.steps if s.status is not StepStatus.REPLACED]
        raise UnknownPlanStep(plan.id, step, known)
    return state


plans: Decider[PlanCommand, Plans] = Decider("plan", Plans, decide, evolve, plan_events)
"""Decides what happens to the plans of a conversation."""
