"""AG2's ``Storage`` over the log: the seam that also sees conversations AG2 starts by itself."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID
from weakref import WeakValueDictionary

from ag2.annotations import Context
from ag2.events import BaseEvent, TaskFailed, ToolCallEvent
from ag2.utils import AGENT_CONTEXT_DEPENDENCY_KEY

from retold.agents.conversation import Conversation
from retold.agents.lineage import (
    conversations_above,
    follow,
    last_used,
    take_delegation,
    used,
)
from retold.agents.one_at_a_time import OneAtATime
from retold.agents.policies.events import check_event
from retold.agents.policies.session_policies import PolicyBook
from retold.agents.secrets import failure_without_secrets
from retold.domain.recording import ConversationStarted, conversation_stream
from retold.errors import StoreError, TurnAborted
from retold.store import EventStore
from retold.store.codec.values import made_plain

most_recent = 64

FindSession = Callable[[UUID], Awaitable[str | None]]


class Storage:
    """Records what AG2 hands to its storage, in one stream a conversation.

    To AG2 it behaves as ``ag2.history.MemoryStorage`` does, except that nothing is ever deleted:
    a replaced history is a list of references, a dropped one a tombstone. Give it to any
    ``ag2.MemoryStream``; nested conversations that AG2 starts use their parent's.

    Attributes:
        store: the log.
        one_at_a_time: what is done under a key.
        policies: which govern which conversation.
    """

    def __init__(self, store: EventStore, *, find_session: FindSession) -> None:
        """Store what is needed.

        Args:
            store: the log.
            find_session: returns the id of the session that has an AG2 stream id, or None.
        """
        self.store = store
        self._find_session = find_session
        # One object a conversation while anyone uses it; the latest ones stay for the next turn.
        self._conversations: WeakValueDictionary[UUID, Conversation] = WeakValueDictionary()
        self._recent: OrderedDict[UUID, Conversation] = OrderedDict()
        # Forgotten, these would take further events of a turn that must not go on.
        self._refusing: dict[UUID, Conversation] = {}
        self._opening = asyncio.Lock()
        self.one_at_a_time = OneAtATime()
        self.policies = PolicyBook(store)

    def add(self, stream_id: UUID, conversation: Conversation) -> Conversation:
        """Let AG2's ``stream_id`` mean ``conversation``; the first one added stays."""
        conversation = self._conversations.setdefault(stream_id, conversation)
        self._keep(stream_id, conversation)
        return conversation

    async def conversation(self, stream_id: UUID) -> Conversation:
        """Return the conversation AG2 knows by ``stream_id``, begun or not.

        Raises:
            TurnAborted: when the log cannot be read.
        """
        found = self._conversations.get(stream_id)
        if found is not None:
            self._keep(stream_id, found)
            return found
        async with self._opening:
            found = self._conversations.get(stream_id)
            return found or self.add(stream_id, await self._open(stream_id))

    async def conversation_of_call(self, context: Context) -> Conversation:
        """Return the conversation in which a call to a model is recorded, not an aborted one.

        Args:
            context: what the model's client is given.

        Raises:
            TurnAborted: when its turn can no longer be recorded, or the log cannot be read.
        """
        is_ours = context.stream.history.storage is self
        if not is_ours and AGENT_CONTEXT_DEPENDENCY_KEY not in context.dependencies:
            # AG2 summarises on a stream that it throws away, right after it read the history.
            conversation = last_used()
            if conversation is not None:
                conversation.guard.check()
                return conversation
        conversation = await self.conversation(context.stream.id)
        if is_ours:
            conversation.guard.check()
        else:
            # No event of it is recorded, so nothing tells its turns apart.
            conversation.guard.refusal = None
        return conversation

    async def nested(self, stream_id: UUID) -> Conversation:
        """Return a nested conversation, begun or not, which is no session.

        Args:
            stream_id: AG2's id of it.
        """
        found = self._conversations.get(stream_id)
        return found or self.add(stream_id, self._nested(stream_id))

    def _keep(self, stream_id: UUID, conversation: Conversation) -> None:
        self._recent[stream_id] = conversation
        self._recent.move_to_end(stream_id)
        if len(self._recent) > most_recent:
            self._recent.popitem(last=False)

    # AG2 inspects these annotations at run time, so they must name importable classes.

    async def save_event(self, event: BaseEvent, context: Context) -> None:
        """Record ``event`` in the conversation of ``context``, if its policies let it pass.

        Raises:
            PolicyError: when they refuse it.
            TurnAborted: when it could not be recorded.
        """
        stream_id, agent = context.stream.id, agent_name(context)
        conversation = await self.conversation(stream_id)
        checking = await check_event(self.policies, event, conversation, context, agent)
        if isinstance(event, TaskFailed):
            event = failure_without_secrets(self.store, event)
        try:
            event_id = await conversation.save(event, agent=agent)
        except TurnAborted:
            self._refusing[stream_id] = conversation
            raise
        self._refusing.pop(stream_id, None)
        used(conversation)
        follow(event, conversation, event_id)
        if checking is not None and isinstance(event, ToolCallEvent):
            await checking.tell(event, context)

    async def get_history(self, stream_id: UUID) -> Iterable[BaseEvent]:
        """Return the history, a new list each time; empty for an unknown or dropped one.

        Raises:
            TurnAborted: when it could not be read.
        """
        conversation = await self.conversation(stream_id)
        used(conversation)
        return await conversation.history()

    async def set_history(self, stream_id: UUID, events: Iterable[BaseEvent]) -> None:
        """Record that the history is replaced.

        Raises:
            SessionBusy: when another process is in a turn of the session.
            TurnAborted: when it could not be recorded.
        """
        await (await self.conversation(stream_id)).replace(events)

    async def drop_history(self, stream_id: UUID) -> None:
        """Record that the history is dropped.

        Raises:
            SessionBusy: when another process is in a turn of the session.
            TurnAborted: when it could not be recorded.
        """
        await (await self.conversation(stream_id)).drop()

    async def _open(self, stream_id: UUID) -> Conversation:
        session = await self._session_of(stream_id)
        if session is None:
            return self._nested(stream_id)
        started = ConversationStarted(source="ag2", ag2_stream_id=str(stream_id))
        stream = conversation_stream(session)
        return Conversation(self.store, stream, session=session, beginning=started)

    def _nested(self, stream_id: UUID) -> Conversation:
        """Return a conversation that AG2, or a piece of work, begins by itself."""
        name = str(stream_id)
        stream = conversation_stream(name)
        started = ConversationStarted(source="ag2", ag2_stream_id=name)
        delegation = take_delegation(stream)
        if delegation is None:
            return Conversation(self.store, stream, session=name, beginning=started)
        agent = delegation.agent
        return Conversation(
            self.store,
            stream,
            session=delegation.conversation.session,
            beginning=started.model_copy(
                update={
                    "agent": None if agent is None else made_plain(agent),
                    "parent": delegation.as_parent(),
                }
            ),
            caused_by=delegation.event_id,
        )

    async def _session_of(self, stream_id: UUID) -> str | None:
        # Version 5 ids are made from a session's name by us, so AG2 cannot have started those.
        if stream_id.version != 5:
            return None
        try:
            return await self._find_session(stream_id)
        except StoreError as error:
            for conversation in conversations_above():
                conversation.guard.refuse(error)
            raise TurnAborted(conversation_stream(str(stream_id))) from error


def agent_name(context: Context) -> str | None:
    """Return the name of the agent a context belongs to, when it says so."""
    agent = context.dependencies.get(AGENT_CONTEXT_DEPENDENCY_KEY)
    name = getattr(agent, "name", None)
    return name if isinstance(name, str) else None
