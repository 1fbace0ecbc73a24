"""One turn of a session at a time: within a process, across logs and processes, and never twice."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from ag2 import Agent
from ag2.annotations import Context
from ag2.events import ObserverAlert, Severity
from ag2.stream import MemoryStream

import retold
from retold.errors import LeaseLost, SessionBusy, StoreUnavailable, TurnAborted
from retold.store.lease import Leases
from tests.agents.recorded import events_of, names_of
from tests.agents.scripted import Script, call, results_in


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    """An open log."""
    async with retold.open(sqlite_url) as opened:
        yield opened


class Gate:
    """A tool that says when it began, and waits until it may go on."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.may_leave = asyncio.Event()

    async def wait(self) -> str:
        """Wait."""
        self.entered.set()
        await self.may_leave.wait()
        return "waited"


def waiting_agent(log: retold.Log, gate: Gate, *more: Any, name: str = "waiter") -> Agent[str]:
    """Return an agent whose first turn waits in a tool."""
    script = Script([call("wait", "call_1")], "done", *more)
    return Agent(name, config=log.model(script), tools=[gate.wait])


@asynccontextmanager
async def in_a_tool(session: retold.Session, agent: Agent[str], gate: Gate) -> AsyncIterator[Any]:
    """Have a turn of the session going on, in its tool."""
    asking = asyncio.create_task(session.ask(agent, "wait"))
    await gate.entered.wait()
    try:
        yield asking
    finally:
        gate.may_leave.set()
        await asyncio.wait([asking])


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


# The lease itself ------------------------------------------------------------------------------


async def steal(log: retold.Log, resource: str) -> None:
    """Let a lease lapse at once, and take it for somebody else."""
    async with log.store.transaction() as connection:
        await connection.execute(
            sa.text("UPDATE leases SET expires_at = 0 WHERE resource = :resource"),
            {"resource": resource},
        )
    await Leases(log.store).take(resource, "thief", 60)


async def test_a_lost_lease_ends_the_turn_at_its_next_event(store_url: str) -> None:
    gate = Gate()
    async with retold.open(store_url, lease_seconds=0.3) as log:
        session = await log.session("s")
        script = Script([call("wait", "call_1")], "never")
        agent = Agent("a", config=log.model(script), tools=[gate.wait])
        lost = asyncio.Event()
        stream_guard = (await log.storage.conversation(session.ag2_stream_id)).guard
        refuse = stream_guard.refuse

        def noticed(error: Exception) -> None:
            refuse(error)
            lost.set()

        stream_guard.refuse = noticed  # type: ignore[method-assign]  # to know when
        asking = asyncio.create_task(session.ask(agent, "wait"))
        await gate.entered.wait()
        await steal(log, "conversation-s")
        await lost.wait()
        gate.may_leave.set()
        with pytest.raises(TurnAborted) as aborted:
            await asking

        assert isinstance(aborted.value.__cause__, LeaseLost)
        assert len(script.seen) == 1
        with pytest.raises(SessionBusy):
            await session.ask(agent, "again")


async def test_a_lease_is_renewed_as_long_as_the_turn_goes_on(store_url: str) -> None:
    gate = Gate()
    async with retold.open(store_url, lease_seconds=0.4) as mine:
        renewals = asyncio.Semaphore(0)
        renew = Leases.renew

        async def counted(self: Leases, *arguments: Any) -> None:
            await renew(self, *arguments)
            renewals.release()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Leases, "renew", counted)
            async with retold.open(store_url) as other:
                session = await mine.session("s")
                async with in_a_tool(session, waiting_agent(mine, gate), gate) as asking:
                    # Longer than the lease lasts unrenewed.
                    for _ in range(4):
                        await renewals.acquire()
                    same = await other.session("s")
                    with pytest.raises(SessionBusy):
                        await same.ask(Agent("b", config=other.model(Script("never"))), "hi")
                assert asking.result().body == "done"


async def test_a_renewal_that_fails_does_not_end_the_turn(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    failed = asyncio.Event()
    renew = Leases.renew

    async def fails_once(self: Leases, *arguments: Any) -> None:
        if not failed.is_set():
            failed.set()
            raise StoreUnavailable("Writing", "it is locked")
        await renew(self, *arguments)

    monkeypatch.setattr(Leases, "renew", fails_once)
    monkeypatch.setattr(log, "_lease_seconds", 0.3)
    session = await log.session("s")
    async with in_a_tool(session, waiting_agent(log, gate), gate) as asking:
        await failed.wait()
    assert asking.result().body == "done"


async def test_an_ask_cancelled_while_it_takes_the_lease_does_not_keep_it(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = asyncio.Event()
    take = Leases.take

    async def slow(self: Leases, *arguments: Any) -> Any:
        lease = await take(self, *arguments)
        taken.set()
        await asyncio.sleep(0)
        return lease

    monkeypatch.setattr(Leases, "take", slow)
    session = await log.session("s")
    agent = Agent("a", config=log.model(Script("hello")))
    asking = asyncio.create_task(session.ask(agent, "hi"))
    await taken.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    monkeypatch.undo()

    assert (await session.ask(agent, "hi")).body == "hello"
    assert (await names_of(session)).count("turn.started") == 1


async def test_a_lease_that_cannot_be_given_back_does_not_spoil_the_reply(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(self: Leases, lease: Any) -> None:
        raise StoreUnavailable("Writing", "it is locked")

    monkeypatch.setattr(Leases, "release", fails)
    session = await log.session("s")
    reply = await session.ask(Agent("a", config=log.model(Script("hello"))), "hi")
    assert reply.body == "hello"


async def test_a_lease_that_cannot_be_taken_is_the_stores_error_and_nothing_is_recorded(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(self: Leases, *_: Any) -> None:
        raise StoreUnavailable("Writing", "it is locked")

    monkeypatch.setattr(Leases, "take", fails)
    session = await log.session("s")
    script = Script("never")
    with pytest.raises(StoreUnavailable):
        await session.ask(Agent("a", config=log.model(script)), "hi")
    assert script.seen == []
    assert await log.store.head("conversation-s") is None


async def test_a_background_result_waits_until_another_process_is_done(sqlite_url: str) -> None:
    """What arrives after the turn does not disturb the turn of another process."""
    gate = Gate()
    async with retold.open(sqlite_url) as mine, retold.open(sqlite_url) as other:
        session = await mine.session("s")
        await session.ask(Agent("a", config=mine.model(Script("hello"))), "hi")
        same = await other.session("s")
        async with in_a_tool(same, waiting_agent(other, gate), gate) as asking:
            alert = ObserverAlert(source="me", severity=Severity.INFO, message="late")
            sending = asyncio.create_task(session.stream.send(alert, Context(session.stream)))
            gate.may_leave.set()
            assert (await asking).body == "done"
        await sending

        names = await names_of(same)
        assert names.index("ObserverAlert") > names.index("turn.completed")
        assert "turn.failed" not in names


async def test_streams_without_a_session_notice_each_other(sqlite_url: str) -> None:
    """Two processes on one stream of AG2's own: nothing is overwritten, and both can go on."""
    async with retold.open(sqlite_url) as mine, retold.open(sqlite_url) as other:
        first = MemoryStream(mine.storage)
        second = MemoryStream(other.storage, id=first.id)
        await Agent("a", config=mine.model(Script("one"))).ask("1", stream=first)
        heard = Script("two")
        await Agent("b", config=other.model(heard)).ask("2", stream=second)
        script = Script("three")
        await Agent("a", config=mine.model(script)).ask("3", stream=first)
        assert len(script.said) == 5
        assert len(heard.said) == 3
