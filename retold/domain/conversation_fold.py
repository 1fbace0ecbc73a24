"""The conversation's state as a fold, so that snapshots of it can be kept."""

from __future__ import annotations

from typing import TypeVar

from retold.domain.conversation_state import ConversationState, Reference, spans
from retold.domain.dialogue.state import DialogueState
from retold.domain.event import DomainEvent
from retold.domain.fold import Fold
from retold.domain.recorded import JsonObject, RecordedEvent
from retold.domain.recording import (
    ConversationClosed,
    ConversationStarted,
    MessageEnqueued,
    TurnStarted,
)

EventT = TypeVar("EventT", bound=DomainEvent)


def _initial() -> ConversationState:
    # A fork shares the snapshots of its parent, so whose state it is is said by who asks.
    return ConversationState("")


def _evolve(state: ConversationState, event: RecordedEvent) -> ConversationState:
    state.apply(event)
    return state


def encode_conversation(state: ConversationState) -> JsonObject:
    """Return a conversation's state as JSON-native data."""
    # A history is as long as its conversation; its runs are not, and neither are stream names.
    runs = spans("", state.history)
    streams = list(dict.fromkeys(run.stream or "" for run in runs))
    numbers = {stream: number for number, stream in enumerate(streams)}
    return {
        "stream": state.stream,
        "version": state.version,
        "started": _dumped(state.started),
        "tags": state.tags,
        "streams": streams,
        "history": [[numbers[run.stream or ""], run.first, run.last] for run in runs],
        "variables": state.variables,
        "inbox": [_dumped(message) for message in state.inbox.values()],
        "turns": state.turns,
        "open_turn": _dumped(state.open_turn),
        "interrupted": state.interrupted,
        "closed": _dumped(state.closed),
        "closings": state.closings,
        **state.dialogue.model_dump(mode="json"),
    }


def decode_conversation(data: JsonObject) -> ConversationState:
    """Return the conversation's state in what :func:`encode_conversation` returned.

    Raises:
        LookupError, TypeError, ValueError: when it is none.
    """
    inbox = [MessageEnqueued.model_validate(message) for message in data["inbox"]]
    state = ConversationState(
        stream=data["stream"],
        version=data["version"],
        started=_loaded(ConversationStarted, data["started"]),
        tags=data["tags"],
        history=[
            Reference(data["streams"][number], version)
            for number, first, last in data["history"]
            for version in range(first, last + 1)
        ],
        variables=data["variables"],
        inbox={message.message: message for message in inbox},
        turns=data["turns"],
        open_turn=_loaded(TurnStarted, data["open_turn"]),
        interrupted=data["interrupted"],
        closed=_loaded(ConversationClosed, data["closed"]),
        closings=data["closings"],
    )
    state.dialogue = DialogueState.model_validate(data)
    return state


def _dumped(event: DomainEvent | None) -> JsonObject | None:
    return None if event is None else event.model_dump(mode="json")


def _loaded(event_type: type[EventT], data: JsonObject | None) -> EventT | None:
    return None if data is None else event_type.model_validate(data)


conversation_fold: Fold[ConversationState] = Fold(
    "conversation", _initial, _evolve, encode_conversation, decode_conversation
)
"""The state of a conversation's stream; its ``stream`` is left empty."""
