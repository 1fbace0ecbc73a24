"""What an orchestrator of agents refuses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
