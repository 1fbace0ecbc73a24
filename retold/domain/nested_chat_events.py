"""What happens when an agent delegates to its sub-agents.

The nested conversation a sub-agent works in, and AG2's task in the parent's stream, have the same
id as the delegation. What they say, the answer and the tokens above all, is not said again here.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeAlias

from pydantic import Field

from retold.domain.event import DomainEvent, EventRegistry
from retold.domain.value import ErrorInfo


class DelegationRequested(DomainEvent):
    """An agent delegated a task to one of its sub-agents.

    Attributes:
        delegation: its id, which is AG2's of the task and that of the nested conversation.
        key: what the caller calls it; the attempts at one have it in common.
        attempt: from 1.
        task: what is to be done.
        to: name the sub-agent goes by.
        agent: the sub-agent's own name.
        above: names of the agents that wait for it, the outermost first.
        context: facts given along.
        tool_call_id: the tool call by which a model delegated; None when code did.
        max_turns: model calls it may make; None for any number.
        timeout_seconds: seconds it may take; None for any.
    """

    type: ClassVar[str] = "delegation.requested"
    delegation: str
    key: str
    attempt: int = 1
    task: str
    to: str
    agent: str
    above: tuple[str, ...]
    context: dict[str, Any] = Field(default_factory=dict)
    tool_call_id: str | None = None
    max_turns: int | None = None
    timeout_seconds: float | None = None


class DelegationResumed(DomainEvent):
    """A delegation that a process had left behind is gone on with."""

    type: ClassVar[str] = "delegation.resumed"
    delegation: str


class DelegationCompleted(DomainEvent):
    """A sub-agent answered; the answer is in AG2's event of the task."""

    type: ClassVar[str] = "delegation.completed"
    delegation: str


class DelegationStopped(DomainEvent):
    """A sub-agent had used up its model calls before it answered."""

    type: ClassVar[str] = "delegation.stopped"
    delegation: str
    error: ErrorInfo | None = None


class DelegationFailed(DomainEvent):
    """A sub-agent could not do it; ``error`` is None when nobody recorded why."""

    type: ClassVar[str] = "delegation.failed"
    delegation: str
    error: ErrorInfo | None = None


class DelegationExpired(DomainEvent):
    """A sub-agent took longer than it may."""

    type: ClassVar[str] = "delegation.expired"
    delegation: str
    error: ErrorInfo | None = None


class DelegationCancelled(DomainEvent):
    """Whoever waited for the sub-agent did so no longer."""

    type: ClassVar[str] = "delegation.cancelled"
    delegation: str
    error: ErrorInfo | None = None


class DelegationRefused(DomainEvent):
    """A model delegated what cannot be: to a sub-agent that is not there, or in a circle.

    Attributes:
        task, to, above, tool_call_id: as of :class:`DelegationRequested`.
        error: why; the model was told so.
    """

    type: ClassVar[str] = "delegation.refused"
    task: str
    to: str
    above: tuple[str, ...]
    tool_call_id: str | None = None
    error: ErrorInfo


class DelegatedWorkCompleted(DomainEvent):
    """A piece of work that code delegates came to its end: equal delegations are new from now on.

    Attributes:
        work: what it was called.
    """

    type: ClassVar[str] = "delegation.work_completed"
    work: str


Ended: TypeAlias = (
    DelegationCompleted
    | DelegationStopped
    | DelegationFailed
    | DelegationExpired
    | DelegationCancelled
)

nested_chat_events = EventRegistry(
    DelegationRequested,
    DelegationResumed,
    DelegationCompleted,
    DelegationStopped,
    DelegationFailed,
    DelegationExpired,
    DelegationCancelled,
    DelegationRefused,
    DelegatedWorkCompleted,
)
