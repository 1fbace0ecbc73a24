"""An orchestrator for ``retold worker``: ``worked_on:make`` and ones that are of no use."""

from __future__ import annotations

from ag2 import Agent
from ag2.testing import TestConfig

import retold

not_callable = 7


async def make(log: retold.Log) -> retold.AgentOrchestrator:
    """Make an orchestrator with one agent."""
    orchestrator = retold.AgentOrchestrator(log, "shared")
    agent = Agent("a", config=log.model(TestConfig("done")))
    await orchestrator.register("a", agent)
    return orchestrator


def make_nothing(log: retold.Log) -> None:
    """Make none."""
