"""What a delegation to a sub-agent refuses, and what stops one."""

from __future__ import annotations

from collections.abc import Iterable

from retold.errors.root import RetoldError


class DelegationError(RetoldError):
    """A delegation was refused, or stopped."""

    code = "delegation_error"


class UnknownSubAgent(DelegationError):
    """Raised when a task is delegated to a sub-agent that the agent does not have.

    Attributes:
        agent: name of the agent that delegates.
        to: the name that was asked for.
        known: names of the sub-agents it has.
    """

    code = "unknown_sub_agent"

    def __init__(self, agent: str, to: str, known: Iterable[str]) -> None:
        self.agent = agent
        self.to = to
        self.known = tuple(known)
        names = ", ".join(map(repr, self.known)) or "none"
        super().__init__(f"{agent!r} has no sub-agent {to!r}. It has: {names}.")


class CyclicDelegation(DelegationError):
    """Raised when a task is delegated to an agent that itself waits for it.

    Attributes:
        to: name of the sub-agent.
        agent: name of the agent behind it.
        above: agents that wait, the outermost first.
    """

    code = "cyclic_delegation"

    def __init__(self, to: str, agent: str, above: Iterable[str]) -> None:
        self.to = to
        self.agent = agent
        self.above = tuple(above)
        chain = " > ".join(map(repr, self.above))
        behind = "" if to == agent else f", which is {agent!r},"
        super().__init__(
            f"Sub-agent {to!r}{behind} is waiting for this very task ({chain}). "
            "Do it without that agent."
        )


class DelegationTooDeep(DelegationError):
    """Raised when a delegation would nest deeper than allowed.

    Attributes:
        to: name of the sub-agent.
        limit: levels of delegation allowed below the outermost agent.
    """

    code = "delegation_too_deep"

    def __init__(self, to: str, limit: int) -> None:
        self.to = to
        self.limit = limit
        super().__init__(
            f"Delegating to {to!r} would nest deeper than the {limit} levels allowed. "
            "Do it without delegating further, or raise max_depth."
        )


class InvalidDelegation(DelegationError):
    """Raised when a task, a context, a limit or a sub-agent's name is none.

    Attributes:
        what: which argument.
    """

    code = "invalid_delegation"

    def __init__(self, what: str, why: str) -> None:
        self.what = what
        super().__init__(f"Invalid {what}: {why}.")


class TurnLimitReached(DelegationError):
    """Raised in a delegated conversation that has used up its model calls.

    Attributes:
        agent: name of the agent that was stopped.
        limit: model calls it may make.
    """

    code = "turn_limit_reached"

    def __init__(self, agent: str, limit: int) -> None:
        self.agent = agent
        self.limit = limit
        super().__init__(
            f"{agent!r} was stopped after {limit} model calls, the most this delegation allows, "
            "and had not answered. Raise max_turns, or delegate less."
        )
