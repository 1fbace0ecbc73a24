"""What the lineage says of a conversation, and of a task it delegated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from retold.domain.recording import conversation_of, conversation_stream
from retold.projections.models.session_summary import SessionSummary

Status: TypeAlias = Literal[
    "running",
    "completed",
    "stopped",
    "failed",
    "cancelled",
    "expired",
    "closed",
    "interrupted",
    "unknown",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationNode:
    """One conversation, by its own events. Unknown is None.

    Attributes:
        summary: of its counts, those of the columns only. Tokens are of its own model calls; what
            AG2 reports of delegated tasks is left out, because their conversations count it.
        task_id: the task it was begun for, as AG2 names it.
        tool_call_id: the tool call it was begun for.
        objective: what it was asked to do.
        status: of its newest turn: ``running``, ``completed``, ``failed`` or ``cancelled``;
            ``closed`` once it was closed; ``unknown`` when it has had no turn of its own.
        error: what its newest turn failed with.
        ended_at: when its newest turn ended, or it was closed, by the source's clock, UTC.
        turn: id of the newest turn that anything was recorded in it.
        fencing_token: of the lease its newest turn holds, or held.
    """

    summary: SessionSummary
    task_id: str | None = None
    tool_call_id: str | None = None
    objective: str | None = None
    status: Status = "unknown"
    error: str | None = None
    ended_at: datetime | None = None
    turn: str | None = None
    fencing_token: int | None = None

    @property
    def session(self) -> str:
        """Id of the conversation."""
        return self.summary.session

    @property
    def root_session(self) -> str:
        """Id of the session it belongs to; its own unless it is nested."""
        return self.summary.root_session

    @property
    def parent_stream(self) -> str | None:
        """Stream of the conversation that delegated to it, or of the run whose step it is for."""
        return self.summary.parent_stream

    @property
    def parent_session(self) -> str | None:
        """Id of that conversation, or run."""
        return None if self.parent_stream is None else conversation_of(self.parent_stream)

    @property
    def agent(self) -> str | None:
        """Name of its agent."""
        return self.summary.agent

    @property
    def started_at(self) -> datetime | None:
        """When it started by the source's clock, UTC."""
        return self.summary.started_at

    @property
    def recorded_from(self) -> datetime:
        """When the log took its first event, UTC."""
        return self.summary.recorded_from

    @property
    def recorded_to(self) -> datetime:
        """When the log took the newest event counted here, UTC."""
        return self.summary.recorded_to

    @property
    def version(self) -> int:
        """The newest event counted here."""
        return self.summary.version

    @property
    def ended(self) -> bool:
        """True once it was closed."""
        return self.summary.ended

    @property
    def messages(self) -> int:
        """Messages, tool results included."""
        return self.summary.messages

    @property
    def tool_calls(self) -> int:
        """Tool calls its models asked for."""
        return self.summary.tool_calls

    @property
    def prompt_tokens(self) -> int | None:
        """Tokens sent to models, as far as known."""
        return self.summary.prompt_tokens

    @property
    def completion_tokens(self) -> int | None:
        """Tokens models produced, as far as known."""
        return self.summary.completion_tokens

    @property
    def cost_usd(self) -> Decimal | None:
        """Dollars, as far as the source gives them."""
        return self.summary.cost_usd

    @property
    def open_calls(self) -> tuple[str, ...]:
        """Ids of the unanswered calls, in order."""
        return self.summary.open_calls


_own_columns = (
    "task_id",
    "tool_call_id",
    "objective",
    "status",
    "error",
    "ended_at",
    "turn",
    "fencing_token",
)


def node_of(*, parent_session: str | None, **values: Any) -> ConversationNode:
    """Return the node in the columns of a row."""
    del parent_session  # follows from the stream
    own = {name: values.pop(name) for name in _own_columns}
    summary = SessionSummary(stream=conversation_stream(values["session"]), **values)
    return ConversationNode(summary=summary, **own)


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegatedTask:
    """A task that a conversation delegated, by that conversation's events. Unknown is None.

    Attributes:
        session: the conversation that delegated it.
        task_id: AG2's id of the task.
        version: version of the event that started it or, when none was seen, of the first about it.
        root_session: id of the session that conversation belongs to.
        tool_call_id: the tool call that delegated.
        objective: what is to be done.
        agent: name of the agent it was given to.
        status: ``running``, ``completed``, ``stopped``, ``failed``, ``expired`` or ``cancelled``.
        result: what came of it, as text.
        error: what it failed with, or why it was cancelled or stopped.
        turn: id of the turn that the newest event about it was recorded in.
        started_at: when it started by the source's clock, UTC.
        ended_at: when it ended, likewise.
        recorded_from: when the log took the first event about it, UTC.
        recorded_to: when the log took the newest, UTC.
    """

    session: str
    task_id: str
    version: int
    root_session: str
    recorded_from: datetime
    recorded_to: datetime
    tool_call_id: str | None = None
    objective: str | None = None
    agent: str | None = None
    status: Status = "running"
    result: str | None = None
    error: str | None = None
    turn: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
