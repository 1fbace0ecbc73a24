"""Orchestrators over scripted agents, and what their runs left in the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from ag2 import Agent

import retold
from retold.domain.event import RecordedEvent
from tests.agents.scripted import Script, Turn, requests_in

at_once: Mapping[str, Any] = {"wait_initial": 0, "wait_jitter": 0}
"""Of a retry policy: without a pause."""


@dataclass(frozen=True)
class Orchestra:
    """An orchestrator, its log, and the scripts of its agents."""

    log: retold.Log
    orchestrator: retold.AgentOrchestrator
    scripts: dict[str, Script]

    async def add(self, name: str, *turns: Turn, **options: Any) -> Script:
        """Register an agent that says what it is told to."""
        script = self.scripts[name] = Script(*turns)
        agent = Agent(name, config=self.log.model(script))
        await self.orchestrator.register(name, agent, **options)
        return script

    def told(self, name: str) -> list[str]:
        """Return what an agent was told, in order."""
        return [requests_in(seen.messages)[-1][0] for seen in self.scripts[name].seen]

    async def events(self, run: str) -> list[RecordedEvent]:
        """Return the events of a run."""
        return [event async for event in self.log.store.read_stream(f"workflow-{run}")]

    async def happened(self, run: str, *names: str) -> list[str]:
        """Return what happened in a run, or in some steps of it, short."""
        return [
            _short(event)
            for event in await self.events(run)
            if not names or event.data.get("step") in names
        ]


async def until(there: Callable[[], Awaitable[object]]) -> None:
    """Look again and again until something is there, or true."""
    for _ in range(2_000):
        if await there():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come")


def _short(event: RecordedEvent) -> str:
    what = event.type.partition(".")[2]
    step, item = event.data.get("step"), event.data.get("item")
    place = "" if step is None else f" {step}" if item is None else f" {step}[{item}]"
    return f"{what}{place}"


@asynccontextmanager
async def orchestra(url: str = "sqlite:///:memory:", **options: Any) -> AsyncIterator[Orchestra]:
    """Open a log with an orchestrator that has no agents yet."""
    async with retold.open(url) as log:
        yield Orchestra(log, retold.AgentOrchestrator(log, **options), {})
