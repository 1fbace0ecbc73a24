"""What a plan of a conversation refuses."""

from __future__ import annotations

from collections.abc import Iterable

from retold.errors.root import RetoldError


class PlanError(RetoldError):
    """A plan refused what was asked of it; of the plan nothing was recorded."""

    code = "plan_error"


class EmptyGoal(PlanError):
    """Raised when a plan is to be made for no goal."""

    code = "empty_goal"

    def __init__(self) -> None:
        super().__init__("The goal is empty. Say in words what the conversation is to achieve.")


class EmptyPlan(PlanError):
    """Raised when a plan is to have no steps."""

    code = "empty_plan"

    def __init__(self, goal: str) -> None:
        self.goal = goal
        super().__init__(f"A plan for {goal!r} needs at least one step with a description.")


class InvalidPlanLimit(PlanError):
    """Raised when a limit of a planner is too low.

    Attributes:
        name: of the limit.
        value: as given.
        least: it may be; None when it must be above 0.
    """

    code = "invalid_plan_limit"

    def __init__(self, name: str, value: float, least: int | None) -> None:
        self.name = name
        self.value = value
        self.least = least
        wanted = "more than 0" if least is None else f"{least} or more"
        super().__init__(f"{name} is {value}; give {wanted}.")


class InvalidPlanPolicy(PlanError):
    """Raised when a planner is to do something that it does not know about missing criteria."""

    code = "invalid_plan_policy"

    def __init__(self, policy: object) -> None:
        self.policy = policy
        super().__init__(f"{policy!r} is no policy: give ask, accept, reject or a function.")


class PlanExists(PlanError):
    """Raised when a plan is to be made and the session has one that is in its way."""

    code = "plan_exists"

    def __init__(self, plan: str, goal: str) -> None:
        self.plan = plan
        self.goal = goal
        super().__init__(
            f"The session has a plan {plan!r} already, for {goal!r}. Replan or abandon it, or give "
            "the new plan another id."
        )


class PlanNotFound(PlanError):
    """Raised when a session has no such plan.

    Attributes:
        plan: what was asked for; None for the newest.
        known: ids of those it has.
    """

    code = "plan_not_found"

    def __init__(self, plan: str | None, known: Iterable[str]) -> None:
        self.plan = plan
        self.known = tuple(known)
        if plan is None:
            super().__init__("The session has no plan. Make one with planner.plan(session, goal).")
        else:
            has = ", ".join(map(repr, self.known)) or "none"
            super().__init__(f"The session has no plan {plan!r}; it has {has}.")


class PlanOver(PlanError):
    """Raised when a plan is to go on that was completed or abandoned."""

    code = "plan_over"

    def __init__(self, plan: str, status: str) -> None:
        self.plan = plan
        self.status = status
        super().__init__(f"Plan {plan!r} is {status}. Make a new one.")


class UnknownPlanStep(PlanError):
    """Raised when a plan has no such step, or it was replaced.

    Attributes:
        plan: its id.
        step: what was asked for.
        known: ids of the steps it has.
    """

    code = "unknown_plan_step"

    def __init__(self, plan: str, step: str, known: Iterable[str]) -> None:
        self.plan = plan
        self.step = step
        self.known = tuple(known)
        super().__init__(f"Plan {plan!r} has no step {step!r}; it has {', '.join(self.known)}.")


class PlanNotWaiting(PlanError):
    """Raised when a decision is given to a plan that waits for none."""

    code = "plan_not_waiting"

    def __init__(self, plan: str) -> None:
        self.plan = plan
        super().__init__(f"Plan {plan!r} waits for no decision. Give it the user's next message.")


class UnknownPlanDecision(PlanError):
    """Raised when what is decided of a plan is nothing that can be decided."""

    code = "unknown_plan_decision"

    def __init__(self, decision: object, known: Iterable[str]) -> None:
        self.decision = decision
        self.known = tuple(known)
        super().__init__(f"{decision!r} is no decision; give one of {', '.join(self.known)}.")


class InvalidPlanDecision(PlanError):
    """Raised when a decision does not fit what a plan waits for."""

    code = "invalid_plan_decision"

    def __init__(self, plan: str, decision: str, waiting_for: str) -> None:
        self.plan = plan
        self.decision = decision
        self.waiting_for = waiting_for
        super().__init__(
            f"{decision!r} does not fit plan {plan!r}, which waits for {waiting_for}. Accept the "
            "step, retry it, skip it, jump, replan, or abandon the plan."
        )
