"""One turn of a session at a time: within a process, across logs, and never twice."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ag2 import Agent

import retold
from retold.errors import SessionBusy
from tests.agents.gates import Gate, in_a_tool, waiting_agent
from tests.agents.recorded import events_of, names_of
from tests.agents.scripted import Script, call, results_in


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    """An open log."""
    async with retold.open(sqlite_url) as opened:
        yield opened


async def test_another_log_finds_the_session_busy_and_changes_nothing(store_url: str) -> None:
    gate = Gate()
    async with retold.open(store_url) as mine, retold.open(store_url) as other:
        session = await mine.session("s")
        async with in_a_tool(session, waiting_agent(mine, gate), gate) as asking:
            version = session.version
            same = await other.session("s")
            script = Script("never")
            with pytest.raises(SessionBusy) as busy:
                await same.ask(Agent("b", config=other.model(script)), "hi")
            assert busy.value.session == "s"
            assert 0 < busy.value.seconds_left <= 30
            with pytest.raises(SessionBusy):
                await same.close()
            assert script.seen == []
            assert len(await same.events()) == version
        assert asking.result().body == "done"

        reply = await same.ask(Agent("b", config=other.model(Script("free"))), "hi")
        assert reply.body == "free"
        tokens = [e.data["fencing_token"] for e in await events_of(same, "turn.started")]
        assert tokens == sorted(set(tokens))


async def test_another_log_cannot_begin_a_turn_behind_the_sessions_back_either(
    sqlite_url: str,
) -> None:
    gate = Gate()
    async with retold.open(sqlite_url) as mine, retold.open(sqlite_url) as other:
        session = await mine.session("s")
        async with in_a_tool(session, waiting_agent(mine, gate), gate):
            same = await other.session("s")
            history = await same.history()
            with pytest.raises(SessionBusy):
                await same.stream.history.replace(history)
            with pytest.raises(SessionBusy):
                await other.storage.drop_history(same.ag2_stream_id)
        agent = Agent("a", config=mine.model(Script("undisturbed")))
        assert (await session.ask(agent, "hi")).body == "undisturbed"


async def test_asks_of_one_process_wait_for_each_other_in_order(log: retold.Log) -> None:
    gate = Gate()
    session = await log.session("s")
    script = Script([call("wait", "call_1")], "one", "two", "three")
    agent = Agent("a", config=log.model(script), tools=[gate.wait])
    asks = [asyncio.create_task(session.ask(agent, text)) for text in ("1", "2", "3")]
    await gate.entered.wait()
    gate.may_leave.set()
    replies = await asyncio.gather(*asks)

    assert [reply.body for reply in replies] == ["one", "two", "three"]
    turns = [name for name in await names_of(session) if name.startswith("turn.")]
    assert turns == ["turn.started", "turn.completed"] * 3


async def test_handles_of_one_log_are_one_session(log: retold.Log) -> None:
    gate = Gate()
    session = await log.session("s")
    async with in_a_tool(session, waiting_agent(log, gate), gate):
        same = await log.session("s")
        second = asyncio.create_task(same.ask(Agent("b", config=log.model(Script("b"))), "hi"))
        gate.may_leave.set()
        assert (await second).body == "b"


async def test_a_reply_keeps_the_session_that_its_next_ask_needs(log: retold.Log) -> None:
    gate = Gate()
    agent = waiting_agent(log, gate, "on")
    gate.may_leave.set()
    reply = await (await log.session("s")).ask(agent, "hi")
    gc.collect()
    session = await log.session("s")
    assert session.stream is reply.context.stream
    asks = await asyncio.gather(
        reply.ask("go on"), session.ask(Agent("b", config=log.model(Script("b"))), "hi")
    )
    assert [ask.body for ask in asks] == ["on", "b"]


@pytest.mark.parametrize("first", ["asked", "implicit"])
async def test_asked_and_implicit_turns_wait_for_each_other(log: retold.Log, first: str) -> None:
    gate = Gate()
    session = await log.session("s")
    agent = waiting_agent(log, gate)
    other = Agent("b", config=log.model(Script("b")))

    async def implicitly(who: Agent[str]) -> Any:
        return await who.ask("hi", stream=session.stream)

    one, two = (
        (session.ask(agent, "hi"), implicitly(other))
        if first == "asked"
        else (implicitly(agent), session.ask(other, "hi"))
    )
    tasks = [asyncio.create_task(one)]
    await gate.entered.wait()
    tasks.append(asyncio.create_task(two))
    # Both would go wrong here if the second did not wait.
    await asyncio.sleep(0)
    gate.may_leave.set()
    replies = await asyncio.gather(*tasks)

    assert [reply.body for reply in replies] == ["done", "b"]
    turns = [name for name in await names_of(session) if name.startswith("turn.")]
    assert turns == ["turn.started", "turn.completed"] * 2


async def test_many_turns_of_both_kinds_at_once_all_come_to_an_end(log: retold.Log) -> None:
    session = await log.session("many-turns")
    script = Script(*[f"{n}" for n in range(12)])
    agent = Agent("a", config=log.model(script))
    first = await session.ask(agent, "first")
    async with asyncio.timeout(60):
        replies = await asyncio.gather(
            *(session.ask(agent, "asked") for _ in range(4)),
            *(agent.ask("by hand", stream=session.stream) for _ in range(4)),
            *(first.ask("on") for _ in range(3)),
        )
    assert sorted(int(str(reply.body)) for reply in replies) == list(range(1, 12))
    names = await names_of(session)
    assert names.count("ModelResponse") == 12
    assert names.count("turn.failed") == names.count("turn.cancelled") == 0
    assert (await log.verify()).ok


async def test_a_tool_that_asks_in_its_own_session_gets_an_error(log: retold.Log) -> None:
    session = await log.session("s")

    async def reenter() -> str:
        """Ask where one is asked."""
        with pytest.raises(SessionBusy, match="the turn that is asking"):
            await session.ask(Agent("b", config=log.model(Script("never"))), "hi")
        with pytest.raises(SessionBusy, match="the turn that is asking"):
            await session.close()
        return "refused"

    script = Script([call("reenter", "call_1")], "done", [call("reenter", "call_2")], "done")
    agent = Agent("a", config=log.model(script), tools=[reenter])
    async with asyncio.timeout(30):
        await session.ask(agent, "hi")
        assert results_in(script.said) == {"call_1": "refused"}
        await agent.ask("hi", stream=session.stream)
        assert results_in(script.said) == {"call_1": "refused", "call_2": "refused"}


async def test_a_nested_agents_tool_that_asks_in_the_outer_session_gets_an_error(
    log: retold.Log,
) -> None:
    session, other = await log.session("s"), await log.session("other")

    async def reenter() -> str:
        """Ask where one is asked."""
        with pytest.raises(SessionBusy, match="the turn that is asking"):
            await session.ask(Agent("b", config=log.model(Script("never"))), "hi")
        return "refused"

    inner = Script([call("reenter", "call_1")], "it was refused")
    expert = Agent("expert", config=log.model(inner), tools=[reenter])

    async def detour() -> str:
        """Ask in another session, whose tool asks in this one."""
        script = Script([call("reenter", "call_9")], "refused there, too")
        agent = Agent("c", config=log.model(script), tools=[reenter])
        return str((await other.ask(agent, "hi")).body)

    outer = Script(
        [call("task_expert", "call_2", '{"objective": "reenter"}'), call("detour", "call_3")],
        "done",
    )
    boss = Agent(
        "boss",
        config=log.model(outer),
        tools=[expert.as_tool(description="x"), detour],
    )
    async with asyncio.timeout(30):
        await session.ask(boss, "hi")
    assert results_in(inner.said) == {"call_1": "refused"}
    assert results_in(outer.said) == {
        "call_2": "it was refused",
        "call_3": "refused there, too",
    }


async def test_a_task_that_outlives_its_turn_may_ask(log: retold.Log) -> None:
    session = await log.session("s")
    turn_is_over = asyncio.Event()
    later: list[asyncio.Task[Any]] = []

    async def afterwards() -> Any:
        await turn_is_over.wait()
        return await session.ask(Agent("b", config=log.model(Script("later"))), "hi")

    async def plan() -> str:
        """Plan something for later."""
        later.append(asyncio.create_task(afterwards()))
        return "planned"

    agent = Agent("a", config=log.model(Script([call("plan", "call_1")], "done")), tools=[plan])
    await session.ask(agent, "hi")
    turn_is_over.set()
    assert (await later[0]).body == "later"
