"""The agents of an orchestrator, as every process that works for it sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from pydantic import Field

from retold.domain.decider import Decider
from retold.domain.event import DomainEvent
from retold.domain.orchestrator.agents import AgentDescription, problems_of_agents
from retold.domain.orchestrator.events import (
    AgentDraining,
    AgentRegistered,
    AgentRemoved,
    AgentResumed,
    roster_event_types,
)
from retold.domain.value import Value
from retold.errors.orchestrating import AgentNotRegistered, AgentsInvalid


class RegisterAgents(Value):
    """Register agents; nothing happens to one that is described so already.

    One that is draining goes on to, however it is described.
    """

    agents: tuple[AgentDescription, ...]


class DrainAgent(Value):
    """Give an agent no more steps; nothing happens when it is draining."""

    name: str
    by: str | None = None
    reason: str | None = None


class ResumeAgent(Value):
    """Give an agent steps again; nothing happens when it is not draining."""

    name: str
    by: str | None = None


class RemoveAgent(Value):
    """Let an agent be no longer of this orchestrator."""

    name: str
    by: str | None = None
    reason: str | None = None


RosterCommand: TypeAlias = RegisterAgents | DrainAgent | ResumeAgent | RemoveAgent


class Roster(Value):
    """The agents of an orchestrator.

    Attributes:
        agents: by name, in the order they came.
        draining: names of those that are given no more steps.
    """

    agents: dict[str, AgentDescription] = Field(default_factory=dict)
    draining: tuple[str, ...] = ()

    @property
    def capabilities(self) -> dict[str, tuple[str, ...]]:
        """What each agent can do, by name."""
        return {name: agent.capabilities for name, agent in self.agents.items()}

    def able(self, agent: str | None, capability: str | None) -> list[AgentDescription]:
        """Return whom a step may be given to, by name or by what it takes; draining ones, too."""
        if agent is not None:
            found = self.agents.get(agent)
            return [] if found is None else [found]
        return [one for one in self.agents.values() if capability in one.capabilities]


def decide(command: RosterCommand, roster: Roster) -> Sequence[DomainEvent]:
    """Return what happens upon a command.

    Raises:
        AgentsInvalid: when agents cannot be registered as they are described, with all problems.
        AgentNotRegistered: when there is no such agent.
    """
    if isinstance(command, RegisterAgents):
        problems = problems_of_agents(command.agents)
        if problems:
            raise AgentsInvalid(problems)
        return [
            AgentRegistered.model_validate(agent.model_dump())
            for agent in command.agents
            if roster.agents.get(agent.name) != agent
        ]
    name = command.name
    if name not in roster.agents:
        raise AgentNotRegistered(name, roster.agents)
    is_draining = name in roster.draining
    match command:
        case DrainAgent(by=by, reason=reason):
            return [] if is_draining else [AgentDraining(name=name, by=by, reason=reason)]
        case ResumeAgent(by=by):
            return [AgentResumed(name=name, by=by)] if is_draining else []
        case RemoveAgent(by=by, reason=reason):
            return [AgentRemoved(name=name, by=by, reason=reason)]


def evolve(roster: Roster, event: DomainEvent) -> Roster:
    """Return the agents after an event."""
    agents, draining = roster.agents, roster.draining
    match event:
        case AgentRegistered():
            described = AgentDescription.model_validate(event.model_dump())
            agents = {**agents, event.name: described}
        case AgentDraining():
            draining = (*draining, event.name)
        case AgentResumed():
            draining = tuple(name for name in draining if name != event.name)
        case AgentRemoved():
            agents = {name: agent for name, agent in agents.items() if name != event.name}
            draining = tuple(name for name in draining if name != event.name)
    return Roster(agents=agents, draining=draining)


roster: Decider[RosterCommand, Roster] = Decider(
    "orchestrator_roster", Roster, decide, evolve, roster_event_types
)
"""The agents of an orchestrator, in its stream ``orchestrator-<name>``."""
