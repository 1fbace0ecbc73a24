"""ConversationPlanner on real AG2 agents with scripted models."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from ag2 import Agent

import retold
from retold.agents.planner.judging import RuleJudge
from retold.domain.plan.commands import Decision
from retold.domain.plan.events import ReadAs, Waiting
from retold.domain.plan.step import PlanStep, StepDraft, Verdict
from retold.domain.result import ResultStatus
from retold.errors import (
    EmptyGoal,
    EmptyPlan,
    InvalidPlanLimit,
    PlanExists,
    PlanNotFound,
    PlanOver,
)
from tests.agents.recorded import events_of, names_of
from tests.agents.scripted import Script

goal = "Help the user choose a programming language for web development"
as_text = """1. **Ask about experience**
   - Expected response: a level
   - Success criteria: names a level
   - Fallback: Rephrase the question
2) Recommend a language
   - Success criteria: the user agrees"""
as_json = json.dumps(
    {
        "steps": [
            {
                "description": "Ask about experience",
                "expected_response": "a level",
                "success_criteria": "names a level",
                "fallback": "",
            }
        ]
    }
)
met = '{"verdict": "met", "reason": "it does"}'
not_met = '{"verdict": "not_met", "reason": "vague"}'


def planner_of(
    log: retold.Log, script: Script, policy: retold.PlannerPolicy | None = None, **options: Any
) -> retold.ConversationPlanner:
    agent = Agent("planner", "You plan.", config=log.model(script))
    return retold.ConversationPlanner(agent, policy=policy, **options)


async def test_a_conversation_follows_its_plan_to_the_end(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script(as_text, not_met, met, met)
    planner = planner_of(log, script)
    planned = await planner.plan(session, goal)
    assert planned.value is not None
    assert [s.step.description for s in planned.value.steps] == [
        "Ask about experience",
        "Recommend a language",
    ]
    assert (planned.value.read_as, planned.usage.model_calls) == (ReadAs.TEXT, 1)

    vague = await planner.execute(session, "Which one is nice?")
    assert vague.value is not None
    assert (vague.status, vague.value.verdict) == (ResultStatus.IN_PROGRESS, Verdict.NOT_MET)
    assert vague.value.say == "Let me rephrase the question: Ask about experience"
    good = await planner.execute(session, "I know some HTML")
    assert good.value is not None
    assert (good.value.say, good.value.done, good.value.total) == ("Recommend a language", 1, 2)
    last = await planner.execute(session, "Yes, Python it is")
    assert last.value is not None
    assert (last.status, last.value.done, last.value.step) == (ResultStatus.COMPLETED, 2, None)
    assert not script.turns

    assert [name for name in await names_of(session) if name.startswith("plan.")] == [
        "plan.created",
        "plan.message_received",
        "plan.step_evaluated",
        "plan.fallback_taken",
        "plan.message_received",
        "plan.step_evaluated",
        "plan.step_advanced",
        "plan.message_received",
        "plan.step_evaluated",
        "plan.completed",
    ]
    after = await planner.execute(session, "And now?")
    assert (after.status, after.value) == (ResultStatus.COMPLETED, last.value)

    # It keeps nothing: another object, as another process has it, knows all of it.
    again = await planner_of(log, Script()).progress(session)
    assert again.value == last.value


async def test_json_of_the_form_asked_for_is_a_plan_and_empty_parts_are_none(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    planned = await planner_of(log, Script(as_json)).plan(session, goal)
    assert planned.value is not None
    assert planned.value.read_as is ReadAs.JSON
    assert planned.value.steps[0].step.fallback is None


async def test_the_state_and_what_wrote_it(log: retold.Log) -> None:
    session = await log.session("s")
    planner = planner_of(log, Script(as_text, met))
    await planner.plan(session, goal)
    before = session.version
    await planner.execute(session, "Some HTML")
    assert (await session.state("plan")).by_id["plan-1"].current == "2"
    assert (await session.state("plan", at=before)).by_id["plan-1"].current == "1"
    explained = await session.explain("plan.by_id.plan-1.current")
    assert explained.event is not None
    assert explained.event.type == "plan.step_advanced"


async def test_the_same_goal_gives_the_same_plan_and_another_needs_an_id(log: retold.Log) -> None:
    session = await log.session("s")
    planner = planner_of(log, Script(as_text, as_text, as_text))
    first = await planner.plan(session, goal)
    assert (await planner.plan(session, goal)).value == first.value
    with pytest.raises(PlanExists):
        await planner.plan(session, "something else")
    other = await planner.plan(session, "something else", plan_id="other")
    assert other.value is not None
    assert (other.value.id, (await planner.progress(session)).value) != ("plan-1", None)
    first_progress = await planner.progress(session, plan_id="plan-1")
    assert first_progress.value is not None
    assert first_progress.value.goal == goal
    over = await planner.abandon(session, "later")
    assert over.status is ResultStatus.CANCELLED
    same = await planner.plan(session, "something else", plan_id="other")
    assert same.value is not None
    assert same.value.is_over
    third = await planner.plan(session, "a third")
    assert third.value is not None
    assert third.value.id == "plan-3"


async def test_forty_steps_are_cut_to_the_limit_and_that_is_recorded(log: retold.Log) -> None:
    session = await log.session("s")
    forty = "\n".join(f"{n}. do {n}" for n in range(1, 41))
    planned = await planner_of(log, Script(forty)).plan(session, goal, max_steps=4)
    assert planned.value is not None
    assert (planned.value.total, planned.value.left_out) == (4, 36)


@pytest.mark.parametrize(
    "answer", ["I'm sorry, I can't help with that.", "", '{"steps": [', '{"steps": []}']
)
async def test_no_plan_in_an_answer_is_asked_for_once_more_and_then_fails(
    log: retold.Log, answer: str
) -> None:
    session = await log.session("s")
    script = Script(answer, answer, as_text)
    planner = planner_of(log, script)
    failed = await planner.plan(session, goal)
    assert (failed.status, failed.value, failed.ok) == (ResultStatus.FAILED, None, False)
    assert failed.error is not None
    assert failed.error.type == "PlanUnreadable"
    (event,) = await events_of(session, "plan.creation_failed")
    assert (event.data["goal"], event.data["attempts"]) == (goal, 2)
    # Asked again it is asked anew: what failed is not served from the log.
    assert (await planner.plan(session, goal)).ok
    assert not script.turns


async def test_a_model_that_fails_is_in_the_result(log: retold.Log) -> None:
    session = await log.session("s")
    planner = planner_of(log, Script(ValueError("no model"), as_text, ValueError("busy"), met))
    failed = await planner.plan(session, goal)
    assert failed.error is not None
    assert failed.error.message == "no model"
    assert (await planner.plan(session, goal)).ok
    unjudged = await planner.execute(session, "HTML")
    assert unjudged.status is ResultStatus.FAILED
    assert unjudged.value is not None
    assert (unjudged.value.verdict, unjudged.value.done) == (None, 0)
    resumed = await planner.resume(session)
    assert resumed.value is not None
    assert resumed.value.done == 1
    assert len(await events_of(session, "plan.message_received")) == 1


@pytest.mark.parametrize("answer", ["UNSUCCESSFUL or SUCCESS?", "hm", "", '{"verdict": "maybe"}'])
async def test_an_answer_that_is_no_verdict_waits_for_a_decision(
    log: retold.Log, answer: str
) -> None:
    session = await log.session("s")
    planner = planner_of(log, Script(as_text, answer, answer))
    await planner.plan(session, goal)
    waiting = await planner.execute(session, "HTML")
    assert waiting.value is not None
    assert (waiting.status, waiting.value.waiting_for) == (ResultStatus.WAITING, Waiting.VERDICT)
    assert waiting.value.done == 0
    decided = await planner.decide(session, Decision.REJECT, by="ann", reason="too vague")
    assert decided.value is not None
    assert (decided.status, decided.value.fallbacks) == (ResultStatus.IN_PROGRESS, 1)


async def test_fallbacks_end_in_an_escalation_and_it_goes_on_after_a_retry(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    script = Script(as_text, not_met, not_met, met)
    planner = planner_of(log, script, retold.PlannerPolicy(fallback_limit=1))
    await planner.plan(session, goal)
    await planner.execute(session, "a")
    escalated = await planner.execute(session, "b")
    assert escalated.value is not None
    assert escalated.status is ResultStatus.WAITING
    assert (escalated.value.waiting_for, escalated.value.say) == (Waiting.ESCALATION, None)
    # What is said meanwhile is kept, and nobody is asked about it until somebody steps in.
    assert (await planner.execute(session, "HTML")).status is ResultStatus.WAITING
    gone_on = await planner.decide(session, Decision.RETRY, by="ann")
    assert gone_on.value is not None
    assert (gone_on.value.done, gone_on.value.step and gone_on.value.step.id) == (1, "2")
    assert not script.turns


bare = [StepDraft(description="Ask"), StepDraft(description="Tell")]


async def test_missing_criteria_are_never_silent_success(log: retold.Log) -> None:
    session = await log.session("s")
    planner = planner_of(log, Script())
    await planner.plan(session, goal, steps=bare)
    waiting = await planner.execute(session, "anything")
    assert waiting.value is not None
    assert (waiting.status, waiting.value.waiting_for) == (ResultStatus.WAITING, Waiting.CRITERIA)
    assert waiting.value.done == 0
    accepted = await planner.decide(session, Decision.ACCEPT, by="ann")
    assert accepted.value is not None
    assert accepted.value.done == 1


@pytest.mark.parametrize(
    ("policy", "done", "fallbacks"),
    [
        ("accept", 1, 0),
        ("reject", 0, 1),
        (lambda step, message: step.description == "Ask" and message == "yes", 1, 0),
        (lambda *_: Verdict.NOT_MET, 0, 1),
        (lambda *_: None, 0, 0),
    ],
)
async def test_missing_criteria_are_the_callers_policy(
    log: retold.Log, policy: Any, done: int, fallbacks: int
) -> None:
    session = await log.session("s")
    planner = planner_of(log, Script(), retold.PlannerPolicy(on_missing_criteria=policy))
    await planner.plan(session, goal, steps=bare)
    told = await planner.execute(session, "yes")
    assert told.value is not None
    assert (told.value.done, told.value.fallbacks) == (done, fallbacks)
    (event,) = await events_of(session, "plan.step_evaluated")
    assert event.data["judged_by"] == "policy"


async def test_a_rule_judges_and_a_message_id_is_judged_once(log: retold.Log) -> None:
    async def names_python(step: PlanStep, message: str) -> bool:
        return "python" in message.lower()

    session = await log.session("s")
    planner = planner_of(log, Script(as_text), judge=RuleJudge(names_python, name="python?"))
    await planner.plan(session, goal)
    first = await planner.execute(session, "Python", message_id="m1")
    again = await planner.execute(session, "Python", message_id="m1")
    assert first.value == again.value
    (event,) = await events_of(session, "plan.step_evaluated")
    assert event.data["judged_by"] == "python?"


async def test_misuse_is_a_named_error(log: retold.Log) -> None:
    session = await log.session("s")
    planner = planner_of(log, Script(as_text))
    with pytest.raises(EmptyGoal):
        await planner.plan(session, " ")
    with pytest.raises(InvalidPlanLimit):
        await planner.plan(session, goal, max_steps=0)
    for steps in ([], [StepDraft(description=" ")]):
        with pytest.raises(EmptyPlan):
            await planner.plan(session, goal, steps=steps)
    with pytest.raises(InvalidPlanLimit):
        retold.PlannerPolicy(fallback_limit=-1)
    assert session.version == 0
    with pytest.raises(PlanNotFound, match="no plan"):
        await planner.execute(session, "x")
    await planner.plan(session, goal)
    with pytest.raises(PlanNotFound, match="'plan-1'"):
        await planner.execute(session, "x", plan_id="nope")
    await planner.abandon(session, "enough")
    with pytest.raises(PlanOver):
        await planner.skip(session)
    with pytest.raises(PlanOver):
        await planner.replan(session)


async def test_two_at_once_are_judged_one_after_the_other(log: retold.Log) -> None:
    session = await log.session("s")
    planner = planner_of(log, Script(as_text, met, met))
    await planner.plan(session, goal)
    told = await asyncio.gather(
        planner.execute(session, "HTML"), planner.execute(session, "Yes, Python")
    )
    assert sorted(result.value.done for result in told if result.value) == [1, 2]
    assert [e.data["step"] for e in await events_of(session, "plan.step_evaluated")] == ["1", "2"]


async def test_what_no_database_takes_is_spelled_out(log: retold.Log) -> None:
    session = await log.session("s")
    planner = planner_of(log, Script(as_text, met))
    await planner.plan(session, f"{goal} \ud800\x00")
    told = await planner.execute(session, "HTML \udfff\x00")
    assert told.value is not None
    assert told.value.done == 1
