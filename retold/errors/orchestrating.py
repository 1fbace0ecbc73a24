"""What an orchestrator of agents refuses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from retold.errors.root import RetoldError


class AgentProblem(NamedTuple):
    """One thing that is wrong with an agent that is to be registered.

    Attributes:
        code: stable identifier of the kind of problem, such as ``invalid_limit``.
        message: what is wrong, and what to do.
        agent: name of the agent, as given.
        field: of its description, such as ``limits.calls_per_minute``.
    """

    code: str
    message: str
    agent: str
    field: str

    def __str__(self) -> str:
        return f"agent {self.agent!r}, {self.field}: {self.message}"


class OrchestratorError(RetoldError):
    """An orchestrator refused what was asked of it; nothing was recorded."""

    code = "orchestrator_error"


class AgentsInvalid(OrchestratorError):
    """Raised when agents cannot be registered as they are described.

    Attributes:
        problems: everything that is wrong with them.
    """

    code = "agents_invalid"

    def __init__(self, problems: Sequence[AgentProblem]) -> None:
        self.problems = tuple(problems)
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        count = f"{len(self.problems)} problem{'' if len(self.problems) == 1 else 's'}"
        super().__init__(f"The agents have {count}; none was registered:{lines}")


class AgentNotRegistered(OrchestratorError):
    """Raised when an orchestrator has no agent of a name.

    Attributes:
        agent: the name.
        known: the names it has.
    """

    code = "agent_not_registered"

    def __init__(self, agent: str, known: Collection[str]) -> None:
        self.agent = agent
        self.known = tuple(known)
        names = ", ".join(map(repr, self.known)) or "none"
        super().__init__(f"There is no agent {agent!r}; registered are {names}.")


class LimitReached(NamedTuple):
    """A limit that keeps an agent from a call.

    Attributes:
        limit: its name.
        used: by now.
        allowed: by the limit.
        retry_at: when it lets a call begin; None when that cannot be told.
    """

    limit: str
    used: float
    allowed: float
    retry_at: datetime | None


class AgentLimitsReached(OrchestratorError):
    """Raised when limits keep an agent from a call; nothing was called.

    Attributes:
        agent: its name.
        reached: the limits.
    """

    code = "agent_limits_reached"

    def __init__(self, agent: str, reached: Sequence[LimitReached]) -> None:
        self.agent = agent
        self.reached = tuple(reached)
        limits = ", ".join(f"{one.limit} ({one.used:g} of {one.allowed:g})" for one in reached)
        super().__init__(f"Agent {agent!r} is at its limits: {limits}. Ask it again later.")


class AgentUnavailable(OrchestratorError):
    """Raised when no registered agent can do a step any more.

    Attributes:
        agent: the agent asked for by name.
        capability: the capability asked for.
    """

    code = "agent_unavailable"

    def __init__(self, agent: str | None, capability: str | None) -> None:
        self.agent = agent
        self.capability = capability
        what = f"agent {agent!r}" if agent is not None else f"agent with {capability!r}"
        super().__init__(f"No {what} is registered any more. Register one, or give a fallback.")


class InvalidOrchestratorName(OrchestratorError):
    """Raised when a name cannot name an orchestrator."""

    code = "invalid_orchestrator_name"

    def __init__(self, name: object) -> None:
        self.name = name
        super().__init__(
            f"{name!r} cannot name an orchestrator: a name is 1 to 50 letters, digits, dots, "
            "hyphens and underscores, and begins with a letter or a digit."
        )


class InvalidRun(OrchestratorError):
    """Raised when a run cannot be queued as it is asked for.

    Attributes:
        reason: why.
    """

    code = "invalid_run"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The run cannot be queued: {reason}. Nothing was recorded.")


class WorkflowNotDefined(OrchestratorError):
    """Raised when a workflow is to be run that nobody defined here.

    Attributes:
        workflow: its name.
    """

    code = "workflow_not_defined"

    def __init__(self, workflow: str) -> None:
        self.workflow = workflow
        super().__init__(f"There is no workflow {workflow!r} in this log. Define it first.")


class OrchestratorUnusable(OrchestratorError):
    """Raised when what should make an orchestrator cannot be used.

    Attributes:
        place: where it should be, ``module:function``.
    """

    code = "orchestrator_unusable"

    def __init__(self, place: str, reason: str) -> None:
        self.place = place
        super().__init__(f"{place!r} gives no orchestrator: {reason}.")
