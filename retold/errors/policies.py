"""What policies refuse, and how they fail."""

from __future__ import annotations

from retold.errors.root import RetoldError

_what = {
    "agent": "to let {agent} work",
    "input": "a message to {agent}",
    "model_call": "a model call of {agent}",
    "tool_offer": "to offer {tool} to {agent}",
    "output": "what {agent} said",
    "tool_call": "the call of {tool} by {agent}",
    "tool_result": "what {tool} gave to {agent}",
}


class PolicyError(RetoldError):
    """A policy stood in the way."""

    code = "policy_error"


class PolicyRefused(PolicyError):
    """Raised when a policy refused something, which did not happen; the turn ended by that.

    Attributes:
        policy: name of the policy.
        reason: why, in its words.
        stage: of the turn, such as ``execution``.
        point: what it was asked about, such as ``tool_call``.
        session: id of the session.
        agent: name of the agent, when known.
        tool: name of the tool, if it is about one.
    """

    code = "policy_refused"

    def __init__(
        self,
        policy: str,
        reason: str,
        *,
        stage: str,
        point: str,
        session: str,
        agent: str | None = None,
        tool: str | None = None,
    ) -> None:
        self.policy = policy
        self.reason = reason
        self.stage = stage
        self.point = point
        self.session = session
        self.agent = agent
        self.tool = tool
        super().__init__(f"The policy {policy!r} refused {_named(point, agent, tool)}: {reason}")


class LimitExceeded(PolicyRefused):
    """Raised when a limit of turns, calls, tokens, dollars or characters was reached."""

    code = "limit_exceeded"


class ToolNotAllowed(PolicyRefused):
    """Raised when a model asked for a tool that it may not use."""

    code = "tool_not_allowed"


class MissingScope(PolicyRefused):
    """Raised when the caller has not the scopes that an agent or a tool needs."""

    code = "missing_scope"


class ContentRefused(PolicyRefused):
    """Raised when a text was refused: of a message, an answer, or a tool's argument or result."""

    code = "content_refused"


class PolicyFailed(PolicyError):
    """Raised when a policy raised an error, or decided nothing that can be done.

    What it was asked about is refused, as nobody knows whether it is allowed.

    Attributes:
        policy: name of the policy.
        error: class of what it raised, or what is wrong with its decision.
        stage: of the turn.
        point: what it was asked about.
        session: id of the session.
        agent: name of the agent, when known.
        tool: name of the tool, if it is about one.
    """

    code = "policy_failed"

    def __init__(
        self,
        policy: str,
        error: str,
        *,
        stage: str,
        point: str,
        session: str,
        agent: str | None = None,
        tool: str | None = None,
    ) -> None:
        self.policy = policy
        self.error = error
        self.stage = stage
        self.point = point
        self.session = session
        self.agent = agent
        self.tool = tool
        super().__init__(
            f"The policy {policy!r} failed with {error} when it was asked about "
            f"{_named(point, agent, tool)}. What a policy cannot decide on is refused: mend it, "
            "and ask again."
        )


class OutputNotHeld(PolicyError):
    """Raised when chunks are to be held back of a model whose calls are not recorded.

    Attributes:
        policy: name of the policy that holds them back.
        agent: name of the agent, when known.
    """

    code = "output_not_held"

    def __init__(self, policy: str, agent: str | None) -> None:
        self.policy = policy
        self.agent = agent
        super().__init__(
            f"The policy {policy!r} holds back what the model of {agent or 'the agent'!r} "
            "publishes, which only goes with a recorded model. Give the agent "
            "config=log.model(...)."
        )


class InvalidPolicy(PolicyError):
    """Raised when something that was given as a policy is none, or has an impossible setting.

    Attributes:
        policy: its name, or what it is.
    """

    code = "invalid_policy"

    def __init__(self, policy: str, why: str) -> None:
        self.policy = policy
        super().__init__(f"{policy} cannot be a policy as it is: {why}.")


def _named(point: str, agent: str | None, tool: str | None) -> str:
    agent = "the agent" if agent is None else repr(agent)
    tool = "a tool" if tool is None else repr(tool)
    return _what.get(point, point).format(agent=agent, tool=tool)
