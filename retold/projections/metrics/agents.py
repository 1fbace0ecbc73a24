"""How agents stand: whether they can be given steps, and what they did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from retold.domain.orchestrator.agents import AgentDescription
from retold.domain.orchestrator.roster import Roster
from retold.projections.metrics.circuits import CircuitFigures
from retold.projections.metrics.limits import LimitFigures
from retold.projections.metrics.metrics import Metrics, metrics_of, minute
from retold.projections.metrics.prefix import Prefix

degraded_above = 0.2
"""An agent is degraded when a greater share of its outcomes within 5 minutes were failures."""


class Availability(StrEnum):
    """Whether an agent can be given steps, as the log has it.

    Attributes:
        AVAILABLE: it can.
        BUSY: each of its instances has a step in work, or a limit of it is used up.
        DEGRADED: more than a fifth of its attempts that ended within 5 minutes failed, or a
            circuit of it lets only probes through.
        OPEN: a circuit of it refuses calls.
        DRAINING: it is given no more steps.
    """

    AVAILABLE = "available"
    BUSY = "busy"
    DEGRADED = "degraded"
    OPEN = "open"
    DRAINING = "draining"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFigures:
    """An agent of an orchestrator.

    Attributes:
        name: its name.
        status: whether it can be given steps.
        described: as it is registered: capabilities, instances, limits, priority.
        limits: what is used, allowed and refused of each limit it has, by the limit's name.
        circuits: names of the circuits that its calls went through.
        metrics: what its attempts add up to.
    """

    name: str
    status: Availability
    described: AgentDescription
    limits: Mapping[str, LimitFigures]
    circuits: tuple[str, ...]
    metrics: Metrics


def agent_figures(
    roster: Roster,
    prefix: Prefix,
    *,
    metrics: Mapping[str | None, Metrics],
    limits: Iterable[LimitFigures],
    circuits: Iterable[CircuitFigures],
) -> dict[str, AgentFigures]:
    """Return how the agents of an orchestrator stand, by name.

    Args:
        roster: its agents.
        prefix: what of the log counts.
        metrics: what the attempts of agents add up to, by name.
        limits: of those agents.
        circuits: all there are.
    """
    given, circuits = list(limits), list(circuits)
    found = {}
    for name, described in roster.agents.items():
        own = metrics.get(name) or metrics_of([], prefix)
        limited = {limit.limit_name: limit for limit in given if limit.agent == name}
        called = [circuit for circuit in circuits if name in circuit.agents]
        if name in roster.draining:
            status = Availability.DRAINING
        else:
            status = _availability(described, own, limited.values(), called, prefix.until)
        found[name] = AgentFigures(
            name=name,
            status=status,
            described=described,
            limits=limited,
            circuits=tuple(circuit.circuit for circuit in called),
            metrics=own,
        )
    return found


def _availability(
    described: AgentDescription,
    metrics: Metrics,
    limits: Iterable[LimitFigures],
    circuits: Iterable[CircuitFigures],
    at: datetime,
) -> Availability:
    if any(circuit.refuses(at) for circuit in circuits):
        return Availability.OPEN
    is_full = metrics.active >= len(described.instances)
    if is_full or any(limit.used >= limit.allowed for limit in limits):
        return Availability.BUSY
    fails = (metrics.error_rates.get(5 * minute) or 0.0) > degraded_above
    if fails or any(circuit.status != "closed" for circuit in circuits):
        return Availability.DEGRADED
    return Availability.AVAILABLE
