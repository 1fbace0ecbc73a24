"""The agents that this process has, in their instances, and how they did of late."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ag2 import Agent
from ag2.config import ModelConfig

from retold.agents.resilience.breaker import Breaker
from retold.agents.resilience.guarded_model import GuardedModel
from retold.domain.orchestrator.agents import AgentDescription

AgentOrFactory: TypeAlias = Agent[Any] | Callable[[], Agent[Any]]
"""An agent, or what makes one for each instance."""

outcomes_kept = 100


@dataclass(eq=False)
class AgentHere:
    """An agent as this process has it.

    Attributes:
        described: as it is registered here.
        source: the agent itself, or what makes one for each instance.
        in_flight: steps in work here, by instance.
        outcomes: of the newest steps here of each instance, whether each succeeded.
    """

    described: AgentDescription
    source: AgentOrFactory
    in_flight: Counter[str] = field(default_factory=Counter)
    outcomes: defaultdict[str, deque[bool]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=outcomes_kept))
    )
    _made: dict[str, Agent[Any]] = field(default_factory=dict)

    @property
    def busy(self) -> float:
        """Steps in work here for each instance."""
        return self.in_flight.total() / len(self.described.instances)

    @property
    def success_rate(self) -> float:
        """Of its newest steps here; 1 before the first."""
        return _success_rate([one for some in self.outcomes.values() for one in some])

    def begin(self) -> str:
        """Give the least busy instance a step more, and return its name.

        Of several it is the one whose newest steps succeeded most, and of those the first.
        """

        def rank(instance: str) -> tuple[int, float]:
            return self.in_flight[instance], -_success_rate(self.outcomes.get(instance, ()))

        instance = min(self.described.instances, key=rank)
        self.in_flight[instance] += 1
        return instance

    def end(self, instance: str) -> None:
        """Let an instance have a step less."""
        self.in_flight[instance] -= 1

    def note(self, instance: str, *, succeeded: bool) -> None:
        """Remember how a step of an instance went."""
        self.outcomes[instance].append(succeeded)

    def agent(self, instance: str) -> Agent[Any]:
        """Return the agent of an instance; one of a factory is made when it is first needed."""
        if isinstance(self.source, Agent):
            return self.source
        if instance not in self._made:
            self._made[instance] = self.source()
        return self._made[instance]

    def breakers(self) -> Iterator[Breaker]:
        """Yield the circuit breakers around the model of its first instance."""
        config: ModelConfig | None = self.agent(self.described.instances[0]).config
        while isinstance(config, GuardedModel):
            if isinstance(config.piece, Breaker):
                yield config.piece
            config = config.inner


def _success_rate(outcomes: Collection[bool]) -> float:
    return sum(outcomes) / len(outcomes) if outcomes else 1.0


class AgentsHere(Mapping[str, AgentHere]):
    """The agents of this process, by name."""

    def __init__(self) -> None:
        """Begin with none."""
        self._agents: dict[str, AgentHere] = {}

    def put(self, described: AgentDescription, source: AgentOrFactory) -> None:
        """Take an agent in, or another one in its place."""
        held = self._agents.get(described.name)
        if held is not None and held.source is source:
            held.described = described
        else:
            self._agents[described.name] = AgentHere(described, source)

    def remove(self, name: str) -> None:
        """Let go of an agent; a no-op when there is none."""
        self._agents.pop(name, None)

    def __getitem__(self, name: str) -> AgentHere:
        """Return one by name."""
        return self._agents[name]

    def __iter__(self) -> Iterator[str]:
        """Yield names, in the order they came."""
        return iter(self._agents)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._agents)
