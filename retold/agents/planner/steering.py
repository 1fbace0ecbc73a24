"""What a caller does with a plan by itself: skip, jump, give up, look; no model is asked."""

from __future__ import annotations

from typing import TypeVar

from retold.agents.planner.judging import ToolCallJudge
from retold.agents.planner.progress import Progress
from retold.agents.planner.working import decided, found, plain, plan_in, told
from retold.agents.working_session import WorkingSession
from retold.domain.plan.commands import (
    AbandonPlan,
    JumpToStep,
    ObserveStep,
    PlanCommand,
    SkipStep,
)
from retold.domain.plan.decider import plans
from retold.domain.plan.state import Plan, Plans, StepStatus
from retold.domain.plan.step import Verdict
from retold.domain.plan.tool_calls import calls_made_fold, first_met
from retold.domain.recording import conversation_stream
from retold.domain.result import Result, ResultIds
from retold.domain.value import Value
from retold.errors import SessionNotFound
from retold.store.codec.values import made_plain

OneOf = TypeVar("OneOf", bound=Value)


async def plans_of(session: WorkingSession) -> Plans:
    """Return the plans of a session without a turn; none when nothing of it was recorded."""
    try:
        state: Plans = await session.state("plan")
    except SessionNotFound:
        return Plans()
    return state


def of_plan(command: OneOf, plan: Plan) -> OneOf:
    """Return a command, to a plan."""
    return command.model_copy(update={"plan": plan.id})


async def refuse(
    session: WorkingSession, plan_id: str | None, command: PlanCommand | None = None
) -> None:
    """Raise what a command to a plan is refused for as things are, before a turn is recorded.

    In the turn it is decided once more: another process may have been quicker.
    """
    state = await plans_of(session)
    plan = plan_in(state, plan_id)
    if command is not None:
        plans.decide(of_plan(command, plan), state)


class PlanSteering:
    """The part of a :class:`~retold.agents.planner.planner.ConversationPlanner` without models.

    Attributes:
        name: under which turns are recorded.
    """

    def __init__(self, name: str) -> None:
        """Store the name."""
        self.name = name

    async def skip(
        self,
        session: WorkingSession,
        step: str | None = None,
        *,
        reason: str | None = None,
        by: str | None = None,
        plan_id: str | None = None,
    ) -> Result[Progress]:
        """Leave out a step.

        Args:
            session: the conversation.
            step: its id; the current one when None.
            reason: why.
            by: who says so.
            plan_id: as of the class.

        Raises:
            PlanOver, UnknownPlanStep: when it cannot be.
        """
        command = SkipStep(plan="", step=step, reason=plain(reason), by=plain(by))
        return await self._decide(session, plan_id, command)

    async def jump(
        self,
        session: WorkingSession,
        step: str,
        *,
        reason: str | None = None,
        by: str | None = None,
        plan_id: str | None = None,
    ) -> Result[Progress]:
        """Make a step the current one; those passed over stay open, and their turn comes.

        Args:
            session: the conversation.
            step: its id.
            reason: why.
            by: who says so.
            plan_id: as of the class.

        Raises:
            PlanOver, UnknownPlanStep: when it cannot be.
        """
        command = JumpToStep(plan="", step=step, reason=plain(reason), by=plain(by))
        return await self._decide(session, plan_id, command)

    async def abandon(
        self, session: WorkingSession, reason: str | None = None, *, plan_id: str | None = None
    ) -> Result[Progress]:
        """Give a plan up; a no-op when it is over.

        Args:
            session: the conversation.
            reason: why.
            plan_id: as of the class.
        """
        command = AbandonPlan(plan="", reason=plain(reason), by=made_plain(self.name))
        return await self._decide(session, plan_id, command)

    async def _decide(
        self,
        session: WorkingSession,
        plan_id: str | None,
        command: SkipStep | JumpToStep | AbandonPlan,
    ) -> Result[Progress]:
        """Decide a command to a plan; what is refused is refused before a turn is recorded."""
        await refuse(session, plan_id, command)
        async with session.turn(self.name) as work:
            plan = await found(work, plan_id)
            return told(work, await decided(work, of_plan(command, plan)))

    async def progress(
        self, session: WorkingSession, *, plan_id: str | None = None
    ) -> Result[Progress]:
        """Return how far a plan is; this needs no turn.

        Args:
            session: the conversation.
            plan_id: as of the class.

        Raises:
            SessionNotFound: when nothing was recorded in the session yet.
        """
        plan = plan_in(await session.state("plan"), plan_id)
        progress = Progress.of(plan)
        ids = ResultIds(session=session.id, stream=conversation_stream(session.id))
        return Result(status=progress.result_status, value=progress, ids=ids)

    async def check(
        self, session: WorkingSession, *, plan_id: str | None = None
    ) -> Result[Progress]:
        """Look for the tool calls that open steps ask for, in whatever order they were made.

        Args:
            session: the conversation.
            plan_id: as of the class.
        """
        await refuse(session, plan_id)
        async with session.turn(self.name) as work:
            plan = await found(work, plan_id)
            calls = (await work.folded(calls_made_fold)).since(plan.id)
            for state in plan.steps:
                criterion = state.step.tool_call
                if criterion is None or state.status is not StepStatus.OPEN or plan.is_over:
                    continue
                met = first_met(criterion, calls)
                if met is None:
                    continue
                command = ObserveStep(
                    plan=plan.id,
                    step=state.step.id,
                    verdict=Verdict.MET,
                    judged_by=ToolCallJudge.name,
                    evidence=met.version,
                )
                plan = await decided(work, command)
            return told(work, plan)
