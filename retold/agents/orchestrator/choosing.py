"""Which agent, and which of its instances, is given a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ag2 import Agent

from retold.agents.orchestrator.agents_here import AgentHere
from retold.agents.orchestrator.entries import StepEntry
from retold.agents.orchestrator.parts import Parts
from retold.domain.orchestrator.agents import AgentDescription
from retold.errors import AgentLimitsReached, AgentUnavailable
from retold.store import EventStore

shortest_wait, longest_wait = 0.05, 5.0
until_someone_can = 1.0


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is given a step.

    Attributes:
        described: the agent, as registered.
        here: the agent as this process has it.
        instance: which of its instances.
        agent: AG2's.
    """

    described: AgentDescription
    here: AgentHere
    instance: str
    agent: Agent[Any]


@dataclass(frozen=True, slots=True)
class NobodyNow:
    """Nobody can be given a step now.

    Attributes:
        seconds: after which to look again.
    """

    seconds: float


async def choose(
    parts: Parts,
    entry: StepEntry,
    worker: str,
    *,
    agent: str | None,
    capability: str | None,
) -> Chosen | NobodyNow:
    """Choose whom to give a step, and admit the call where the agent has limits.

    Of those that can do it and are not draining: one whose circuit is not open, then the greatest
    priority, then who is least busy here, then who succeeded most here of late. One at its limits
    is passed over.

    Args:
        parts: of the orchestrator.
        entry: the step.
        worker: name of the worker that will work on it.
        agent: who is to do it, by name.
        capability: who is to do it, by what it can do.

    Raises:
        AgentUnavailable: when no registered agent can.
        StoreError: when the log cannot be read or written.
    """
    roster = await parts.roster.state()
    able = roster.able(agent, capability)
    if not able:
        raise AgentUnavailable(agent, capability)
    here = [one for one in able if one.name in parts.agents and one.name not in roster.draining]
    now = parts.clock()
    waits: list[float] = []
    for described in await _in_order(parts, here, now):
        try:
            await parts.limits.admit(described, entry, worker, now)
        except AgentLimitsReached as error:
            waits.append(_wait(error, now))
            continue
        found = parts.agents[described.name]
        instance = found.least_busy_instance()
        return Chosen(described, found, instance, found.agent(instance))
    return NobodyNow(min(waits, default=until_someone_can))


async def _in_order(
    parts: Parts, agents: Sequence[AgentDescription], now: datetime
) -> list[AgentDescription]:
    if len(agents) < 2:
        return list(agents)
    ranked = []
    for place, described in enumerate(agents):
        here = parts.agents[described.name]
        is_open = await has_open_circuit(parts.log.store, here, now)
        rank = (is_open, -described.priority, here.busy, -here.success_rate, place)
        ranked.append((rank, described))
    return [described for _, described in sorted(ranked, key=lambda one: one[0])]


async def has_open_circuit(store: EventStore, agent: AgentHere, now: datetime) -> bool:
    """Return whether a circuit breaker around an agent's model refuses calls.

    Raises:
        StoreError: when the log cannot be read.
    """
    for breaker in agent.breakers():
        state = await breaker.state(store)
        if state.status == "open" and (state.retry_at is None or now < state.retry_at):
            return True
    return False


def _wait(error: AgentLimitsReached, now: datetime) -> float:
    times = [one.retry_at for one in error.reached if one.retry_at is not None]
    seconds = max(((at - now).total_seconds() for at in times), default=0.0)
    if len(times) < len(error.reached):
        # A call in flight ends when it does.
        seconds = max(seconds, until_someone_can / 4)
    return min(max(seconds, shortest_wait), longest_wait)
