"""Every conversation that AG2 starts by itself is recorded as nested in the right one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from ag2 import Agent
from ag2.agent import TaskConfig
from ag2.annotations import Context
from ag2.stream import MemoryStream
from ag2.tools.subagents import background_agent_tool, persistent_stream
from ag2.tools.subagents.run_task import run_task

import retold
from retold.domain.event import RecordedEvent
from tests.agents.recorded import conversations_in, name_of, nested_in
from tests.agents.scripted import Script, call


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    """An open log."""
    async with retold.open(sqlite_url) as opened:
        yield opened


def expert(log: retold.Log, name: str, *turns: Any, **options: Any) -> Agent[str]:
    """Return an agent to delegate to."""
    return Agent(name, config=log.model(Script(*turns)), **options)


async def events_by_id(log: retold.Log) -> dict[UUID, RecordedEvent]:
    return {event.event_id: event async for event in log.store.read_all()}


async def test_parallel_subtasks_hang_on_the_call_and_task_that_began_them(
    log: retold.Log,
) -> None:
    both_asked = asyncio.Barrier(2)

    async def together() -> str:
        await both_asked.wait()
        return "dug"

    calls = [call("run_subtasks", "call_1", '{"tasks": ["here", "there"]}')]
    boss = Agent(
        "boss",
        config=log.model(Script(calls, "both dug")),
        tasks=TaskConfig(config=log.model(Script(together, together))),
    )
    await (await log.session("s")).ask(boss, "dig twice")

    nested = await nested_in(log.store, "s")
    assert {start["parent"]["objective"] for start in nested.values()} == {"here", "there"}
    assert all(start["parent"]["stream"] == "conversation-s" for start in nested.values())
    assert all(start["parent"]["tool_call_id"] == "call_1" for start in nested.values())
    events = await events_by_id(log)
    for start in nested.values():
        begun_by = events[start["caused_by"]]
        assert name_of(begun_by) == "TaskStarted"
        assert begun_by.data["event"]["objective"] == start["parent"]["objective"]
        assert begun_by.data["event"]["task_id"] == start["parent"]["task_id"]


async def test_parallel_agents_as_tools_nest_below_each_other(log: retold.Log) -> None:
    leaf = expert(log, "leaf", "leaf work")
    middle = expert(
        log,
        "middle",
        [call("task_leaf", "call_m", '{"objective": "deeper"}')],
        "middle work",
        tools=[leaf.as_tool(description="leaf")],
    )
    other = expert(log, "other", "other work")
    script = Script(
        [
            call("task_middle", "call_1", '{"objective": "deep"}'),
            call("task_other", "call_2", '{"objective": "wide"}'),
        ],
        "done",
    )
    boss = Agent(
        "boss",
        config=log.model(script),
        tools=[middle.as_tool(description="m"), other.as_tool(description="o")],
    )
    await (await log.session("s")).ask(boss, "go")

    nested = await nested_in(log.store, "s")
    by_agent = {start["agent"]: stream for stream, start in nested.items()}
    parents = {start["agent"]: start["parent"]["stream"] for start in nested.values()}
    assert parents == {
        "middle": "conversation-s",
        "other": "conversation-s",
        "leaf": by_agent["middle"],
    }
    sessions = {
        event.metadata["session"] async for event in log.store.read_all(category="conversation")
    }
    assert sessions == {"s"}


async def test_nested_conversations_share_turn_and_correlation_of_the_root(
    log: retold.Log,
) -> None:
    boss = Agent(
        "boss",
        config=log.model(Script([call("task_leaf", "c", '{"objective": "x"}')], "done")),
        tools=[expert(log, "leaf", "work").as_tool(description="leaf")],
    )
    await (await log.session("s")).ask(boss, "go", correlation_id="order-7")

    recorded = [event async for event in log.store.read_all(category="conversation")]
    turns = {event.metadata.get("turn") for event in recorded if event.type != "turn.completed"}
    assert {event.correlation_id for event in recorded} == {"order-7"}
    assert len(turns) == 1
    assert None not in turns


async def test_a_background_agent_hangs_on_the_call_that_started_it(log: retold.Log) -> None:
    asked = asyncio.Event()
    session = await log.session("s")

    async def slowly() -> str:
        await asked.wait()
        return "dug"

    async def waiting() -> str:
        asked.set()
        # AG2 tells nobody when its inbox fills.
        while not session.stream.pending_messages:  # noqa: ASYNC110
            await asyncio.sleep(0)
        return "I wait"

    digger = expert(log, "digger", slowly)
    starts = [call("background_task_digger", "call_1", '{"objective": "dig"}')]
    boss = Agent(
        "boss",
        config=log.model(Script(starts, waiting, "it dug")),
        tools=[background_agent_tool(digger, description="digs")],
    )
    await session.ask(boss, "dig")

    (start,) = (await nested_in(log.store, "s")).values()
    assert start["agent"] == "digger"
    assert start["parent"]["tool_call_id"] == "call_1"


async def test_a_root_turn_after_a_delegation_is_not_taken_for_nested(log: retold.Log) -> None:
    leaf = expert(log, "leaf", "work")
    boss = Agent(
        "boss",
        config=log.model(Script([call("task_leaf", "c", '{"objective": "x"}')], "done")),
        tools=[leaf.as_tool(description="leaf")],
    )
    await boss.ask("go", stream=MemoryStream(log.storage))
    after = MemoryStream(log.storage)
    await expert(log, "free", "hello").ask("hi", stream=after)

    started = [
        event
        async for event in log.store.read_stream(f"conversation-{after.id}")
        if event.type == "conversation.started"
    ]
    assert "parent" not in started[0].data
    assert started[0].metadata["session"] == str(after.id)


async def test_delegation_from_python_ends_with_its_task(log: retold.Log) -> None:
    parent = MemoryStream(log.storage)
    context = Context(parent)
    leaf = expert(log, "leaf", "work", ConnectionError("lost"))
    await run_task(leaf, "first", parent_context=context)
    await run_task(leaf, "second", parent_context=context)
    free = MemoryStream(log.storage)
    await expert(log, "free", "hello").ask("hi", stream=free)

    nested = await nested_in(log.store, str(parent.id))
    assert {start["parent"]["objective"] for start in nested.values()} == {"first", "second"}
    assert f"conversation-{free.id}" not in nested


async def test_what_begins_after_a_cancelled_delegation_is_not_part_of_it(
    log: retold.Log,
) -> None:
    asked = asyncio.Event()

    async def never() -> str:
        asked.set()
        await asyncio.Event().wait()
        return "never"

    parent = MemoryStream(log.storage)
    leaf = expert(log, "leaf", never)
    free = MemoryStream(log.storage)

    async def delegate_then_ask_freely() -> None:
        with pytest.raises(TimeoutError):  # noqa: PT012 - the timeout is a block of its own
            # Unlike wait_for() of this Python, a timeout runs no task of its own.
            async with asyncio.timeout(None) as limit:
                ending = asyncio.create_task(end_when_asked(limit))
                await run_task(leaf, "first", parent_context=Context(parent))
        await ending
        await expert(log, "free", "hello").ask("hi", stream=free)

    async def end_when_asked(limit: asyncio.Timeout) -> None:
        await asked.wait()
        limit.reschedule(asyncio.get_running_loop().time())

    await delegate_then_ask_freely()
    nested = await nested_in(log.store, str(parent.id))
    assert len(nested) == 1
    assert f"conversation-{free.id}" not in nested


async def test_an_agent_asked_inside_a_tool_is_nested_in_the_conversation_of_the_call(
    log: retold.Log,
) -> None:
    leaf = expert(log, "leaf", "work")

    async def consult(ctx: Context) -> str:
        """Ask a colleague, without AG2's help."""
        reply = await leaf.ask("help", stream=MemoryStream(ctx.stream.history.storage))
        return str(reply.body)

    boss = Agent(
        "boss", config=log.model(Script([call("consult", "call_1")], "done")), tools=[consult]
    )
    await (await log.session("s")).ask(boss, "go")

    (start,) = (await nested_in(log.store, "s")).values()
    assert start["parent"] == {"stream": "conversation-s", "tool_call_id": "call_1"}


async def test_a_session_asked_inside_a_tool_stays_a_session_of_its_own(log: retold.Log) -> None:
    other = await log.session("other")
    leaf = expert(log, "leaf", "work")

    async def consult() -> str:
        """Ask a colleague in a session of its own."""
        return str((await other.ask(leaf, "help")).body)

    boss = Agent(
        "boss", config=log.model(Script([call("consult", "call_1")], "done")), tools=[consult]
    )
    session = await log.session("s")
    await session.ask(boss, "go", correlation_id="order-7")

    assert sorted(await conversations_in(log.store)) == ["other", "s"]
    events = await other.events()
    assert {event.metadata["session"] for event in events} == {"other"}
    assert {event.correlation_id for event in events} == {"order-7"}
    assert {e.metadata.get("turn") for e in events}.isdisjoint(
        {e.metadata.get("turn") for e in await session.events()}
    )


async def test_a_worker_that_keeps_its_stream_is_one_nested_conversation(log: retold.Log) -> None:
    leaf = expert(log, "leaf", "one", "two")
    calls = [call("task_leaf", f"call_{n}", '{"objective": "x"}') for n in range(2)]
    boss = Agent(
        "boss",
        config=log.model(Script([calls[0]], [calls[1]], "done")),
        tools=[leaf.as_tool(description="leaf", stream=persistent_stream())],
    )
    await (await log.session("s")).ask(boss, "go")

    (stream,) = await nested_in(log.store, "s")
    names = [name_of(event) async for event in log.store.read_stream(stream)]
    assert names.count("ModelRequest") == 2


async def test_a_nested_conversation_can_be_opened_and_continued_by_its_id(
    sqlite_url: str,
) -> None:
    async with retold.open(sqlite_url) as log:
        boss = Agent(
            "boss",
            config=log.model(Script([call("task_leaf", "c", '{"objective": "x"}')], "done")),
            tools=[expert(log, "leaf", "work").as_tool(description="leaf")],
        )
        await (await log.session("s")).ask(boss, "go")
        (stream,) = await nested_in(log.store, "s")

    async with retold.open(sqlite_url) as log:
        child = await log.session(stream.removeprefix("conversation-"))
        assert child.ag2_stream_id == UUID(child.id)
        reply = await child.ask(expert(log, "leaf", "more work"), "go on")
        assert reply.body == "more work"
        events = await child.events()
        assert {event.metadata["session"] for event in events} == {"s"}
        assert sum(event.type == "conversation.started" for event in events) == 1


async def test_causes_lead_from_the_answer_back_to_the_turn(log: retold.Log) -> None:
    script = Script([call("task_leaf", "c", '{"objective": "x"}')], "done")
    leaf = expert(log, "leaf", "work")
    boss = Agent("boss", config=log.model(script), tools=[leaf.as_tool(description="leaf")])
    session = await log.session("s")
    await session.ask(boss, "go")

    events = await events_by_id(log)
    answer = [event for event in await session.events() if name_of(event) == "ModelResponse"][-1]
    chain = [name_of(answer)]
    event = answer
    while event.causation_id is not None:
        event = events[event.causation_id]
        chain.append(name_of(event))
    assert chain == [
        "ModelResponse",
        "model.call_completed",
        "model.call_started",
        "ToolResultsEvent",
        "ToolResultEvent",
        "ToolCallEvent",
        "ToolCallsEvent",
        "ModelResponse",
        "model.call_completed",
        "model.call_started",
        "ModelRequest",
        "turn.started",
        "conversation.started",
    ]
