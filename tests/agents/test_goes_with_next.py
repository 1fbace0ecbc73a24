"""Events appended with the next one: in the log before anything is done because of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from ag2 import Agent
from ag2.annotations import Context
from ag2.context import ConversationContext
from ag2.events import BaseEvent, ModelMessage, ModelResponse, ToolCallsEvent, Usage, UsageEvent
from ag2.middleware import BaseMiddleware
from ag2.observers import observer

import retold
from retold.domain.event import NewEvent
from retold.errors import TurnAborted, WrongExpectedVersion
from retold.store.append import ExpectedVersion
from tests.agents.faults import failing, is_ag2_event
from tests.agents.prefixes import everything_in, log_of
from tests.agents.recorded import events_of, name_of, names_of
from tests.agents.scripted import Script, call, results_in

usage = Usage(prompt_tokens=3, completion_tokens=5)


def calls_look_up(call_id: str = "call_1") -> ModelResponse:
    """Return an answer that calls the tool, of a provider that counts tokens."""
    return ModelResponse(tool_calls=ToolCallsEvent([call("look_up", call_id)]), usage=usage)


def answers(text: str) -> ModelResponse:
    """Return a last answer of such a provider."""
    return ModelResponse(ModelMessage(text), usage=usage)


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    async with retold.open(sqlite_url) as opened:
        yield opened


def look_up() -> str:
    """Look something up."""
    return "found"


async def test_what_a_tool_is_called_by_is_in_the_log_when_it_runs(log: retold.Log) -> None:
    session = await log.session("s")
    at_call: list[str] = []

    async def look_up() -> str:
        """Look something up."""
        at_call.extend(await names_of(session))
        return "found"

    script = Script(calls_look_up(), answers("x"))
    await session.ask(Agent("a", config=log.model(script), tools=[look_up]), "go")

    assert at_call[-5:] == [
        "model.call_completed",
        "UsageEvent",
        "ModelResponse",
        "ToolCallsEvent",
        "ToolCallEvent",
    ]


async def test_a_history_read_in_between_has_them_and_so_has_the_log(log: retold.Log) -> None:
    session = await log.session("s")
    read: list[BaseEvent] = []
    recorded: list[str] = []

    @observer(UsageEvent)
    async def reads(event: UsageEvent, context: Context) -> None:
        read.extend(await context.stream.history.get_events())
        recorded.extend(await names_of(session))

    agent = Agent("a", config=log.model(Script(answers("x"))), observers=[reads])
    await session.ask(agent, "go")

    assert isinstance(read[-1], UsageEvent)
    assert recorded[-1] == "UsageEvent"
    assert (await names_of(session)).count("UsageEvent") == 1


async def test_a_turn_that_fails_in_between_leaves_them_in_the_log(log: retold.Log) -> None:
    @observer(UsageEvent)
    async def fails(event: UsageEvent) -> None:
        raise RuntimeError("over budget")

    session = await log.session("s")
    agent = Agent("a", config=log.model(Script(answers("x"))), observers=[fails])
    with pytest.raises(RuntimeError, match="over budget"):
        await session.ask(agent, "go")

    names = await names_of(session)
    assert names[-4:] == ["model.call_completed", "UsageEvent", "execution failed", "turn.failed"]


@pytest.mark.parametrize("kind", ["UsageEvent", "ModelResponse", "ToolCallsEvent"])
async def test_a_turn_ends_when_one_of_them_cannot_be_recorded(log: retold.Log, kind: str) -> None:
    ran: list[str] = []

    def look_up() -> str:
        """Look something up."""
        ran.append("look_up")
        return "found"

    session = await log.session("s")
    script = Script(calls_look_up(), answers("never"))
    agent = Agent("a", config=log.model(script), tools=[look_up])
    with failing(log.store, is_ag2_event(kind)), pytest.raises(TurnAborted):
        await session.ask(agent, "go")
    assert len(script.seen) == 1
    assert ran == []
    assert kind not in await names_of(session)

    script.turns = [answers("welcome back")]
    assert (await session.ask(agent, "Once more")).body == "welcome back"
    assert (await log.verify()).ok


@pytest.mark.parametrize("is_changed", [False, True])
async def test_an_answer_waits_only_as_long_as_its_call_says_the_same(
    log: retold.Log, is_changed: bool
) -> None:
    session = await log.session("s")
    at_answer: list[str] = []

    class Changes(BaseMiddleware):
        async def on_llm_call(
            self, call_next: Any, events: Sequence[BaseEvent], context: Context
        ) -> ModelResponse:
            answered: ModelResponse = await call_next(events, context)
            return ModelResponse(ModelMessage("changed")) if is_changed else answered

    @observer(ModelResponse)
    async def looks(event: ModelResponse) -> None:
        at_answer.extend(await names_of(session))

    script = Script(ModelResponse(ModelMessage("x")))
    agent = Agent("a", config=log.model(script), middleware=[Changes], observers=[looks])
    reply = await session.ask(agent, "go")
    assert reply.body == ("changed" if is_changed else "x")
    assert at_answer[-1] == ("ModelResponse" if is_changed else "model.call_completed")
    assert (await names_of(session)).count("ModelResponse") == 1
    (*_, composed, _) = await events_of(session, "turn.stage_finished")
    assert composed.data["stage"] == "output_composition"
    (said,) = [e for e in await session.events() if name_of(e) == "ModelResponse"]
    assert composed.data["detail"]["reply"] == str(said.event_id)


async def test_what_another_process_appended_in_between_is_refused(log: retold.Log) -> None:
    """As by a process that took the lease of one that was stopped for too long."""
    session = await log.session("s")

    @observer(UsageEvent)
    async def intrudes(event: UsageEvent) -> None:
        foreign = NewEvent(type="policy.noted", data={})
        await log.store.append(
            "conversation-s", [foreign], expected_version=ExpectedVersion.STREAM_EXISTS
        )

    agent = Agent("a", config=log.model(Script(answers("x"))), observers=[intrudes])
    with pytest.raises(TurnAborted) as raised:
        await session.ask(agent, "go")
    assert isinstance(raised.value.__cause__, WrongExpectedVersion)
    assert "ModelResponse" not in await names_of(session)


async def test_an_event_that_is_sent_by_itself_is_recorded_by_itself(log: retold.Log) -> None:
    """Nobody says that another follows."""
    session = await log.session("s")
    await session.ask(Agent("a", config=log.model(Script(answers("x")))), "go")
    at_once: list[str] = []

    async def reads(event: ToolCallsEvent) -> None:
        at_once.extend(await names_of(session))

    sent = ToolCallsEvent([call("look_up", "call_9")])
    with session.stream.where(ToolCallsEvent).sub_scope(reads):
        await session.stream.send(sent, ConversationContext(session.stream))
    assert at_once[-1] == "ToolCallsEvent"


async def test_whatever_was_in_the_log_when_the_process_died_the_next_turn_goes_on() -> None:
    """Of an answer that was paid for, nothing is lost at any cut after it was recorded."""
    async with log_of([]) as log:
        session = await log.session("s")
        script = Script(calls_look_up(), answers("x"))
        await session.ask(Agent("a", config=log.model(script), tools=[look_up]), "go")
        everything = await everything_in(log.store)

    start = next(n for n, event in enumerate(everything) if event.type == "turn.started")
    for cut in range(start + 1, len(everything)):
        prefix = everything[:cut]
        names = [name_of(event) for event in prefix]
        async with log_of(prefix) as log:
            session = await log.session("s")
            script = Script(answers("on"))
            agent = Agent("a", config=log.model(script), tools=[look_up])
            assert (await session.ask(agent, "go on")).body == "on"
            if "ModelResponse" in names and "ToolResultEvent" not in names:
                assert "no result" in results_in(script.said)["call_1"]
            if "ToolResultEvent" in names:
                assert results_in(script.said)["call_1"] == "found"
            completed = await events_of(session, "model.call_completed")
            assert len(completed) == names.count("model.call_completed") + 1
            assert all(event.data["usage"]["prompt_tokens"] == 3 for event in completed)
            assert (await log.verify()).ok
