"""A session: one conversation with agents, recorded turn by turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from copy import copy
from typing import Any, Self
from uuid import UUID

from ag2 import Agent, AgentReply
from ag2.config import ModelConfig
from ag2.context import ConversationContext
from ag2.events import HumanInputRequest, Input
from ag2.hitl import HumanHook, default_hitl_hook, wrap_hitl
from ag2.types import SendableMessage

from retold.agents.conversation import Conversation
from retold.agents.policies.policy import Policy, checked_policies, checked_scopes
from retold.agents.policies.session_policies import Grant
from retold.agents.resilience.guarded_model import records_every_call
from retold.agents.storage import Storage
from retold.agents.stream import SessionStream
from retold.agents.turn import Turn
from retold.agents.turns import Turns
from retold.agents.work import Work
from retold.domain.recording import ConversationClosed, Stage, TagsChanged
from retold.errors import SessionMismatch
from retold.logs import get_logger
from retold.projections.access_log import AccessLog
from retold.sessions.reads import SessionReads
from retold.store import EventStore
from retold.store.codec.values import made_plain
from retold.store.lease import Leases

log = get_logger("retold.session")


class Session(SessionReads):
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
        access: AccessLog,
    ) -> None:
        """Store what is needed. Use ``log.session(...)``."""
        super().__init__(session_id, store, conversation.stream, access)
        self.ag2_stream_id = ag2_stream_id
        self._conversation = conversation
        self._storage = storage
        self._new_tags: dict[str, str] = {}
        self._unrecorded_agents: set[str] = set()
        self._policies = storage.policies.session(session_id)
        self._scopes: frozenset[str] = frozenset()
        self._stream = SessionStream(storage, conversation, ag2_stream_id)
        # A reply holds the stream only, and its next ask must wait for this session's turns.
        self._stream.keeps = self
        self._turns = Turns(
            conversation,
            self._stream,
            Leases(store),
            storage.policies,
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

    @property
    def last_event_id(self) -> UUID | None:
        """Id of the newest event known to this process."""
        return self._conversation.causes.last

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

    def use(
        self, policies: Iterable[Policy] | None = None, scopes: Iterable[str] | None = None
    ) -> Self:
        """Set what is allowed in this session, and return it for a caller with certain scopes.

        Args:
            policies: of the session, in place of those it had in this process; None to leave them.
            scopes: of the caller. They hold for what is asked through what this method returns, and
                not for other callers that have the session; None for those of this object.

        Raises:
            InvalidPolicy: when a policy or a scope is none.
        """
        if policies is not None:
            self._policies.policies = checked_policies(policies)
        if scopes is None:
            return self
        of_caller = copy(self)
        vars(of_caller)["_scopes"] = checked_scopes(scopes)
        return of_caller

    def _grant(self, policies: Iterable[Policy], scopes: Iterable[str] | None) -> Grant:
        return Grant(
            session=self.id,
            policies=checked_policies(policies),
            scopes=self._scopes if scopes is None else checked_scopes(scopes),
        )

    async def ask(
        self,
        agent: Agent[Any],
        *message: SendableMessage | Input,
        variables: Mapping[str, Any] | None = None,
        correlation_id: str | None = None,
        policies: Iterable[Policy] = (),
        scopes: Iterable[str] | None = None,
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
            policies: what is allowed, beside what the log's and the session's policies say; they
                hold for ``reply.ask``, too.
            scopes: what the caller may do; those this session was opened with when None.
            **options: as of ``agent.ask``, except ``stream``.

        Returns:
            AG2's reply. ``reply.ask`` goes on in this session, as a turn of its own.

        Raises:
            SessionBusy: when another process is in a turn of this session, or a tool of this
                session's own turn asks. Other tasks of this process are waited for.
            SessionClosed: when the session was closed.
            InvalidPolicy: when a policy is none.
            PolicyError: when a policy refuses something, or fails: one of its leaves.
            StoreError: when the log does not do its work before the turn has begun.
            TurnAborted: when the turn can no longer be recorded.
            Exception: whatever the agent, its model or its tools raise.
        """
        grant = self._grant(policies, scopes)
        if grant.policies or grant.scopes:
            # A reply goes on with them, and AG2 hands them to its nested conversations.
            given = options.get("dependencies") or {}
            options["dependencies"] = {**given, Grant: grant}
        self._begin_with(agent.name)
        async with self._turns.begin(agent.name, correlation_id, grant) as turn:
            await turn.bootstrap()
            await self._settle(turn)
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

    @asynccontextmanager
    async def turn(
        self,
        agent: str | None = None,
        *,
        variables: Mapping[str, Any] | None = None,
        correlation_id: str | None = None,
        hitl_hook: HumanHook | None = None,
        policies: Iterable[Policy] = (),
        scopes: Iterable[str] | None = None,
    ) -> AsyncIterator[Work]:
        """Hold a turn of this session in which code, not one model, decides what happens.

        The systems of agents work in one: commands are decided, and agents asked in nested
        conversations, several at once. It has the stages of every turn, and its failure is
        recorded when the block raises.

        Args:
            agent: name under which the turn is recorded.
            variables: context variables; they win over those the session holds.
            correlation_id: of the whole piece of work; the turn's id when None.
            hitl_hook: answers what agents that have no hook of their own ask a human; None when
                nobody does, which they are told.
            policies, scopes: as of :meth:`ask`.

        Raises:
            SessionBusy, SessionClosed, InvalidPolicy, PolicyError, StoreError, TurnAborted: as of
                :meth:`ask`.
        """
        grant = self._grant(policies, scopes)
        if agent is not None:
            self._begin_with(agent)
        async with self._turns.begin(agent, correlation_id, grant) as turn:
            await turn.bootstrap()
            await self._settle(turn)
            _, merged = await turn.normalise(
                (),
                inbox=self._stream.inbox.settle(self._stream.pending_messages),
                defaults={},
                given={} if variables is None else variables,
                at_once=True,
            )
            context = ConversationContext(self._stream, variables=merged)
            answering = (default_hitl_hook if hitl_hook is None else wrap_hitl(hitl_hook))(())
            questions = self._stream.where(HumanInputRequest)
            with turn.stage(Stage.EXECUTION), questions.sub_scope(answering, interrupt=True):
                yield Work(self._storage, self._conversation, context, agent=agent)
            await turn.conclude(None, context.variables)

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

    def _begin_with(self, agent: str) -> None:
        beginning = self._conversation.beginning
        self._conversation.beginning = beginning.model_copy(update={"agent": made_plain(agent)})

    async def _settle(self, turn: Turn) -> None:
        """Record what was to be recorded with the next turn, after its start."""
        # A session that has just begun has its tags from its first event.
        recorded = self._conversation.state.tags
        if self._conversation.state.version == 0:
            recorded = self._conversation.beginning.tags
        added = {n: v for n, v in self._new_tags.items() if recorded.get(n) != v}
        if added or not self._stream.inbox.is_written:
            await turn.flush()
        if added:
            await self._conversation.record(TagsChanged(tags=added))
        self._new_tags.clear()
        await self._stream.inbox.write()

    def _records_model(self, agent: Agent[Any], config: ModelConfig | None) -> bool:
        used = config or agent.config
        recorded = used is not None and records_every_call(used)
        if not recorded and agent.name not in self._unrecorded_agents:
            self._unrecorded_agents.add(agent.name)
            log.warning(
                "model calls are not recorded: give the agent config=log.model(...)",
                session=self.id,
                agent=agent.name,
            )
        return recorded
