"""Nested tasks that are gone on with: after a failed append, a crash in a tool, a cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from ag2 import Agent
from ag2.context import ConversationContext
from ag2.events import ModelMessage, ModelRequest, ModelResponse, ToolCallsEvent, Usage
from ag2.stream import MemoryStream
from fast_depends.pydantic import PydanticSerializer

import retold
from retold.domain.nested_chat import CompleteDelegatedWork, delegations
from retold.domain.tasks import tasks_fold
from retold.errors import StoreUnavailable, TurnAborted
from tests.agents.prefixes import everything_in, log_of
from tests.agents.scripted import Script, call


@pytest.fixture
async def log() -> AsyncIterator[retold.Log]:
    async with retold.open("sqlite:///:memory:") as opened:
        yield opened


def said(text: str) -> ModelResponse:
    return ModelResponse(ModelMessage(text), usage=Usage(prompt_tokens=5, completion_tokens=1))


def calls(tool: str) -> ModelResponse:
    return ModelResponse(
        tool_calls=ToolCallsEvent([call(tool, "c1")]), usage=Usage(prompt_tokens=2)
    )


async def test_what_a_tool_asks_a_model_is_never_the_answer_of_the_task() -> None:
    """The log is cut off after each event, that of the tool's own model among them."""

    async def work_in(log: retold.Log, loop: Script, own: Script) -> str | None:
        async def think() -> str:
            """Think."""
            response = await log.model(own).create()(
                [ModelRequest.ensure_request(["Think."])],
                ConversationContext(MemoryStream()),
                tools=[],
                response_schema=None,
                serializer=PydanticSerializer(),
            )
            return response.content or ""

        session = await log.session("s")
        agent = Agent("thinker", config=log.model(loop), tools=[think])
        async with session.turn("director") as work:
            return (await work.ask(agent, "Q", key="k")).text

    async with log_of([]) as log:
        assert await work_in(log, Script(calls("think"), said("it")), Script("hm")) == "it"
        events = await everything_in(log.store)
    for length in range(1, len(events)):
        prefix = events[:length]
        completed = [e for e in prefix if e.type == "model.call_completed"]
        by_loop = sum(e.metadata.get("agent") == "thinker" for e in completed)
        loop = Script(*[calls("think"), said("it")][by_loop:])
        async with log_of(prefix) as log:
            assert await work_in(log, loop, Script("hm")) == "it", length


def failing_append(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch, fails: Callable[[str, Any], bool]
) -> None:
    real = log.store.append

    async def append(stream: str, events: Any, **options: Any) -> Any:
        if fails(stream, events):
            raise StoreUnavailable("append", "the disk is full")
        return await real(stream, events, **options)

    monkeypatch.setattr(log.store, "append", append)


async def test_what_could_not_be_recorded_once_is_gone_on_with_by_the_same_process(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each append to the nested conversation fails once; the next turn goes on."""

    def look_up() -> str:
        """Look it up."""
        return "found"

    failed_at, appends = 0, 0

    def fails(stream: str, _: Any) -> bool:
        nonlocal appends
        appends += not stream.startswith("conversation-s-")
        return appends == failed_at and not stream.startswith("conversation-s-")

    failing_append(log, monkeypatch, fails)
    while appends >= failed_at:
        failed_at, appends = failed_at + 1, 0
        session = await log.session(f"s-{failed_at}")
        script = Script(calls("look_up"), *[said("done")] * 3)
        agent = Agent("one", config=log.model(script), tools=[look_up])
        try:
            async with session.turn("director") as work:
                await work.ask(agent, "Q", key="k")
        except TurnAborted:
            async with session.turn("director") as work:
                assert (await work.ask(agent, "Q", key="k")).text == "done", failed_at
    assert failed_at > 10


async def test_a_turn_that_cannot_be_recorded_decides_nothing_more(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await log.session("s")
    failing = False
    failing_append(log, monkeypatch, lambda stream, _: failing and stream != "conversation-s")
    agent = Agent("one", config=log.model(Script("x")))

    async def work_in_vain() -> None:
        nonlocal failing
        async with session.turn("director") as work:
            failing = True
            with pytest.raises(TurnAborted):
                await work.ask(agent, "Q", key="k")
            failing = False
            with pytest.raises(TurnAborted):
                await work.decide(delegations, CompleteDelegatedWork(work="w"))

    with pytest.raises(TurnAborted):
        await work_in_vain()
    recorded = [e.type async for e in log.store.read_stream("conversation-s")]
    assert "delegation.work_completed" not in recorded


async def test_cancelled_at_any_append_no_task_is_left_running(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up() -> str:
        """Look it up."""
        return "found"

    working: asyncio.Task[Any] | None = None
    cancelled_at, appends = 0, 0
    real = log.store.append

    async def append(stream: str, events: Any, **options: Any) -> Any:
        nonlocal appends
        result = await real(stream, events, **options)
        appends += 1
        if appends == cancelled_at and working is not None:
            working.cancel()
            await asyncio.sleep(0)
        return result

    async def work_in(session: retold.Session, agent: Agent[str]) -> str | None:
        async with session.turn("director") as work:
            return (await work.ask(agent, "Q", key="k")).text

    monkeypatch.setattr(log.store, "append", append)
    while appends >= cancelled_at:
        cancelled_at, appends = cancelled_at + 1, 0
        name = f"s-{cancelled_at}"
        session = await log.session(name)
        turns = (calls("look_up"), said("done"))
        agent = Agent("one", config=log.model(Script(*turns, *turns)), tools=[look_up])
        working = asyncio.create_task(work_in(session, agent))
        await asyncio.wait([working])
        if working.cancelled():
            working = None
            folded = await log.store.fold(f"conversation-{name}", tasks_fold)
            statuses = [task.status for task in folded.state.by_id.values()]
            assert "running" not in statuses, cancelled_at
            assert await work_in(session, agent) == "done", cancelled_at
    assert cancelled_at > 15


async def test_one_key_is_asked_once_however_many_ask_at_once(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script(said("first"), said("second"))
    agent = Agent("one", config=log.model(script))
    async with session.turn("director") as work:
        answers = await asyncio.gather(*(work.ask(agent, "Q", key="k") for _ in range(3)))
    assert [answer.text for answer in answers] == ["first"] * 3
    assert len(script.turns) == 1


async def test_a_tool_that_asks_for_what_it_is_part_of_is_refused(log: retold.Log) -> None:
    session = await log.session("s")
    async with session.turn("director") as work:

        async def ask_again() -> str:
            """Ask again."""
            return (await work.ask(agent, "Q", key="k")).text or ""

        script = Script(calls("ask_again"), said("by myself"))
        agent = Agent("one", config=log.model(script), tools=[ask_again])
        answer = await work.ask(agent, "Q", key="k")
    assert answer.text == "by myself"
    assert "waits for what asks for it here" in script.seen[-1].text


async def test_a_key_may_be_any_text(log: retold.Log) -> None:
    session = await log.session("s")
    agent = Agent("one", config=log.model(Script("1", "2", "3")))
    keys = ["a\ud800\0", "k" * 100_000, "/../ \n%"]
    for _ in range(2):
        async with session.turn("director") as work:
            texts = [(await work.ask(agent, "Q", key=key)).text for key in keys]
        assert texts == ["1", "2", "3"]
