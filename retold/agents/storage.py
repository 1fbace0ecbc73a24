"""AG2's ``Storage`` over the log: the seam that also sees conversations AG2 starts by itself."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID
from weakref import WeakValueDictionary

from ag2.annotations import Context
from ag2.events import BaseEvent
from ag2.utils import AGENT_CONTEXT_DEPENDENCY_KEY

from retold.agents.conversation import Conversation
from retold.agents.lineage import current_delegation, follow
from retold.domain.recording import ConversationStarted, Parent, conversation_stream
from retold.store import EventStore

most_recent = 256

FindSession = Callable[[UUID], Awaitable[str | None]]


class Storage:
    """Records what AG2 hands to its storage, in one stream a conversation.

    To AG2 it behaves as ``ag2.history.MemoryStorage`` does, except that nothing is ever deleted:
    a replaced history is a list of references, a dropped one a tombstone. Give it to any
    ``ag2.MemoryStream``; nested conversations that AG2 starts use their parent's.
    """

    def __init__(self, store: EventStore, *, find_session: FindSession) -> None:
        """Store what is needed.

        Args:
            store: the log.
            find_session: returns the id of the session that has an AG2 stream id, or None.
        """
        self._store = store
        self._find_session = find_session
        # One object a conversation while anyone uses it; the latest ones stay for the next turn.
        self._conversations: WeakValueDictionary[UUID, Conversation] = WeakValueDictionary()
        self._recent: OrderedDict[UUID, Conversation] = OrderedDict()
        self._opening = asyncio.Lock()

    def add(self, stream_id: UUID, conversation: Conversation) -> Conversation:
        """Let AG2's ``stream_id`` mean ``conversation``; the first one added stays."""
        conversation = self._conversations.setdefault(stream_id, conversation)
        self._keep(stream_id, conversation)
        return conversation

    async def conversation(self, stream_id: UUID) -> Conversation:
        """Return the conversation AG2 knows by ``stream_id``, begun or not."""
        found = self._conversations.get(stream_id)
        if found is not None:
            self._keep(stream_id, found)
            return found
        async with self._opening:
            return self._conversations.get(stream_id) or self.add(
                stream_id, await self._open(stream_id)
            )

    def _keep(self, stream_id: UUID, conversation: Conversation) -> None:
        self._recent[stream_id] = conversation
        self._recent.move_to_end(stream_id)
        if len(self._recent) > most_recent:
            self._recent.popitem(last=False)

    # AG2 inspects these annotations at run time, so they must name importable classes.

    async def save_event(self, event: BaseEvent, context: Context) -> None:
        """Record ``event`` in the conversation of ``context``.

        Raises:
            TurnAborted: when it could not be recorded.
        """
        conversation = await self.conversation(context.stream.id)
        event_id = await conversation.save(event, agent=agent_name(context))
        follow(event, conversation, event_id)

    async def get_history(self, stream_id: UUID) -> Iterable[BaseEvent]:
        """Return the history, a new list each time; empty for an unknown or dropped one."""
        return await (await self.conversation(stream_id)).history()

    async def set_history(self, stream_id: UUID, events: Iterable[BaseEvent]) -> None:
        """Record that the history is replaced.

        Raises:
            TurnAborted: when it could not be recorded.
        """
        await (await self.conversation(stream_id)).replace(events)

    async def drop_history(self, stream_id: UUID) -> None:
        """Record that the history is dropped.

        Raises:
            TurnAborted: when it could not be recorded.
        """
        await (await self.conversation(stream_id)).drop()

    async def _open(self, stream_id: UUID) -> Conversation:
        # Version 5 ids are made from a session's name by us, so AG2 cannot have started those.
        session = await self._find_session(stream_id) if stream_id.version == 5 else None
        stream = conversation_stream(session or str(stream_id))
        delegation = None if session else current_delegation(stream)
        if delegation is None:
            name = session or str(stream_id)
            return Conversation(
                self._store,
                stream,
                session=name,
                beginning=ConversationStarted(source="ag2", ag2_stream_id=str(stream_id)),
            )
        parent, started = delegation.conversation, delegation.started
        return Conversation(
            self._store,
            stream,
            session=parent.session,
            beginning=ConversationStarted(
                source="ag2",
                ag2_stream_id=str(stream_id),
                agent=started.agent_name,
                parent=Parent(
                    stream=parent.stream,
                    task_id=started.task_id,
                    tool_call_id=started.parent_tool_call_id,
                    objective=started.objective,
                ),
            ),
            caused_by=delegation.event_id,
            parent=parent,
        )


def agent_name(context: Context) -> str | None:
    """Return the name of the agent a context belongs to, when it says so."""
    agent = context.dependencies.get(AGENT_CONTEXT_DEPENDENCY_KEY)
    name = getattr(agent, "name", None)
    return name if isinstance(name, str) else None
