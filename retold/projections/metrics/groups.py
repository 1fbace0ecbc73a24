"""Figures by agent, by workflow and by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from retold.projections.metrics.metrics import Metrics, Tally, windows
from retold.projections.metrics.prefix import Prefix
from retold.projections.metrics.read_models import ReadModels
from retold.projections.metrics.reading import Fact, attempts_in, usage_in
from retold.projections.metrics.rosters import Rosters, rosters_in

KeyT = TypeVar("KeyT")


class Tallies(Generic[KeyT]):
    """A tally for each key."""

    def __init__(
        self, prefix: Prefix, key: Callable[[Fact], KeyT], *, over: Iterable[float] = windows
    ) -> None:
        """Begin with none.

        Args:
            prefix: what of the log counts.
            key: which tally a fact is counted in.
            over: seconds of the windows to give error rates for.
        """
        self._prefix = prefix
        self._key = key
        self._over = tuple(over)
        self._tallies: dict[KeyT, Tally] = {}

    def add(self, fact: Fact) -> None:
        """Count a fact."""
        self.of(self._key(fact)).add(fact)

    def of(self, key: KeyT) -> Tally:
        """Return the tally of a key."""
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally(self._prefix, over=self._over)
        return tally

    @property
    def metrics(self) -> Mapping[KeyT, Metrics]:
        """What each adds up to."""
        return {key: tally.metrics for key, tally in self._tallies.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures of the attempts in a log, as of a moment.

    Attributes:
        total: of all attempts.
        agents: by the agent's name; None for attempts that no agent has and none is named for.
        steps: by the names of the workflow and the step.
    """

    total: Metrics
    agents: Mapping[str | None, Metrics]
    steps: Mapping[tuple[str, str], Metrics]


async def figures(
    models: ReadModels,
    prefix: Prefix,
    *,
    since: datetime | None = None,
    workflow: str | None = None,
    over: Iterable[float] = windows,
    rosters: Rosters | None = None,
) -> Figures:
    """Bring the read model up to the log, and return the figures of its attempts.

    Args:
        models: of the log.
        prefix: what of the log counts.
        since: of what might begin then or later; None for all.
        workflow: of this workflow only.
        over: seconds of the windows to give error rates for.
        rosters: what tokens cost; they are read when they are not given.

    Raises:
        ProjectionError, StoreError: when the read model cannot be brought up to the log.
    """
    over = tuple(over)
    total = Tally(prefix, over=over)
    agents = Tallies[str | None](prefix, lambda fact: fact.agent_in(prefix), over=over)
    steps = Tallies[tuple[str, str]](prefix, lambda fact: (fact.workflow, fact.step), over=over)
    async for fact in attempts_in(models, prefix, since=since, workflow=workflow):
        for tally in (total, agents, steps):
            tally.add(fact)
    rosters = rosters or await rosters_in(models.store, prefix)
    async for used in usage_in(models, prefix, since=since, workflow=workflow):
        tokens = used.prompt_tokens, used.completion_tokens
        cost = rosters.cost(used.agent, *tokens, used.recorded_at)
        for whose in (total, agents.of(used.agent), steps.of((used.workflow, used.step))):
            whose.add_usage(*tokens, cost)
    return Figures(total=total.metrics, agents=agents.metrics, steps=steps.metrics)
