"""The same scenario on AG2's own memory and on ours, and what AG2 gets to see in each."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson
from ag2.config import ModelConfig
from ag2.events import BaseEvent
from ag2.history import MemoryStorage
from ag2.stream import MemoryStream, Stream

import retold
from retold.agents.codec import encode_event
from tests.agents.scripted import Script, Turn

# UUIDs and parts of them, which AG2 and we make up anew in each run.
_made_up = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|subtask-[0-9a-f]{8}"
)


@dataclass
class World:
    """Where a scenario runs.

    Attributes:
        notes: what the scenario saw, in order: replies, errors.
        histories: of the stream, after each step.
        scripts: the models of the scenario, which keep what they were given.
    """

    persist_all: bool = False
    notes: list[Any] = field(default_factory=list)
    histories: list[list[BaseEvent]] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)

    def script(self, *turns: Turn) -> Script:
        """Return a model for the scenario."""
        self.scripts.append(Script(*turns))
        return self.scripts[-1]

    def model(self, script: Script) -> ModelConfig:
        """Return the configuration an agent of this step uses."""
        return script

    @asynccontextmanager
    async def step(self) -> AsyncIterator[Stream]:
        """Give a stream object for a part of the scenario; each has its own."""
        async with self._stream() as stream:
            yield stream
            self.histories.append(list(await stream.history.get_events()))

    def _stream(self) -> Any:
        raise NotImplementedError

    def outcome(self, *, ordered: bool) -> dict[str, Any]:
        """Return all that AG2 and the models saw, without what is made up anew in each run.

        Args:
            ordered: False where tasks go side by side, so that their events come in any order
                and which id is whose cannot be told.
        """
        names: dict[str, str] | None = {} if ordered else None
        return {
            "notes": named(
                names, [orjson.dumps(note, default=str).decode() for note in self.notes]
            ),
            "histories": [shapes(names, history, ordered) for history in self.histories],
            "models": [
                [
                    (seen.prompt, seen.tools, shapes(names, seen.messages, ordered))
                    for seen in script.seen
                ]
                for script in self.scripts
            ],
        }


def shapes(names: dict[str, str] | None, events: Iterable[BaseEvent], ordered: bool) -> list[str]:
    """Return events as texts, without the time they were made."""
    texts = []
    for event in events:
        record = without_times(encode_event(event))
        texts.append(orjson.dumps(record, option=orjson.OPT_SORT_KEYS).decode())
    found = named(names, texts)
    return found if ordered else sorted(found)


def named(names: dict[str, str] | None, texts: list[str]) -> list[str]:
    """Replace made-up ids by names: the same for the same id, or for all of them."""

    def name(match: re.Match[str]) -> str:
        if names is None:
            return "<id>"
        return names.setdefault(match[0], f"<id {len(names)}>")

    return [_made_up.sub(name, text) for text in texts]


def without_times(value: Any) -> Any:
    """Return a record without the moments at which events were made."""
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k != "created_at"}
    return [without_times(v) for v in value] if isinstance(value, list) else value


class Memory(World):
    """AG2 as it is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._storage, self._id = MemoryStorage(), uuid4()

    @asynccontextmanager
    async def _stream(self) -> AsyncIterator[Stream]:
        yield MemoryStream(self._storage, id=self._id, persist_all=self.persist_all)


class Recorded(World):
    """AG2 on a log: opened once, or anew for each step, so that nothing is known but the log."""

    def __init__(self, url: str, *, cold: bool, session: bool, **options: Any) -> None:
        super().__init__(**options)
        self._url, self._cold, self._session = url, cold, session
        self._id = uuid4()
        self._open = AsyncExitStack()
        self._log: retold.Log | None = None

    def model(self, script: Script) -> ModelConfig:
        assert self._log is not None
        return self._log.model(script)

    @asynccontextmanager
    async def _stream(self) -> AsyncIterator[Stream]:
        if self._log is None:
            self._log = await self._open.enter_async_context(retold.open(self._url))
        if self._session:
            yield (await self._log.session("s")).stream
        else:
            yield MemoryStream(self._log.storage, id=self._id, persist_all=self.persist_all)
        if self._cold:
            await self.close()

    async def close(self) -> None:
        """Close the log."""
        self._log = None
        await self._open.aclose()

    async def replayed(self) -> list[BaseEvent]:
        """Return the history as a process that knows nothing but the log reads it."""
        await self.close()
        async with self._stream() as stream:
            history = list(await stream.history.get_events())
        await self.close()
        return history


Scenario = Callable[[World], Awaitable[None]]
