"""Which tools models may be offered and may ask for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase

from retold.agents.policies.policy import Check, Decision, Refuse
from retold.domain.policy import Point
from retold.errors import InvalidPolicy, ToolNotAllowed


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedTools:
    """Allows some tools, or all but some.

    A tool that is not allowed is not offered to a recorded model, and when a model asks for it
    nevertheless, it is not called. A provider's own tool, such as ``web_search``, is one, too.

    Attributes:
        allow: names, or patterns such as ``search_*``; None for all.
        deny: names or patterns of those that are not allowed, whatever ``allow`` says.
        agents: names or patterns of the agents it is about; None for all.
        tell_model: a call that is refused is told to the model, and the turn goes on.
        name: under which refusals are recorded.
    """

    allow: Collection[str] | None = None
    deny: Collection[str] = ()
    agents: Collection[str] | None = None
    tell_model: bool = False
    name: str = "allowed tools"

    def __post_init__(self) -> None:
        """Check the names."""
        for names in (self.allow, self.deny, self.agents):
            if isinstance(names, str) or not isinstance(names, Collection | None):
                raise InvalidPolicy(repr(self.name), "tools and agents are given as lists of names")

    def check(self, check: Check) -> Decision:
        """Refuse a tool that is not allowed."""
        if check.point not in {Point.TOOL_OFFER, Point.TOOL_CALL} or check.tool is None:
            return None
        if self.agents is not None and not _is_among(check.agent or "", self.agents):
            return None
        if _is_among(check.tool, self.deny):
            return self._refusal("it is denied")
        if self.allow is not None and not _is_among(check.tool, self.allow):
            return self._refusal("it is none of those that are allowed")
        return None

    def _refusal(self, reason: str) -> Refuse:
        return Refuse(reason=reason, error=ToolNotAllowed, tell_model=self.tell_model)


def _is_among(name: str, patterns: Collection[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
