"""A turn of which an event could not be recorded ends, and no model hears of the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from ag2 import Agent
from ag2.agent import TaskConfig
from ag2.annotations import Context
from ag2.events import BaseEvent, Field, ModelReasoning, ToolCallEvent
from ag2.middleware import BaseMiddleware, RetryMiddleware
from ag2.middleware.base import Middleware
from ag2.stream import MemoryStream

import retold
from retold.errors import EventTooLarge, StoreUnavailable, TurnAborted
from tests.agents.faults import Fails, failing, is_ag2_event, is_event, secret_text
from tests.agents.recorded import events_of, names_of
from tests.agents.scripted import Script, call


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    """An open log."""
    async with retold.open(sqlite_url) as opened:
        yield opened


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def adding_agent(log: retold.Log, script: Script, **options: Any) -> Agent[str]:
    """Return an agent with a tool."""
    return Agent("adder", "You add.", config=log.model(script), tools=[add], **options)


adds = call("add", "call_1", '{"a": 1, "b": 2}')

# The event that cannot be recorded, and how many model calls were made by then.
breaking_points = [
    (is_ag2_event("ModelRequest"), 0),
    (is_event("model.call_started"), 0),
    (is_event("content.recorded"), 0),
    (is_event("model.call_completed"), 1),
    (is_ag2_event("ModelResponse"), 1),
    (is_ag2_event("ToolCallsEvent"), 1),
    (is_ag2_event("ToolCallEvent"), 1),
    (is_ag2_event("ToolResultEvent"), 1),
    (is_ag2_event("ToolResultsEvent"), 1),
]


@pytest.mark.parametrize(("fails", "calls"), breaking_points)
async def test_a_turn_ends_at_the_first_event_that_cannot_be_recorded(
    log: retold.Log, fails: Fails, calls: int
) -> None:
    script = Script([adds], "3", "welcome back")
    agent = adding_agent(log, script)
    session = await log.session("s")

    with failing(log.store, fails, times=1) as refused, pytest.raises(TurnAborted) as raised:
        await session.ask(agent, "1 + 2?")

    assert len(refused) == 1
    assert isinstance(raised.value.__cause__, StoreUnavailable)
    assert len(script.seen) == calls
    (turn,) = await events_of(session, "turn.failed")
    assert turn.data["stage"] == "execution"

    script.turns = ["welcome back"]
    assert (await session.ask(agent, "Once more")).body == "welcome back"
    assert all(secret_text not in seen.text for seen in script.seen)
    assert (await log.verify()).ok


@pytest.mark.parametrize(("fails", "calls"), breaking_points)
async def test_it_ends_while_the_database_stays_down_and_the_next_turn_settles_it(
    log: retold.Log, fails: Fails, calls: int
) -> None:
    script = Script([adds], "3")
    agent = adding_agent(log, script)
    session = await log.session("s")
    down = False

    def goes_down(stream: str, event: Any) -> bool:
        nonlocal down
        down = down or fails(stream, event)
        return down

    with failing(log.store, goes_down), pytest.raises(TurnAborted):
        await session.ask(agent, "1 + 2?")
    assert len(script.seen) == calls
    assert "turn.failed" not in await names_of(session)

    script.turns = ["welcome back"]
    assert (await session.ask(agent, "Once more")).body == "welcome back"
    (turn,) = await events_of(session, "turn.failed")
    assert turn.data["abandoned"] is True
    assert all(secret_text not in seen.text for seen in script.seen)


def in_nested(fails: Fails, root: str) -> Fails:
    """Restrict a fault to conversations nested in ``root``; its own events of that kind pass."""
    return lambda stream, event: stream != f"conversation-{root}" and fails(stream, event)


@pytest.mark.parametrize("tool", ["as_tool", "run_subtask", "run_subtasks"])
@pytest.mark.parametrize(
    "kind",
    [
        "ModelRequest",
        "ModelResponse",
        "ToolCallsEvent",
        "ToolCallEvent",
        "ToolResultEvent",
        "ToolResultsEvent",
    ],
)
async def test_a_turn_ends_when_a_nested_conversation_cannot_be_recorded(
    log: retold.Log, tool: str, kind: str
) -> None:
    inner = Script([adds], "3")
    outer = Script([delegation(tool)], "the colleague says 3")
    expert = adding_agent(log, inner)
    agent = Agent(
        "boss",
        config=log.model(outer),
        tools=[expert.as_tool(description="adds")] if tool == "as_tool" else [add],
        tasks=TaskConfig(config=log.model(inner)) if tool != "as_tool" else False,
    )
    session = await log.session("s")

    fails = in_nested(is_ag2_event(kind), "s")
    with failing(log.store, fails, times=1) as refused, pytest.raises(TurnAborted):
        await session.ask(agent, "1 + 2?")

    assert len(refused) == 1
    assert len(outer.seen) == 1
    assert len(inner.seen) == (0 if kind == "ModelRequest" else 1)

    outer.turns = ["welcome back"]
    assert (await session.ask(agent, "Once more")).body == "welcome back"
    assert all(secret_text not in seen.text for seen in outer.seen + inner.seen)


def delegation(tool: str) -> ToolCallEvent:
    """Return the call of a tool that delegates."""
    arguments = {
        "as_tool": ("task_adder", '{"objective": "1 + 2"}'),
        "run_subtask": ("run_subtask", '{"task": "1 + 2"}'),
        "run_subtasks": ("run_subtasks", '{"tasks": ["1 + 2"]}'),
    }
    name, text = arguments[tool]
    return call(name, "call_d", text)


@pytest.mark.parametrize("kind", ["TaskStarted", "TaskCompleted"])
async def test_a_turn_ends_when_a_task_cannot_be_recorded(log: retold.Log, kind: str) -> None:
    inner, outer = Script("3"), Script([delegation("as_tool")], "the colleague says 3")
    expert = adding_agent(log, inner)
    agent = Agent("boss", config=log.model(outer), tools=[expert.as_tool(description="adds")])
    session = await log.session("s")

    with failing(log.store, is_ag2_event(kind), times=1), pytest.raises(TurnAborted):
        await session.ask(agent, "1 + 2?")

    assert len(outer.seen) == 1
    assert len(inner.seen) == (0 if kind == "TaskStarted" else 1)


# After so many rounds, the sibling waits for its turn to be recorded.
@pytest.mark.parametrize("rounds", [0, 300])
async def test_siblings_of_a_call_that_cannot_be_recorded_are_not_recorded_either(
    log: retold.Log, rounds: int
) -> None:
    # Not in a thread, which may end after the turn did: then its result is no sibling any more.

    async def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    script = Script([adds, call("add", "call_2", '{"a": 3, "b": 4}')], "3 and 7")
    agent = Agent("adder", "You add.", config=log.model(script), tools=[add])
    session = await log.session("s")

    fails = is_ag2_event("ToolResultEvent")
    with failing(log.store, fails, times=1, rounds=rounds), pytest.raises(TurnAborted):
        await session.ask(agent, "1 + 2? 3 + 4?")

    names = await names_of(session)
    assert "ToolResultEvent" not in names
    assert "ToolResultsEvent" not in names
    assert len(script.seen) == 1


async def test_a_retry_of_the_model_call_does_not_get_past_the_guard(log: retold.Log) -> None:
    script = Script("never heard")
    agent = adding_agent(log, script, middleware=[RetryMiddleware(max_retries=3)])
    session = await log.session("s")

    fails = is_event("model.call_started")
    with failing(log.store, fails, times=1), pytest.raises(TurnAborted):
        await session.ask(agent, "1 + 2?")

    assert script.seen == []


async def test_a_question_to_a_human_that_cannot_be_recorded_ends_the_turn(
    log: retold.Log,
) -> None:
    asked: list[str] = []

    async def ask_human(ctx: Context) -> str:
        """Ask the human."""
        return await ctx.input("May I?")

    def human(question: Any) -> str:
        asked.append(question.content)
        return "yes"

    script = Script([call("ask_human", "call_1")], "thanks")
    agent = Agent("asker", config=log.model(script), tools=[ask_human], hitl_hook=human)
    session = await log.session("s")

    fails = is_event("conversation.human_input_requested")
    with failing(log.store, fails, times=1), pytest.raises(TurnAborted):
        await session.ask(agent, "Ask")
    assert asked == []

    script.turns = [[call("ask_human", "call_2")], "thanks"]
    with failing(log.store, is_ag2_event("HumanMessage"), times=1), pytest.raises(TurnAborted):
        await session.ask(agent, "Ask again")
    assert asked == ["May I?"]
    assert len(script.seen) == 2


async def test_a_read_that_fails_in_a_nested_conversation_ends_the_turn(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner, outer = Script("3"), Script([delegation("as_tool")], "the colleague says 3")
    expert = adding_agent(log, inner)
    agent = Agent("boss", config=log.model(outer), tools=[expert.as_tool(description="adds")])
    session = await log.session("s")
    read_stream = log.store.read_stream

    def unreadable(stream: str, **options: Any) -> Any:
        if stream != "conversation-s":
            raise StoreUnavailable("Reading", secret_text)
        return read_stream(stream, **options)

    monkeypatch.setattr(log.store, "read_stream", unreadable)
    with pytest.raises(TurnAborted):
        await session.ask(agent, "1 + 2?")

    assert len(outer.seen) == 1
    assert inner.seen == []


async def test_a_tool_result_over_the_size_limit_ends_the_turn_and_says_so(
    sqlite_url: str,
) -> None:
    def flood() -> str:
        """Return far too much."""
        return "x" * 200_000

    script = Script([call("flood", "call_1")], "so much", "welcome back")
    async with retold.open(sqlite_url, max_event_bytes=100_000) as log:
        agent = Agent("a", config=log.model(script), tools=[flood])
        session = await log.session("s")
        with pytest.raises(TurnAborted) as raised:
            await session.ask(agent, "How much?")
        assert isinstance(raised.value.__cause__, EventTooLarge)
        assert len(script.seen) == 1

        script.turns = ["welcome back"]
        assert (await session.ask(agent, "Once more")).body == "welcome back"


async def test_an_event_lost_after_the_answer_fails_the_policy_checks(sqlite_url: str) -> None:
    class Footnote(BaseEvent):
        text: str = Field(kw_only=False)

    class Footnotes(BaseMiddleware):
        async def on_turn(self, call_next: Any, event: Any, context: Any) -> Any:
            response = await call_next(event, context)
            with pytest.raises(TurnAborted):
                await context.send(Footnote("x" * 200_000))
            return response

    async with retold.open(sqlite_url, max_event_bytes=100_000) as log:
        agent = Agent("a", config=log.model(Script("done")), middleware=[Middleware(Footnotes)])
        session = await log.session("s")
        with pytest.raises(TurnAborted):
            await session.ask(agent, "Write")
        (failed,) = await events_of(session, "turn.failed")

    assert failed.data["stage"] == "policy_checks"


async def test_a_stream_without_a_session_ends_its_turn_too(log: retold.Log) -> None:
    script = Script([adds], "3", "welcome back")
    agent = adding_agent(log, script)
    stream = MemoryStream(log.storage)

    fails = is_ag2_event("ToolResultEvent")
    with failing(log.store, fails, times=1), pytest.raises(TurnAborted):
        await agent.ask("1 + 2?", stream=stream)
    assert len(script.seen) == 1

    script.turns = ["welcome back"]
    assert (await agent.ask("Once more", stream=stream)).body == "welcome back"


async def test_a_turn_that_retries_by_itself_is_still_one_turn(log: retold.Log) -> None:
    """What a client published before it failed does not let a second attempt by."""
    script = Script(ModelReasoning("hm"), RuntimeError("lost"), "heard")
    agent = adding_agent(log, script)
    session = await log.session("s")
    with pytest.raises(RuntimeError, match="lost"):
        await session.ask(agent, "1 + 2?")
    (turn,) = await events_of(session, "turn.failed")
    assert turn.data["error"] == {"type": "RuntimeError", "message": "lost"}
