"""What the orchestrator needs of a log, which is on the floor above its own."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from ag2 import Agent, AgentReply
from ag2.events import Input
from ag2.types import SendableMessage

from retold.domain.recording import ConversationStarted
from retold.projections.audit.asking_workflows import AskingWorkflows
from retold.store import EventStore


class AskedSession(Protocol):
    """A session in which an agent is asked; see :class:`retold.Session`."""

    @property
    def last_event_id(self) -> UUID | None:
        """Id of its newest event."""
        ...

    async def ask(
        self,
        agent: Agent[Any],
        *message: SendableMessage | Input,
        correlation_id: str | None = None,
    ) -> AgentReply[Any, Any]:
        """Ask an agent."""
        ...

    async def close(self, reason: str | None = None) -> None:
        """Record that it is over."""
        ...


class OpenLog(Protocol):
    """An open log; see :class:`retold.Log`."""

    @property
    def store(self) -> EventStore:
        """The event store."""
        ...

    @property
    def has_policies(self) -> bool:
        """Whether policies are asked in every turn."""
        ...

    @property
    def audit(self) -> AskingWorkflows:
        """The named queries."""
        ...

    async def nested_session(
        self, session_id: str, *, root: str, beginning: ConversationStarted, caused_by: UUID | None
    ) -> AskedSession:
        """Open a session that is part of another piece of work."""
        ...
