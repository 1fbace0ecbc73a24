"""How a message moves a conversation: what is decided of it, in one step."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from retold.domain.decider import Decider
from retold.domain.dialogue.events import (
    EmotionalStateChanged,
    Label,
    MessageClassified,
    PreferencesChanged,
    StateTransitioned,
    TransitionRefused,
    dialogue_events,
)
from retold.domain.dialogue.state import DialogueState, evolve, neutral
from retold.domain.dialogue.table import TransitionTable
from retold.domain.event import DomainEvent
from retold.domain.json_copy import copied_object
from retold.errors.dialogue import InvalidPreference

default_emotions: Mapping[str, str] = MappingProxyType(
    {
        "neutral": neutral,
        "confused": "confused",
        "satisfied": "positive",
        "frustrated": "frustrated",
    }
)
"""The emotional state that follows from a sentiment; any other sentiment leaves it as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMessage:
    """A command: take in a message that was classified. A message already taken in is no news.

    Attributes:
        message: version of the message's event in the same stream.
        message_class: what kind of message it is; the trigger.
        table: the ways there are.
        sentiment: in what mood it was written; None when nobody looked.
        emotions: emotional state by sentiment.
        said_at: when it was said, by the source's clock.
        happened: the conversation went where the message names a topic, whatever the table says,
            as in a conversation that was recorded elsewhere. Off the table's ways, that is
            recorded as such.
    """

    message: int
    message_class: Label
    table: TransitionTable
    sentiment: Label | None = None
    emotions: Mapping[str, str] = field(default_factory=lambda: default_emotions)
    said_at: datetime | None = None
    happened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePreferences:
    """A command: note the user's preferences.

    Attributes:
        changed: JSON-native values by name.
        removed: names of those that hold no more; unknown ones are passed over.
    """

    changed: Mapping[str, Any] = field(default_factory=dict)
    removed: Sequence[str] = ()


DialogueCommand: TypeAlias = TakeMessage | ChangePreferences


def decide(command: DialogueCommand, state: DialogueState) -> list[DomainEvent]:
    """Return what happens upon a command.

    Raises:
        UnknownTopic: when the conversation is in a topic that the table does not have.
        InvalidPreference: when a preference cannot be recorded.
    """
    match command:
        case TakeMessage():
            return _take(command, state)
        case ChangePreferences():
            return _change_preferences(command, state)


def _take(command: TakeMessage, state: DialogueState) -> list[DomainEvent]:
    if command.message <= state.last_message:
        return []
    events: list[DomainEvent] = [
        MessageClassified(
            message=command.message,
            message_class=command.message_class,
            sentiment=command.sentiment,
            said_at=command.said_at,
        ),
        _moved(command, state.current_topic or command.table.initial),
    ]
    if command.sentiment is not None:
        felt = command.emotions.get(command.sentiment.label, state.emotional_state)
        if felt != state.emotional_state:
            events.append(
                EmotionalStateChanged(
                    from_state=state.emotional_state,
                    to_state=felt,
                    sentiment=command.sentiment.label,
                    message=command.message,
                )
            )
    return events


def _moved(command: TakeMessage, topic: str) -> DomainEvent:
    trigger, message = command.message_class.label, command.message
    ways = command.table.ways_from(topic)
    possible = tuple(ways)
    if trigger in ways:
        return StateTransitioned(
            from_topic=topic, to_topic=ways[trigger], trigger=trigger, message=message
        )
    if command.happened and trigger in command.table.topics:
        return StateTransitioned(
            from_topic=topic,
            to_topic=trigger,
            trigger=trigger,
            message=message,
            off_flow=True,
            possible=possible,
        )
    return TransitionRefused(from_topic=topic, trigger=trigger, possible=possible, message=message)


def _change_preferences(command: ChangePreferences, state: DialogueState) -> list[DomainEvent]:
    changed = {}
    for name, value in command.changed.items():
        kept = _kept(name, value)
        if name not in state.preferences or _text(state.preferences[name]) != _text(kept):
            changed[name] = kept
    removed = tuple(
        dict.fromkeys(n for n in command.removed if n in state.preferences and n not in changed)
    )
    if not changed and not removed:
        return []
    return [PreferencesChanged(changed=changed, removed=removed)]


def _kept(name: object, value: object) -> Any:
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise InvalidPreference(name, "give it a name of printable text")
    try:
        kept = copied_object({name: value})[name]
        text = _text(kept)
        text.encode()
    except (ValueError, RecursionError) as error:
        raise InvalidPreference(name, f"its value is not JSON ({error})") from error
    if "\\u0000" in text:
        raise InvalidPreference(name, "its value holds a NUL character, which no database takes")
    return kept


def _text(value: Any) -> str:
    # To Python, 1, 1.0 and True are the same; to whoever reads them they are not.
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


dialogue: Decider[DialogueCommand, DialogueState] = Decider(
    name="dialogue",
    state=DialogueState,
    decide=decide,
    evolve=evolve,
    events=dialogue_events,
)
"""Moves a conversation through its topics."""
