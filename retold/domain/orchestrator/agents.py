"""An agent as an orchestrator knows it: what it can do, in how many places, and how much of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from math import isfinite

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
        cost_per_hour: in the currency of the prices, within an hour; likewise.
    """

    concurrent_calls: int | None = None
    calls_per_minute: int | None = None
    tokens_per_minute: int | None = None
    tokens_per_hour: int | None = None
    cost_per_hour: float | None = None

    @property
    def given(self) -> dict[str, float]:
        """The limits there are, by name."""
        values = {name: getattr(self, name) for name in limit_names}
        return {name: value for name, value in values.items() if value is not None}


limit_names = tuple(AgentLimits.model_fields)


class TokenPrices(Value):
    """What tokens cost, in any one currency.

    Attributes:
        prompt_per_million: of a million tokens sent.
        completion_per_million: of a million tokens produced.
    """

    prompt_per_million: float
    completion_per_million: float

    def cost_of(self, prompt_tokens: int | None, completion_tokens: int | None) -> float | None:
        """Return what tokens cost; None when it is not known how many there were."""
        if prompt_tokens is None and completion_tokens is None:
            return None
        sent = (prompt_tokens or 0) * self.prompt_per_million
        return (sent + (completion_tokens or 0) * self.completion_per_million) / 1_000_000


class AgentDescription(Value):
    """What is registered of an agent.

    Attributes:
        name: unique in its orchestrator.
        capabilities: what it can do, in words of one's own.
        instances: names of the places it can work in, at least one.
        limits: what it may take.
        priority: of two that can do the same, the greater is asked first.
        prices: of its model's tokens; None when they are not known.
    """

    name: str
    capabilities: tuple[str, ...] = ()
    instances: tuple[str, ...] = ("1",)
    limits: AgentLimits = AgentLimits()
    priority: int = 0
    prices: TokenPrices | None = None


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
        for word, times in Counter(values).items():
            wrong = _wrong_with(word)
            if wrong:
                yield AgentProblem("invalid_name", f"{word!r} {wrong}", name, field)
            if times > 1:
                code = f"duplicate_{'capability' if field == 'capabilities' else 'instance'}"
                yield AgentProblem(code, f"{word!r} is given {times} times", name, field)
    if not 1 <= len(agent.instances) <= most_instances:
        message = f"it has {len(agent.instances):,} instances; give 1 to {most_instances:,}"
        yield AgentProblem("invalid_instances", message, name, "instances")
    for limit, value in agent.limits.given.items():
        if not (isfinite(value) and value > 0):
            message = f"it is {value}; give more than 0, or none for no limit"
            yield AgentProblem("invalid_limit", message, name, f"limits.{limit}")
    if agent.limits.cost_per_hour is not None and agent.prices is None:
        message = "a limit of its cost needs the prices of its tokens; give prices"
        yield AgentProblem("missing_prices", message, name, "prices")
    for price in ("prompt_per_million", "completion_per_million"):
        value = getattr(agent.prices, price, 0)
        if not (isfinite(value) and value >= 0):
            message = f"it is {value}; give 0 or more"
            yield AgentProblem("invalid_price", message, name, f"prices.{price}")


def _wrong_with(name: str) -> str | None:
    if not name.strip():
        return "is empty"
    if name != name.strip() or not name.isprintable():
        return "is no printable text without blanks around it"
    if len(name) > longest_agent_name:
        return f"is longer than {longest_agent_name} characters"
    return None
