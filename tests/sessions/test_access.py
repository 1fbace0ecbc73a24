"""Who reads through the library: people are recorded, agents at their work are not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from ag2 import Agent

import retold
from retold.errors import InvalidActor, SessionNotFound
from retold.projections.access_log import accesses
from retold.projections.explaining.edges import EdgeKind
from retold.sessions.session import Session
from tests.agents.scripted import Script, call


@pytest.fixture
async def log(store_url: str) -> AsyncIterator[retold.Log]:
    """A log that alice opened, on each database."""
    async with retold.open(store_url, actor="alice") as opened:
        yield opened


@pytest.fixture
async def session(log: retold.Log) -> Session:
    """A session of one turn, in which a tool reads the log itself."""
    opened = await log.session("ticket-1", subject="user:7")

    async def look(order: str) -> str:
        """Look an order up, and what was said before."""
        said = await opened.transcript()
        return f"{order} shipped, {len(said)} messages"

    script = Script([call("look", "c1", '{"order": "7"}')], "It was shipped.")
    agent = Agent("support", "You help.", config=log.model(script), tools=[look])
    reply = await opened.ask(agent, "Where is it?", variables={"topic": "parcels"})
    assert reply.body == "It was shipped."
    return opened


async def test_an_agents_own_reads_are_not_recorded(log: retold.Log, session: Session) -> None:
    assert await log.accesses() == []


async def test_each_read_is_recorded_in_the_readers_name(log: retold.Log, session: Session) -> None:
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    _ = [summary async for summary in log.sessions(retold.SessionQuery(tags={"a": "b"}))]
    await log.find("ticket-1")
    await log.totals()
    entries = await session.transcript()
    await session.history(at=3)
    await session.state(at=moment)
    await session.explain("conversation.variables.topic")
    await session.why(session.version)
    await session.export("html")
    report = await log.verify()
    found = [(a.action, a.target, a.parameters, a.rows) for a in await log.accesses()]
    chain = found[2][3]
    assert found == [
        ("verify", None, {"ok": True}, report.events),
        ("export", "ticket-1", {"format": "html"}, None),
        ("explain", "ticket-1", {"version": session.version}, chain),
        ("explain", "ticket-1", {"path": "conversation.variables.topic"}, None),
        (
            "read",
            "ticket-1",
            {"what": "state conversation", "at": moment.isoformat(), "clock": "recorded"},
            None,
        ),
        ("read", "ticket-1", {"what": "history", "at": 3}, 0),
        ("read", "ticket-1", {"what": "transcript"}, len(entries)),
        ("query", "totals", {}, None),
        ("read", "ticket-1", {"what": "summary"}, 1),
        ("list", "sessions", {"tags": "a=b"}, None),
    ]
    assert {access.actor for access in await log.accesses()} == {"alice"}
    newest = (await log.accesses(limit=1))[0]
    assert (newest.action, newest.target) == ("query", "accesses")


async def test_nothing_is_recorded_of_a_read_that_failed(log: retold.Log) -> None:
    with pytest.raises(SessionNotFound):
        await (await log.session("none")).transcript()
    assert await accesses(log.store) == []


async def test_without_an_actor_nothing_is_recorded(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RETOLD_ACTOR", raising=False)
    async with retold.open(store_url) as log:
        await log.verify()
        assert await log.accesses() == []
    monkeypatch.setenv("RETOLD_ACTOR", "carol")
    async with retold.open(store_url) as log:
        await log.verify()
        assert [access.actor for access in await log.accesses()] == ["carol"]


async def test_a_name_that_names_nobody_is_refused_and_nothing_is_made(sqlite_url: str) -> None:
    with pytest.raises(InvalidActor):
        async with retold.open(sqlite_url, actor=" "):
            pass
    with pytest.raises(retold.errors.DatabaseMissing):
        async with retold.open(sqlite_url, create=False):
            pass


# Explaining what an agent did -----------------------------------------------------------------


async def test_a_reply_is_led_back_to_the_users_message_with_prompt_and_tools(
    session: Session,
) -> None:
    entries = await session.transcript()
    asked, reply = entries[0].version, entries[-1].version
    chain = await session.why(reply)
    assert chain.steps[0].event.version == reply
    assert chain.steps[-1].event.version == asked
    assert not chain.cut
    first, second = chain.model_inputs
    assert first.prompt == second.prompt == ("You help.",)
    assert [tool["function"]["name"] for tool in first.tools] == ["look"]
    assert (first.model, first.missing) == ("scripted", ())
    kinds = {step.kind for step in chain.steps[1:]}
    assert kinds == {EdgeKind.RECORDED, EdgeKind.INFERRED}


async def test_a_variable_is_explained_by_what_set_it(session: Session) -> None:
    explained = await session.explain("conversation.variables.topic")
    assert explained.value == "parcels"
    assert explained.event is not None
    assert explained.event.type == "conversation.variables_changed"
    assert [edge.event.type for edge in explained.causes] == ["turn.started"]


async def test_a_nested_reply_is_led_back_to_the_users_message_of_the_session(
    log: retold.Log,
) -> None:
    helper = Agent("helper", "You know.", config=log.model(Script("Inner.")))
    script = Script([call("task_helper", "c1", '{"objective": "find"}')], "Outer.")
    agent = Agent(
        "support",
        "You help.",
        config=log.model(script),
        tools=[helper.as_tool(description="Helps.")],
    )
    session = await log.session("ticket-2")
    await session.ask(agent, "Where?")
    (nested,) = [
        head.stream
        async for head in log.store.streams(category="conversation", session="ticket-2")
        if head.stream != "conversation-ticket-2"
    ]
    inner = await log.session(nested.removeprefix("conversation-"))
    chain = await inner.why((await inner.transcript())[-1].version)
    last = chain.steps[-1].event
    assert last.stream == "conversation-ticket-2"
    assert last.version == (await session.transcript())[0].version
    assert [given.prompt for given in chain.model_inputs] == [("You know.",), ("You help.",)]
