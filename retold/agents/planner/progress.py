"""How far a plan is, as it is told to the caller."""

from __future__ import annotations

from dataclasses import dataclass

from retold.domain.plan.events import Waiting
from retold.domain.plan.state import Plan, PlanStatus
from retold.domain.plan.step import PlanStep, Verdict, fallback_text
from retold.domain.result import ResultStatus

_statuses = {
    PlanStatus.OPEN: ResultStatus.IN_PROGRESS,
    PlanStatus.WAITING: ResultStatus.WAITING,
    PlanStatus.COMPLETED: ResultStatus.COMPLETED,
    PlanStatus.ABANDONED: ResultStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a plan is.

    Attributes:
        plan: its id.
        goal: what it is for.
        status: where it stands.
        step: the current one; None when the plan is over.
        done: steps whose criteria are met.
        total: steps it has.
        attempts: evaluations the current step has had.
        fallbacks: taken at it.
        waiting_for: what the plan waits for; None when it does not.
        verdict: of the newest evaluation; None before the first.
        reason: of that verdict.
        say: what to say to the user next: the step, or its fallback; None when the plan waits or
            is over.
    """

    plan: str
    goal: str
    status: PlanStatus
    step: PlanStep | None
    done: int
    total: int
    attempts: int = 0
    fallbacks: int = 0
    waiting_for: Waiting | None = None
    verdict: Verdict | None = None
    reason: str | None = None
    say: str | None = None

    @classmethod
    def of(cls, plan: Plan) -> Progress:
        """Return how far a plan is."""
        state = None if plan.current is None else plan.state_of(plan.current)
        step = None if state is None else state.step
        say = None
        if state is not None and step is not None and plan.status is PlanStatus.OPEN:
            say = fallback_text(step) if state.fallbacks else step.description
        return cls(
            plan=plan.id,
            goal=plan.goal,
            status=plan.status,
            step=step,
            done=plan.done,
            total=plan.total,
            attempts=0 if state is None else state.attempts,
            fallbacks=0 if state is None else state.fallbacks,
            waiting_for=plan.waiting_for,
            verdict=plan.verdict,
            reason=plan.reason,
            say=say,
        )

    @property
    def result_status(self) -> ResultStatus:
        """The status of a result that holds it."""
        return _statuses[self.status]
