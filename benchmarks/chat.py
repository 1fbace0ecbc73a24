"""The events that are measured: messages of chats, made beforehand, the same in every run."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import orjson

from retold.domain.event import NewEvent

event_bytes = 605
roles = ("user", "assistant")
_sentence = (
    "the parcel order never arrived and I would like to know where it is now please check "
    "your address thank you refund tomorrow invoice number customer support agent we can help"
)

# What one caller appends, in order: each a list of events that are appended together.
Appends: TypeAlias = "list[list[NewEvent]]"


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a chat.

    Attributes:
        role: who wrote it.
        text: what.
    """

    role: str
    text: str


@lru_cache(maxsize=1)
def _prose() -> str:
    chosen = random.Random(605)  # noqa: S311 - the same text every time, not a secret
    return " ".join(chosen.choices(_sentence.split(), k=4_000))


def message(number: int, length: int) -> Message:
    """Return the message number ``number`` of a chat, with a text of ``length`` characters."""
    prose = _prose()
    start = number * 37 % (len(prose) - length)
    return Message(roles[number % 2], prose[start : start + length])


def event(said: Message, *, session: str, turn: int) -> NewEvent:
    """Return the event of a message."""
    return NewEvent(
        type="chat.message_added",
        data={"message": {"role": said.role, "content": said.text}},
        metadata={"session": session, "turn": f"{turn:08}"},
    )


def chat_message(number: int, session: str) -> Message:
    """Return the message whose event, by :func:`chat_event`, has :data:`event_bytes`."""
    empty = event(Message(roles[number % 2], ""), session=session, turn=number // 2)
    return message(number, event_bytes - payload_bytes(empty))


def chat_event(number: int, session: str) -> NewEvent:
    """Return an event whose data and metadata are :data:`event_bytes` of JSON."""
    return event(chat_message(number, session), session=session, turn=number // 2)


def payload_bytes(new: NewEvent) -> int:
    """Return how long an event's data and metadata are as JSON."""
    return len(orjson.dumps(new.data)) + len(orjson.dumps(new.metadata))


def stream_of(caller: int) -> str:
    """Return the stream of a caller; each has one of its own."""
    return f"chat-{caller:04}"


def work(callers: int, *, appends: int, batch: int = 1) -> list[Appends]:
    """Return what each of the callers appends: ``appends`` times ``batch`` events."""
    return [
        [
            [chat_event(first + place, stream_of(caller)) for place in range(batch)]
            for first in range(0, appends * batch, batch)
        ]
        for caller in range(callers)
    ]


def events_in(callers: list[Appends]) -> int:
    """Return how many events the callers append."""
    return sum(len(together) for appends in callers for together in appends)
