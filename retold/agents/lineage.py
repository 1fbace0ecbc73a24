"""Who delegated to whom: AG2 starts nested conversations by itself and does not say whose they are.

A ``TaskStarted`` is saved in the task that then runs the nested agent, and a ``ToolCallEvent`` in
the one that then runs the tool, so a context variable set there is seen by the first save of a
conversation begun inside, and by no sibling's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from ag2.events import (
    BaseEvent,
    BuiltinToolCallEvent,
    TaskCancelled,
    TaskCompleted,
    TaskExpired,
    TaskFailed,
    TaskStarted,
    ToolCallEvent,
    ToolResultEvent,
)

from retold.domain.recording import Parent
from retold.store.codec.values import made_plain

if TYPE_CHECKING:
    from retold.agents.conversation import Conversation


@dataclass(eq=False, slots=True)
class Delegation:
    """A task or tool call that is being worked on in this context.

    Attributes:
        conversation: the one it was recorded in.
        turn: id of that conversation's turn; None when it has none.
        event_id: of the recorded event.
        event: AG2's ``TaskStarted`` or ``ToolCallEvent``.
        outer: the delegation this one is part of.
        begun: the conversation begun for it; a task has one only.
    """

    conversation: Conversation
    turn: str | None
    event_id: UUID
    event: TaskStarted | ToolCallEvent
    outer: Delegation | None
    begun: str | None = None

    @property
    def agent(self) -> str | None:
        """Name of the agent that was delegated to, when AG2 says so."""
        return self.event.agent_name if isinstance(self.event, TaskStarted) else None

    def as_parent(self) -> Parent:
        """Return what is recorded of it in the nested conversation."""
        if isinstance(self.event, TaskStarted):
            call = self.event.parent_tool_call_id
            return Parent(
                stream=self.conversation.stream,
                task_id=self.event.task_id,
                tool_call_id=None if call is None else made_plain(call),
                objective=made_plain(str(self.event.objective)),
            )
        return Parent(stream=self.conversation.stream, tool_call_id=made_plain(self.event.id))


_current: ContextVar[Delegation | None] = ContextVar("retold_delegation", default=None)
_last_used: ContextVar[Conversation | None] = ContextVar("retold_last_used", default=None)


def take_delegation(stream: str) -> Delegation | None:
    """Return what a conversation that begins now works on, and note that it does.

    Args:
        stream: the new conversation's.
    """
    for delegation in _delegations():
        if delegation.conversation.stream == stream:
            continue
        if isinstance(delegation.event, ToolCallEvent):
            return delegation
        # A task that was cancelled leaves no event: what begins after it is not part of it.
        if delegation.begun in {None, stream}:
            delegation.begun = stream
            return delegation
    return None


def conversations_above() -> Iterator[Conversation]:
    """Yield the conversations whose turn waits for what is being done in this context."""
    for delegation in _delegations():
        if delegation.conversation.guard.turn == delegation.turn:
            yield delegation.conversation


def follow(event: BaseEvent, conversation: Conversation, event_id: UUID) -> None:
    """Note the start or end of a task or tool call.

    Args:
        event: any event that was just recorded.
        conversation: where it was recorded.
        event_id: its id there.
    """
    match event:
        # The provider runs these by itself; nothing is delegated.
        case BuiltinToolCallEvent():
            pass
        case TaskStarted() | ToolCallEvent():
            outer = _current.get()
            _current.set(Delegation(conversation, conversation.guard.turn, event_id, event, outer))
        case TaskCompleted() | TaskFailed() | TaskExpired() | TaskCancelled():
            _end(conversation, task=event.task_id)
        case ToolResultEvent():
            _end(conversation, call=event.parent_id)
        case _:
            pass


@contextmanager
def within_task(delegation: Delegation | None) -> Iterator[None]:
    """Let what begins in the block be part of a task, and nothing after it.

    Args:
        delegation: of a task that was begun before; None for one that begins in the block.
    """
    token = _current.set(delegation or _current.get())
    try:
        yield
    finally:
        _current.reset(token)


def used(conversation: Conversation) -> None:
    """Note that AG2 read or wrote ``conversation`` in this context."""
    _last_used.set(conversation)


def last_used() -> Conversation | None:
    """Return the conversation that AG2 read or wrote last in this context."""
    return _last_used.get()


def _end(conversation: Conversation, *, task: str | None = None, call: str | None = None) -> None:
    # Without this, the next conversation begun in this context would look nested.
    for delegation in _delegations():
        event = delegation.event
        ended = event.task_id == task if isinstance(event, TaskStarted) else event.id == call
        if ended and delegation.conversation is conversation:
            _current.set(delegation.outer)
            return


def _delegations() -> Iterator[Delegation]:
    delegation = _current.get()
    while delegation is not None:
        yield delegation
        delegation = delegation.outer
