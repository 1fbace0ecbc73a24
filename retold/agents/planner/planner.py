"""ConversationPlanner: makes a plan for a goal, and takes a conversation through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ag2 import Agent

from retold.agents.planner.drafting import Drafted, draft, planning_prompt, replanning_prompt
from retold.agents.planner.judging import Judge, Judgement, ModelJudge, Question, ToolCallJudge
from retold.agents.planner.keys import digest
from retold.agents.planner.policy import PlannerPolicy
from retold.agents.planner.progress import Progress
from retold.agents.planner.steering import (
    PlanSteering,
    of_plan,
    plans_of,
    refuse,
)
from retold.agents.planner.working import (
    JudgeFailure,
    check_open,
    check_steps,
    decided,
    failure,
    found,
    not_done,
    not_judged,
    plain,
    plan_for,
    plan_in,
    steps_of,
    told,
)
from retold.agents.work import Work
from retold.agents.working_session import WorkingSession
from retold.domain.plan.commands import (
    CreatePlan,
    DecideStep,
    Decision,
    EvaluateMessage,
    ReceiveMessage,
    ReplaceSteps,
)
from retold.domain.plan.decider import plans
from retold.domain.plan.state import Plan, ReceivedMessage
from retold.domain.plan.step import PlanStep, StepDraft
from retold.domain.result import Result, ResultStatus, ResultUsage
from retold.errors import EmptyGoal, RetoldError, UnknownPlanDecision
from retold.store.codec.values import made_plain


class ConversationPlanner(PlanSteering):
    """Makes plans, and judges what users answer by their steps.

    It keeps nothing: plans are events of the session, so that any process goes on with them. Every
    method but :meth:`progress` holds a turn of the session. After a crash the same call goes on
    where the log ends; models whose answer is in it are not asked again.

    A session may have several plans. Where ``plan_id`` is None, the one made last is meant.

    All methods raise ``SessionBusy``, ``SessionClosed``, ``StoreError`` and ``TurnAborted`` as
    ``session.turn`` does; ``PlanNotFound`` when there is no such plan, but for :meth:`plan`.
    """

    def __init__(
        self,
        agent: Agent[Any],
        *,
        judge: Judge | None = None,
        policy: PlannerPolicy | None = None,
        name: str | None = None,
    ) -> None:
        """Store what is needed.

        Args:
            agent: makes plans. Give it ``config=log.model(...)``, or its calls are not recorded.
            judge: of steps with criteria in words; a model judge with ``agent`` when None.
            policy: limits, and what is left open; the defaults when None.
            name: under which turns are recorded; that of the agent when None.
        """
        super().__init__(agent.name if name is None else name)
        self._agent = agent
        self._policy = policy = PlannerPolicy() if policy is None else policy
        self._judge = judge or ModelJudge(
            agent,
            attempts=policy.attempts,
            timeout=policy.ask_timeout,
            use_schema=policy.use_schema,
        )
        self._tool_calls = ToolCallJudge()

    # Plans ---------------------------------------------------------------------------------------

    async def plan(
        self,
        session: WorkingSession,
        goal: str,
        *,
        max_steps: int = 5,
        steps: Sequence[StepDraft] | None = None,
        plan_id: str | None = None,
    ) -> Result[Plan]:
        """Make a plan. For the goal of the open plan, that plan is returned as it is.

        With an id of its own a plan is made once: asked for again, for the same goal, it is
        returned wherever it stands.

        Args:
            session: the conversation.
            goal: what it is to achieve.
            max_steps: steps taken from what the model answers, at least 1; more are left out.
            steps: the steps, if no model is to be asked.
            plan_id: of the plan; one that is free when None.

        Returns:
            The plan; or, when the model failed or gave no steps, why not.

        Raises:
            EmptyGoal, EmptyPlan, InvalidPlanLimit: when there is nothing to plan.
            PlanExists: when the plan of that id, or the open one, is for something else.
        """
        goal = made_plain(goal)
        if not goal.strip():
            raise EmptyGoal
        check_steps(goal, max_steps, steps)
        plan_for(await plans_of(session), goal, plain(plan_id))
        async with session.turn(self.name) as work:
            state = await work.state(plans)
            new_id, known = plan_for(state, goal, plain(plan_id))
            if known is not None:
                return _made(work, known)
            drafted = None
            if steps is None:
                prompt = planning_prompt(goal, max_steps)
                key = f"plan/{new_id}/new/{state.failures}"
                drafted = await self._draft(work, prompt, key, max_steps)
            read = None if drafted is None else drafted.plan
            if drafted is not None and read is None:
                await work.decide(plans, failure(drafted, new_id, goal, is_revision=False))
                return not_done(work, drafted.status, drafted.error, drafted.usage)
            command = CreatePlan(
                plan=new_id,
                goal=goal,
                fallback_limit=self._policy.fallback_limit,
                **steps_of(steps, read),
            )
            made = await decided(work, command)
            return _made(work, made, None if drafted is None else drafted.usage)

    async def replan(
        self,
        session: WorkingSession,
        reason: str | None = None,
        *,
        max_steps: int = 5,
        steps: Sequence[StepDraft] | None = None,
        plan_id: str | None = None,
    ) -> Result[Progress]:
        """Replace all open steps of a plan; when no steps can be read, it stays as it is.

        Args:
            session: the conversation.
            reason: why; the model is told.
            max_steps, steps, plan_id: as of :meth:`plan`.

        Raises:
            PlanOver: when the plan was completed or abandoned.
            EmptyPlan, InvalidPlanLimit: as of :meth:`plan`.
        """
        reason = None if reason is None else made_plain(reason)
        check_steps("", max_steps, steps)
        check_open(plan_in(await plans_of(session), plan_id))
        async with session.turn(self.name) as work:
            plan = await found(work, plan_id)
            check_open(plan)
            drafted = None
            if steps is None:
                prompt = replanning_prompt(plan, reason, max_steps)
                failures = (await work.state(plans)).failures
                key = f"plan/{plan.id}/revision-{plan.revision + 1}/{failures}"
                drafted = await self._draft(work, prompt, key, max_steps)
            read = None if drafted is None else drafted.plan
            if drafted is not None and read is None:
                await work.decide(plans, failure(drafted, plan.id, plan.goal, is_revision=True))
                return not_done(work, drafted.status, drafted.error, drafted.usage)
            command = ReplaceSteps(
                plan=plan.id, reason=reason, by=made_plain(self.name), **steps_of(steps, read)
            )
            plan = await decided(work, command)
            return told(work, plan, None if drafted is None else drafted.usage)

    # Steps ---------------------------------------------------------------------------------------

    async def execute(
        self,
        session: WorkingSession,
        user_message: str,
        *,
        message_id: str | None = None,
        plan_id: str | None = None,
    ) -> Result[Progress]:
        """Judge what the user said by the current step, and go on with the plan.

        A step that is met leads to the next; one that is not to its fallback and, when those are
        used up, to an escalation. While the plan waits the message is recorded and not judged;
        when it is over, nothing happens.

        Args:
            session: the conversation.
            user_message: what the user said.
            message_id: your own id of it; given again, the message is not judged again.
            plan_id: as of the class.

        Returns:
            How far the plan is now, and what to say next. When the judge failed, why; the message
            is kept, and :meth:`resume` has it judged.
        """
        await self._refuse_if_new(session, plan_id)
        failure = JudgeFailure()
        with failure:
            async with session.turn(self.name) as work:
                plan = await found(work, plan_id)
                if plan.is_over:
                    return told(work, plan)
                command = ReceiveMessage(
                    plan=plan.id, text=made_plain(user_message), message_id=plain(message_id)
                )
                return await self._go_on(work, await decided(work, command), failure)
        return failure.result

    async def resume(
        self, session: WorkingSession, *, plan_id: str | None = None
    ) -> Result[Progress]:
        """Judge a message that is still to be judged, after a crash or a failure of the judge.

        Args:
            session: the conversation.
            plan_id: as of the class.
        """
        await self._refuse_if_new(session, plan_id)
        failure = JudgeFailure()
        with failure:
            async with session.turn(self.name) as work:
                return await self._go_on(work, await found(work, plan_id), failure)
        return failure.result

    async def decide(
        self,
        session: WorkingSession,
        decision: Decision,
        *,
        reason: str | None = None,
        by: str | None = None,
        plan_id: str | None = None,
    ) -> Result[Progress]:
        """Decide what a plan waits for; a message that came meanwhile is judged after a retry.

        Args:
            session: the conversation.
            decision: accept the step, reject the answer, or ask the user again.
            reason: why.
            by: who decides, such as ``user:7``.
            plan_id: as of the class.

        Raises:
            PlanOver, PlanNotWaiting, InvalidPlanDecision: when there is nothing of the kind to
                decide.
            UnknownPlanDecision: when it is none.
        """
        if decision not in list(Decision):
            raise UnknownPlanDecision(decision, Decision)
        decision = Decision(decision)
        command = DecideStep(plan="", decision=decision, reason=plain(reason), by=plain(by))
        await refuse(session, plan_id, command)
        failure = JudgeFailure()
        with failure:
            async with session.turn(self.name) as work:
                plan = await found(work, plan_id)
                plan = await decided(work, of_plan(command, plan))
                if decision is Decision.RETRY:
                    return await self._go_on(work, plan, failure)
                return told(work, plan)
        return failure.result

    # Working -------------------------------------------------------------------------------------

    async def _refuse_if_new(self, session: WorkingSession, plan_id: str | None) -> None:
        # Nothing begins with a failed turn. Later on, folding for this would cost more with every
        # message.
        if session.version == 0:
            await refuse(session, plan_id)

    async def _draft(self, work: Work, prompt: str, key: str, max_steps: int) -> Drafted:
        return await draft(
            work, self._agent, prompt, key=key, max_steps=max_steps, policy=self._policy
        )

    async def _go_on(self, work: Work, plan: Plan, failure: JudgeFailure) -> Result[Progress]:
        """Judge the pending message, if there is one and the plan does not wait."""
        pending, step = plan.pending, plan.current_step
        if pending is None or step is None or plan.waiting_for is not None:
            return told(work, plan)
        try:
            judged = await self._judged(work, plan, step, pending)
        except RetoldError:
            raise
        except Exception as error:  # a user's judge may raise anything
            failure.note(work, plan, error)
            raise
        if judged.verdict is None:
            return not_judged(work, plan, judged)
        command = EvaluateMessage(
            plan=plan.id,
            number=pending.number,
            verdict=judged.verdict,
            reason=plain(judged.reason),
            judged_by=plain(judged.by),
            evidence=judged.evidence,
            is_policy=not step.has_criteria,
        )
        return told(work, await decided(work, command), judged.usage)

    async def _judged(
        self, work: Work, plan: Plan, step: PlanStep, pending: ReceivedMessage
    ) -> Judgement:
        if not step.has_criteria:
            verdict = await self._policy.without_criteria(step, pending.text)
            reason = "The step has no success criteria."
            return Judgement(verdict=verdict, reason=reason, by="policy")
        question = Question(
            plan=plan.id,
            step=step,
            message=pending.text,
            key=f"plan/{plan.id}/step-{step.id}/message-{pending.number}/{digest(pending.text)}",
        )
        judge = self._judge if step.tool_call is None else self._tool_calls
        return await judge.judge(question, work)


def _made(work: Work, plan: Plan, usage: ResultUsage | None = None) -> Result[Plan]:
    return Result(
        status=ResultStatus.COMPLETED, value=plan, ids=work.ids, usage=usage or ResultUsage()
    )
