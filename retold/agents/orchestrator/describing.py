"""An agent as it is registered, made of what a caller says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import ValidationError

from retold.domain.orchestrator.agents import AgentDescription, AgentLimits, TokenPrices
from retold.errors import AgentProblem, AgentsInvalid


def described_as(
    name: str,
    *,
    capabilities: Iterable[str],
    instances: int | Sequence[str],
    limits: AgentLimits | Mapping[str, float] | None,
    priority: int,
    prices: TokenPrices | None,
) -> AgentDescription:
    """Return the description of an agent.

    Raises:
        AgentsInvalid: when it cannot be read; what can is checked when it is registered.
    """
    if isinstance(instances, int):
        instances = [str(number) for number in range(1, instances + 1)]
    given = dict(limits) if isinstance(limits, Mapping) else limits or AgentLimits()
    unknown = set(given) - set(AgentLimits.model_fields) if isinstance(given, dict) else set()
    problems = [
        AgentProblem("unknown_limit", "there is no such limit", str(name), f"limits.{limit}")
        for limit in sorted(map(str, unknown))
    ]
    try:
        described = AgentDescription.model_validate(
            {
                "name": name,
                "capabilities": tuple(capabilities),
                "instances": tuple(instances),
                "limits": given,
                "priority": priority,
                "prices": prices,
            }
        )
    except ValidationError as error:
        for detail in error.errors():
            field = ".".join(map(str, detail["loc"]))
            problems.append(AgentProblem("invalid_value", detail["msg"], str(name), field))
        raise AgentsInvalid(problems) from None
    if problems:
        raise AgentsInvalid(problems)
    return described
