"""The AG2 stream of a session: a ``MemoryStream`` whose inbox and turns are in the log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from ag2.context import ConversationContext
from ag2.events import BaseEvent, HumanInputRequest, Input, ModelRequest
from ag2.stream import MemoryStream
from ag2.types import SendableMessage

from retold.agents.codec import decode_event, encode_event
from retold.agents.conversation import Conversation, inbox_mark
from retold.agents.storage import Storage, agent_name
from retold.agents.turn import Turn
from retold.domain.recording import HumanInputRequested, MessageEnqueued
from retold.store.row import new_event_id

Send = Callable[[BaseEvent, ConversationContext], Awaitable[None]]
OutsideAsk = Callable[[BaseEvent, ConversationContext, Send], Awaitable[None]]


class SessionStream(MemoryStream):
    """What AG2 uses as the stream of a session.

    Messages enqueued are in the log before anything else is recorded, and are there for the next
    turn of any process until a model call has taken them.

    Attributes:
        turn: the turn that is going on, if one is.
        context: AG2's context of the turn, once it has sent anything.
        run_outside_ask: makes a turn of what AG2 sends while none is going on.
    """

    def __init__(self, storage: Storage, conversation: Conversation, stream_id: UUID) -> None:
        """Store what is needed.

        Args:
            storage: where AG2's events go.
            conversation: the session's.
            stream_id: AG2's id of the conversation.
        """
        super().__init__(storage, id=stream_id)
        self.turn: Turn | None = None
        self.run_outside_ask: OutsideAsk | None = None
        self.context: ConversationContext | None = None
        self._conversation = conversation
        self._loop = asyncio.get_running_loop()
        self._unwritten: list[MessageEnqueued] = []
        self._written: set[str] = set()

    def enqueue(self, *content: SendableMessage | Input) -> None:
        """Put a message into the inbox for the next model call; safe from any thread."""
        parts = [Input.ensure_input(item) for item in content]
        if not parts:
            return
        message = str(new_event_id())
        for part in parts:
            vars(part)[inbox_mark] = message
        self._unwritten.append(
            MessageEnqueued(message=message, parts=tuple(encode_event(part) for part in parts))
        )
        self._written.add(message)
        super().enqueue(*parts)
        self._loop.call_soon_threadsafe(self._write_soon)

    def _write_soon(self) -> None:
        self.spawn_background(self.write_inbox())

    async def write_inbox(self) -> None:
        """Record what was enqueued and is not in the log yet.

        Raises:
            TurnAborted: when it could not be recorded.
        """
        unwritten, self._unwritten = self._unwritten, []
        await self._conversation.record(*unwritten)

    def restore_inbox(self) -> int:
        """Put back what the log says is still waiting; return how many messages wait."""
        for message, enqueued in self._conversation.state.inbox.items():
            if message in self._written:
                continue
            self._written.add(message)
            parts = [decode_event(part) for part in enqueued.parts]
            for part in parts:
                vars(part)[inbox_mark] = message
            self.pending_messages.append(ModelRequest([p for p in parts if isinstance(p, Input)]))
        return len(self.pending_messages)

    async def send(self, event: BaseEvent, context: ConversationContext) -> None:
        """Publish ``event``; see ``ag2.MemoryStream``.

        Raises:
            TurnAborted: when it, or something enqueued before it, could not be recorded.
        """
        if self._unwritten:
            await self.write_inbox()
        if self.context is None and context.stream is self:
            self.context = context
        if isinstance(event, HumanInputRequest):
            # An answered question never reaches the storage: the hook that answers swallows it.
            await self._conversation.record(
                HumanInputRequested(event=encode_event(event)), agent=agent_name(context)
            )
        if self.turn is None and self.run_outside_ask is not None:
            await self.run_outside_ask(event, context, self._publish)
        else:
            await self._publish(event, context)

    async def _publish(self, event: BaseEvent, context: ConversationContext) -> None:
        await super().send(event, context)
        if self.turn is not None:
            self.turn.observe(event)
