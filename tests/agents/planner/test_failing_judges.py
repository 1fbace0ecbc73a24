"""Judges that raise, that say nonsense, and criteria that are none."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest
from ag2 import Agent

import retold
from retold.agents.planner.judging import Judge, Judgement, ModelJudge, Question, RuleJudge
from retold.agents.work import Work
from retold.domain.plan.commands import Decision
from retold.domain.plan.events import Waiting
from retold.domain.plan.step import StepDraft
from retold.domain.result import ResultStatus
from retold.errors import (
    InvalidPlanLimit,
    InvalidPlanPolicy,
    PlanError,
    PlanExists,
    PlanNotFound,
    PlanNotWaiting,
    UnknownPlanDecision,
    UnknownPlanStep,
)
from tests.agents.recorded import events_of
from tests.agents.scripted import Script

goal = "Learn what the user wants"
steps = [StepDraft(description="Ask", success_criteria="an answer")]


def planner_of(log: retold.Log, **options: Any) -> retold.ConversationPlanner:
    return retold.ConversationPlanner(Agent("planner", config=log.model(Script())), **options)


async def test_what_a_rule_raises_is_in_the_result_and_in_the_log_and_the_message_is_kept(
    log: retold.Log,
) -> None:
    broken = True

    def rule(*_: object) -> bool:
        if broken:
            raise OSError("the rules are not here")
        return True

    session = await log.session("s")
    planner = planner_of(log, judge=RuleJudge(rule))
    await planner.plan(session, goal, steps=steps)
    failed = await planner.execute(session, "Python")
    assert failed.status is ResultStatus.FAILED
    assert failed.error is not None
    assert (failed.error.type, failed.error.message) == ("OSError", "the rules are not here")
    assert failed.value is not None
    assert (failed.value.done, failed.value.attempts) == (0, 0)
    (turn,) = await events_of(session, "turn.failed")
    assert turn.data["error"]["message"] == "the rules are not here"

    broken = False
    assert (await planner.resume(session)).status is ResultStatus.COMPLETED
    assert len(await events_of(session, "plan.message_received")) == 1


@pytest.mark.parametrize("said", ["not_met", "NOT MET", "no", 1, [], object()])
async def test_a_rule_that_says_nonsense_is_never_a_success(log: retold.Log, said: object) -> None:
    session = await log.session("s")
    rule: Any = lambda *_: said  # noqa: E731 - nothing that is typed says this
    planner = planner_of(log, judge=RuleJudge(rule))
    await planner.plan(session, goal, steps=steps)
    told = await planner.execute(session, "Python")
    assert told.value is not None
    assert told.value.done == 0
    waits = None if said == "not_met" else Waiting.VERDICT
    assert told.value.waiting_for is waits


class Silent:
    async def judge(self, question: Question, work: Work) -> Judgement:
        return Judgement(verdict=None, by="silent")


async def test_a_judge_without_a_verdict_does_not_complete(log: retold.Log) -> None:
    session = await log.session("s")
    planner = planner_of(log, judge=Silent())
    await planner.plan(session, goal, steps=steps)
    told = await planner.execute(session, "Python")
    assert told.status is ResultStatus.FAILED
    assert told.error is not None
    assert told.error.type == "NoVerdict"


async def test_what_was_said_while_the_judge_was_down_is_judged_with_what_came_next(
    log: retold.Log,
) -> None:
    judge: Judge = Silent()

    class Switched:
        async def judge(self, question: Question, work: Work) -> Judgement:
            return await judge.judge(question, work)

    session = await log.session("s")
    planner = planner_of(log, judge=Switched())
    await planner.plan(session, goal, steps=steps)
    await planner.execute(session, "Python")
    judge = RuleJudge(lambda _, message: "Python" in message)
    assert (await planner.execute(session, "Hello?")).status is ResultStatus.COMPLETED


async def test_ids_that_no_database_takes_are_spelled_out(log: retold.Log) -> None:
    session = await log.session("s")
    planner = planner_of(log, judge=RuleJudge(lambda *_: True))
    for wild in ("a\x00b", "\ud800"):
        await planner.plan(session, goal, steps=steps, plan_id=wild)
        assert (await planner.plan(session, goal, plan_id=wild)).value is not None
        told = await planner.execute(session, "Python", plan_id=wild)
        assert told.status is ResultStatus.COMPLETED
    assert len((await log.audit.plan_progress(status="completed")).rows) == 2


@pytest.mark.parametrize("criteria", ["", " \n"])
async def test_empty_criteria_are_missing_criteria(log: retold.Log, criteria: str) -> None:
    session = await log.session("s")
    planner = planner_of(log, judge=RuleJudge(lambda *_: True))
    empty = StepDraft(description="Ask", success_criteria=criteria, fallback=criteria)
    await planner.plan(session, goal, steps=[empty])
    told = await planner.execute(session, "Python")
    assert told.value is not None
    assert (told.value.done, told.value.waiting_for) == (0, Waiting.CRITERIA)
    assert (await log.audit.plan_steps(session="s")).rows[0].criteria is None


async def test_what_a_plan_refuses_is_refused_before_a_turn_is_recorded(log: retold.Log) -> None:
    session = await log.session("s")
    planner = planner_of(log)
    for misuse in (planner.execute(session, "x"), planner.resume(session), planner.skip(session)):
        with pytest.raises(PlanNotFound):
            await misuse
    assert session.version == 0
    await planner.plan(session, goal, steps=steps)
    before = session.version
    refusals: list[tuple[Awaitable[object], type[PlanError]]] = [
        (planner.plan(session, "something else"), PlanExists),
        (planner.skip(session, "9"), UnknownPlanStep),
        (planner.jump(session, "9"), UnknownPlanStep),
        (planner.decide(session, Decision.ACCEPT), PlanNotWaiting),
        (planner.check(session, plan_id="nope"), PlanNotFound),
        (planner.replan(session, plan_id="nope"), PlanNotFound),
        (planner.abandon(session, plan_id="nope"), PlanNotFound),
    ]
    for refused, error in refusals:
        with pytest.raises(error):
            await refused
    assert session.version == before


async def test_limits_and_choices_that_are_none_are_refused(log: retold.Log) -> None:
    for seconds in (0, -1.5, float("nan")):
        with pytest.raises(InvalidPlanLimit, match="more than 0"):
            retold.PlannerPolicy(ask_timeout=seconds)
        with pytest.raises(InvalidPlanLimit, match="more than 0"):
            ModelJudge(Agent("judge", config=Script()), timeout=seconds)
    with pytest.raises(InvalidPlanPolicy, match="no policy"):
        retold.PlannerPolicy(on_missing_criteria="silently")  # type: ignore[arg-type] # wrong
    session = await log.session("s")
    planner = planner_of(log)
    await planner.plan(session, goal, steps=steps)
    before = session.version
    unknown: Any = "perhaps"
    with pytest.raises(UnknownPlanDecision, match="accept, reject, retry"):
        await planner.decide(session, unknown)
    assert session.version == before
    assert Decision("accept") is Decision.ACCEPT
