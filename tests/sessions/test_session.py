"""Opening, asking, reading as of a moment, closing: what a user of a session sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ag2 import Agent
from ag2.annotations import Context
from ag2.events import ModelRequest, ModelResponse

import retold
from retold.errors import (
    InvalidStreamName,
    SessionBusy,
    SessionClosed,
    SessionMismatch,
    SessionNotFound,
)
from tests.agents.recorded import events_of, names_of, stages_of
from tests.agents.scripted import Script, call

all_stages = [
    "bootstrap ok",
    "input_normalisation ok",
    "execution ok",
    "policy_checks ok",
    "output_composition ok",
    "telemetry ok",
]


@pytest.fixture
async def log(store_url: str) -> AsyncIterator[retold.Log]:
    """An open log, on each database."""
    async with retold.open(store_url) as opened:
        yield opened


def agent_of(log: retold.Log, *turns: Any, **options: Any) -> Agent[str]:
    """Return an agent that says these things."""
    return Agent("support", "You help.", config=log.model(Script(*turns)), **options)


async def test_opening_a_session_changes_nothing(log: retold.Log) -> None:
    session = await log.session("ticket-1", subject="user:7", tags={"env": "test"})
    assert session.version == 0
    assert await log.store.head("conversation-ticket-1") is None
    with pytest.raises(SessionNotFound):
        await session.history()


async def test_a_turn_leaves_its_six_stages_and_its_end_in_the_log(log: retold.Log) -> None:
    session = await log.session("ticket-1", subject="user:7", tags={"env": "test"})
    reply = await session.ask(agent_of(log, "Hello!"), "Hi")

    assert reply.body == "Hello!"
    assert await stages_of(session) == all_stages
    names = await names_of(session)
    assert names[:2] == ["conversation.started", "turn.started"]
    assert names[-1] == "turn.completed"
    summary = await log.find("ticket-1")
    assert summary is not None
    assert (summary.subject, summary.tags, summary.agent) == ("user:7", {"env": "test"}, "support")


async def test_two_equal_questions_are_two_events(log: retold.Log) -> None:
    session = await log.session("ticket-1")
    agent = agent_of(log, "Yes.", "Still yes.")
    await session.ask(agent, "Are you there?")
    await session.ask(agent, "Are you there?")
    requests = [event for event in await session.history() if isinstance(event, ModelRequest)]
    assert len(requests) == 2
    assert requests[0] == requests[1]


async def test_history_as_of_a_version_and_of_a_moment(log: retold.Log) -> None:
    session = await log.session("ticket-1")
    agent = agent_of(log, "One.", "Two.")
    await session.ask(agent, "First?")
    after_first = session.version
    moment = (await session.events())[-1].recorded_at
    await session.ask(agent, "Second?")

    now = await session.history()
    assert len(now) == 4
    assert await session.history(at=after_first) == now[:2]
    assert await session.history(at=moment) == now[:2]
    assert await session.history(at=moment, clock="source") == now[:2]
    assert await session.history(at=datetime.now(UTC) + timedelta(days=1)) == now
    assert [entry.text for entry in await session.transcript(at=after_first)] == ["First?", "One."]


async def test_a_session_opened_again_is_the_same_and_checks_its_subject(log: retold.Log) -> None:
    session = await log.session("ticket-1", subject="user:7")
    await session.ask(agent_of(log, "Hello!"), "Hi")
    assert await log.session("ticket-1", subject="user:7") is session
    with pytest.raises(SessionMismatch, match="user:7"):
        await log.session("ticket-1", subject="user:8")


@pytest.mark.parametrize("name", ["", " x", "x ", "a\x00b", "x" * 300, "\n"])
async def test_a_session_id_that_cannot_name_a_stream_is_refused(
    log: retold.Log, name: str
) -> None:
    with pytest.raises(InvalidStreamName):
        await log.session(name)


async def test_variables_last_across_asks_and_processes(store_url: str) -> None:
    def remember(context: Context, topic: str) -> str:
        """Note the topic."""
        context.variables["topic"] = topic
        return "noted"

    async with retold.open(store_url) as log:
        session = await log.session("ticket-1")
        script: list[Any] = [[call("remember", "c1", '{"topic": "parcel"}')], "Noted."]
        agent = agent_of(log, *script, tools=[remember], variables={"count": 0})
        await session.ask(agent, "About my parcel", variables={"language": "en"})

    async with retold.open(store_url) as log:
        session = await log.session("ticket-1")
        script_2 = Script("Yes.")
        agent = Agent("support", config=log.model(script_2), variables={"count": 0})
        await session.ask(agent, "Still there?")
    assert script_2.seen[0].variables == {"count": 0, "language": "en", "topic": "parcel"}


async def test_reply_ask_is_a_turn_of_its_own(log: retold.Log) -> None:
    session = await log.session("ticket-1")
    reply = await session.ask(agent_of(log, "One.", "Two."), "First?")
    assert (await reply.ask("Second?")).body == "Two."

    started = await events_of(session, "turn.started")
    assert [event.data["implicit"] for event in started] == [False, True]
    assert len(await events_of(session, "turn.completed")) == 2
    assert await stages_of(session) == [*all_stages, *all_stages]


async def test_asks_of_one_process_wait_for_each_other(log: retold.Log) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slowly() -> str:
        entered.set()
        await leave.wait()
        return "First."

    session = await log.session("ticket-1")
    first = asyncio.create_task(session.ask(agent_of(log, slowly), "1"))
    await entered.wait()
    second = asyncio.create_task(session.ask(agent_of(log, "Second."), "2"))
    leave.set()
    assert [(await first).body, (await second).body] == ["First.", "Second."]
    said = [event.content for event in await session.history() if isinstance(event, ModelResponse)]
    assert said == ["First.", "Second."]


async def test_asking_while_another_holder_is_in_a_turn_says_who_and_for_how_long(
    store_url: str,
) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slowly() -> str:
        entered.set()
        await leave.wait()
        return "Done."

    async with retold.open(store_url) as log, retold.open(store_url) as other:
        asking = asyncio.create_task(
            (await log.session("ticket-1")).ask(agent_of(log, slowly), "1")
        )
        await entered.wait()
        elsewhere = await other.session("ticket-1")
        with pytest.raises(SessionBusy) as busy:
            await elsewhere.ask(agent_of(other, "Never."), "2")
        assert 0 < busy.value.seconds_left <= 30
        leave.set()
        await asking
        reply = await elsewhere.ask(agent_of(other, "Now."), "2")
        assert reply.body == "Now."
        tokens = [e.data["fencing_token"] for e in await events_of(elsewhere, "turn.started")]
        assert tokens == sorted(set(tokens))
        assert len(tokens) == 2


async def test_a_closed_session_refuses_to_be_asked(log: retold.Log) -> None:
    session = await log.session("ticket-1")
    await session.ask(agent_of(log, "Hello!"), "Hi")
    await session.close("resolved")
    version = session.version
    with pytest.raises(SessionClosed):
        await session.ask(agent_of(log, "Never."), "Hi")
    await session.close("again")
    head = await log.store.head("conversation-ticket-1")
    assert head is not None
    assert head.version == version
    summary = await log.find("ticket-1")
    assert summary is not None
    assert (summary.ended, summary.end_reason) == (True, "resolved")


async def test_a_turn_cancelled_in_its_tool_says_so_and_the_next_one_settles_it(
    log: retold.Log,
) -> None:
    entered = asyncio.Event()

    async def wait_for_ever() -> str:
        """Wait."""
        entered.set()
        await asyncio.Event().wait()
        return "never"

    session = await log.session("ticket-1")
    script: list[Any] = [[call("wait_for_ever", "c1")], "I was cut off."]
    agent = agent_of(log, *script, tools=[wait_for_ever])
    asking = asyncio.create_task(session.ask(agent, "Wait"))
    await entered.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    (cancelled,) = await events_of(session, "turn.cancelled")
    assert cancelled.data["stage"] == "execution"
    assert (await session.ask(agent, "And?")).body == "I was cut off."
    (closed,) = [
        event.data["detail"]["closed_calls"]
        for event in await events_of(session, "turn.stage_finished")
        if "closed_calls" in event.data["detail"]
    ]
    assert closed == 1
    assert (await log.verify()).ok


async def test_sessions_are_listed_searched_and_counted(log: retold.Log) -> None:
    for number in (1, 2):
        session = await log.session(f"ticket-{number}", subject=f"user:{number}")
        await session.ask(agent_of(log, "Hello!"), "Hi")
    found = [s.session async for s in log.sessions(retold.SessionQuery(search="USER:2"))]
    assert found == ["ticket-2"]
    totals = await log.totals()
    assert (totals.sessions, totals.messages, totals.source) == (2, 4, "ag2")
