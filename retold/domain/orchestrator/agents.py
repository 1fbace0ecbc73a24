"""An agent as an orchestrator knows it: what it can do, in how many places, and how much of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

from retold.domain.value import Value
from retold.errors.orchestrating import AgentProblem

longest_agent_name = 100
most_instances = 1_000


class AgentLimits(Value):
    """What an agent may take, all its instances together; None for any.

    Attributes:
        concurrent_calls: steps in work at once.
        calls_per_minute: steps begun within 60 seconds.
        tokens_per_minute: sent and produced within 60 seconds. A step counts with what it took,
            once it is over.
        tokens_per_hour: likewise, within an hour.
        cost_per_hour: in the currency of the prices given, within an hour.
    """

    concurrent_calls: int | None = None
    calls_per_minute: int | None = None
    tokens_per_minute: int | None = None
    tokens_per_hour: int | None = None
    cost_per_hour: float | None = None

    @property
    def given(self) -> dict[str, float]:
        """The limits there are, by name."""
        return {name: value for name, value in self if value is not None}


limit_names = tuple(AgentLimits.model_fields)


class AgentDescription(Value):
    """What is registered of an agent.

    Attributes:
        name: unique in its orchestrator.
        capabilities: what it can do, in words of one's own.
        instances: names of the places it can work in, at least one.
        limits: what it may take.
        priority: of two that can do the same, the greater is asked first.
    """

    name: str
    capabilities: tuple[str, ...] = ()
    instances: tuple[str, ...] = ("1",)
    limits: AgentLimits = AgentLimits()
    priority: int = 0


def problems_of_agents(agents: Iterable[AgentDescription]) -> list[AgentProblem]:
    """Return all that is wrong with descriptions; nothing when they can be registered.

    Args:
        agents: that are to be registered together.
    """
    described = list(agents)
    problems = []
    for agent in described:
        problems += list(_problems_of(agent))
    for name, times in Counter(agent.name for agent in described).items():
        if times > 1:
            message = f"{times} agents are named so; give each its own name"
            problems.append(AgentProblem("duplicate_agent", message, name, "name"))
    return problems


def _problems_of(agent: AgentDescription) -> Iterator[AgentProblem]:
    name = agent.name
    wrong = _wrong_with(name)
    if wrong:
        yield AgentProblem("invalid_name", f"its name {wrong}", name, "name")
    for field, values in (("capabilities", agent.capabilities), ("instances", agent.instances)):
        for value, times in Counter(values).items():
            wrong = _wrong_with(value)
            if wrong:
                yield AgentProblem("invalid_name", f"{value!r} {wrong}", name, field)
            if times > 1:
                code = f"duplicate_{'capability' if field == 'capabilities' else 'instance'}"
                yield AgentProblem(code, f"{value!r} is given {times} times", name, field)
    if not 1 <= len(agent.instances) <= most_instances:
        message = f"it has {len(agent.instances):,} instances; give 1 to {most_instances:,}"
        yield AgentProblem("invalid_instances", message, name, "instances")
    for limit, value in agent.limits.given.items():
        if not (isfinite(value) and value > 0):
            message = f"it is {value}; give more than 0, or none for no limit"
            yield AgentProblem("invalid_limit", message, name, f"limits.{limit}")


def _wrong_with(name: Any) -> str | None:
    if not name.strip():
        return "is empty"
    if name != name.strip() or not name.isprintable():
        return "is no printable text without blanks around it"
    if len(name) > longest_agent_name:
        return f"is longer than {longest_agent_name} characters"
    return None
