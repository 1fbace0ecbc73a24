"""A turn leaves its start, six stages and its end in the log, however it ends."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from ag2 import Agent, ToolResult
from ag2.annotations import Context
from ag2.events import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ObserverAlert,
    Severity,
    TextInput,
    ToolCallsEvent,
    ToolResultEvent,
    ToolResultsEvent,
    Usage,
)
from ag2.exceptions import ConfigNotProvidedError
from ag2.middleware import BaseMiddleware
from ag2.middleware.base import Middleware

import retold
from retold.domain.recording import Stage
from retold.errors import SessionClosed, TurnAborted
from tests.agents.faults import failing, is_event
from tests.agents.recorded import events_of, names_of, stages_of
from tests.agents.scripted import Script, call, results_in


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    """An open log."""
    async with retold.open(sqlite_url) as opened:
        yield opened


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


adds = call("add", "call_1", '{"a": 1, "b": 2}')
all_ok = [f"{stage} ok" for stage in Stage]


async def test_a_turn_is_recorded_from_its_start_to_its_end(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script([adds], "3")
    await session.ask(Agent("a", config=log.model(script), tools=[add]), "1 + 2?")

    assert await names_of(session) == [
        "conversation.started",
        "turn.started",
        "bootstrap ok",
        "input_normalisation ok",
        "ModelRequest",
        "model.call_started",
        "model.call_completed",
        "ModelResponse",
        "ToolCallsEvent",
        "ToolCallEvent",
        "ToolResultEvent",
        "ToolResultsEvent",
        "model.call_started",
        "model.call_completed",
        "ModelResponse",
        "execution ok",
        "policy_checks ok",
        "output_composition ok",
        "telemetry ok",
        "turn.completed",
    ]
    turn = (await events_of(session, "turn.started"))[0]
    assert turn.data["agent"] == "a"
    assert turn.data["fencing_token"] == 1
    assert turn.data["implicit"] is False
    during = (await session.events())[1:]
    assert {event.metadata["turn"] for event in during} == {turn.data["turn"]}
    assert {event.correlation_id for event in during} == {turn.data["turn"]}


async def test_stages_say_what_they_found(log: retold.Log) -> None:
    usage = Usage(prompt_tokens=7, completion_tokens=3)
    answer = ModelResponse(ModelMessage("three"), usage=usage)
    session = await log.session("s")
    agent = Agent("a", config=log.model(Script([adds], answer)), tools=[add])
    session.stream.enqueue("early")
    await session.ask(agent, "1 + 2?", TextInput("please"))

    details = {
        event.data["stage"]: event.data["detail"]
        for event in await events_of(session, "turn.stage_finished")
    }
    assert details["input_normalisation"] == {"parts": ["TextInput", "TextInput"], "inbox": 1}
    assert details["execution"] == {"model_calls_recorded": True}
    assert details["policy_checks"] == {"unanswered_calls": 0}
    reply = next(
        event
        for event in await session.events()
        if str(event.event_id) == details["output_composition"]["reply"]
    )
    assert reply.data["event"]["message"]["content"] == "three"
    assert details["output_composition"]["characters"] == 5
    assert {k: v for k, v in details["telemetry"].items() if k != "version"} == {
        "model_calls": 2,
        "tool_results": 1,
        "prompt_tokens": 7,
        "completion_tokens": 3,
    }


async def test_token_counts_that_nobody_reported_stay_unknown(log: retold.Log) -> None:
    session = await log.session("s")
    await session.ask(Agent("a", config=log.model(Script("hello"))), "hi")
    (*_, telemetry) = await events_of(session, "turn.stage_finished")
    assert telemetry.data["detail"]["prompt_tokens"] is None


async def test_a_turn_that_cannot_read_the_history_fails_in_bootstrap(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    async with retold.open(url) as log:
        session = await log.session("s")
        with pytest.raises(ConnectionError):
            await session.ask(Agent("a", config=log.model(Script(ConnectionError()))), "hi")
    # What triggers forbid, a broken disk does.
    with sqlite3.connect(tmp_path / "log.db") as connection:
        connection.execute("DROP TRIGGER IF EXISTS events_refuse_update")
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(
            "UPDATE events SET type = 'conversation.tags_changed', data = '{\"tags\": {}}'"
            " WHERE data LIKE '%ModelRequest%'"
        )
        connection.execute(
            "UPDATE events SET type = 'conversation.history_replaced',"
            ' data = \'{"spans": [{"first": 2, "last": 2}]}\''
            " WHERE type = 'conversation.tags_changed'"
        )
    connection.close()

    async with retold.open(url) as log:
        session = await log.session("s")
        script = Script("never")
        with pytest.raises(TurnAborted):
            await session.ask(Agent("a", config=log.model(script)), "again")
        assert script.seen == []
        assert (await stages_of(session))[-1] == "bootstrap failed"
        failed = (await events_of(session, "turn.failed"))[-1]
        assert failed.data["stage"] == "bootstrap"


async def test_input_that_cannot_be_taken_fails_the_turn_before_any_model_is_asked(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    script = Script("never")
    with pytest.raises(TypeError):
        await session.ask(
            Agent("a", config=log.model(script)),
            "hi",
            variables=7,  # type: ignore[arg-type]  # what the test is about
        )
    assert script.seen == []
    assert await stages_of(session) == ["bootstrap ok", "input_normalisation failed"]
    (failed,) = await events_of(session, "turn.failed")
    assert failed.data["stage"] == "input_normalisation"
    assert failed.data["error"]["type"] == "TypeError"


async def test_a_model_that_raises_fails_the_execution(log: retold.Log) -> None:
    session = await log.session("s")
    agent = Agent("a", config=log.model(Script(ConnectionError("lost"), "back")))
    with pytest.raises(ConnectionError, match="lost"):
        await session.ask(agent, "hi")
    assert await stages_of(session) == [*all_ok[:2], "execution failed"]
    (failed,) = await events_of(session, "turn.failed")
    assert failed.data["error"] == {"type": "ConnectionError", "message": "lost"}

    assert (await session.ask(agent, "hi")).body == "back"


async def test_an_agent_without_a_model_fails_the_execution(log: retold.Log) -> None:
    session = await log.session("s")
    with pytest.raises(ConfigNotProvidedError):
        await session.ask(Agent("a"), "hi")
    assert (await stages_of(session))[-1] == "execution failed"


class AnswersWithText(BaseMiddleware):
    """Returns something else than a response."""

    async def on_turn(self, call_next: Any, event: Any, context: Any) -> Any:
        """Return text."""
        await call_next(event, context)
        return "just text"


async def test_a_reply_that_is_none_fails_the_output_composition(log: retold.Log) -> None:
    session = await log.session("s")
    agent = Agent("a", config=log.model(Script("x")), middleware=[Middleware(AnswersWithText)])
    with pytest.raises(AttributeError):
        await session.ask(agent, "hi")
    assert await stages_of(session) == [*all_ok[:4], "output_composition failed"]
    (failed,) = await events_of(session, "turn.failed")
    assert failed.data["stage"] == "output_composition"


async def test_figures_that_do_not_add_up_fail_the_telemetry_and_nothing_else(
    log: retold.Log,
) -> None:
    usage = Usage(prompt_tokens="many")  # type: ignore[arg-type]  # what the test is about
    answer = ModelResponse(ModelMessage("hello"), usage=usage)
    session = await log.session("s")
    reply = await session.ask(Agent("a", config=log.model(Script(answer))), "hi")

    assert reply.body == "hello"
    assert await stages_of(session) == [*all_ok[:5], "telemetry failed"]
    assert (await names_of(session))[-1] == "turn.completed"


async def test_an_end_that_cannot_be_recorded_is_an_error(log: retold.Log) -> None:
    session = await log.session("s")
    agent = Agent("a", config=log.model(Script("hello", "back")))
    with failing(log.store, is_event("turn.completed")), pytest.raises(TurnAborted):
        await session.ask(agent, "hi")
    assert (await names_of(session))[-1] == "turn.failed"

    assert (await session.ask(agent, "hi")).body == "back"
    names = await names_of(session)
    assert names.count("turn.completed") == 1


async def test_a_closed_session_refuses_to_be_asked_and_records_nothing(log: retold.Log) -> None:
    session = await log.session("s")
    agent = Agent("a", config=log.model(Script("hello")))
    await session.ask(agent, "hi")
    await session.close("resolved")
    before = session.version
    with pytest.raises(SessionClosed):
        await session.ask(agent, "one more")
    with pytest.raises(SessionClosed):
        await agent.ask("one more", stream=session.stream)
    assert session.version == before == len(await session.events())


# Turns that AG2 begins -----------------------------------------------------------------------


async def test_replies_that_go_on_are_turns_of_their_own(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script("one", [adds], "two")
    reply = await session.ask(Agent("a", config=log.model(script), tools=[add]), "first")
    await reply.ask("second")

    turns = await events_of(session, "turn.started")
    assert [turn.data["implicit"] for turn in turns] == [False, True]
    assert [turn.data["fencing_token"] for turn in turns] == [1, 2]
    assert await stages_of(session) == all_ok * 2
    names = await names_of(session)
    assert names.count("turn.completed") == 2
    assert names[-1] == "turn.completed"
    second = [e for e in await session.events() if e.version >= turns[1].version]
    assert {event.metadata["turn"] for event in second} == {turns[1].data["turn"]}


async def test_whatever_begins_a_turn_on_the_stream_makes_one(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script("asked", "ran", "resumed")
    agent = Agent("a", config=log.model(script), tools=[add])

    await agent.ask("hi", stream=session.stream)
    async with agent.run("hi", stream=session.stream) as run:
        run.start()
        assert (await run.result()).body == "ran"
    history = await session.history()
    result = ToolResultEvent(parent_id="call_1", name="add", result=ToolResult("3"))
    reply = await agent.resume(
        *history,
        ModelRequest([TextInput("1 + 2?")]),
        ModelResponse(tool_calls=ToolCallsEvent([adds])),
        ToolResultsEvent([result]),
        stream=session.stream,
    )
    assert reply.body == "resumed"

    names = await names_of(session)
    assert names.count("turn.started") == names.count("turn.completed") == 3
    assert await stages_of(session) == all_ok * 3
    assert results_in(script.said) == {"call_1": "3"}


async def test_a_turn_that_ag2_began_fails_as_one_that_was_asked_for(log: retold.Log) -> None:
    session = await log.session("s")
    agent = Agent("a", config=log.model(Script(ConnectionError("lost"), "back")))
    with pytest.raises(ConnectionError, match="lost"):
        await agent.ask("hi", stream=session.stream)
    assert await stages_of(session) == [*all_ok[:2], "execution failed"]
    assert (await names_of(session))[-1] == "turn.failed"
    assert (await agent.ask("hi", stream=session.stream)).body == "back"


async def test_a_run_that_is_left_early_is_cancelled(log: retold.Log) -> None:
    started = asyncio.Event()

    async def wait() -> str:
        """Wait for ever."""
        started.set()
        await asyncio.Event().wait()
        return "never"

    agent = Agent("a", config=log.model(Script([call("wait", "call_1")], "back")), tools=[wait])
    session = await log.session("s")
    async with agent.run("wait", stream=session.stream) as run:
        run.start()
        await started.wait()
    assert (await names_of(session))[-1] == "turn.cancelled"
    assert (await session.ask(agent, "hi")).body == "back"


async def test_a_message_for_the_turn_going_on_does_not_end_it(log: retold.Log) -> None:
    session = await log.session("s")

    async def answer() -> str:
        session.stream.enqueue("one thing more")
        return "is that all?"

    agent = Agent("a", config=log.model(Script(answer, "now it is")))
    assert (await agent.ask("hi", stream=session.stream)).body == "now it is"
    names = await names_of(session)
    assert names.count("turn.started") == names.count("turn.completed") == 1


async def test_an_event_sent_to_the_stream_by_hand_is_recorded_outside_of_turns(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    await session.ask(Agent("a", config=log.model(Script("hello"))), "hi")
    alert = ObserverAlert(source="me", severity=Severity.INFO, message="look")
    await session.stream.send(alert, Context(session.stream))

    (*_, last) = await session.events()
    assert last.data["event"]["$"] == "ag2.ObserverAlert"
    assert "turn" not in last.metadata
    assert (await session.ask(Agent("a", config=log.model(Script("on"))), "hi")).body == "on"


async def test_a_history_replaced_by_hand_is_a_new_view_and_nothing_is_lost(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    await session.ask(Agent("a", config=log.model(Script("hello"))), "hi")
    before = await session.history()
    version = session.version
    await session.stream.history.replace(before[1:])
    assert await session.history() == before[1:]
    assert await session.history(at=version) == before
    assert (await names_of(session))[version:] == ["conversation.history_replaced"]
