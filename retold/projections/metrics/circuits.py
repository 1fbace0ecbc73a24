"""How circuits were as of a moment, and whose calls they keep from models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from retold.domain.circuit import (
    CircuitState,
    CircuitStatus,
    circuit,
    circuit_category,
    circuit_events,
    circuit_of,
)
from retold.projections.event_facts import metadata_text
from retold.projections.metrics.prefix import Prefix
from retold.store.log import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitFigures:
    """A circuit, as of a moment.

    Attributes:
        circuit: its name.
        status: ``closed``, ``open`` or ``half_open``.
        failures: in a row.
        openings: how often it opened.
        refused: calls it refused.
        retry_at: when an open circuit lets probes through.
        error_type: class of the newest failure's error; None before the first.
        error: its message.
        agents: names of the agents whose calls it counted, let through as probes or refused.
    """

    circuit: str
    status: CircuitStatus
    failures: int
    openings: int
    refused: int
    retry_at: datetime | None
    error_type: str | None
    error: str | None
    agents: tuple[str, ...]

    def refuses(self, at: datetime) -> bool:
        """Return whether it refuses every call at a time: it is open, and not to be probed yet."""
        return self.status == "open" and (self.retry_at is None or at < self.retry_at)


async def circuits_in(store: EventStore, prefix: Prefix) -> list[CircuitFigures]:
    """Fold the circuits of a log; a healthy one has no events, so they are few.

    Args:
        store: the log.
        prefix: what of the log counts.

    Raises:
        StoreError: when the log cannot be read.
        InvalidEventData, FutureSchemaVersion: when an event is of a later release.
    """
    states: dict[str, CircuitState] = {}
    agents: dict[str, set[str]] = {}
    async for event in store.read_all(category=circuit_category, types=frozenset(circuit_events)):
        if not prefix.includes(event.recorded_at, event.position):
            continue
        name = circuit_of(event.stream)
        states[name] = circuit.fold.evolve(states.get(name, CircuitState()), event)
        agent = metadata_text(event, "agent")
        agents.setdefault(name, set()).update([agent] if agent is not None else [])
    return [_figures(name, state, agents[name]) for name, state in sorted(states.items())]


def _figures(name: str, state: CircuitState, agents: set[str]) -> CircuitFigures:
    return CircuitFigures(
        circuit=name,
        status=state.status,
        failures=state.failures,
        openings=state.openings,
        refused=state.refused,
        retry_at=state.retry_at,
        error_type=None if state.error is None else state.error.type,
        error=None if state.error is None else state.error.message,
        agents=tuple(sorted(agents)),
    )
