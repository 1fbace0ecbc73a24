"""AG2 agents over real HTTP: recorded, and resumed from the log alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ag2 import Agent
from ag2.config import OpenAIConfig

import retold
from retold.domain.event import RecordedEvent
from tests.agents.openai_server import OpenAIServer, running

secret = "sk-never-to-be-recorded"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """An OpenAI-compatible server on loopback."""
    with running() as state:
        yield state


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def agent_of(log: retold.Log, server: OpenAIServer, **options: Any) -> Agent[str]:
    """Return an agent that speaks to the server."""
    config = OpenAIConfig("fake-1", base_url=server.url, api_key=secret, **options)
    return Agent("support", "You add numbers.", config=log.model(config), tools=[add])


async def events_of(session: retold.Session, *types: str) -> list[RecordedEvent]:
    """Return the session's events of these types."""
    return [event for event in await session.events() if event.type in types]


@pytest.mark.parametrize("streaming", [False, True])
async def test_a_conversation_over_http_is_recorded_and_resumed(
    store_url: str, server: OpenAIServer, streaming: bool
) -> None:
    async with retold.open(store_url) as log:
        session = await log.session("http")
        reply = await session.ask(agent_of(log, server, streaming=streaming), "2 + 3?")
        assert reply.body == "echo:5"
        before = await session.history()

    assert [message["role"] for message in server.requests[1]["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
    ]

    async with retold.open(store_url) as log:
        session = await log.session("http")
        assert await session.history() == before
        reply = await session.ask(agent_of(log, server, streaming=streaming), "and 4 + 5?")
        assert reply.body == "echo:5"
        report = await log.verify()

    resumed = server.requests[2]["messages"]
    assert resumed[: len(server.requests[1]["messages"])] == server.requests[1]["messages"]
    assert [message["role"] for message in resumed[-2:]] == ["assistant", "user"]
    assert report.ok


async def test_each_call_is_recorded_with_what_the_model_was_given(
    sqlite_url: str, server: OpenAIServer
) -> None:
    async with retold.open(sqlite_url) as log:
        session = await log.session("http")
        await session.ask(agent_of(log, server, temperature=0.5), "2 + 3?")
        first, second = await events_of(session, "model.call_started")
        completed = await events_of(session, "model.call_completed")
        contents = {
            event.stream.removeprefix("content-"): event.data["content"]
            async for event in log.store.read_all(category="content")
        }

    assert first.data["provider"] == "openai"
    assert first.data["model"] == "fake-1"
    assert contents[first.data["prompt_hash"]] == ["You add numbers."]
    assert contents[first.data["tools_hash"]][0]["function"]["name"] == "add"
    assert contents[first.data["parameters_hash"]]["temperature"] == 0.5
    assert first.data["prompt_hash"] == second.data["prompt_hash"]
    assert first.data["request_hash"] != second.data["request_hash"]
    assert [event.data["usage"]["prompt_tokens"] for event in completed] == [7, 7]
    assert [event.data["finish_reason"] for event in completed] == ["tool_calls", "stop"]
    assert all(event.data["latency_ms"] > 0 for event in completed)


async def test_what_was_streamed_is_recorded_in_order(
    sqlite_url: str, server: OpenAIServer
) -> None:
    async with retold.open(sqlite_url) as log:
        session = await log.session("http")
        await session.ask(agent_of(log, server, streaming=True), "2 + 3?")
        *_, answered = await events_of(session, "model.call_completed")

    pieces = [
        event["content"]
        for event in answered.data["published"]
        if event["$"] == "ag2.ModelMessageChunk"
    ]
    assert pieces == ["echo", ":5"]


async def test_a_429_that_the_client_retries_itself_ends_in_one_recorded_call(
    sqlite_url: str, server: OpenAIServer
) -> None:
    server.refuse = 1
    async with retold.open(sqlite_url) as log:
        session = await log.session("http")
        reply = await session.ask(agent_of(log, server), "2 + 3?")
        started = await events_of(session, "model.call_started")

    assert reply.body == "echo:5"
    assert len(server.requests) == 3
    assert [event.data["attempt"] for event in started] == [1, 1]


async def test_a_429_that_nobody_retries_fails_the_turn_and_the_session_goes_on(
    sqlite_url: str, server: OpenAIServer
) -> None:
    server.refuse = 1
    async with retold.open(sqlite_url) as log:
        session = await log.session("http")
        agent = agent_of(log, server, max_retries=0)
        with pytest.raises(Exception, match="slow down"):
            await session.ask(agent, "2 + 3?")
        (failed,) = await events_of(session, "model.call_failed")
        (turn,) = await events_of(session, "turn.failed")

        reply = await session.ask(agent, "Once more: 2 + 3?")

    assert failed.data["error"]["type"] == "RateLimitError"
    assert turn.data["stage"] == "execution"
    assert turn.data["error"]["type"] == "RateLimitError"
    assert reply.body == "echo:5"


async def test_the_api_key_is_nowhere_in_the_database(tmp_path: Path, server: OpenAIServer) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    async with retold.open(url) as log:
        agent = agent_of(log, server, default_headers={"X-Tenant-Secret": secret})
        await (await log.session("http")).ask(agent, "2 + 3?")

    files = list(tmp_path.glob("log.db*"))
    assert files
    for file in files:
        assert secret.encode() not in file.read_bytes()
