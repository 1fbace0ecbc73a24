"""Where a conversation stands: its topic, the user's emotional state and preferences."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

from pydantic import Field

from retold.domain.dialogue.events import (
    EmotionalStateChanged,
    MessageClassified,
    PreferencesChanged,
    StateTransitioned,
    TransitionRefused,
)
from retold.domain.event import DomainEvent
from retold.domain.value import Value

neutral = "neutral"
entries_kept = 20
"""How many transitions and messages a state shows, the newest; the log holds all of them."""
recent_entries = 3


class Transition(Value):
    """A way the conversation went.

    Attributes:
        from_topic: where it was.
        to_topic: where it went.
        trigger: class of the message that led it there.
        message: version of that message's event in the same stream.
        sentiment: of that message; None when unknown.
        said_at: when it was said, by the source's clock; None when unknown.
        off_flow: the transition table has no such way.
    """

    from_topic: str
    to_topic: str
    trigger: str
    message: int
    sentiment: str | None = None
    said_at: datetime | None = None
    off_flow: bool = False


class HistoryEntry(Value):
    """A message, and where the conversation stood after it.

    Attributes:
        message: version of its event in the same stream.
        message_class: what kind of message it is.
        sentiment: in what mood it was written; None when unknown.
        topic: of the conversation after it; None when it has none yet.
        emotional_state: after it.
        said_at: when it was said, by the source's clock; None when unknown.
    """

    message: int
    message_class: str
    sentiment: str | None = None
    topic: str | None = None
    emotional_state: str = neutral
    said_at: datetime | None = None


class DialogueState(Value):
    """What the events of a dialogue add up to.

    Attributes:
        current_topic: None before the first transition.
        emotional_state: of the user, as far as it shows.
        preferences: of the user, by name.
        transitions: the newest, in order; see :data:`entries_kept`.
        recent_messages: the newest that were classified, in order, likewise.
        transition_count: how many transitions there were.
        off_flow_count: those of them the table had no way for.
        refusal_count: how many messages led nowhere.
        message_count: how many messages were classified.
    """

    current_topic: str | None = None
    emotional_state: str = neutral
    preferences: dict[str, Any] = Field(default_factory=dict)
    transitions: tuple[Transition, ...] = ()
    recent_messages: tuple[HistoryEntry, ...] = ()
    transition_count: int = 0
    off_flow_count: int = 0
    refusal_count: int = 0
    message_count: int = 0

    @property
    def last_message(self) -> int:
        """Version of the last message that was classified; 0 when none was."""
        return self.recent_messages[-1].message if self.recent_messages else 0


StateContext: TypeAlias = dict[str, Any]


def state_context(state: DialogueState) -> StateContext:
    """Return a state as it is shown: topic, emotional state, last entries, preferences.

    Args:
        state: of a dialogue.

    Returns:
        JSON-native data: ``current_topic``, ``emotional_state``, ``recent_history`` (the last
        three entries, the newest last) and ``preferences``.
    """
    recent = state.recent_messages[-recent_entries:]
    return {
        "current_topic": state.current_topic,
        "emotional_state": state.emotional_state,
        "recent_history": [entry.model_dump(mode="json") for entry in recent],
        "preferences": dict(state.preferences),
    }


def evolve(state: DialogueState, event: DomainEvent) -> DialogueState:
    """Return the state after an event; each takes the same time, however many there were."""
    match event:
        case MessageClassified():
            return _classified(state, event)
        case StateTransitioned():
            return _transitioned(state, event)
        case TransitionRefused():
            return _changed(state, refusal_count=state.refusal_count + 1)
        case EmotionalStateChanged():
            recent = _last_entry_with(state, emotional_state=event.to_state)
            return _changed(state, emotional_state=event.to_state, recent_messages=recent)
        case PreferencesChanged():
            kept = {n: v for n, v in state.preferences.items() if n not in event.removed}
            return _changed(state, preferences=kept | event.changed)
        case _:
            return state


def _classified(state: DialogueState, event: MessageClassified) -> DialogueState:
    entry = HistoryEntry.model_construct(
        message=event.message,
        message_class=event.message_class.label,
        sentiment=None if event.sentiment is None else event.sentiment.label,
        topic=state.current_topic,
        emotional_state=state.emotional_state,
        said_at=event.said_at,
    )
    recent = (*state.recent_messages, entry)[-entries_kept:]
    return _changed(state, recent_messages=recent, message_count=state.message_count + 1)


def _transitioned(state: DialogueState, event: StateTransitioned) -> DialogueState:
    last = state.recent_messages[-1] if state.recent_messages else None
    is_its = last is not None and last.message == event.message
    transition = Transition.model_construct(
        from_topic=event.from_topic,
        to_topic=event.to_topic,
        trigger=event.trigger,
        message=event.message,
        sentiment=last.sentiment if last is not None and is_its else None,
        said_at=last.said_at if last is not None and is_its else None,
        off_flow=event.off_flow,
    )
    return _changed(
        state,
        current_topic=event.to_topic,
        transitions=(*state.transitions, transition)[-entries_kept:],
        recent_messages=_last_entry_with(state, topic=event.to_topic),
        transition_count=state.transition_count + 1,
        off_flow_count=state.off_flow_count + event.off_flow,
    )


def _last_entry_with(state: DialogueState, **changes: Any) -> tuple[HistoryEntry, ...]:
    if not state.recent_messages:
        return ()
    *before, last = state.recent_messages
    return (*before, last.model_copy(update=changes))


def _changed(state: DialogueState, **changes: Any) -> DialogueState:
    return state.model_copy(update=changes)
