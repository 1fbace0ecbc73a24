"""How an agent stands: whether it can be given steps, and what of its limits is used."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from retold.agents.orchestrator.agents_here import AgentHere
from retold.agents.orchestrator.choosing import has_open_circuit
from retold.agents.orchestrator.parts import Parts
from retold.domain.orchestrator.agents import AgentDescription
from retold.domain.orchestrator.roster import Roster

fewest_outcomes = 5
degraded_below = 0.8


class Availability(StrEnum):
    """Whether an agent can be given steps.

    Attributes:
        AVAILABLE: it can.
        BUSY: each of its instances has a step here, or it is at a limit.
        DEGRADED: more than a fifth of its newest steps here failed.
        OPEN: a circuit breaker around its model refuses calls.
        DRAINING: it is given no more steps.
    """

    AVAILABLE = "available"
    BUSY = "busy"
    DEGRADED = "degraded"
    OPEN = "open"
    DRAINING = "draining"


@dataclass(frozen=True, slots=True)
class LimitUse:
    """What is used of a limit, by all processes.

    Attributes:
        used: by now.
        allowed: by the limit.
    """

    used: float
    allowed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatus:
    """How an agent stands.

    Attributes:
        described: as it is registered.
        status: whether it can be given steps.
        is_here: whether this process has it.
        in_flight: steps that it has in work in this process.
        success_rate: of its newest steps in this process; None before the first.
        limits: what is used of each limit, by name.
    """

    described: AgentDescription
    status: Availability
    is_here: bool
    in_flight: int
    success_rate: float | None
    limits: dict[str, LimitUse]


async def status_of(parts: Parts, roster: Roster, name: str) -> AgentStatus:
    """Return how a registered agent stands.

    Raises:
        StoreError: when the log cannot be read.
    """
    described, here = roster.agents[name], parts.agents.get(name)
    used: dict[str, float] = {}
    if described.limits.given:
        used = (await parts.limits.state(name)).used(parts.clock())
    limits = {
        limit: LimitUse(used[limit], allowed) for limit, allowed in described.limits.given.items()
    }
    status = Availability.AVAILABLE
    if name in roster.draining:
        status = Availability.DRAINING
    elif here is not None and await has_open_circuit(parts.log.store, here, parts.clock()):
        status = Availability.OPEN
    elif _is_busy(here, limits):
        status = Availability.BUSY
    elif here is not None and _is_degraded(here):
        status = Availability.DEGRADED
    return AgentStatus(
        described=described,
        status=status,
        is_here=here is not None,
        in_flight=0 if here is None else here.in_flight.total(),
        success_rate=here.success_rate if here is not None and here.outcomes else None,
        limits=limits,
    )


def _is_busy(here: AgentHere | None, limits: dict[str, LimitUse]) -> bool:
    is_full = here is not None and here.busy >= 1
    return is_full or any(limit.used >= limit.allowed for limit in limits.values())


def _is_degraded(here: AgentHere) -> bool:
    return len(here.outcomes) >= fewest_outcomes and here.success_rate < degraded_below
