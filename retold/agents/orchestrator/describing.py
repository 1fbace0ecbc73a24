"""An agent as it is registered, made of what a caller says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from retold.domain.orchestrator.agents import (
    AgentDescription,
    AgentLimits,
    TokenPrices,
    problems_of_agents,
)
from retold.errors import AgentProblem, AgentsInvalid


def described_as(
    name: str,
    *,
    capabilities: Iterable[str],
    instances: int | Sequence[str],
    limits: AgentLimits | Mapping[str, float] | None,
    priority: int,
    prices: TokenPrices | None,
    problems: Iterable[AgentProblem] = (),
) -> AgentDescription:
    """Return the description of an agent.

    Args:
        name, capabilities, instances, limits, priority, prices: as of ``register``.
        problems: what else is wrong with the agent.

    Raises:
        AgentsInvalid: when it cannot be read, or there are such problems; with all that is wrong.
            What can be read is checked when it is registered.
    """
    if isinstance(instances, int):
        instances = [str(number) for number in range(1, instances + 1)]
    given = dict(limits) if isinstance(limits, Mapping) else (limits or AgentLimits()).model_dump()
    unknown = sorted(set(map(str, given)) - set(AgentLimits.model_fields))
    found = [
        AgentProblem("unknown_limit", "there is no such limit", str(name), f"limits.{limit}")
        for limit in unknown
    ]
    found += problems
    fields: dict[str, Any] = {
        "name": name,
        "capabilities": tuple(capabilities),
        "instances": tuple(instances),
        "limits": {limit: value for limit, value in given.items() if str(limit) not in unknown},
        "priority": priority,
        "prices": prices,
    }
    try:
        described = AgentDescription.model_validate(fields)
    except ValidationError as error:
        unread = [tuple(map(str, detail["loc"])) for detail in error.errors()]
        for detail, place in zip(error.errors(), unread, strict=True):
            message = detail["msg"]
            found.append(AgentProblem("invalid_value", message, str(name), ".".join(place)))
        described = AgentDescription.model_validate(_without(fields, unread))
        # What is missing only because it could not be read is no problem of its own.
        told = {place[0] for place in unread}
        rest = [one for one in problems_of_agents([described]) if one.field not in told]
        raise AgentsInvalid([*found, *rest]) from None
    if found:
        raise AgentsInvalid([*found, *problems_of_agents([described])])
    return described


def _without(fields: Mapping[str, Any], places: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """Return fields without those at some places, but for the name, which has to be there."""
    left = {**fields, "limits": dict(fields["limits"])}
    for field, *below in places:
        if field == "limits" and below:
            left["limits"].pop(below[0], None)
        else:
            left.pop(field, None)
    left.setdefault("name", str(fields["name"]))
    return left
