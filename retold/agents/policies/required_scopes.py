"""Which scopes a caller must have for an agent to work, and for a tool to be called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from retold.agents.policies.policy import Check, Decision, Refuse, checked_scopes
from retold.domain.policy import Point
from retold.errors import MissingScope


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredScopes:
    """Lets agents work and tools be called for callers with the scopes these need.

    A caller's scopes are given as ``session.ask(..., scopes=[...])`` or ``log.session(...,
    scopes=[...])``; without them it has none. Nested conversations have those of the turn.

    Attributes:
        agents: scopes by the name of the agent, nested ones included.
        tools: scopes by the name of the tool. It is not offered without them, either.
        tell_model: a call that is refused is told to the model, and the turn goes on.
        name: under which refusals are recorded.
    """

    agents: Mapping[str, Iterable[str]] = field(default_factory=dict)
    tools: Mapping[str, Iterable[str]] = field(default_factory=dict)
    tell_model: bool = False
    name: str = "required scopes"

    def __post_init__(self) -> None:
        """Check the scopes, and keep them."""
        for attribute in ("agents", "tools"):
            given: Mapping[str, Iterable[str]] = getattr(self, attribute)
            kept = {name: checked_scopes(scopes) for name, scopes in given.items()}
            object.__setattr__(self, attribute, MappingProxyType(kept))

    def check(self, check: Check) -> Decision:
        """Refuse what the caller has not the scopes for."""
        match check.point:
            case Point.AGENT:
                needed = self.agents.get(check.agent or "", ())
            case Point.TOOL_OFFER | Point.TOOL_CALL:
                needed = self.tools.get(check.tool or "", ())
            case _:
                return None
        missing = sorted(frozenset(needed) - check.scopes)
        if not missing:
            return None
        reason = f"the caller has not the scope {', '.join(missing)}"
        return Refuse(reason=reason, error=MissingScope, tell_model=self.tell_model)
