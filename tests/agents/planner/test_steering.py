"""Changing a plan's course, and steps that tool calls meet."""

from __future__ import annotations

import pytest
from ag2 import Agent

import retold
from retold.domain.plan.step import StepDraft, ToolCallCriterion, Verdict
from retold.domain.result import ResultStatus
from retold.errors import UnknownPlanStep
from tests.agents.planner.test_planner import as_text, goal, planner_of
from tests.agents.recorded import events_of, names_of
from tests.agents.scripted import Script, call, requests_in


async def test_skip_jump_and_replan_are_events(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script(as_text, "I will not.", "No.", "1. Compare\n   - Success criteria: both")
    planner = planner_of(log, script)
    await planner.plan(session, goal)
    jumped = await planner.jump(session, "2", reason="knows", by="ann")
    assert jumped.value is not None
    assert jumped.value.say == "Recommend a language"
    skipped = await planner.skip(session, reason="decided")
    assert skipped.value is not None
    assert (skipped.value.done, skipped.value.say) == (0, "Ask about experience")
    refused = await planner.replan(session, "wants a comparison")
    assert refused.status is ResultStatus.FAILED
    assert (await planner.progress(session)).value == skipped.value
    replanned = await planner.replan(session, "wants a comparison")
    assert replanned.value is not None
    assert (replanned.value.say, replanned.value.total) == ("Compare", 2)
    assert "wants a comparison" in requests_in(script.said)[-1][0]
    names = await names_of(session)
    for name in ("plan.jumped", "plan.step_skipped", "plan.replanned"):
        assert names.count(name) == 1
    with pytest.raises(UnknownPlanStep):
        await planner.jump(session, "9")


async def test_tool_calls_meet_steps_in_whatever_order(log: retold.Log) -> None:
    def find(order: str) -> str:
        """Find an order."""
        return "found"

    def refund(order: str) -> str:
        """Refund an order."""
        return "refunded"

    session = await log.session("s")
    steps = [
        StepDraft(description=name, tool_call=ToolCallCriterion(name=name, arguments=wanted))
        for name, wanted in (("find", {"order": "A"}), ("refund", {"order": "A"}))
    ]
    agent = Agent(
        "clerk",
        config=log.model(
            Script(
                [call("refund", "c0", '{"order": "A"}')],
                "too early to count",
                [call("refund", "c1", '{"order": "A"}'), call("find", "c2", '{"order": "B"}')],
                "done",
                [call("find", "c3", '{"order": "A"}')],
                "done",
            )
        ),
        tools=[find, refund],
    )
    planner = planner_of(log, Script())
    await session.ask(agent, "Refund A")
    await planner.plan(session, goal, steps=steps)
    assert (await planner.check(session)).value == (await planner.progress(session)).value
    await session.ask(agent, "Refund A, I say")
    seen = await planner.check(session)
    assert seen.value is not None
    assert (seen.value.done, seen.value.step and seen.value.step.id) == (1, "1")
    asked = await planner.execute(session, "And?")
    assert asked.value is not None
    assert asked.value.verdict is Verdict.NOT_MET
    await session.ask(agent, "Find A")
    assert (await planner.check(session)).status is ResultStatus.COMPLETED
    evaluated = await events_of(session, "plan.step_evaluated")
    shown = [e.data["evidence"] for e in evaluated if e.data["verdict"] == "met"]
    by_version = {event.version: event.type for event in await session.events()}
    assert [by_version[version] for version in shown] == ["conversation.event_recorded"] * 2
