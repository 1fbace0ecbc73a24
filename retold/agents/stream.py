"""The AG2 stream of a session: a ``MemoryStream`` whose inbox and turns are in the log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, overload
from uuid import UUID

from ag2.context import ConversationContext, SubId
from ag2.events import BaseEvent, HumanInputRequest, Input
from ag2.events.conditions import Condition
from ag2.stream import MemoryStream
from ag2.types import SendableMessage

from retold.agents.codec import encode_event
from retold.agents.conversation import Conversation
from retold.agents.human_question import is_asked
from retold.agents.inbox import Inbox
from retold.agents.storage import Storage, agent_name
from retold.agents.subscribers import Subscribers
from retold.domain.recording import HumanInputRequested

Send = Callable[[BaseEvent, ConversationContext], Awaitable[None]]
Publish = Callable[[BaseEvent, ConversationContext, Send], Awaitable[None]]


class SessionStream(MemoryStream):
    """What AG2 uses as the stream of a session.

    Messages enqueued are in the log before anything else is recorded, and are there for the next
    turn of any process until a model call has taken them.

    Attributes:
        inbox: the session's.
        publish: makes what is sent part of a turn.
        keeps: what must live as long as the stream: a reply's context holds nothing else of the
            session.
    """

    def __init__(self, storage: Storage, conversation: Conversation, stream_id: UUID) -> None:
        """Store what is needed.

        Args:
            storage: where AG2's events go.
            conversation: the session's.
            stream_id: AG2's id of the conversation.
        """
        self._told = Subscribers()
        super().__init__(storage, id=stream_id)
        self.inbox = Inbox(conversation)
        self.publish: Publish | None = None
        self.keeps: object = None
        self._conversation = conversation
        self._loop = asyncio.get_running_loop()

    @overload
    def subscribe(
        self,
        func: Callable[..., Any],
        *,
        interrupt: bool = False,
        sync_to_thread: bool = True,
        condition: Condition | None = None,
    ) -> SubId: ...

    @overload
    def subscribe(
        self,
        func: None = None,
        *,
        interrupt: bool = False,
        sync_to_thread: bool = True,
        condition: Condition | None = None,
    ) -> Callable[[Callable[..., Any]], SubId]: ...

    def subscribe(
        self,
        func: Callable[..., Any] | None = None,
        *,
        interrupt: bool = False,
        sync_to_thread: bool = True,
        condition: Condition | None = None,
    ) -> Callable[[Callable[..., Any]], SubId] | SubId:
        """Have ``func`` called with what is published; see ``ag2.MemoryStream``."""

        def subscribed(function: Callable[..., Any]) -> SubId:
            return self._told.add(
                function, interrupt=interrupt, sync_to_thread=sync_to_thread, condition=condition
            )

        return subscribed if func is None else subscribed(func)

    def unsubscribe(self, sub_id: SubId) -> None:
        """Call a subscriber no more."""
        self._told.remove(sub_id)

    def enqueue(self, *content: SendableMessage | Input) -> None:
        """Put a message into the inbox for the next model call; safe from any thread."""
        if not content:
            return
        super().enqueue(*self.inbox.put(Input.ensure_input(item) for item in content))
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._write_soon)

    def _write_soon(self) -> None:
        # The stream keeps the task, and logs its failure; the next event writes again.
        _ = self.spawn_background(self.inbox.write())

    async def send(self, event: BaseEvent, context: ConversationContext) -> None:
        """Publish ``event``; see ``ag2.MemoryStream``.

        Raises:
            SessionBusy: when it would begin a turn, and another process is in one.
            TurnAborted: when it, or something enqueued before it, could not be recorded.
        """
        if not self.inbox.is_written:
            await self.inbox.write()
        if isinstance(event, HumanInputRequest) and not is_asked(event):
            # An answered question never reaches the storage: the hook that answers swallows it.
            await self._conversation.record(
                HumanInputRequested(event=encode_event(event)), agent=agent_name(context)
            )
        if self.publish is None:
            await self._told.tell(event, context)
        else:
            await self.publish(event, context, self._told.tell)
