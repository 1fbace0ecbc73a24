"""The agents of orchestrators, and what their tokens cost, as of a moment."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime

from retold.domain.orchestrator.agents import TokenPrices
from retold.domain.orchestrator.events import (
    AgentRegistered,
    orchestrator_category,
    orchestrator_stream,
    roster_event_types,
)
from retold.domain.orchestrator.roster import Roster, roster
from retold.projections.metrics.few_streams import events_of
from retold.projections.metrics.prefix import Prefix
from retold.store.log import EventStore

_types = frozenset(event.type for event in roster_event_types)


@dataclass
class Rosters:
    """The agents of every orchestrator, and their prices.

    Attributes:
        by_stream: agents by the name of the orchestrator's stream.
    """

    by_stream: dict[str, Roster] = field(default_factory=dict)
    _prices: dict[str, list[tuple[datetime, TokenPrices | None]]] = field(default_factory=dict)

    def of(self, orchestrator: str) -> Roster:
        """Return the agents of an orchestrator; none when it has no stream."""
        return self.by_stream.get(orchestrator_stream(orchestrator), roster.state())

    def cost(
        self,
        agent: str | None,
        prompt_tokens: int | None,
        completion_tokens: int | None,
        at: datetime,
    ) -> float | None:
        """Return what tokens of an agent cost at a time; None when its prices are not known."""
        known = self._prices.get(agent or "", [])
        place = bisect_right(known, at, key=lambda one: one[0])
        # What was asked before the log took the registration was asked at the first prices.
        prices = known[max(place - 1, 0)][1] if known else None
        return None if prices is None else prices.cost_of(prompt_tokens, completion_tokens)

    def note(self, agent: str, prices: TokenPrices | None, at: datetime) -> None:
        """Take in what an agent's tokens cost from a time on."""
        self._prices.setdefault(agent, []).append((at, prices))


async def rosters_in(store: EventStore, prefix: Prefix) -> Rosters:
    """Fold the agents of all orchestrators; their events are few.

    Args:
        store: the log.
        prefix: what of the log counts.

    Raises:
        StoreError: when the log cannot be read.
        InvalidEventData, FutureSchemaVersion: when an event is of a later release.
    """
    found = Rosters()
    for event in await events_of(store, orchestrator_category, _types):
        if not prefix.includes(event.recorded_at, event.position):
            continue
        before = found.by_stream.get(event.stream, roster.state())
        found.by_stream[event.stream] = roster.fold.evolve(before, event)
        if event.type == AgentRegistered.type:
            registered = AgentRegistered.from_recorded(event)
            found.note(registered.name, registered.prices, event.recorded_at)
    return found
