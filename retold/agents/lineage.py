"""Who delegated to whom: AG2 starts nested conversations by itself and does not say whose they are.

A ``TaskStarted`` is saved in the task that then runs the nested agent, so a context variable set
there is seen by the nested conversation's first save, and by no sibling's.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from ag2.events import (
    BaseEvent,
    TaskCancelled,
    TaskCompleted,
    TaskExpired,
    TaskFailed,
    TaskStarted,
)

from retold.agents.conversation import Conversation


@dataclass(frozen=True, slots=True)
class Delegation:
    """A task that is being worked on in this context.

    Attributes:
        conversation: the one it was delegated in.
        event_id: of the recorded ``TaskStarted``.
        started: AG2's event.
        outer: the delegation this one is part of.
    """

    conversation: Conversation
    event_id: UUID
    started: TaskStarted
    outer: Delegation | None


_current: ContextVar[Delegation | None] = ContextVar("retold_delegation", default=None)


def current_delegation(stream: str) -> Delegation | None:
    """Return the task that a conversation just begun works on.

    Args:
        stream: the new conversation; a delegation it made itself is not its parent.
    """
    delegation = _current.get()
    return (
        delegation if delegation is not None and delegation.conversation.stream != stream else None
    )


def follow(event: BaseEvent, conversation: Conversation, event_id: UUID) -> None:
    """Note a task's start or end.

    Args:
        event: any event that was just recorded.
        conversation: where it was recorded.
        event_id: its id there.
    """
    if isinstance(event, TaskStarted):
        _current.set(Delegation(conversation, event_id, event, _current.get()))
    elif isinstance(event, (TaskCompleted, TaskFailed, TaskExpired, TaskCancelled)):
        delegation = _current.get()
        # Without this, the next conversation begun in this task would look nested.
        if delegation is not None and delegation.started.task_id == event.task_id:
            _current.set(delegation.outer)
