"""What the models of a conversation are given, call after call, without looking at it all anew.

A call is given the whole history, and nearly all of it was given to the call before. What was found
out about an event object then still holds: AG2's events do not change once they are recorded. The
newest are looked at again all the same, since a middleware may add to what is being asked.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

from ag2.events import BaseEvent
from ag2.policies.conversation import CONVERSATION_TYPES

from retold.agents.codec import encode_event
from retold.agents.conversation import Conversation
from retold.agents.request import hash_as_seen
from retold.domain.conversation_state import Reference
from retold.domain.model_call import SeenSpan
from retold.store import EventStore
from retold.store.content import record_content

looked_at_again = 8


class Seen(NamedTuple):
    """What is known of a message that a model was given.

    Attributes:
        hash: of what a provider is shown of it; None when that is nothing.
        reference: where it is recorded; None when it is not, or not as it is.
        content: hash of the content it was recorded as instead.
    """

    hash: str | None
    reference: Reference | None
    content: str | None


class SeenMessages:
    """The messages of the last model call of a conversation."""

    def __init__(self) -> None:
        """Know of none."""
        self._messages: list[BaseEvent] = []
        self._seen: list[Seen] = []
        self._spans: list[SeenSpan] = []
        self._spanned = 0

    async def look_at(
        self, store: EventStore, conversation: Conversation, messages: Sequence[BaseEvent]
    ) -> tuple[list[Seen], tuple[SeenSpan, ...]]:
        """Return what is known of each message, in order, and all of them by reference.

        Args:
            store: where messages that are in no history are recorded.
            conversation: in which the model is called.
            messages: what it is given.

        Raises:
            StoreError: when a message cannot be recorded.
        """
        # Taken out, so that a call at the same time looks at everything itself.
        known, seen, spans, spanned = self._messages, self._seen, self._spans, self._spanned
        self._messages, self._seen, self._spans, self._spanned = [], [], [], 0
        kept = min(_common(known, messages), max(0, len(messages) - looked_at_again))
        found = seen[:kept]
        for message in messages[kept:]:
            found.append(await _look_at(store, conversation, message))
        if spanned > kept:
            spans, spanned = [], 0
        _add_spans(spans, conversation.stream, found[spanned:kept])
        self._messages, self._seen, self._spans, self._spanned = [*messages], found, spans, kept
        whole = spans.copy()
        _add_spans(whole, conversation.stream, found[kept:])
        return found, tuple(whole)


async def _look_at(store: EventStore, conversation: Conversation, message: BaseEvent) -> Seen:
    record = encode_event(message)
    shown = hash_as_seen(record) if isinstance(message, CONVERSATION_TYPES) else None
    reference = conversation.reference_of(message, record)
    if reference is not None:
        return Seen(shown, reference, None)
    return Seen(shown, None, await record_content(store, "message", record))


def _add_spans(spans: list[SeenSpan], stream: str, seen: Sequence[Seen]) -> None:
    """Refer to more messages: recorded events as runs of versions, anything else by content."""
    for message in seen:
        if message.reference is None:
            spans.append(SeenSpan(content=message.content))
            continue
        name = None if message.reference.stream == stream else message.reference.stream
        version = message.reference.version
        last = spans[-1] if spans else None
        if last is not None and last.last == version - 1 and last.stream == name:
            spans[-1] = SeenSpan(first=last.first, last=version, stream=name)
        else:
            spans.append(SeenSpan(first=version, last=version, stream=name))


def _common(one: Sequence[BaseEvent], other: Sequence[BaseEvent]) -> int:
    """Return how many objects at the beginning are the very same; equal ones are not."""
    if all(map(operator.is_, one, other)):
        return min(len(one), len(other))
    return next(n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a is not b)


_by_conversation: WeakKeyDictionary[Conversation, SeenMessages] = WeakKeyDictionary()


def seen_in(conversation: Conversation) -> SeenMessages:
    """Return what the models of a conversation were given last."""
    return _by_conversation.setdefault(conversation, SeenMessages())
