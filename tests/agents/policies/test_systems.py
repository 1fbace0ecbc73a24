"""Policies govern whatever asks: replies, AG2's own turns, nested agents, and each system."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ag2 import Agent, MemoryStream
from ag2.agent import TaskConfig
from ag2.annotations import Context
from ag2.testing import TestConfig

import retold
from retold import (
    AllowedTools,
    ConversationPlanner,
    HierarchicalAgent,
    RecursiveAgent,
    RequiredScopes,
    StatefulAgent,
    TurnLimits,
    errors,
)
from retold.agents.work import Work
from tests.agents.policies.asking import Asked, Tools, refusals, refusing, replacing
from tests.agents.recorded import events_of, names_of, stages_of
from tests.agents.scripted import Script, call, results_in

looks = call("look_up", "call_1", '{"what": "it"}')


def agent_of(
    log: retold.Log, *said: Any, name: str = "a", tools: Tools | None = None
) -> Agent[Any]:
    functions = [] if tools is None else tools.functions
    return Agent(name, config=log.model(Script(*said)), tools=functions)


# Replies and AG2's own turns -----------------------------------------------------------------


async def test_a_reply_goes_on_under_the_policies_it_was_asked_under(log: retold.Log) -> None:
    session = await log.session("s")
    agent = agent_of(log, "one", "two", "three")

    def decide(check: retold.Check) -> retold.Refuse | None:
        return retold.Refuse(reason="no") if check.text == "bad" else None

    reply = await session.ask(agent, "good", policies=[Asked(decide)], scopes=["read"])
    with pytest.raises(errors.ContentRefused):
        await reply.ask("bad")
    assert (await stages_of(session))[-2:] == ["bootstrap ok", "input_normalisation failed"]
    asked = Asked()
    session.use([asked])
    assert (await reply.ask("good")).body == "two"
    assert asked.checks[0].scopes == {"read"}
    assert (await session.ask(agent, "bad")).body == "three"


async def test_what_ag2_begins_on_the_sessions_stream_is_governed(log: retold.Log) -> None:
    session = await log.session("s", policies=[refusing("output")])
    agent = agent_of(log, "one", "two")
    with pytest.raises(errors.ContentRefused):
        await agent.ask("hi", stream=session.stream)
    assert (await stages_of(session))[-2:] == ["execution ok", "policy_checks failed"]
    session.use([replacing("input", "***")])
    await agent.ask("hi", stream=session.stream)
    (request,) = [e for e in await session.history() if type(e).__name__ == "ModelRequest"][-1:]
    assert request.parts[0].content == "***"  # type: ignore[attr-defined]


async def test_a_message_for_the_turn_going_on_is_checked_as_it_is_delivered(
    log: retold.Log,
) -> None:
    psst = Asked(lambda check: retold.Refuse(reason="no") if check.text == "psst" else None)
    session = await log.session("s", policies=[psst])

    async def answer() -> str:
        session.stream.enqueue("psst")
        return "is that all?"

    agent = agent_of(log, answer, "never")
    with pytest.raises(errors.ContentRefused):
        await session.ask(agent, "hi")
    assert await stages_of(session) == [
        "bootstrap ok",
        "input_normalisation ok",
        "execution failed",
    ]


async def test_policies_of_the_log_govern_conversations_that_are_no_sessions(
    sqlite_url: str,
) -> None:
    async with retold.open(sqlite_url, policies=[refusing("model_call")]) as log:
        script = Script("never")
        with pytest.raises(errors.PolicyRefused):
            await Agent("a", config=log.model(script)).ask("hi", stream=MemoryStream(log.storage))
        assert script.seen == []


# Nested agents -------------------------------------------------------------------------------


async def test_an_agent_used_as_a_tool_is_governed_and_its_refusal_ends_the_turn(
    log: retold.Log,
) -> None:
    tools = Tools()
    inner_script = Script([looks], "never")
    inner = Agent("inner", config=log.model(inner_script), tools=tools.functions)
    outer_script = Script([call("task_inner", "call_9", '{"objective": "look"}')], "swallowed")
    outer = Agent(
        "outer",
        config=log.model(outer_script),
        tools=[inner.as_tool(description="looks things up", name="task_inner")],
    )
    session = await log.session("s", policies=[AllowedTools(deny=["look_up"])])
    with pytest.raises(errors.ToolNotAllowed) as refused:
        await session.ask(outer, "hi")
    assert refused.value.agent == "inner"
    assert tools.called == []
    assert len(outer_script.seen) == 1
    assert len(inner_script.seen) == 1
    assert inner_script.seen[0].tools == ("pay",)
    assert (await stages_of(session))[-1] == "execution failed"
    (row, _) = (await log.audit.refusals(session="s")).rows
    assert row.session != "s"
    assert (row.agent, row.tool) == ("inner", "look_up")


async def test_subtasks_of_ag2_are_governed(log: retold.Log) -> None:
    spawning = call("run_subtask", "call_9", '{"task": "look"}')
    script = Script([spawning], "sub", "never")
    agent = Agent("a", config=log.model(script), tasks=TaskConfig())
    session = await log.session("s", policies=[TurnLimits(model_calls=1)])
    with pytest.raises(errors.LimitExceeded):
        await session.ask(agent, "hi")
    assert len(script.seen) == 1


async def test_what_code_asks_in_parallel_shares_the_limits_of_its_turn(log: retold.Log) -> None:
    session = await log.session("s", policies=[TurnLimits(model_calls=3)])
    script = Script(*"abcdef")
    agent = Agent("a", config=log.model(script))
    with pytest.raises(errors.LimitExceeded):
        async with session.turn("work") as work:
            await asyncio.gather(
                *(work.ask(agent, "hi", key=str(number)) for number in range(6)),
                return_exceptions=True,
            )
    assert len(script.seen) == 3


async def test_a_task_that_was_refused_is_recorded_as_failed_and_asked_anew(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    agent = agent_of(log, "bad", "good")
    with pytest.raises(errors.ContentRefused):
        async with session.turn("work", policies=[refusing("output")]) as work:
            await work.ask(agent, "hi", key="one")
    assert "TaskFailed" in await names_of(session)
    async with session.turn("work") as work:
        assert (await work.ask(agent, "hi", key="one")).text == "good"


async def test_a_tool_that_swallows_a_refusal_does_not_get_around_it(log: retold.Log) -> None:
    inner = agent_of(log, "never", name="inner")

    async def ask_inner(context: Context) -> str:
        """Ask the other agent."""
        work = await Work.of(context)
        try:
            return (await work.ask(inner, "hi", key="one")).text or ""
        except errors.PolicyRefused:
            return "nothing happened"

    script = Script([call("ask_inner", "call_1")], "swallowed")
    outer = Agent("outer", config=log.model(script), tools=[ask_inner])
    session = await log.session("s", policies=[RequiredScopes(agents={"inner": ["inner:ask"]})])
    with pytest.raises(errors.MissingScope, match="inner:ask"):
        await session.ask(outer, "hi")
    assert len(script.seen) == 1

    script.turns[:] = [[call("ask_inner", "call_2")], "done"]
    inner_script = Script("hello")
    inner = Agent("inner", config=log.model(inner_script))
    assert (await session.ask(outer, "hi", scopes=["inner:ask"])).body == "done"
    assert results_in(script.said)["call_2"] == "hello"


# The systems ---------------------------------------------------------------------------------


async def test_a_stateful_agent_is_governed(log: retold.Log) -> None:
    session = await log.session("s", policies=[refusing("output")])
    agent = StatefulAgent("guide", config=log.model(Script("no", "yes")))
    with pytest.raises(errors.ContentRefused):
        await agent.respond(session, "What is it?")
    assert (await stages_of(session))[-1] == "policy_checks failed"
    session.use([])
    result = await agent.respond(session, "What is it?")
    assert result.value is not None
    assert result.value.text == "yes"


async def test_a_hierarchical_agent_is_governed_in_code_and_by_its_model(log: retold.Log) -> None:
    session = await log.session("s", policies=[refusing("input", reason="not that")])
    boss = HierarchicalAgent("boss", sub_agents={"writer": agent_of(log, "never", "draft")})
    with pytest.raises(errors.ContentRefused, match="not that"):
        async with boss.in_session(session) as work:
            await work.delegate("write", to="writer")
    (refusal,) = (await log.audit.refusals(session="s")).rows
    assert refusal.stage == "execution"
    (ended,) = await events_of(session, "delegation.failed")
    assert ended.data["error"]["type"] == "ContentRefused"

    delegating = call("delegate", "call_1", '{"task": "write", "to": "writer"}')
    script = Script([delegating], "swallowed")
    lead = HierarchicalAgent(
        "lead",
        config=log.model(script),
        sub_agents={"writer": agent_of(log, "draft", name="writer")},
    )
    session.use([RequiredScopes(agents={"writer": ["write"]})])
    with pytest.raises(errors.MissingScope):
        await session.ask(lead, "hi")
    assert len(script.seen) == 1


async def test_a_recursive_agent_is_governed_and_goes_on_afterwards(log: retold.Log) -> None:
    session = await log.session("s", policies=[TurnLimits(model_calls=1)])
    script = Script('{"complexity": "simple"}', "42")
    solver = RecursiveAgent(Agent("solver", config=log.model(script)))
    with pytest.raises(errors.LimitExceeded):
        await solver.solve(session, "What is six times seven?")
    assert len(script.seen) == 1
    session.use([])
    result = await solver.solve(session, "What is six times seven?")
    assert result.value is not None
    assert result.value.answer == "42"
    assert len(script.seen) == 2


async def test_a_planner_is_governed(log: retold.Log) -> None:
    session = await log.session("s", policies=[refusing("output")])
    planner = ConversationPlanner(agent_of(log, "1. Greet", "1. Greet"))
    with pytest.raises(errors.ContentRefused):
        await planner.plan(session, "Sell a bicycle")
    session.use([])
    result = await planner.plan(session, "Sell a bicycle")
    assert result.value is not None


async def test_an_agent_that_a_tool_asks_unrecorded_is_governed_by_its_model(
    log: retold.Log,
) -> None:
    tools = Tools()
    script = Script([looks], "found")
    inner = Agent("inner", config=log.model(script), tools=tools.functions)

    async def ask_inner() -> str:
        """Ask the other agent on a stream of its own."""
        return (await inner.ask("look it up")).body or ""

    def outer() -> Agent[Any]:
        calling = Script([call("ask_inner", "call_1")], "done")
        return Agent("outer", config=log.model(calling), tools=[ask_inner])

    session = await log.session("s")
    for policy in (AllowedTools(deny=["look_up"], tell_model=True), refusing("output")):
        script.turns[:] = [[looks], "found"]
        tools.called.clear()
        with pytest.raises(errors.PolicyRefused):
            await session.ask(outer(), "hi", policies=[policy])
        assert tools.called == ([] if isinstance(policy, AllowedTools) else ["look_up it"])
    script.turns[:] = [[looks], "found"]
    assert (await session.ask(outer(), "hi", policies=[Asked()])).body == "done"


async def test_sessions_at_once_have_policies_of_their_own(log: retold.Log) -> None:
    async def ask(name: str, *policies: retold.Policy) -> str | None:
        session = await log.session(name, policies=policies)
        agent = agent_of(log, "a", "b", name=name)
        try:
            return (await session.ask(agent, "hi")).body
        except errors.PolicyRefused as error:
            return f"{type(error).__name__} in {error.session}"

    answers = await asyncio.gather(
        ask("one"),
        ask("two", refusing("output")),
        ask("three", replacing("output", "c")),
        ask("four", refusing("model_call")),
    )
    assert list(answers) == ["a", "ContentRefused in two", "c", "PolicyRefused in four"]
    one = await log.session("one")
    assert await refusals(one) == []


async def test_a_session_asked_by_a_tool_of_another_has_its_own_policies(log: retold.Log) -> None:
    other = await log.session("other")

    async def ask_other() -> str:
        """Ask in the other session."""
        return (await other.ask(agent_of(log, "bad", name="b"), "hi")).body or ""

    script = Script([call("ask_other", "call_1")], "done")
    outer = Agent("outer", config=log.model(script), tools=[ask_other])
    session = await log.session("s")
    policy = Asked(lambda c: retold.Refuse(reason="no") if c.text == "bad" else None)
    with pytest.raises(errors.ContentRefused) as refused:
        # As the result of the tool it is checked, and refused, but not in the other session.
        await session.ask(outer, "hi", policies=[policy])
    assert refused.value.point == "tool_result"
    assert await refusals(other) == []
    assert (await stages_of(other))[-1] == "telemetry ok"


async def test_ag2_test_models_go_on_after_they_were_told(log: retold.Log) -> None:
    session = await log.session("s")
    tools = Tools()
    model = TestConfig([looks], "then not", raise_tool_errors=False)
    agent = Agent("a", config=log.model(model), tools=tools.functions)
    policy = AllowedTools(deny=["look_*"], tell_model=True)
    assert (await session.ask(agent, "hi", policies=[policy])).body == "then not"
    assert tools.called == []
