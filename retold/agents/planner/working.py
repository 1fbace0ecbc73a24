"""What a planner does inside a turn, and how it tells what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from retold.agents.planner.drafting import Drafted
from retold.agents.planner.judging import Judgement
from retold.agents.planner.progress import Progress
from retold.agents.work import Work
from retold.domain.plan.commands import FailCreation, PlanCommand
from retold.domain.plan.decider import plan_of, plans
from retold.domain.plan.events import ReadAs
from retold.domain.plan.reading import ReadPlan
from retold.domain.plan.state import Plan, Plans
from retold.domain.plan.step import StepDraft
from retold.domain.result import Result, ResultStatus, ResultUsage
from retold.domain.value import ErrorInfo
from retold.errors import EmptyPlan, InvalidPlanLimit, PlanExists, PlanNotFound, PlanOver
from retold.store.codec.values import made_plain


def plain(text: str | None) -> str | None:
    """Return text as any database takes it; None for None."""
    return None if text is None else made_plain(text)


def check_steps(goal: str, max_steps: int, steps: Sequence[StepDraft] | None) -> None:
    """Check what steps are to be had from.

    Raises:
        InvalidPlanLimit: when the limit is below 1.
        EmptyPlan: when steps are given, and there are none, or one says nothing.
    """
    if max_steps < 1:
        raise InvalidPlanLimit("max_steps", max_steps, 1)
    if steps is not None and not all(step.description.strip() for step in steps or [_nothing]):
        raise EmptyPlan(goal)


def check_open(plan: Plan) -> None:
    """Check that a plan is not over.

    Raises:
        PlanOver: when it was completed or abandoned.
    """
    if plan.is_over:
        raise PlanOver(plan.id, plan.status.value)


_nothing = StepDraft(description="")


def plan_for(state: Plans, goal: str, plan_id: str | None) -> tuple[str, Plan | None]:
    """Return the id a plan for a goal gets, and the plan if it was made before.

    Args:
        state: the plans there are.
        goal: of the plan.
        plan_id: the id asked for; None for any.

    Raises:
        PlanExists: when a plan is in its way.
    """
    known = state.by_id.get(state.newest or "" if plan_id is None else plan_id)
    if known is not None and known.goal == goal and not (plan_id is None and known.is_over):
        return known.id, known
    if known is not None and not (plan_id is None and known.is_over):
        raise PlanExists(known.id, known.goal)
    if plan_id is not None:
        return plan_id, None
    number = len(state.by_id) + 1
    while f"plan-{number}" in state.by_id:
        number += 1
    return f"plan-{number}", None


def plan_in(state: Plans, plan_id: str | None) -> Plan:
    """Return a plan; the one made last when the id is None.

    Raises:
        PlanNotFound: when there is none.
    """
    wanted = state.newest if plan_id is None else made_plain(plan_id)
    if wanted is None:
        raise PlanNotFound(None, ())
    return plan_of(state, wanted)


async def found(work: Work, plan_id: str | None) -> Plan:
    """Return a plan of the conversation; errors as of :func:`plan_in`."""
    return plan_in(await work.state(plans), plan_id)


async def decided(work: Work, command: PlanCommand) -> Plan:
    """Decide a command, record what happens, and return the plan after it."""
    done = await work.decide(plans, command)
    return plan_of(done.state, command.plan)


def steps_of(steps: Sequence[StepDraft] | None, read: ReadPlan | None) -> dict[str, Any]:
    """Return the fields of a command that say which steps, and how they came about."""
    if read is None:
        return {"steps": tuple(map(_plain_step, steps or ())), "read_as": ReadAs.GIVEN}
    return {"steps": read.steps, "read_as": read.read_as, "left_out": read.left_out}


def _plain_step(step: StepDraft) -> StepDraft:
    texts = {"description": plain(step.description)}
    for name in ("expected_response", "success_criteria", "fallback"):
        text = plain(getattr(step, name))
        texts[name] = text if text and text.strip() else None
    return step.model_copy(update=texts)


def failure(drafted: Drafted, plan: str, goal: str, *, is_revision: bool) -> FailCreation:
    """Return the command that records that there are no steps."""
    error = drafted.error
    return FailCreation(
        plan=plan,
        goal=goal,
        reason="unknown" if error is None else f"{error.type}: {error.message}",
        attempts=drafted.attempts,
        is_revision=is_revision,
    )


def told(work: Work, plan: Plan, usage: ResultUsage | None = None) -> Result[Progress]:
    """Return the result that says how far a plan is."""
    progress = Progress.of(plan)
    return Result(
        status=progress.result_status, value=progress, ids=work.ids, usage=usage or ResultUsage()
    )


def not_judged(work: Work, plan: Plan, judged: Judgement) -> Result[Progress]:
    """Return the result that says why there is no verdict; never that all went well."""
    status, error = judged.status, judged.error
    if status is ResultStatus.COMPLETED:
        status = ResultStatus.FAILED
        message = f"{judged.by} gave no verdict."
        error = error or ErrorInfo(type="NoVerdict", message=message)
    return replace(told(work, plan, judged.usage), status=status, error=error)


class JudgeFailure:
    """What a judge raised, as a result; as a context manager around a turn it stops that error.

    So the turn fails, and the log says why, and the caller gets a result all the same.
    """

    def __init__(self) -> None:
        """Begin without a failure."""
        self._error: Exception | None = None
        self._result: Result[Progress] | None = None

    def note(self, work: Work, plan: Plan, error: Exception) -> None:
        """Store what a judge raised, which is to be raised in the turn after this."""
        self._error = error
        self._result = replace(
            told(work, plan), status=ResultStatus.FAILED, error=work.describe(error)
        )

    @property
    def result(self) -> Result[Progress]:
        """The result that says what was raised."""
        if self._result is None:
            raise RuntimeError("No judge failed.")
        return self._result

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        """Stop the error that was noted, and no other."""
        return error is not None and error is self._error


def not_done(
    work: Work, status: ResultStatus, error: ErrorInfo | None, usage: ResultUsage
) -> Result[Any]:
    """Return the result that says why there is no value."""
    return Result(status=status, error=error, ids=work.ids, usage=usage)
