"""A turn in which code works: nested tasks with their answers, what they took, and crashes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ag2 import Agent
from ag2.annotations import Context
from ag2.config import OpenAIConfig
from ag2.context import ConversationContext
from ag2.events import ModelMessage, ModelResponse, ToolCallsEvent, Usage
from ag2.stream import MemoryStream

import retold
from retold.agents.work import Work
from retold.domain.result import ResultStatus
from retold.errors import NotRecorded
from retold.projections.models.tree import tree
from tests.agents.prefixes import everything_in, log_of
from tests.agents.recorded import names_of
from tests.agents.scripted import Script, call


@pytest.fixture
async def log(store_url: str) -> AsyncIterator[retold.Log]:
    async with retold.open(store_url) as opened:
        yield opened


def said(text: str, tokens: int = 5) -> ModelResponse:
    return ModelResponse(ModelMessage(text), usage=Usage(prompt_tokens=tokens, completion_tokens=1))


def analyst(log: retold.Log, *turns: Any, **options: Any) -> Agent[str]:
    return Agent("analyst", "You analyse.", config=log.model(Script(*turns)), **options)


async def test_an_agent_answers_in_a_nested_conversation(log: retold.Log) -> None:
    session = await log.session("s")
    async with session.turn("director") as work:
        answer = await work.ask(analyst(log, said("It sells.")), "Does it sell?", key="market")
    assert (answer.status, answer.text) == (ResultStatus.COMPLETED, "It sells.")
    assert (answer.usage.model_calls, answer.usage.tokens) == (1, 6)
    assert answer.ids.session == "s"

    root, child = await tree(log.store, "s")
    assert (child.status, child.objective, child.agent) == ("completed", "Does it sell?", "analyst")
    assert child.session is not None
    assert answer.ids.stream == f"conversation-{child.session}"
    assert root.total.prompt_tokens == 5
    totals = await log.totals()
    assert totals.prompt_tokens == 5


async def test_asked_again_under_the_same_key_nobody_is_asked(log: retold.Log) -> None:
    session = await log.session("s")
    agent = analyst(log, said("once"))
    for recorded in (False, True):
        async with session.turn("director") as work:
            answer = await work.ask(agent, "Q", key="k")
        assert (answer.text, answer.is_recorded) == ("once", recorded)
        assert answer.usage.tokens == 6


async def test_several_work_at_once_and_one_failure_leaves_the_others(log: retold.Log) -> None:
    session = await log.session("s")
    async with session.turn("director") as work:
        good, bad, other = await asyncio.gather(
            work.ask(analyst(log, said("a")), "A", key="a"),
            work.ask(analyst(log, ValueError("no model")), "B", key="b"),
            work.ask(analyst(log, said("c")), "C", key="c"),
        )
    assert (good.text, other.text) == ("a", "c")
    assert bad.status is ResultStatus.FAILED
    assert bad.error is not None
    assert bad.error.message == "no model"
    nodes = (await tree(log.store, "s"))[1:]
    assert sorted((n.objective, n.status) for n in nodes) == [
        ("A", "completed"),
        ("B", "failed"),
        ("C", "completed"),
    ]


async def test_a_task_that_failed_is_asked_for_anew(log: retold.Log) -> None:
    session = await log.session("s")
    agent = analyst(log, ValueError("busy"), said("now"))
    async with session.turn("director") as work:
        failed = await work.ask(agent, "Q", key="k")
        answer = await work.ask(agent, "Q", key="k")
    assert (failed.status, answer.text) == (ResultStatus.FAILED, "now")
    assert (failed.usage.model_calls, answer.earlier.model_calls) == (0, 0)
    assert failed.ids.task != answer.ids.task


async def test_what_attempts_before_took_is_said_beside_what_the_last_one_took(
    log: retold.Log,
) -> None:
    def look_up() -> str:
        """Look it up."""
        return "found"

    session = await log.session("s")
    calling = ModelResponse(
        tool_calls=ToolCallsEvent([call("look_up", "c1")]), usage=Usage(prompt_tokens=7)
    )
    agent = analyst(log, calling, ValueError("busy"), said("now"), tools=[look_up])
    async with session.turn("director") as work:
        failed = await work.ask(agent, "Q", key="k")
        answer = await work.ask(agent, "Q", key="k")
        again = await work.ask(agent, "Q", key="k")
    assert (failed.usage.tokens, failed.earlier.tokens) == (7, 0)
    assert (answer.usage.tokens, answer.earlier) == (6, failed.usage)
    assert (again.is_recorded, again.earlier) == (True, failed.usage)


async def test_a_task_that_takes_too_long_expires(log: retold.Log) -> None:
    async def never() -> str:
        await asyncio.Event().wait()
        return ""

    session = await log.session("s")
    async with session.turn("director") as work:
        answer = await work.ask(analyst(log, never), "Q", key="k", timeout=0.01)
    assert answer.status is ResultStatus.EXPIRED
    assert (await tree(log.store, "s"))[1].status == "expired"


async def test_a_cancellation_reaches_the_task(log: retold.Log) -> None:
    asked = asyncio.Event()

    async def never() -> str:
        asked.set()
        await asyncio.Event().wait()
        return ""

    session = await log.session("s")

    async def working() -> None:
        async with session.turn("director") as work:
            await work.ask(analyst(log, never), "Q", key="k")

    task = asyncio.create_task(working())
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await tree(log.store, "s"))[1].status == "cancelled"
    assert (await names_of(session))[-1] == "turn.cancelled"


async def test_a_tool_works_in_the_conversation_it_was_called_in(log: retold.Log) -> None:
    helper = analyst(log, said("42"))

    async def consult(context: Context) -> str:
        """Ask the analyst."""
        work = await Work.of(context)
        answer = await work.ask(helper, "How many?", key=f"consult/{context.tool_call_id}")
        return answer.text or ""

    session = await log.session("s")
    boss = Agent(
        "boss",
        config=log.model(Script([call("consult", "call_1")], "It is 42.")),
        tools=[consult],
    )
    reply = await session.ask(boss, "How many?")
    assert reply.body == "It is 42."
    child = (await tree(log.store, "s"))[1]
    assert (child.depth, child.tool_call_id, child.status) == (1, "call_1", "completed")


async def test_outside_of_a_log_there_is_no_work() -> None:
    with pytest.raises(NotRecorded, match=r"session\.ask"):
        await Work.of(ConversationContext(MemoryStream()))


async def test_after_a_crash_at_any_event_no_answer_in_the_log_is_asked_for_again() -> None:
    """Two tasks, one of which calls a tool; the log is cut off after each of its events."""
    runs: list[str] = []

    async def work_in(log: retold.Log, plain: Script, calling: Script) -> tuple[str | None, ...]:
        def look_up() -> str:
            """Look it up."""
            runs.append("tool")
            return "found"

        session = await log.session("s")
        one = Agent("one", config=log.model(plain))
        two = Agent("two", config=log.model(calling), tools=[look_up])
        async with session.turn("director") as work:
            first = await work.ask(one, "First?", key="first")
            second = await work.ask(two, "Second?", key="second")
        return first.text, second.text

    tool = ModelResponse(
        tool_calls=ToolCallsEvent([call("look_up", "c1")]), usage=Usage(prompt_tokens=2)
    )
    async with log_of([]) as log:
        assert await work_in(log, Script(said("1")), Script(tool, said("2"))) == ("1", "2")
        events = await everything_in(log.store)
    assert sum(event.type == "model.call_started" for event in events) == 3

    for length in range(1, len(events)):
        prefix = events[:length]
        answered = [e.data["response"] for e in prefix if e.type == "model.call_completed"]
        called = [e for e in prefix if e.data.get("event", {}).get("$") == "ag2.ToolCallEvent"]
        runs.clear()
        plain = Script(*[said("1")][len(answered) :])
        calling = Script(*[tool, said("2")][max(len(answered) - 1, 0) :])
        async with log_of(prefix) as log:
            assert await work_in(log, plain, calling) == ("1", "2"), length
            assert not plain.turns, length
            assert not calling.turns, length
            assert len(runs) == (0 if called else 1), length
            totals = await log.totals()
            assert totals.prompt_tokens == 12, length
            nodes = (await tree(log.store, "s"))[1:]
            assert [node.status for node in nodes] == ["completed"] * 2, length


async def test_no_secret_of_a_model_configuration_is_in_what_a_task_failed_with(
    log: retold.Log,
) -> None:
    class Refused(Exception):
        """One that the log knows no type of."""

    session = await log.session("s")
    key = "sk-0123456789"
    errors = [ValueError(f"no access with {key}"), Refused(f"no access with {key}")]
    log.model(OpenAIConfig(model="m", api_key=key))
    agent = analyst(log, *errors)
    async with session.turn("director") as work:
        failed = [await work.ask(agent, "Q", key=str(n)) for n in range(2)]
    for answer in failed:
        assert answer.error is not None
        assert answer.error.message == "no access with ***"
    recorded = [repr(event.data) for event in await everything_in(log.store)]
    assert not [data for data in recorded if key in data]
    assert len([data for data in recorded if "no access with ***" in data]) >= 4
    nodes = (await tree(log.store, "s"))[1:]
    assert [node.status for node in nodes] == ["failed", "failed"]
    assert all("***" in (node.error or "") for node in nodes)
