"""A model behind a cache: how often it was asked, and what the log says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from ag2 import Agent
from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.events import (
    BaseEvent,
    ModelMessage,
    ModelResponse,
    ToolCallEvent,
    ToolCallsEvent,
    Usage,
)

import retold
from retold.domain.event import RecordedEvent
from tests.agents.scripted import Script, Turn

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return noon + timedelta(seconds=self.seconds)


@dataclass
class Model(ModelConfig):
    """A configuration with parameters, as those of providers are; it goes through a script."""

    script: Script
    name: str = "fake-1"
    temperature: float | None = None
    seed: int | None = None
    api_key: str | None = None
    thinking: Any = None

    @classmethod
    def of(cls, *turns: Turn, **options: Any) -> Model:
        """Return one that says what it is told."""
        return cls(Script(*turns), **options)

    @property
    def model(self) -> str:
        """Its name."""
        return self.name

    @property
    def provider(self) -> ModelProvider:
        """OpenAI's, it says."""
        return ModelProvider.OPENAI

    @property
    def asked(self) -> int:
        """How often it was."""
        return len(self.script.seen)

    def copy(self, **overrides: Any) -> Model:
        """Return another one with the same script."""
        return replace(self, **overrides)

    def create(self) -> LLMClient:
        """Return a client that goes on with the script."""
        return self.script.create()

    def create_files_client(self) -> NoReturn:
        """Refuse."""
        raise NotImplementedError


def answer(text: str | None, **fields: Any) -> ModelResponse:
    """Return an answer that took tokens."""
    usage = Usage(prompt_tokens=7, completion_tokens=3)
    message = None if text is None else ModelMessage(text)
    return ModelResponse(message, usage=usage, **fields)


def calls(*made: ToolCallEvent) -> ModelResponse:
    """Return an answer that calls tools."""
    return answer(None, tool_calls=ToolCallsEvent(list(made)))


async def ask(
    log: retold.Log, config: ModelConfig, *, session: str, text: str = "hello", **options: Any
) -> str | None:
    """Ask an agent once in a session, and return what it said."""
    agent = Agent("a", options.pop("prompt", "You help."), config=config, **options)
    reply = await (await log.session(session)).ask(agent, text)
    return reply.response.content


async def until(is_so: Callable[[], bool]) -> None:
    """Return when something is so, which nothing tells of."""
    while not is_so():  # noqa: ASYNC110
        await asyncio.sleep(0.005)


def hear(session: retold.Session) -> list[BaseEvent]:
    """Return a list that has all events of a session's stream from now on."""
    heard: list[BaseEvent] = []

    def note(event: BaseEvent) -> None:
        heard.append(event)

    session.stream.subscribe(note)
    return heard


async def cache_events(log: retold.Log, prefix: str = "") -> list[RecordedEvent]:
    """Return what caches recorded, in order of the log; of streams that begin so."""
    return [
        event
        async for event in log.store.read_all()
        if event.type.startswith("cache.") and event.stream.startswith(prefix)
    ]


def short(events: list[RecordedEvent]) -> list[str]:
    """Return what happened, and why where that is said."""
    return [
        " ".join(filter(None, (event.type.removeprefix("cache."), event.data.get("reason"))))
        for event in events
    ]


async def happened(log: retold.Log, prefix: str = "") -> list[str]:
    """Return what caches recorded, in short."""
    return short(await cache_events(log, prefix))
