"""What a policy is: something with a name that is asked, and says nothing, or that it refuses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable

from retold.domain.policy import Point
from retold.domain.recording import Stage
from retold.domain.usage_so_far import Used
from retold.errors import (
    ContentRefused,
    InvalidPolicy,
    PolicyRefused,
    ToolNotAllowed,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """A policy's decision that something is not to happen.

    Attributes:
        reason: why. It is recorded and shown; leave the text that is refused out of it.
        tell_model: of a tool's call or result: the model gets the reason as the tool's result, and
            the turn goes on. Everything else ends the turn.
        error: class of the error the caller gets; by what it is about when None.
    """

    reason: str
    tell_model: bool = False
    error: type[PolicyRefused] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """A policy's decision that a text goes on as another one.

    Attributes:
        text: the other one; of a tool call, its arguments as a JSON object.
        reason: why.
    """

    text: str
    reason: str | None = None


Decision: TypeAlias = Refuse | Replace | None
"""None lets it pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a policy is asked about.

    Attributes:
        point: what is about to happen.
        stage: of the turn it happens in.
        session: id of the session.
        agent: name of the agent it concerns, when known.
        is_nested: whether it happens in a nested conversation.
        scopes: of whoever asked.
        text: of the message's part, the answer, the tool's arguments or its result; None elsewhere.
        size: characters of the whole message, answer, arguments or result.
        tool: name of the tool, if it is about one.
        tool_call_id: as the provider gave it.
        model: name of the model that is about to be called, when known.
        used: by the turn so far, nested conversations included.
    """

    point: Point
    stage: Stage
    session: str
    agent: str | None
    is_nested: bool
    scopes: frozenset[str]
    text: str | None = None
    size: int = 0
    tool: str | None = None
    tool_call_id: str | None = None
    model: str | None = None
    used: Used
    read_session: Callable[[], Awaitable[Used]] = field(repr=False)

    async def used_in_session(self) -> Used:
        """Return what the session used so far, earlier turns in whatever process included.

        Raises:
            TurnAborted: when the log cannot be read.
        """
        return await self.read_session() + self.used


@runtime_checkable
class Policy(Protocol):
    """What is asked before and after models and tools are called.

    It may hold its chunks of streamed answers back until they are checked: see ``holds_output`` of
    :class:`~retold.agents.policies.content.ContentCheck`.
    """

    @property
    def name(self) -> str:
        """Under which its decisions are recorded."""
        ...

    def check(self, check: Check) -> Decision | Awaitable[Decision]:
        """Decide; raising an error refuses, and ends the turn.

        Args:
            check: what it is about.
        """
        ...


default_errors: dict[Point, type[PolicyRefused]] = {
    Point.INPUT: ContentRefused,
    Point.OUTPUT: ContentRefused,
    Point.TOOL_RESULT: ContentRefused,
    Point.TOOL_CALL: ToolNotAllowed,
    Point.TOOL_OFFER: ToolNotAllowed,
}


def checked_policies(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """Return policies as they were given.

    Raises:
        InvalidPolicy: when one of them is none.
    """
    if isinstance(policies, str) or not isinstance(policies, Iterable):
        raise InvalidPolicy(repr(policies), "policies are given as a list")
    given = tuple(policies)
    for policy in given:
        name = getattr(policy, "name", None)
        if isinstance(policy, type) or not callable(getattr(policy, "check", None)):
            raise InvalidPolicy(repr(policy), "it has no method check(check)")
        if not isinstance(name, str) or not name.strip():
            raise InvalidPolicy(repr(policy), "it has no name")
    return given


def checked_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """Return scopes as a set.

    Raises:
        InvalidPolicy: when they are no collection of texts.
    """
    if isinstance(scopes, str) or not isinstance(scopes, Iterable):
        raise InvalidPolicy("scopes", "they are given as a list of names")
    given = frozenset(scopes)
    if not all(isinstance(scope, str) for scope in given):
        raise InvalidPolicy("scopes", "they are given as a list of names")
    return given
