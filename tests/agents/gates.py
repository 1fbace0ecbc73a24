"""A turn that waits in a tool until it may go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ag2 import Agent

import retold
from tests.agents.scripted import Script, call


class Gate:
    """A tool that says when it began, and waits until it may go on."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.may_leave = asyncio.Event()

    async def wait(self) -> str:
        """Wait."""
        self.entered.set()
        await self.may_leave.wait()
        return "waited"


def waiting_agent(log: retold.Log, gate: Gate, *more: Any, name: str = "waiter") -> Agent[str]:
    """Return an agent whose first turn waits in a tool."""
    script = Script([call("wait", "call_1")], "done", *more)
    return Agent(name, config=log.model(script), tools=[gate.wait])


@asynccontextmanager
async def in_a_tool(session: retold.Session, agent: Agent[str], gate: Gate) -> AsyncIterator[Any]:
    """Have a turn of the session going on, in its tool."""
    asking = asyncio.create_task(session.ask(agent, "wait"))
    await gate.entered.wait()
    try:
        yield asking
    finally:
        gate.may_leave.set()
        await asyncio.wait([asking])
