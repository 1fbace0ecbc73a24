"""Each attempt to call a model is recorded: what it was given, and what came of it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any, Self

import pytest
from ag2 import Agent
from ag2.agent import TaskConfig
from ag2.compact import CompactTrigger, SummarizeCompact
from ag2.events import (
    BaseEvent,
    Field,
    ModelMessage,
    ModelMessageChunk,
    ModelReasoning,
    ModelResponse,
    Usage,
)
from ag2.knowledge import MemoryKnowledgeStore
from ag2.knowledge.config import KnowledgeConfig
from ag2.middleware import BaseMiddleware, RetryMiddleware
from ag2.middleware.base import Middleware
from ag2.policies import SlidingWindowPolicy
from ag2.stream import MemoryStream
from pydantic import BaseModel

import retold
from retold.domain.event import RecordedEvent
from retold.store.content import read_content
from tests.agents.recorded import conversations_in, events_of, name_of, nested_in
from tests.agents.scripted import Script, call


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    """An open log."""
    async with retold.open(sqlite_url) as opened:
        yield opened


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


adds = call("add", "call_1", '{"a": 1, "b": 2}')


async def calls_of(session: retold.Session) -> list[RecordedEvent]:
    return await events_of(session, "model.call_started")


history_types = {"conversation.event_recorded", "conversation.message_imported"}


async def seen_in(log: retold.Log, session: retold.Session, started: RecordedEvent) -> list[str]:
    """Return the names of the events a call saw, following its references."""
    events = {event.version: event for event in await session.events()}
    names: list[str] = []
    for span in started.data["messages"]:
        if "content" in span:
            record = await read_content(log.store, span["content"])
            names.append(f"content {record['$'].removeprefix('ag2.')}")
        else:
            run = (events[version] for version in range(span["first"], span["last"] + 1))
            names += [name_of(event) for event in run if event.type in history_types]
    return names


class Answer(BaseModel):
    """A structured answer."""

    number: int


async def test_a_call_is_recorded_with_all_that_the_model_was_given(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script([adds], '{"number": 3}')
    prompt = ["You add.", "Be brief."]
    agent = Agent("a", prompt, config=log.model(script), tools=[add], response_schema=Answer)
    await session.ask(agent, "1 + 2?")
    first, second = await calls_of(session)

    assert await read_content(log.store, first.data["prompt_hash"]) == prompt
    (tool,) = await read_content(log.store, first.data["tools_hash"])
    assert tool["function"]["name"] == "add"
    assert set(tool["function"]["parameters"]["properties"]) == {"a", "b"}
    schema = await read_content(log.store, first.data["schema_hash"])
    assert schema["name"] == "Answer"
    assert schema["json_schema"]["properties"]["number"]["type"] == "integer"
    assert first.data["model"] == "scripted"
    assert "provider" not in first.data
    assert await seen_in(log, session, first) == ["ModelRequest"]
    assert await seen_in(log, session, second) == [
        "ModelRequest",
        "ModelResponse",
        "ToolCallsEvent",
        "ToolCallEvent",
        "ToolResultEvent",
        "ToolResultsEvent",
    ]


async def test_what_the_client_published_is_recorded_in_order(log: retold.Log) -> None:
    class Footnote(BaseEvent):
        text: str = Field(kw_only=False)

    session = await log.session("s")
    pieces = [ModelReasoning("hm"), ModelMessageChunk("on"), ModelMessageChunk("ce"), Footnote("1")]
    heard: list[str] = []

    def listener(event: BaseEvent) -> None:
        heard.append(type(event).__name__)

    session.stream.subscribe(listener)
    await session.ask(Agent("a", config=log.model(Script(*pieces, "once"))), "count")

    (completed,) = await events_of(session, "model.call_completed")
    published = [event["$"].rpartition(".")[2] for event in completed.data["published"]]
    assert published[:3] == ["ModelReasoning", "ModelMessageChunk", "ModelMessageChunk"]
    assert [event.get("content") for event in completed.data["published"][:3]] == ["hm", "on", "ce"]
    assert len(published) == 5
    # AG2's own subscribers hear of them just the same.
    assert [name for name in heard if name in {"ModelReasoning", "ModelMessageChunk"}] == [
        "ModelReasoning",
        "ModelMessageChunk",
        "ModelMessageChunk",
    ]


async def test_usage_and_finish_reason_are_those_of_the_provider(log: retold.Log) -> None:
    usage = Usage(prompt_tokens=7, completion_tokens=3, total_tokens=10)
    answer = ModelResponse(ModelMessage("x"), usage=usage, finish_reason="stop")
    session = await log.session("s")
    await session.ask(Agent("a", config=log.model(Script(answer, "no usage"))), "hi")
    await session.ask(Agent("a", config=log.model(Script("no usage"))), "hi")
    first, second = await events_of(session, "model.call_completed")
    assert first.data["usage"] == {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    assert first.data["finish_reason"] == "stop"
    assert first.data["latency_ms"] >= 0
    assert second.data["usage"] == {}
    assert "finish_reason" not in second.data


async def test_attempts_are_counted_until_one_succeeds(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script(ConnectionError("one"), ConnectionError("two"), "here", "again")
    agent = Agent("a", config=log.model(script), middleware=[RetryMiddleware(max_retries=3)])
    await session.ask(agent, "hi")
    await session.ask(agent, "hi")

    calls = await calls_of(session)
    assert [event.data["attempt"] for event in calls] == [1, 2, 3, 1]
    assert len({event.data["request_hash"] for event in calls[:3]}) == 1
    assert len({event.data["call"] for event in calls}) == 4
    failed = await events_of(session, "model.call_failed")
    assert [event.data["error"]["message"] for event in failed] == ["one", "two"]
    assert [event.causation_id for event in failed] == [event.event_id for event in calls[:2]]


async def test_a_failure_of_an_earlier_turn_is_no_attempt_of_this_one(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script("hello", ConnectionError("lost"), "back")
    reply = await session.ask(Agent("a", config=log.model(script)), "hi")
    with pytest.raises(ConnectionError):
        await reply.ask("hello?")
    await session.stream.history.replace((await session.history())[:-1])
    await reply.ask("hello?")
    calls = await calls_of(session)
    assert [event.data["attempt"] for event in calls] == [1, 1, 1]
    assert calls[1].data["request_hash"] == calls[2].data["request_hash"]


async def test_what_was_published_before_a_failure_is_recorded_with_it(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script(ModelMessageChunk("On"), ConnectionError("lost"))
    with pytest.raises(ConnectionError):
        await session.ask(Agent("a", config=log.model(script)), "count")
    (failed,) = await events_of(session, "model.call_failed")
    assert [event["content"] for event in failed.data["published"]] == ["On"]
    assert failed.data["outcome"] == "error"


async def test_a_call_that_is_cancelled_is_recorded_as_cancelled(log: retold.Log) -> None:
    asked = asyncio.Event()

    async def never() -> str:
        asked.set()
        await asyncio.Event().wait()
        return "never"

    session = await log.session("s")
    agent = Agent("a", config=log.model(Script(ModelMessageChunk("On"), never)))
    asking = asyncio.create_task(session.ask(agent, "hi"))
    await asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    (failed,) = await events_of(session, "model.call_failed")
    assert failed.data["outcome"] == "cancelled"
    assert [event["content"] for event in failed.data["published"]] == ["On"]


async def test_equal_requests_have_equal_hashes_and_others_have_not(log: retold.Log) -> None:
    async def hash_of(name: str, *, text: str = "hi", prompt: str = "SYS", **options: Any) -> str:
        session = await log.session(name)
        agent = Agent("a", prompt, config=log.model(Script("hello", "b")), **options)
        await session.ask(agent, text)
        return str((await calls_of(session))[0].data["request_hash"])

    same = await hash_of("one")
    assert await hash_of("two") == same
    different = {
        await hash_of("three", text="ho"),
        await hash_of("four", prompt="other"),
        await hash_of("five", tools=[add]),
        await hash_of("six", response_schema=Answer),
    }
    assert len(different | {same}) == 5


async def test_contents_are_recorded_once_however_often_they_are_used(log: retold.Log) -> None:
    script = Script(*"abcdef")
    agent = Agent("a", "SYS", config=log.model(script), tools=[add])
    for name in ("one", "two"):
        session = await log.session(name)
        for _ in range(3):
            await session.ask(agent, "hi")
    kinds = [
        event.data["kind"]
        async for event in log.store.read_all(category="content", types=["content.recorded"])
    ]
    assert sorted(kinds) == ["parameters", "prompt", "tools"]


async def test_messages_a_policy_made_up_are_kept_by_content(log: retold.Log) -> None:
    class Rewrites(BaseMiddleware):
        async def on_llm_call(self, call_next: Any, events: Any, context: Any) -> Any:
            request = type(events[-1])([type(events[-1].parts[0])("rewritten")])
            return await call_next([*events[:-1], request], context)

    session = await log.session("s")
    agent = Agent("a", config=log.model(Script("x")), middleware=[Middleware(Rewrites)])
    await session.ask(agent, "as said")
    (started,) = await calls_of(session)
    assert await seen_in(log, session, started) == ["content ModelRequest"]
    (span,) = started.data["messages"]
    record = await read_content(log.store, span["content"])
    assert record["parts"][0]["content"] == "rewritten"


async def test_messages_a_policy_left_out_are_not_among_those_seen(log: retold.Log) -> None:
    session = await log.session("s")
    agent = Agent(
        "a", config=log.model(Script("a", "b", "c")), assembly=[SlidingWindowPolicy(max_events=1)]
    )
    for text in ("1", "2", "3"):
        await session.ask(agent, text)
    (*_, last) = await calls_of(session)
    assert await seen_in(log, session, last) == ["ModelRequest"]


async def test_a_message_changed_in_place_is_not_taken_for_what_was_recorded(
    log: retold.Log,
) -> None:
    class Changes(BaseMiddleware):
        async def on_llm_call(self, call_next: Any, events: Any, context: Any) -> Any:
            events[-1].parts[0].content = "changed"
            return await call_next(events, context)

    session = await log.session("s")
    agent = Agent("a", config=log.model(Script("x")), middleware=[Middleware(Changes)])
    await session.ask(agent, "as said")
    (started,) = await calls_of(session)
    assert await seen_in(log, session, started) == ["content ModelRequest"]
    assert "as said" in repr((await events_of(session, "conversation.event_recorded"))[0].data)


async def test_calls_of_nested_agents_are_recorded_in_their_own_conversations(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    outer = Script([call("run_subtask", "c", '{"task": "dig"}')], "done")
    inner = Script("dug")
    boss = Agent("boss", config=log.model(outer), tasks=TaskConfig(config=log.model(inner)))
    await session.ask(boss, "dig")

    assert len(await calls_of(session)) == 2
    (stream,) = await nested_in(log.store, "s")
    names = [event.type async for event in log.store.read_stream(stream)]
    assert names.count("model.call_started") == names.count("model.call_completed") == 1


async def test_a_summary_call_is_recorded_in_the_conversation_it_summarises(
    log: retold.Log,
) -> None:
    def agent(script: Script, writer: Script) -> Agent[str]:
        return Agent(
            "a",
            config=log.model(script),
            knowledge=KnowledgeConfig(
                MemoryKnowledgeStore(),
                compact=SummarizeCompact(1, log.model(writer)),
                compact_trigger=CompactTrigger(max_events=2),
            ),
        )

    session = await log.session("s")
    asked = agent(Script("one", "two"), Script("summary", "summary"))
    await session.ask(asked, "hi")
    await session.ask(asked, "hi")
    plain = MemoryStream(log.storage)
    by_hand = agent(Script("one", "two"), Script("summary", "summary"))
    await by_hand.ask("hi", stream=plain)
    await by_hand.ask("hi", stream=plain)

    assert sorted(await conversations_in(log.store)) == sorted(["s", str(plain.id)])
    for name in ("s", str(plain.id)):
        calls = await calls_of(await log.session(name))
        assert len(calls) == 3
        assert "content" in calls[-1].data["messages"][0]


async def test_an_agent_on_a_stream_of_its_own_has_its_calls_recorded_all_the_same(
    log: retold.Log,
) -> None:
    stream = MemoryStream()
    agent = Agent("a", config=log.model(Script("hello", "again")))
    await agent.ask("hi", stream=stream)
    await agent.ask("hi", stream=stream)
    events = [event async for event in log.store.read_stream(f"conversation-{stream.id}")]
    assert [event.type for event in events] == [
        "conversation.started",
        *["model.call_started", "model.call_completed"] * 2,
    ]
    assert all("content" in span for span in events[1].data["messages"])


async def test_an_agent_without_the_proxy_is_recorded_but_for_its_calls(
    log: retold.Log, caplog: pytest.LogCaptureFixture
) -> None:
    session = await log.session("s")
    agent = Agent("a", config=Script("hello", "again"))
    assert (await session.ask(agent, "hi")).body == "hello"
    await session.ask(agent, "hi")
    assert await calls_of(session) == []
    executions = [
        event.data["detail"]
        for event in await events_of(session, "turn.stage_finished")
        if event.data["stage"] == "execution"
    ]
    assert executions == [{"model_calls_recorded": False}] * 2
    warnings = [record for record in caplog.records if "not recorded" in record.getMessage()]
    assert len(warnings) == 1


async def test_the_proxy_is_the_configuration_for_everybody_else(log: retold.Log) -> None:
    @dataclasses.dataclass
    class Config(Script):
        temperature: float = 0.5

        def __post_init__(self) -> None:
            super().__init__("x")

        def copy(self, **changes: Any) -> Self:
            return dataclasses.replace(self, **changes)

    proxy = log.model(Config())
    again: object = log.model(proxy)
    assert proxy.model == "scripted"
    assert proxy.temperature == 0.5
    assert proxy.copy(temperature=0.7).inner.temperature == 0.7
    assert again is proxy
    with pytest.raises(NotImplementedError):
        _ = proxy.provider
    with pytest.raises(NotImplementedError):
        proxy.create_files_client()
    with pytest.raises(AttributeError):
        _ = proxy.no_such_thing
    async with retold.open("sqlite:///:memory:") as other:
        elsewhere: object = other.model(proxy)
    assert elsewhere is not proxy
