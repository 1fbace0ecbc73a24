"""The lease of a turn: lost, renewed, given back, and what happens when it cannot be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from ag2 import Agent
from ag2.annotations import Context
from ag2.events import ObserverAlert, Severity
from ag2.stream import MemoryStream

import retold
from retold.agents import turn_lease
from retold.errors import LeaseLost, SessionBusy, StoreUnavailable, TurnAborted
from retold.store.lease import Leases
from tests.agents.gates import Gate, in_a_tool, waiting_agent
from tests.agents.recorded import names_of
from tests.agents.scripted import Script, call


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    """An open log."""
    async with retold.open(sqlite_url) as opened:
        yield opened


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


@pytest.mark.parametrize("clock", [None, "monotonic", "time"])
async def test_a_turn_asks_about_its_lease_at_its_end_if_it_may_have_lapsed(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch, clock: str | None
) -> None:
    """By the clock that stands still while a machine sleeps, or by the one that does not."""
    renewed: list[Any] = []
    renew = Leases.renew

    async def noting(self: Leases, *arguments: Any) -> None:
        renewed.append(arguments)
        await renew(self, *arguments)

    def sleep() -> str:
        """Sleep for an hour."""
        if clock is not None:
            of_now = getattr(time, clock)
            moved = SimpleNamespace(monotonic=time.monotonic, time=time.time)
            setattr(moved, clock, lambda: of_now() + 3600)
            monkeypatch.setattr(turn_lease, "time", moved)
        return "slept"

    monkeypatch.setattr(Leases, "renew", noting)
    session = await log.session("s")
    script = Script([call("sleep", "call_1")], "done")
    reply = await session.ask(Agent("a", config=log.model(script), tools=[sleep]), "sleep")
    assert reply.body == "done"
    assert len(renewed) == (0 if clock is None else 1)


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
