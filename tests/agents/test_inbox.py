"""A message put into a session's inbox is in the log at once, and delivered exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from ag2 import Agent
from ag2.annotations import Context
from ag2.events import BaseEvent, DrainedModelRequest, Input, ModelRequest, TextInput

import retold
from retold.agents import inbox
from retold.errors import TurnAborted
from tests.agents.faults import failing, is_ag2_event, is_event
from tests.agents.recorded import events_of, names_of
from tests.agents.scripted import Script, call, requests_in


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    """An open log."""
    async with retold.open(sqlite_url) as opened:
        yield opened


async def written(log: retold.Log, text: str) -> None:
    """Return once a message with this text is in the log of session ``s``."""
    async with asyncio.timeout(60):
        while True:
            async for event in log.store.read_stream("conversation-s", missing_ok=True):
                if event.type == "conversation.message_enqueued" and text in repr(event.data):
                    return


async def delivered(session: retold.Session) -> list[str]:
    """Return the ids of the messages that recorded events deliver, in order."""
    return [
        message
        for event in await events_of(session, "conversation.event_recorded")
        for message in event.data.get("inbox", ())
    ]


async def test_a_message_survives_the_process_that_took_it(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        session.stream.enqueue("early", TextInput("bird"))
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        script = Script("heard", "done")
        agent = Agent("a", config=log.model(script))
        await session.ask(agent, "late")
        assert requests_in(script.said) == [["early", "bird", "late"]]
        (enqueued,) = await events_of(session, "conversation.message_enqueued")
        assert await delivered(session) == [enqueued.data["message"]]
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        script = Script("done")
        await session.ask(Agent("a", config=log.model(script)), "and?")
        assert requests_in(script.said) == [["early", "bird", "late"], ["and?"]]


@pytest.mark.parametrize("where", ["in the loop", "in a thread"])
async def test_a_message_is_in_the_log_without_waiting_for_a_turn(
    log: retold.Log, where: str
) -> None:
    session = await log.session("s")
    if where == "in a thread":
        await asyncio.to_thread(session.stream.enqueue, "early")
    else:
        session.stream.enqueue("early")
    await written(log, "early")
    assert await names_of(session) == ["conversation.started", "conversation.message_enqueued"]


async def test_a_message_put_in_by_a_tools_thread_is_in_the_log_before_the_tool_answers(
    log: retold.Log,
) -> None:
    loop = asyncio.get_running_loop()

    def note(ctx: Context) -> str:
        """Enqueue in a worker thread, and wait until that is in the log."""
        ctx.enqueue("from the thread")
        asyncio.run_coroutine_threadsafe(written(log, "from the thread"), loop).result(60)
        return "noted"

    session = await log.session("s")
    script = Script([call("note", "call_1")], "read")
    await session.ask(Agent("a", config=log.model(script), tools=[note]), "go")
    names = await names_of(session)
    assert names.index("conversation.message_enqueued") < names.index("ToolResultEvent")
    assert requests_in(script.said) == [["go"], ["from the thread"]]


async def test_messages_keep_their_order_across_processes(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        session.stream.enqueue("one")
        session.stream.enqueue("two")
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        session.stream.enqueue("three")
        script = Script("heard")
        await session.ask(Agent("a", config=log.model(script)), "four")
        assert requests_in(script.said) == [["one", "two", "three", "four"]]


async def test_tools_may_enqueue_from_threads_and_from_the_loop(log: retold.Log) -> None:
    def from_thread(ctx: Context) -> str:
        """Enqueue in a worker thread."""
        ctx.enqueue("from the thread")
        return "noted"

    async def from_loop(ctx: Context) -> str:
        """Enqueue in the loop."""
        ctx.enqueue("from the loop")
        return "noted"

    session = await log.session("s")
    script = Script([call("from_thread", "call_1"), call("from_loop", "call_2")], "read")
    agent = Agent("a", config=log.model(script), tools=[from_thread, from_loop])
    await session.ask(agent, "go")

    drained = [message for message in script.said if isinstance(message, DrainedModelRequest)]
    texts = [text for request in requests_in(drained) for text in request]
    assert sorted(texts) == ["from the loop", "from the thread"]
    enqueued = await events_of(session, "conversation.message_enqueued")
    assert sorted(await delivered(session)) == sorted(e.data["message"] for e in enqueued)
    turn = (await events_of(session, "turn.started"))[0].data["turn"]
    assert {event.metadata["turn"] for event in enqueued} == {turn}


async def test_the_delivery_is_recorded_after_the_message(log: retold.Log) -> None:
    session = await log.session("s")
    session.stream.enqueue("early")
    await session.ask(Agent("a", config=log.model(Script("heard"))), "late")
    names = await names_of(session)
    assert names.index("conversation.message_enqueued") < names.index("ModelRequest")


async def test_a_message_that_could_not_be_written_stays_and_is_written_later(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    script = Script("heard")
    agent = Agent("a", config=log.model(script))
    session.stream.enqueue("early")
    fails = is_event("conversation.message_enqueued")
    with failing(log.store, fails), pytest.raises(TurnAborted):
        await session.ask(agent, "late")
    assert script.seen == []

    await session.ask(agent, "late")
    assert requests_in(script.said) == [["early", "late"]]
    assert len(await events_of(session, "conversation.message_enqueued")) == 1


async def test_a_message_whose_delivery_could_not_be_recorded_is_delivered_by_the_next_turn(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    script = Script("heard", "done")
    agent = Agent("a", config=log.model(script))
    session.stream.enqueue("early")
    with failing(log.store, is_ag2_event("ModelRequest")), pytest.raises(TurnAborted):
        await session.ask(agent, "late")
    assert session.stream.pending_messages == []

    await session.ask(agent, "once more")
    assert requests_in(script.said) == [["early", "once more"]]
    await session.ask(agent, "and?")
    assert requests_in(script.said) == [["early", "once more"], ["and?"]]


async def test_a_message_enqueued_when_the_model_fails_is_in_the_history_once(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    script = Script(ConnectionError("lost"), "back")
    agent = Agent("a", config=log.model(script))
    session.stream.enqueue("early")
    with pytest.raises(ConnectionError):
        await session.ask(agent, "late")
    await session.ask(agent, "again")
    assert requests_in(script.said) == [["early", "late"], ["again"]]


async def test_the_same_input_put_in_twice_is_two_messages(log: retold.Log) -> None:
    session = await log.session("s")
    note = TextInput("note")
    session.stream.enqueue(note)
    session.stream.enqueue(note)
    script = Script("heard")
    await session.ask(Agent("a", config=log.model(script)), note)
    assert requests_in(script.said) == [["note", "note", "note"]]
    assert len(set(await delivered(session))) == 2


async def test_what_was_delivered_may_be_said_again(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script("heard", "heard", "heard")
    agent = Agent("a", config=log.model(script))
    session.stream.enqueue("early")
    await session.ask(agent, "late")
    # The very object that was sent, not what the log reads back.
    request = next(iter(await session.stream.history.get_events()))
    assert isinstance(request, ModelRequest)
    await session.ask(agent, *request.parts)
    await agent.ask(*request.parts, stream=session.stream)
    assert requests_in(script.said) == [["early", "late"]] * 3
    assert len(await delivered(session)) == 1


async def test_a_message_with_an_unknown_kind_of_input_waits_for_a_process_that_knows_it(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        session.stream.enqueue("early")
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "decode_event", lambda _: BaseEvent())
        async with retold.open(sqlite_url) as log:
            session = await log.session("s")
            script = Script("heard")
            await session.ask(Agent("a", config=log.model(script)), "late")
            assert requests_in(script.said) == [["late"]]
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        script = Script("heard")
        await session.ask(Agent("a", config=log.model(script)), "later")
        assert requests_in(script.said) == [["late"], ["early", "later"]]


async def test_a_request_put_in_by_hand_is_delivered_as_ag2_would(log: retold.Log) -> None:
    session = await log.session("s")
    session.stream.pending_messages.append(ModelRequest([TextInput("by hand")]))
    script = Script("heard")
    await session.ask(Agent("a", config=log.model(script)), "late")
    assert requests_in(script.said) == [["by hand", "late"]]


async def test_marks_are_invisible_to_ag2(log: retold.Log) -> None:
    session = await log.session("s")
    session.stream.enqueue("early")
    (pending,) = session.stream.pending_messages
    plain = ModelRequest([Input.ensure_input("early")])
    assert pending == plain
    assert repr(pending) == repr(plain)
    assert pending.parts[0].to_dict() == plain.parts[0].to_dict() | {
        "created_at": pending.parts[0].created_at
    }


async def test_closing_the_log_writes_what_was_just_enqueued(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        (await log.session("s")).stream.enqueue("last words")
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        assert await names_of(session) == ["conversation.started", "conversation.message_enqueued"]


async def test_messages_of_many_threads_at_once_are_all_delivered_once(log: retold.Log) -> None:
    session = await log.session("s")
    messages = [f"message {n}" for n in range(20)]

    async def collect() -> str:
        """Let threads put in messages."""
        await asyncio.gather(*(asyncio.to_thread(session.stream.enqueue, m) for m in messages))
        return "collected"

    script = Script([call("collect", "call_1")], "read", "no more")
    agent = Agent("a", config=log.model(script), tools=[collect])
    await session.ask(agent, "go")
    await session.ask(agent, "and?")
    texts = [text for request in requests_in(script.said) for text in request]
    assert sorted(texts) == sorted(["go", "and?", *messages])
    enqueued = await events_of(session, "conversation.message_enqueued")
    assert sorted(await delivered(session)) == sorted(e.data["message"] for e in enqueued)


async def test_a_message_put_in_by_a_turn_that_is_cancelled_is_delivered_by_the_next(
    log: retold.Log,
) -> None:
    entered = asyncio.Event()

    async def note(ctx: Context) -> str:
        """Enqueue, and never come to an end."""
        ctx.enqueue("put in before the end")
        entered.set()
        await asyncio.Event().wait()
        return "never"

    session = await log.session("s")
    script = Script([call("note", "call_1")], "heard", "no more")
    agent = Agent("a", config=log.model(script), tools=[note])
    asking = asyncio.create_task(session.ask(agent, "go"))
    await entered.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    await session.ask(agent, "late")
    await session.ask(agent, "and?")
    assert requests_in(script.said) == [["go"], ["put in before the end", "late"], ["and?"]]
