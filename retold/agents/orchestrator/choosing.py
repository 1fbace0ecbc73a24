"""Which agent, and which of its instances, is given a step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from retold.agents.orchestrator.agents_here import AgentHere
from retold.agents.orchestrator.entries import StepEntry
from retold.agents.orchestrator.parts import Parts
from retold.domain.orchestrator.agents import AgentDescription
from retold.errors import AgentLimitsReached, AgentUnavailable
from retold.logs import get_logger
from retold.store import EventStore
from retold.store.work_queue import TakenWorkItem

log = get_logger("retold.worker")

shortest_wait, longest_wait = 0.05, 5.0
until_someone_can = 1.0


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is given a step, which counts as in work from now on, until it is ended.

    Attributes:
        described: the agent, as registered.
        here: the agent as this process has it.
        instance: which of its instances.
    """

    described: AgentDescription
    here: AgentHere
    instance: str


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
    taken: TakenWorkItem,
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
        taken: its row, as the worker took it that will work on it.
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
    now = parts.clock()
    left = [
        _Candidate(described, parts.agents[described.name])
        for described in able
        if described.name in parts.agents and described.name not in roster.draining
    ]
    if len(left) > 1:
        for one in left:
            one.is_open = await has_open_circuit(parts.log.store, one.here, now)
    waits: list[float] = []
    while left:
        # Ranked anew each time, and counted as busy before the log is asked: other steps are given
        # to agents meanwhile.
        best = min(left, key=_rank)
        left.remove(best)
        instance = best.here.begin()
        is_admitted = False
        try:
            await parts.limits.admit(best.described, entry, taken, now)
            is_admitted = True
        except AgentLimitsReached as error:
            waits.append(_wait(error, now))
        finally:
            if not is_admitted:
                best.here.end(instance)
        if is_admitted:
            return Chosen(best.described, best.here, instance)
    return NobodyNow(min(waits, default=until_someone_can))


@dataclass(eq=False, slots=True)
class _Candidate:
    described: AgentDescription
    here: AgentHere
    is_open: bool = False


def _rank(one: _Candidate) -> tuple[bool, int, float, float]:
    # Of equals, min takes the first.
    return one.is_open, -one.described.priority, one.here.busy, -one.here.success_rate


async def has_open_circuit(store: EventStore, agent: AgentHere, now: datetime) -> bool:
    """Return whether a circuit breaker around an agent's model refuses calls.

    An agent that cannot be made has none: whoever is to ask it finds out why.

    Raises:
        StoreError: when the log cannot be read.
    """
    try:
        breakers = list(agent.breakers())
    except Exception as error:
        log.warning("agent not made", agent=agent.described.name, error=type(error).__name__)
        return False
    for breaker in breakers:
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
