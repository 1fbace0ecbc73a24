"""Delegation to sub-agents: what was asked of whom, under which limits, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pydantic import Field

from retold.domain.decider import Decider
from retold.domain.event import DomainEvent
from retold.domain.json_copy import NotJsonNative, copied_object, deepest
from retold.domain.nested_chat_events import (
    DelegatedWorkCompleted,
    DelegationCancelled,
    DelegationCompleted,
    DelegationExpired,
    DelegationFailed,
    DelegationRefused,
    DelegationRequested,
    DelegationResumed,
    DelegationStopped,
    Ended,
)
from retold.domain.result import ResultStatus
from retold.domain.value import ErrorInfo, Value
from retold.errors import (
    CyclicDelegation,
    DelegationTooDeep,
    InvalidDelegation,
    UnknownSubAgent,
)

# Commands --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegate:
    """Delegate a task, or go on with a delegation of the same id.

    Attributes:
        known: the sub-agents there are: name they go by, to their own.
        max_depth: levels of delegation allowed below the outermost agent; None for any number.
        ended: how AG2's tasks of delegations ended, by their id, as far as they did not succeed.

    The other attributes are those of :class:`DelegationRequested`.
    """

    delegation: str
    key: str
    task: str
    to: str
    known: Mapping[str, str]
    above: tuple[str, ...]
    context: Mapping[str, Any] = field(default_factory=dict)
    tool_call_id: str | None = None
    max_turns: int | None = None
    timeout_seconds: float | None = None
    max_depth: int | None = None
    ended: Mapping[str, ResultStatus] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDelegation:
    """Note how a delegation ended; a no-op when that is known."""

    delegation: str
    status: ResultStatus
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseDelegation:
    """Note that a model delegated what cannot be."""

    task: str
    to: str
    above: tuple[str, ...]
    tool_call_id: str | None = None
    error: ErrorInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteDelegatedWork:
    """Note that a piece of work came to its end."""

    work: str


Command: TypeAlias = Delegate | EndDelegation | RefuseDelegation | CompleteDelegatedWork

# State -----------------------------------------------------------------------------------------


class NestedChat(Value):
    """A delegation: what was asked of whom, and where it stands.

    Attributes:
        status: ``in_progress`` until it ended; that its process died is seen by who comes next.
        error: why it failed or was stopped.
        resumed: how often it was gone on with after its process died.

    The others are those of :class:`DelegationRequested`.
    """

    delegation: str
    key: str
    attempt: int
    task: str
    to: str
    agent: str
    above: tuple[str, ...]
    context: dict[str, Any] = Field(default_factory=dict)
    tool_call_id: str | None = None
    max_turns: int | None = None
    timeout_seconds: float | None = None
    status: ResultStatus = ResultStatus.IN_PROGRESS
    error: ErrorInfo | None = None
    resumed: int = 0


class Delegations(Value):
    """What was delegated in one conversation.

    Attributes:
        by_id: every delegation, in the order they began.
        refused: how many were refused.
        works: how often each piece of work came to its end, by what it is called.
    """

    by_id: dict[str, NestedChat] = Field(default_factory=dict)
    refused: int = 0
    works: dict[str, int] = Field(default_factory=dict)

    @property
    def open(self) -> tuple[NestedChat, ...]:
        """Delegations that have no end."""
        return tuple(c for c in self.by_id.values() if c.status is ResultStatus.IN_PROGRESS)


_ends: Mapping[ResultStatus, type[Ended]] = {
    ResultStatus.COMPLETED: DelegationCompleted,
    ResultStatus.STOPPED: DelegationStopped,
    ResultStatus.FAILED: DelegationFailed,
    ResultStatus.EXPIRED: DelegationExpired,
    ResultStatus.CANCELLED: DelegationCancelled,
}
_statuses = {event: status for status, event in _ends.items()}


# Deciding --------------------------------------------------------------------------------------


def check_limits(
    *, max_turns: int | None, timeout_seconds: float | None, max_depth: int | None = None
) -> None:
    """Do nothing, unless a limit is none.

    Raises:
        InvalidDelegation: when one is not above 0, or no number.
    """
    counts = {"max_turns": max_turns, "max_depth": max_depth}
    for name, count in counts.items():
        if count is not None and (not _is_a(int, count) or count < 1):
            raise InvalidDelegation(name, f"{count!r} is not a whole number from 1")
    if timeout_seconds is None:
        return
    # Not "<= 0", which NaN is not.
    if not _is_a((int, float), timeout_seconds) or not timeout_seconds > 0:
        raise InvalidDelegation("timeout", f"{timeout_seconds!r} is no number of seconds above 0")


def _is_a(types: type | tuple[type, ...], value: object) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)


def _decide(command: Command, state: Delegations) -> Sequence[DomainEvent]:
    match command:
        case Delegate():
            return _delegate(command, state)
        case EndDelegation():
            chat = state.by_id.get(command.delegation)
            if chat is None or chat.status is not ResultStatus.IN_PROGRESS:
                return []
            return [_ended(command.delegation, command.status, command.error)]
        case RefuseDelegation():
            return [
                DelegationRefused(
                    task=command.task,
                    to=command.to,
                    above=command.above,
                    tool_call_id=command.tool_call_id,
                    error=command.error,
                )
            ]
        case CompleteDelegatedWork():
            return [DelegatedWorkCompleted(work=command.work)]


def _delegate(command: Delegate, state: Delegations) -> list[DomainEvent]:
    context = _checked(command)
    chat = state.by_id.get(command.delegation)
    if chat is not None:
        if chat.status is ResultStatus.COMPLETED:
            return []
        return [DelegationResumed(delegation=command.delegation)]
    earlier = [c for c in state.by_id.values() if c.key == command.key]
    # Its process recorded the end of AG2's task, and died before it recorded this one.
    unnoted = [
        _ended(c.delegation, command.ended.get(c.delegation, ResultStatus.FAILED), None)
        for c in earlier
        if c.status is ResultStatus.IN_PROGRESS
    ]
    requested = DelegationRequested(
        delegation=command.delegation,
        key=command.key,
        attempt=len(earlier) + 1,
        task=command.task,
        to=command.to,
        agent=command.known[command.to],
        above=command.above,
        context=context,
        tool_call_id=command.tool_call_id,
        max_turns=command.max_turns,
        timeout_seconds=command.timeout_seconds,
    )
    return [*unnoted, requested]


def _checked(command: Delegate) -> dict[str, Any]:
    """Return the context, when all is as it must be."""
    if not command.task.strip():
        raise InvalidDelegation("task", "it is empty")
    check_limits(
        max_turns=command.max_turns,
        timeout_seconds=command.timeout_seconds,
        max_depth=command.max_depth,
    )
    try:
        context = copied_object(command.context, levels=deepest)
    except NotJsonNative as error:
        raise InvalidDelegation("context", f"{error}; it takes a JSON object") from None
    agent = command.known.get(command.to)
    if agent is None:
        raise UnknownSubAgent(command.above[-1], command.to, command.known)
    if agent in command.above:
        raise CyclicDelegation(command.to, agent, command.above)
    if command.max_depth is not None and len(command.above) > command.max_depth:
        raise DelegationTooDeep(command.to, command.max_depth)
    return context


def _ended(delegation: str, status: ResultStatus, error: ErrorInfo | None) -> DomainEvent:
    event = _ends[status]
    if event is DelegationCompleted:
        return DelegationCompleted(delegation=delegation)
    return event.model_validate({"delegation": delegation, "error": error})


def _evolve(state: Delegations, event: DomainEvent) -> Delegations:
    match event:
        case DelegationRequested():
            return _with(state, NestedChat.model_validate(event.model_dump()))
        case DelegationResumed():
            resumed = state.by_id[event.delegation].resumed + 1
            return _changed(
                state,
                event.delegation,
                status=ResultStatus.IN_PROGRESS,
                error=None,
                resumed=resumed,
            )
        case DelegationRefused():
            return state.model_copy(update={"refused": state.refused + 1})
        case DelegatedWorkCompleted():
            works = {**state.works, event.work: state.works.get(event.work, 0) + 1}
            return state.model_copy(update={"works": works})
        case (
            DelegationCompleted()
            | DelegationStopped()
            | DelegationFailed()
            | DelegationExpired()
            | DelegationCancelled()
        ):
            error = None if isinstance(event, DelegationCompleted) else event.error
            return _changed(state, event.delegation, status=_statuses[type(event)], error=error)
        case _:
            return state


def _changed(state: Delegations, delegation: str, **changes: Any) -> Delegations:
    return _with(state, state.by_id[delegation].model_copy(update=changes))


def _with(state: Delegations, chat: NestedChat) -> Delegations:
    return state.model_copy(update={"by_id": {**state.by_id, chat.delegation: chat}})


delegations: Decider[Command, Delegations] = Decider(
    "delegations",
    Delegations,
    _decide,
    _evolve,
    (
        DelegationRequested,
        DelegationResumed,
        DelegationCompleted,
        DelegationStopped,
        DelegationFailed,
        DelegationExpired,
        DelegationCancelled,
        DelegationRefused,
        DelegatedWorkCompleted,
    ),
)
"""What is delegated to sub-agents in a conversation."""
