"""What the models of a conversation are given, call after call, without looking at it all anew.

A call is given the whole history, and nearly all of it was given to the call before. What was found
out about an event object then still holds: AG2's events do not change once they are recorded. What
is being asked is looked at again all the same, near its end, since a middleware may add to it.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

from ag2.events import BaseEvent, ModelRequest
from ag2.policies.conversation import CONVERSATION_TYPES

from retold.agents.codec import encode_event
from retold.agents.conversation import Conversation
from retold.agents.request import MessageHashes, hash_as_seen
from retold.domain.conversation_state import Reference
from retold.domain.model_call import SeenSpan
from retold.store import EventStore
from retold.store.content import record_content

looked_at_again = 4


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
        # Of those that are not looked at again.
        self._spans: list[SeenSpan] = []
        self._hashes = MessageHashes()
        self._kept = 0

    async def look_at(
        self, store: EventStore, conversation: Conversation, messages: Sequence[BaseEvent]
    ) -> tuple[MessageHashes, tuple[SeenSpan, ...]]:
        """Return what a provider is shown of the messages, and all of them by reference.

        Args:
            store: where messages that are in no history are recorded.
            conversation: in which the model is called.
            messages: what it is given.

        Raises:
            StoreError: when a message cannot be recorded.
        """
        # Taken out, so that a call at the same time looks at everything itself.
        before, seen, spans, hashes = self._messages, self._seen, self._spans, self._hashes
        kept_before = self._kept
        self._messages, self._seen, self._spans, self._hashes = [], [], [], MessageHashes()
        self._kept = 0
        common = _common(before, messages)
        kept = min(common, _asked_since(messages))
        known: list[Seen | None] = [*seen[kept:common], *[None] * (len(messages) - common)]
        news = [
            await _look_at(store, conversation, message, last)
            for message, last in zip(messages[kept:], known, strict=True)
        ]
        found = seen[:kept] + news
        if kept_before > kept:
            spans, hashes, kept_before = [], MessageHashes(), 0
        _add(spans, hashes, conversation, found[kept_before:kept])
        self._messages, self._seen, self._spans, self._hashes = [*messages], found, spans, hashes
        self._kept = kept
        all_spans, all_hashes = spans.copy(), hashes.copy()
        _add(all_spans, all_hashes, conversation, news)
        return all_hashes, tuple(all_spans)


async def _look_at(
    store: EventStore, conversation: Conversation, message: BaseEvent, last: Seen | None
) -> Seen:
    """Return what is known of a message; ``last`` is what was known of this object before."""
    record = encode_event(message)
    reference = conversation.events.reference_of(message, record)
    if last is not None and reference is not None and last.reference == reference:
        # It is what was recorded there, now as before.
        return last
    shown = hash_as_seen(record) if isinstance(message, CONVERSATION_TYPES) else None
    if reference is not None:
        return Seen(shown, reference, None)
    return Seen(shown, None, await record_content(store, "message", record))


def _add(
    spans: list[SeenSpan],
    hashes: MessageHashes,
    conversation: Conversation,
    seen: Sequence[Seen],
) -> None:
    """Add more messages: recorded events as runs of their histories, anything else by content."""
    for message in seen:
        if message.hash is not None:
            hashes.add(message.hash)
        if message.reference is None:
            spans.append(SeenSpan(content=message.content))
            continue
        stream, version = message.reference
        name = None if stream == conversation.stream else stream
        last = spans[-1] if spans else None
        if (
            last is not None
            and last.last is not None
            and last.stream == name
            and conversation.events.is_next(Reference(stream, last.last), message.reference)
        ):
            spans[-1] = SeenSpan(first=last.first, last=version, stream=name)
        else:
            spans.append(SeenSpan(first=version, last=version, stream=name))


def _asked_since(messages: Sequence[BaseEvent]) -> int:
    """Return where what is asked now begins: at the newest request, but near the end anyway."""
    first = max(0, len(messages) - looked_at_again)
    requests = (n for n in range(first, len(messages)) if isinstance(messages[n], ModelRequest))
    return max(requests, default=first)


def _common(one: Sequence[BaseEvent], other: Sequence[BaseEvent]) -> int:
    """Return how many objects at the beginning are the very same; equal ones are not."""
    if all(map(operator.is_, one, other)):
        return min(len(one), len(other))
    return next(n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a is not b)


_by_conversation: WeakKeyDictionary[Conversation, SeenMessages] = WeakKeyDictionary()


def seen_in(conversation: Conversation) -> SeenMessages:
    """Return what the models of a conversation were given last."""
    return _by_conversation.setdefault(conversation, SeenMessages())
