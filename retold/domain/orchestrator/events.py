"""What happens to the agents of an orchestrator, in its stream ``orchestrator-<name>``."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID, uuid5

from retold.domain.event import DomainEvent, EventRegistry
from retold.domain.orchestrator.agents import AgentLimits, TokenPrices

orchestrator_category = "orchestrator"

# Names refusals, so that one is recorded once; it never changes.
_refusals = UUID("7c4f3b8e-4a51-5d0e-8f6f-0b6f2f6f9f15")


def orchestrator_stream(orchestrator: str) -> str:
    """Return the name of the stream of an orchestrator."""
    return f"{orchestrator_category}-{orchestrator}"


def orchestrator_name(stream: str) -> str:
    """Return the name of the orchestrator a stream is of."""
    return stream.partition("-")[2]


class AgentRegistered(DomainEvent):
    """An agent may be given steps; or it is described anew, and what was said before is void.

    Attributes:
        name: unique in the orchestrator.
        capabilities: what it can do.
        instances: names of the places it can work in.
        limits: what it may take.
        priority: of two that can do the same, the greater is asked first.
        prices: of its model's tokens; None when they are not known.
    """

    type: ClassVar[str] = "orchestrator.agent_registered"
    name: str
    capabilities: tuple[str, ...] = ()
    instances: tuple[str, ...]
    limits: AgentLimits = AgentLimits()
    priority: int = 0
    prices: TokenPrices | None = None


class AgentDraining(DomainEvent):
    """An agent is given no more steps; those it has go on."""

    type: ClassVar[str] = "orchestrator.agent_draining"
    name: str
    by: str | None = None
    reason: str | None = None


class AgentResumed(DomainEvent):
    """An agent that was draining is given steps again."""

    type: ClassVar[str] = "orchestrator.agent_resumed"
    name: str
    by: str | None = None


class AgentRemoved(DomainEvent):
    """An agent is no longer of this orchestrator; steps it has go on."""

    type: ClassVar[str] = "orchestrator.agent_removed"
    name: str
    by: str | None = None
    reason: str | None = None


class LimitRefused(DomainEvent):
    """A limit kept an agent from an attempt at a step, for now: recorded once for each of them.

    Attributes:
        agent: its name.
        limit: name of the limit, a field of
            :class:`~retold.domain.orchestrator.agents.AgentLimits`.
        used: by then.
        allowed: by the limit.
        run: id of the run.
        step: its step.
        item: place in its fan-out; None without one.
        attempt: that was to begin.
        retry_at: when the limit lets it begin, should nothing else come before; None when that
            cannot be told.
    """

    type: ClassVar[str] = "orchestrator.limit_refused"
    agent: str
    limit: str
    used: float
    allowed: float
    run: str
    step: str
    item: int | None = None
    attempt: int
    retry_at: datetime | None = None

    @property
    def id(self) -> UUID:
        """Id of the event: the same for the same agent, limit and attempt."""
        parts = (self.agent, self.limit, self.run, self.step, self.item, self.attempt)
        return uuid5(_refusals, "\n".join(map(str, parts)))


roster_event_types: tuple[type[DomainEvent], ...] = (
    AgentRegistered,
    AgentDraining,
    AgentResumed,
    AgentRemoved,
)

orchestrator_events = EventRegistry(*roster_event_types, LimitRefused)
"""The types of events of an orchestrator's stream."""
