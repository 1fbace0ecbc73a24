"""The inbox of a session's stream, kept in the log: what was put in is delivered once.

A message is written when it is put in, and carries its id as a mark that AG2 does not see. The
request that hands it to the model names it in the log, so that one event says both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from copy import copy
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from ag2.events import BaseEvent, Input, ModelRequest

from retold.agents.codec import decode_event, encode_event
from retold.domain.event import NewEvent
from retold.domain.recording import MessageEnqueued
from retold.logs import get_logger
from retold.store.row import new_event_id
from retold.store.uninterrupted import uninterrupted

if TYPE_CHECKING:
    from retold.agents.conversation import Conversation

log = get_logger("retold.inbox")

# AG2 skips attributes that start with an underscore when it compares, shows or serialises.
_mark = "_retold_inbox"

InputT = TypeVar("InputT", bound=Input)


class Inbox:
    """Messages put into a session's inbox by this process, and what the log says is waiting."""

    def __init__(self, conversation: Conversation) -> None:
        """Store what is needed.

        Args:
            conversation: whose inbox it is.
        """
        self._conversation = conversation
        self._unwritten: dict[str, NewEvent] = {}
        # A tool may run in a worker thread.
        self._changing = Lock()
        self._writing = asyncio.Lock()

    @property
    def is_written(self) -> bool:
        """Whether the log has everything that was put in."""
        return not self._unwritten

    def put(self, parts: Iterable[Input]) -> list[Input]:
        """Note a message to be written; safe from any thread.

        Args:
            parts: of the message.

        Returns:
            The parts to hand to AG2: copies, because the same object may be put in twice.
        """
        message = new_event_id()
        marked = [copy(part) for part in parts]
        for part in marked:
            vars(part)[_mark] = str(message)
        enqueued = MessageEnqueued(
            message=str(message), parts=tuple(encode_event(part) for part in marked)
        )
        new = self._conversation.prepare(enqueued, event_id=message)
        with self._changing:
            self._unwritten[str(message)] = new
        return marked

    async def write(self) -> None:
        """Record what was put in and is not in the log yet.

        Raises:
            TurnAborted: when it could not be recorded; it stays to be written.
        """
        async with self._writing:
            while self._unwritten:
                await uninterrupted(self._write_first())

    async def _write_first(self) -> None:
        with self._changing:
            message, new = next(iter(self._unwritten.items()))
        await self._conversation.post(new)
        with self._changing:
            del self._unwritten[message]

    def settle(self, pending: list[ModelRequest], taken: BaseEvent | None = None) -> int:
        """Make what AG2 holds agree with the log: add what is missing, drop what was delivered.

        Args:
            pending: AG2's own list of waiting requests; it is changed in place.
            taken: a request that AG2 made of waiting ones already.

        Returns:
            How many messages of the log wait in it.
        """
        in_hand = () if taken is None else delivered_by(taken)
        inbox = self._conversation.state.inbox
        waiting = {m: enqueued for m, enqueued in inbox.items() if m not in in_hand}
        held = {message: request for request in pending for message in delivered_by(request)}
        restored = {m: _restored(e) for m, e in waiting.items() if m not in held}
        found = [held.get(message) or restored.get(message) for message in waiting]
        # Put there without the stream's enqueue(), or in this very moment.
        others = [request for request in pending if self._is_unknown(request)]
        pending[:] = [*(request for request in found if request is not None), *others]
        return len(inbox)

    def _is_unknown(self, request: ModelRequest) -> bool:
        waiting = self._conversation.state.inbox
        unknown = [message for message in delivered_by(request) if message not in waiting]
        return not delivered_by(request) or not self._unwritten.keys().isdisjoint(unknown)

    def undelivered(self, parts: Sequence[Input]) -> list[Input]:
        """Return ``parts`` without those that another process delivered meanwhile."""
        waiting = self._conversation.state.inbox
        return [p for p in parts if (mark := _mark_of(p)) is None or mark in waiting]


def delivered_by(event: BaseEvent) -> tuple[str, ...]:
    """Return the ids of the enqueued messages that a request hands to the model."""
    if not isinstance(event, ModelRequest):
        return ()
    marks = (_mark_of(part) for part in event.parts)
    return tuple(dict.fromkeys(mark for mark in marks if mark is not None))


def unmark(event: BaseEvent) -> None:
    """Forget that a request, now recorded, delivered messages: its parts may be sent again."""
    if isinstance(event, ModelRequest):
        for part in event.parts:
            vars(part).pop(_mark, None)


def with_mark_of(part: Input, other: InputT) -> InputT:
    """Return the part that takes another's place in a message, as what was delivered by it."""
    if _mark in vars(part):
        vars(other)[_mark] = vars(part)[_mark]
    return other


def _mark_of(part: object) -> str | None:
    mark = getattr(part, "__dict__", {}).get(_mark)
    return mark if isinstance(mark, str) else None


def _restored(enqueued: MessageEnqueued) -> ModelRequest | None:
    parts = [decode_event(part) for part in enqueued.parts]
    inputs = [part for part in parts if isinstance(part, Input)]
    if len(inputs) < len(parts):
        log.warning(
            "message stays in the inbox: one of its parts is of a type this process does not know",
            message=enqueued.message,
        )
        return None
    for part in inputs:
        vars(part)[_mark] = enqueued.message
    return ModelRequest(inputs)
