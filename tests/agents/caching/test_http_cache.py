"""AG2's own OpenAI client over real HTTP, behind a cache: chunks and tools, without a request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ag2 import Agent
from ag2.config import OpenAIConfig
from ag2.events import ModelMessageChunk, ModelResponse

import retold
from retold import Cache, FixedThreshold, Meaning, SameText
from tests.agents.caching.asked import cache_events, happened, hear
from tests.agents.openai_server import OpenAIServer, running


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """An OpenAI-compatible server on loopback."""
    with running() as state:
        yield state


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@pytest.mark.parametrize("streaming", [False, True])
async def test_a_conversation_over_http_is_served_again(
    store_url: str, server: OpenAIServer, streaming: bool
) -> None:
    chunks: list[list[str]] = []
    async with retold.open(store_url) as log:
        config = OpenAIConfig("fake-1", base_url=server.url, api_key="sk-1", streaming=streaming)
        cached = log.cached(config, Cache(read_only_tools={"add"}))
        agent = Agent("a", "You add numbers.", config=cached, tools=[add])
        for name in "ab":
            session = await log.session(name)
            heard = hear(session)
            reply = await session.ask(agent, "2 + 3?")
            chunks.append([e.content for e in heard if isinstance(e, ModelMessageChunk)])
            assert reply.body == "echo:5"
        # The call and the text after it were asked for once each.
        assert len(server.requests) == 2
        assert chunks == [["echo", ":5"] if streaming else []] * 2
        histories = [await (await log.session(name)).history() for name in "ab"]
        usages = [
            [bool(event.usage) for event in history if isinstance(event, ModelResponse)]
            for history in histories
        ]
        assert usages == [[True, True], [False, False]]
        assert await happened(log, "conversation-b") == ["hit", "hit"]
        # Whoever has another key to the provider is given the same.
        other = log.cached(config.copy(api_key="sk-2"), Cache(read_only_tools={"add"}))
        session = await log.session("c")
        await session.ask(Agent("a", "You add numbers.", config=other, tools=[add]), "2 + 3?")
        assert len(server.requests) == 2


async def test_a_stream_that_breaks_off_is_not_stored(
    sqlite_url: str, server: OpenAIServer
) -> None:
    server.break_off = 1
    async with retold.open(sqlite_url) as log:
        config = OpenAIConfig(
            "fake-1", base_url=server.url, api_key="sk-1", streaming=True, max_retries=0
        )
        agent = Agent("a", config=log.cached(config))
        with pytest.raises(Exception, match=r".*"):
            await (await log.session("a")).ask(agent, "hello")
        reply = await (await log.session("b")).ask(agent, "hello")
        assert reply.body == "echo:hello"
        assert await happened(log) == ["missed absent", "missed absent", "entry_stored"]


@pytest.mark.parametrize("streaming", [False, True])
async def test_a_question_over_http_that_means_the_same_is_served(
    store_url: str, server: OpenAIServer, streaming: bool
) -> None:
    """With the packaged embedder, chunks and all; the provider is not asked again."""
    async with retold.open(store_url) as log:
        config = OpenAIConfig("fake-1", base_url=server.url, api_key="sk-1", streaming=streaming)
        meaning = Meaning(policy=FixedThreshold(0.85), judge=SameText())
        cached = log.cached(config, Cache(meaning=meaning))
        agent = Agent("a", "You help customers.", config=cached)
        first, second = "How long can I return it?", "How long may I return it?"
        reply = await (await log.session("a")).ask(agent, first)
        session = await log.session("b")
        heard = hear(session)
        again = await session.ask(agent, second)
        assert again.body == reply.body == f"echo:{first}"
        assert len(server.requests) == 1
        chunks = [e.content for e in heard if isinstance(e, ModelMessageChunk)]
        assert chunks == (["echo", f":{first}"] if streaming else [])
        assert await happened(log, "conversation-b") == ["hit"]
        # Another number in it is another question, however near it is.
        for name, days in (("c", 14), ("d", 30)):
            await (await log.session(name)).ask(agent, f"Can I return it after {days} days?")
        assert await happened(log, "conversation-d") == ["missed absent"]
        # A follow-up is nothing that a first question is near to.
        third = await session.ask(agent, second)
        assert third.body == f"echo:{second}"
        assert len(server.requests) == 4


async def test_nothing_crosses_conversations_that_are_about_something_else(
    sqlite_url: str, server: OpenAIServer
) -> None:
    """The same follow-ups after other first turns, with the packaged embedder: no hit is wrong."""
    first = ["Tell me about Norway.", "Tell me about quantum physics.", "How do I bake bread?"]
    follow_ups = ["How long does it take?", "How big is it?", "What else should I know?"]
    async with retold.open(sqlite_url) as log:
        config = OpenAIConfig("fake-1", base_url=server.url, api_key="sk-1")
        meaning = Meaning(policy=FixedThreshold(0.5), judge=SameText())
        agent = Agent("a", config=log.cached(config, Cache(meaning=meaning)))
        for number, text in enumerate(first):
            session = await log.session(f"s{number}")
            for said in (text, *follow_ups):
                await session.ask(agent, said)
        hits = [e for e in await cache_events(log) if e.type == "cache.hit"]
        assert hits == []
        assert len(server.requests) == 12
