"""The sub-agents of an agent, by the names they go by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ag2 import Agent

from retold.errors import InvalidDelegation
from retold.store.codec.values import is_plain, made_plain


class SubAgents(Mapping[str, Agent[Any]]):
    """Sub-agents by name; more may join."""

    def __init__(self, agents: Mapping[str, Agent[Any]]) -> None:
        """Take some.

        Args:
            agents: by the name each goes by.

        Raises:
            InvalidDelegation: when a name is none.
        """
        self._agents: dict[str, Agent[Any]] = {}
        for name, agent in agents.items():
            self.add(name, agent)

    def add(self, name: str, agent: Agent[Any]) -> None:
        """Let one join.

        Args:
            name: by which it is delegated to.
            agent: any AG2 agent.

        Raises:
            InvalidDelegation: when the name is none, or another one's.
        """
        if not name.strip() or not name.isprintable() or not is_plain(name):
            raise InvalidDelegation("name of a sub-agent", f"{name!r} is not printable text")
        if self._agents.get(name, agent) is not agent:
            raise InvalidDelegation("name of a sub-agent", f"{name!r} is another one's already")
        self._agents[name] = agent

    @property
    def names(self) -> dict[str, str]:
        """The name each goes by, to its own."""
        return {name: made_plain(agent.name) for name, agent in self._agents.items()}

    def __getitem__(self, name: str) -> Agent[Any]:
        """Return one by name."""
        return self._agents[name]

    def __iter__(self) -> Iterator[str]:
        """Yield names, in the order they joined."""
        return iter(self._agents)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._agents)
