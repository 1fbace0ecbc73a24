"""Two processes, one session: each goes on where the other stopped, and only one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from ag2 import Agent

import retold
from retold.errors import TurnAborted
from tests.agents.recorded import events_of, names_of
from tests.agents.scripted import Script, call, requests_in, results_in
from tests.sessions.processes import OtherProcesses, lapse


@asynccontextmanager
async def in_a_tool(log: retold.Log, script: Script) -> AsyncIterator[asyncio.Task[Any]]:
    """Have a turn of session ``s`` going on, in its tool ``wait``."""
    entered, may_leave = asyncio.Event(), asyncio.Event()

    async def wait() -> str:
        """Wait."""
        entered.set()
        await may_leave.wait()
        return "waited"

    session = await log.session("s")
    agent = Agent("a", config=log.model(script), tools=[wait])
    asking = asyncio.create_task(session.ask(agent, "wait"))
    await entered.wait()
    try:
        yield asking
    finally:
        may_leave.set()
        await asyncio.wait([asking])


async def test_a_session_goes_back_and_forth_between_processes(
    store_url: str, other: OtherProcesses
) -> None:
    async with retold.open(store_url) as log:
        session = await log.session("s", subject="user:7")
        script = Script("hello", "yes")
        agent = Agent("a", config=log.model(script))
        await session.ask(agent, "hi")

        told = await other.act(store_url, "s", "ask")
        assert told["heard"] == [["hi"], ["Who are you?"]]

        assert (await session.ask(agent, "Are you still there?")).body == "yes"
        assert requests_in(script.said) == [["hi"], ["Who are you?"], ["Are you still there?"]]
        assert len(script.said) == 5
        assert session.version == len(await session.events())
        names = await names_of(session)
        assert names.count("conversation.started") == 1
        assert names.count("turn.completed") == 3
        assert (await log.verify()).ok


async def test_another_process_finds_the_session_busy(
    store_url: str, other: OtherProcesses
) -> None:
    async with retold.open(store_url) as log:
        async with in_a_tool(log, Script([call("wait", "c")], "done")) as asking:
            told = await other.act(store_url, "s", "busy")
        assert asking.result().body == "done"
        (turn,) = await events_of(await log.session("s"), "turn.started")
        assert told == {"busy": "s", "owner": turn.data["owner"], "asked": 0}


# Leases that were lost unnoticed ---------------------------------------------------------------


@pytest.mark.parametrize("where", ["tool", "model"])
async def test_a_turn_that_lost_its_lease_unnoticed_writes_nothing_more(
    store_url: str, other: OtherProcesses, where: str
) -> None:
    async with retold.open(store_url) as log:
        assert await other.act(store_url, "s", f"hold in {where}") == {"at": where}
        await lapse(log)
        session = await log.session("s")
        script = Script("mine now", "and still")
        agent = Agent("a", config=log.model(script))
        await session.ask(agent, "hi")
        before = await names_of(session)

        told = await other.go_on()
        assert told == {"aborted": "WrongExpectedVersion", "asked": 1}
        since = (await names_of(session))[len(before) :]
        # A message is nobody's turn's: that it was put in is true whoever holds the session.
        assert since == ["conversation.message_enqueued"] * (where == "tool")
        assert before[-1] == "turn.completed"
        (failed,) = await events_of(session, "turn.failed")
        assert failed.data["abandoned"] is True

        assert (await session.ask(agent, "still there?")).body == "and still"
        late = ["from a turn that lost its lease"] * (where == "tool")
        assert requests_in(script.said)[-1] == [*late, "still there?"]
        assert (await log.verify()).ok


async def test_a_turn_that_lost_its_lease_does_not_disturb_the_turn_of_whoever_has_it(
    store_url: str, other: OtherProcesses
) -> None:
    async with retold.open(store_url) as log:
        assert await other.act(store_url, "s", "hold in tool") == {"at": "tool"}
        await lapse(log)
        script = Script([call("wait", "call_2")], "mine")
        async with in_a_tool(log, script) as asking:
            told = await other.go_on()
            assert told == {"aborted": "WrongExpectedVersion", "asked": 1}
            # It gave back its own lease, which is over, and not the one that is held.
            busy = await other.act(store_url, "s", "busy")
            assert busy["busy"] == "s"
        assert asking.result().body == "mine"
        assert results_in(script.said)["call_2"] == "waited"
        assert "no result" in results_in(script.said)["call_1"]

        session = await log.session("s")
        turns = [name for name in await names_of(session) if name.startswith("turn.")]
        assert turns == ["turn.started", "turn.failed", "turn.started", "turn.completed"]
        assert (await log.verify()).ok


async def test_a_turn_that_ends_while_another_finds_it_abandoned_ends_once(
    store_url: str, other: OtherProcesses
) -> None:
    """Whoever lost its lease wakes up between the other's look at the log and its first append."""
    async with retold.open(store_url) as log:
        assert await other.act(store_url, "s", "hold in model") == {"at": "model"}
        await lapse(log)
        session = await log.session("s")
        told: list[dict[str, Any]] = []
        append_many = log.store.append_many

        async def wakes_the_other(appends: Any, **options: Any) -> Any:
            if not told and any(e.type == "turn.started" for a in appends for e in a.events):
                told.append(await other.go_on())
            return await append_many(appends, **options)

        log.store.append_many = wakes_the_other  # type: ignore[method-assign]  # to be in between
        script = Script("mine now")
        await session.ask(Agent("a", config=log.model(script)), "hi")

        assert told == [{"aborted": "LeaseLost", "asked": 1}]
        (failed,) = await events_of(session, "turn.failed")
        assert failed.data["abandoned"] is False
        bootstrap = (await events_of(session, "turn.stage_finished"))[-6]
        assert "abandoned_turn" not in bootstrap.data["detail"]
        assert requests_in(script.said) == [["hold"], ["hi"]]
        turns = [name for name in await names_of(session) if name.startswith("turn.")]
        assert turns == ["turn.started", "turn.failed", "turn.started", "turn.completed"]
        assert (await log.verify()).ok


async def test_whoever_lost_its_lease_can_go_on_with_the_session_afterwards(
    sqlite_url: str, other: OtherProcesses
) -> None:
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        script = Script([call("wait", "call_1")], "never")
        async with in_a_tool(log, script) as asking:
            await lapse(log)
            told = await other.act(sqlite_url, "s", "ask")
            assert "no result" in told["results"]["call_1"]
        with pytest.raises(TurnAborted):
            asking.result()
        assert len(script.seen) == 1
        names = await names_of(session)
        assert "ToolResultEvent" not in names
        assert names[-1] == "turn.completed"

        again = Script("back again")
        assert (await session.ask(Agent("a", config=log.model(again)), "hi")).body == "back again"
        assert requests_in(again.said) == [["wait"], ["Who are you?"], ["hi"]]
        assert (await log.verify()).ok


# Messages and variables ------------------------------------------------------------------------


async def test_a_message_enqueued_by_another_process_is_delivered_once(
    store_url: str, other: OtherProcesses
) -> None:
    async with retold.open(store_url) as log:
        session = await log.session("s")
        script = Script("hello", "I heard it", "and no more")
        agent = Agent("a", config=log.model(script))
        await session.ask(agent, "hi")
        await other.act(store_url, "s", "enqueue")

        await session.ask(agent, "anything?")
        await session.ask(agent, "more?")
        assert requests_in(script.said) == [
            ["hi"],
            ["from the other process", "anything?"],
            ["more?"],
        ]


async def test_a_message_for_a_session_in_a_turn_elsewhere_waits_for_the_next_turn(
    store_url: str, other: OtherProcesses
) -> None:
    async with retold.open(store_url) as log:
        script = Script([call("wait", "c")], "done", "read")
        async with in_a_tool(log, script) as asking:
            await other.act(store_url, "s", "enqueue")
        assert asking.result().body == "done"
        session = await log.session("s")
        await session.ask(Agent("a", config=log.model(script)), "anything?")
        assert requests_in(script.said) == [["wait"], ["from the other process", "anything?"]]


@pytest.mark.parametrize("then", ["asked for", "begun by AG2"])
async def test_a_message_delivered_elsewhere_is_not_delivered_here_again(
    sqlite_url: str, other: OtherProcesses, then: str
) -> None:
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        script = Script("hello", "not again")
        agent = Agent("a", config=log.model(script))
        await session.ask(agent, "hi")
        session.stream.enqueue("only once")
        await session.stream.inbox.write()
        told = await other.act(sqlite_url, "s", "ask")
        assert told["heard"] == [["hi"], ["only once", "Who are you?"]]

        if then == "asked for":
            await session.ask(agent, "and here?")
        else:
            await agent.ask("and here?", stream=session.stream)
        assert requests_in(script.said) == [*told["heard"], ["and here?"]]


async def test_variables_go_back_and_forth_with_the_session(
    store_url: str, other: OtherProcesses
) -> None:
    async with retold.open(store_url) as log:
        session = await log.session("s")
        agent = Agent("a", config=log.model(Script("yes", "and now?")))
        told = await other.act(store_url, "s", "remember")
        assert told["variables"] == {"kept": 2, "topic": "parcels"}

        reply = await session.ask(agent, "what do you know?", variables={"kept": 3})
        assert reply.context.variables == {"kept": 3, "topic": "parcels"}
        told = await other.act(store_url, "s", "ask")
        assert told["variables"] == {"kept": 3, "topic": "parcels"}

        await other.act(store_url, "s", "remember")
        reply = await session.ask(agent, "and now?")
        assert reply.context.variables == {"kept": 2, "topic": "parcels"}
