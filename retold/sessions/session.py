"""A session: one conversation with agents, recorded turn by turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, overload
from uuid import UUID

from ag2 import Agent, AgentReply
from ag2.config import ModelConfig
from ag2.events import BaseEvent, Input
from ag2.types import SendableMessage

from retold.agents.conversation import Conversation
from retold.agents.history import history_of
from retold.agents.model import RecordedModel
from retold.agents.storage import Storage
from retold.agents.stream import SessionStream
from retold.agents.turns import Turns
from retold.domain.conversation_fold import conversation_fold
from retold.domain.conversation_state import ConversationState
from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.recording import ConversationClosed, Stage, TagsChanged
from retold.errors import SessionMismatch, SessionNotFound, StreamNotFound
from retold.logs import get_logger
from retold.projections.as_of import Clock, Moment
from retold.projections.edges import default_edges
from retold.projections.explain import Explanation
from retold.projections.exports.session import Exported, ExportFormat, export_session
from retold.projections.session_states import explain_session
from retold.projections.transcript import Entry, transcript
from retold.projections.why import Why, default_steps, why
from retold.store import EventStore
from retold.store.codec.values import made_plain
from retold.store.lease import Leases

log = get_logger("retold.session")


class Session:
    """A session, made by ``log.session(...)``. Opening one changes nothing.

    Attributes:
        id: as given.
        ag2_stream_id: the UUID AG2 knows the session by.
    """

    def __init__(
        self,
        session_id: str,
        store: EventStore,
        conversation: Conversation,
        storage: Storage,
        *,
        ag2_stream_id: UUID,
        owner: str,
        lease_seconds: float,
    ) -> None:
        """Store what is needed. Use ``log.session(...)``."""
        self.id = session_id
        self.ag2_stream_id = ag2_stream_id
        self._store = store
        self._conversation = conversation
        self._new_tags: dict[str, str] = {}
        self._unrecorded_agents: set[str] = set()
        self._stream = SessionStream(storage, conversation, ag2_stream_id)
        # A reply holds the stream only, and its next ask must wait for this session's turns.
        self._stream.keeps = self
        self._turns = Turns(
            conversation,
            self._stream,
            Leases(store),
            owner=owner,
            lease_seconds=lease_seconds,
        )

    @property
    def stream(self) -> SessionStream:
        """AG2's stream of the session, for ``agent.ask(stream=...)`` and for subscribing."""
        return self._stream

    @property
    def tags(self) -> dict[str, str]:
        """Tags of the session, as known to this process."""
        return self._conversation.state.tags | self._new_tags

    @property
    def subject(self) -> str | None:
        """Whom the session concerns; None when unknown."""
        started = self._conversation.state.started or self._conversation.beginning
        return started.subject

    @property
    def version(self) -> int:
        """Version of the session's last event known to this process; 0 before the first."""
        return self._conversation.state.version

    @property
    def closed(self) -> bool:
        """Whether the session was closed and refuses asks, as known to this process.

        An imported session that ended at its source was not closed here.
        """
        return self._conversation.state.refuses_turns

    async def refresh(self) -> None:
        """Take in what other processes recorded in this session."""
        await self._conversation.refresh()

    def describe(self, subject: str | None, tags: Mapping[str, str]) -> None:
        """Say whom the session concerns and how it is tagged; recorded with the next ask.

        Args:
            subject: whom it concerns; None to leave that as it is.
            tags: added to those it has.

        Raises:
            SessionMismatch: when the session was begun for another subject.
        """
        subject = None if subject is None else made_plain(subject)
        if subject is not None and self.version > 0 and subject != self.subject:
            raise SessionMismatch(self.id, self.subject, subject)
        self._new_tags |= {made_plain(str(n)): made_plain(str(v)) for n, v in tags.items()}
        beginning = self._conversation.beginning
        self._conversation.beginning = beginning.model_copy(
            update={"subject": subject or beginning.subject, "tags": dict(self._new_tags)}
        )

    async def ask(
        self,
        agent: Agent[Any],
        *message: SendableMessage | Input,
        variables: Mapping[str, Any] | None = None,
        correlation_id: str | None = None,
        **options: Any,
    ) -> AgentReply[Any, Any]:
        """Ask an agent in this session: ``agent.ask`` with this session's stream and variables.

        What a turn before left unanswered, because its process died, is closed first. The turn's
        stages and everything the agent does are recorded.

        Args:
            agent: any AG2 agent.
            message: text or AG2 inputs.
            variables: context variables; they win over those the session holds.
            correlation_id: of the whole piece of work; the turn's id when None.
            **options: as of ``agent.ask``, except ``stream``.

        Returns:
            AG2's reply. ``reply.ask`` goes on in this session, as a turn of its own.

        Raises:
            SessionBusy: when another process is in a turn of this session, or a tool of this
                session's own turn asks. Other tasks of this process are waited for.
            SessionClosed: when the session was closed.
            StoreError: when the log does not do its work before the turn has begun.
            TurnAborted: when the turn can no longer be recorded.
            Exception: whatever the agent, its model or its tools raise.
        """
        beginning = self._conversation.beginning
        self._conversation.beginning = beginning.model_copy(
            update={"agent": made_plain(agent.name)}
        )
        async with self._turns.begin(agent.name, correlation_id) as turn:
            await turn.bootstrap()
            await self._record_new_tags()
            await self._stream.inbox.write()
            parts, merged = await turn.normalise(
                message,
                inbox=self._stream.inbox.settle(self._stream.pending_messages),
                defaults=agent.variables,
                given={} if variables is None else variables,
            )
            with turn.stage(Stage.EXECUTION) as detail:
                detail["model_calls_recorded"] = self._records_model(agent, options.get("config"))
                reply: AgentReply[Any, Any] = await agent.ask(
                    *parts, stream=self._stream, variables=merged, **options
                )
            await turn.conclude(reply.response, reply.context.variables)
        return reply

    async def history(
        self, at: int | datetime | None = None, *, clock: Clock = "recorded"
    ) -> list[BaseEvent]:
        """Return the conversation as AG2's events, now or as it was.

        Args:
            at: as of this version, or this moment, itself included; None for now.
            clock: for a moment: ``recorded`` for when the log took it, ``source`` for when it
                happened; what has no time by the source's clock is left out.

        Raises:
            SessionNotFound: when nothing was recorded yet.
        """
        events, includes = await self._recorded(at, clock)
        return await history_of(self._store, events, includes)

    async def transcript(
        self, at: int | datetime | None = None, *, clock: Clock = "recorded"
    ) -> list[Entry]:
        """Return who said what, in order; arguments and errors as of :meth:`history`."""
        return list(transcript(await self.events(at, clock=clock)))

    async def events(
        self, at: int | datetime | None = None, *, clock: Clock = "recorded"
    ) -> list[RecordedEvent]:
        """Return what was recorded; arguments and errors as of :meth:`history`."""
        events, includes = await self._recorded(at, clock)
        return [event for event in events if includes(event)]

    async def state(
        self,
        name: Literal["conversation"] = "conversation",
        at: int | datetime | None = None,
        *,
        clock: Clock = "recorded",
    ) -> ConversationState:
        """Return what was recorded adds up to, now or as it was.

        As of a version it is folded on from a snapshot where there is one; as of a moment it is
        folded from the first event, since clocks may go back and the order of events does not.

        Args:
            name: which state: ``conversation``, for its history, variables, inbox and turns.
            at: as of :meth:`history`.
            clock: as of :meth:`history`.

        Returns:
            A state of the caller's own.

        Raises:
            SessionNotFound: when nothing was recorded yet.
            ValueError: when there is no state of that name, or no version ``at``.
        """
        if name != conversation_fold.name:
            raise ValueError(f"There is no state {name!r}: ask for {conversation_fold.name!r}.")
        if isinstance(at, datetime):
            state = conversation_fold.initial()
            for event in await self.events(at, clock=clock):
                state = conversation_fold.evolve(state, event)
        else:
            stream = self._conversation.stream
            try:
                folded = await self._store.fold(
                    stream, conversation_fold, to_version=_checked_version(at)
                )
            except StreamNotFound:
                raise SessionNotFound(self.id) from None
            state = folded.state
        state.stream = self._conversation.stream
        return state

    async def explain(
        self,
        path: str,
        at: int | datetime | None = None,
        *,
        clock: Clock = "recorded",
        limit: int = default_edges,
    ) -> Explanation:
        """Say which event last wrote a piece of a state, what led to it, and what it led to.

        Args:
            path: beginning with the state's name, such as ``conversation.variables.topic``,
                ``conversation.history[-1]`` or ``conversation.tags["a.b"]``.
            at: as of :meth:`history`.
            clock: as of :meth:`history`.
            limit: causes, and effects, to return at the most.

        Raises:
            SessionNotFound: when nothing was recorded yet.
            UnknownState, InvalidPath, PathNotFound, NothingByThen: when there is nothing to
                explain.
            ValueError: when there is no version ``at``, or the limit is below 1.
        """
        if not isinstance(at, datetime):
            _checked_version(at)
        try:
            return await explain_session(
                self._store, self._conversation.stream, path, at=at, clock=clock, limit=limit
            )
        except StreamNotFound:
            raise SessionNotFound(self.id) from None

    async def why(self, version: int, *, limit: int = default_steps) -> Why:
        """Follow the causes of an event up to what the user said.

        Args:
            version: of the event, such as that of a transcript's entry.
            limit: events to return at the most.

        Returns:
            The chain, with the prompts and tools the models on it were really given.

        Raises:
            SessionNotFound: when nothing was recorded yet.
            VersionNotFound: when the session has no such event.
            ValueError: when the limit is below 1.
        """
        try:
            return await why(self._store, self._conversation.stream, version, limit=limit)
        except StreamNotFound:
            raise SessionNotFound(self.id) from None

    @overload
    async def export(self, export_format: Literal["source", "spans"]) -> JsonObject: ...
    @overload
    async def export(self, export_format: Literal["messages", "events"]) -> list[JsonObject]: ...
    @overload
    async def export(self, export_format: Literal["markdown", "html"]) -> str: ...
    async def export(self, export_format: ExportFormat) -> Exported:
        """Return the session, and what is nested in it, in a form for others.

        Args:
            export_format: as of :func:`retold.projections.exports.session.export_session`.

        Raises:
            SessionNotFound: when nothing was recorded yet.
            ExportFormatUnavailable: when the format is unknown, or it is ``source`` and the
                session was not imported.
        """
        return await export_session(self._store, self.id, export_format)

    async def close(self, reason: str | None = None) -> None:
        """Record that the session is over; later asks are refused. A no-op when it is closed.

        Args:
            reason: why, such as ``resolved``.

        Raises:
            SessionBusy: when another process is in a turn of this session, or this one's own
                turn asks. A turn of another task of this process is waited for.
        """
        async with self._turns.alone():
            if not self.closed:
                plain = None if reason is None else made_plain(reason)
                await self._conversation.record(ConversationClosed(reason=plain))

    async def _recorded(
        self, at: int | datetime | None, clock: Clock
    ) -> tuple[list[RecordedEvent], Callable[[RecordedEvent], bool | None]]:
        """Return the events up to a version, and which of them had happened by a moment."""
        to_version = None if isinstance(at, datetime) else _checked_version(at)
        stream = self._conversation.stream
        found = [
            e async for e in self._store.read_stream(stream, to_version=to_version, missing_ok=True)
        ]
        if not found and await self._store.head(stream) is None:
            raise SessionNotFound(self.id)
        if isinstance(at, datetime):
            return found, Moment(at, clock).includes
        return found, lambda _: True

    async def _record_new_tags(self) -> None:
        # A session that has just begun has them from its first event.
        recorded = self._conversation.state.tags
        added = {n: v for n, v in self._new_tags.items() if recorded.get(n) != v}
        if added:
            await self._conversation.record(TagsChanged(tags=added))
        self._new_tags.clear()

    def _records_model(self, agent: Agent[Any], config: ModelConfig | None) -> bool:
        recorded = isinstance(config or agent.config, RecordedModel)
        if not recorded and agent.name not in self._unrecorded_agents:
            self._unrecorded_agents.add(agent.name)
            log.warning(
                "model calls are not recorded: give the agent config=log.model(...)",
                session=self.id,
                agent=agent.name,
            )
        return recorded


def _checked_version(at: int | None) -> int | None:
    if at is not None and at < 0:
        raise ValueError(f"There is no version {at}: versions begin at 1.")
    return at
