"""Where each conversation stands: its topic, the user's emotional state, and how it came there.

Both versions fold the messages as they were classified. Version 1 goes by the rule of the sketch
that StatefulAgent was made from, which has two faults. It looks the topic up with a default for a
key that is always there, so that no topic ever follows from a message; and what it calls
``clarifying`` when the user is confused is called ``confused`` where the prompt is shaped by it.
Version 2, the current one, is what was decided of each message.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from retold.domain.dialogue.events import (
    EmotionalStateChanged,
    MessageClassified,
    StateTransitioned,
    TransitionRefused,
)
from retold.domain.dialogue.state import neutral
from retold.domain.event import RecordedEvent
from retold.domain.recording import conversation_category, conversation_of
from retold.projections.event_facts import root_session_of, short_text
from retold.projections.models.conversation_state_table import ConversationStateRow
from retold.projections.payload import mapping_of, printable
from retold.projections.projection import Projection
from retold.projections.read_table import ReadTable

# As sketched; it is part of version 1, and never changes.
_sketched_ways: dict[str | None, tuple[str, ...]] = {
    "greeting": ("question_asked", "topic_introduced"),
    "question_asked": ("answering", "clarifying"),
    "topic_introduced": ("deepening", "broadening"),
    "deepening": ("expert_analysis", "solution_provided"),
    "broadening": ("topic_introduced", "comparison_made"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationStanding:
    """Where a conversation stands.

    Attributes:
        session: id of the conversation.
        root_session: id of the session it belongs to.
        current_topic: None before the first transition.
        emotional_state: of the user, as far as it shows.
        message_class: of the last message.
        sentiment: of the last message; None when unknown.
        messages: how many were classified.
        transitions: from topic to topic.
        off_flow: those of them the transition table had no way for.
        refusals: messages that led nowhere.
        topic_version: of the event that led to the topic.
        recorded_at: when the log took the last of these events, UTC.
    """

    session: str
    root_session: str
    current_topic: str | None = None
    emotional_state: str = neutral
    message_class: str | None = None
    sentiment: str | None = None
    messages: int = 0
    transitions: int = 0
    off_flow: int = 0
    refusals: int = 0
    topic_version: int | None = None
    recorded_at: datetime


def _key(event: RecordedEvent) -> str:
    return conversation_of(event.stream)


def _row_of(row: ConversationStanding | None, event: RecordedEvent) -> ConversationStanding:
    if row is None:
        return ConversationStanding(
            session=conversation_of(event.stream),
            root_session=root_session_of(event),
            recorded_at=event.recorded_at,
        )
    return replace(row, recorded_at=event.recorded_at)


def _text(event: RecordedEvent, name: str) -> str | None:
    return short_text(printable(event.data.get(name)))


def _label(event: RecordedEvent, name: str) -> str | None:
    return short_text(printable(mapping_of(event.data.get(name)).get("label")))


def _classified(row: ConversationStanding, event: RecordedEvent) -> ConversationStanding:
    return replace(
        row,
        message_class=_label(event, "message_class"),
        sentiment=_label(event, "sentiment"),
        messages=row.messages + 1,
    )


def _evolve_as_sketched(
    row: ConversationStanding | None, event: RecordedEvent
) -> ConversationStanding:
    row = _classified(_row_of(row, event), event)
    state = {"current_topic": row.current_topic, "emotional_state": row.emotional_state}
    possible = _sketched_ways.get(state.get("current_topic", "greeting"))
    if possible is None:
        return row
    if row.message_class in possible:
        return replace(
            row,
            current_topic=row.message_class,
            transitions=row.transitions + 1,
            topic_version=event.version,
        )
    if row.sentiment == "confused":
        return replace(row, emotional_state="clarifying")
    if row.sentiment == "satisfied":
        return replace(row, emotional_state="positive")
    return row


def _evolve(row: ConversationStanding | None, event: RecordedEvent) -> ConversationStanding:
    row = _row_of(row, event)
    match event.type:
        case MessageClassified.type:
            return _classified(row, event)
        case StateTransitioned.type:
            return replace(
                row,
                current_topic=_text(event, "to_topic"),
                transitions=row.transitions + 1,
                off_flow=row.off_flow + (event.data.get("off_flow") is True),
                topic_version=event.version,
            )
        case TransitionRefused.type:
            return replace(row, refusals=row.refusals + 1)
        case _:
            return replace(row, emotional_state=_text(event, "to_state") or neutral)


conversation_state_rows = ReadTable(ConversationStateRow, ConversationStanding)
_code = (_row_of, _text, _label, _classified)

conversation_states_as_sketched = Projection.of_rows(
    "conversation_states",
    version=1,
    row=conversation_state_rows,
    key=_key,
    evolve=_evolve_as_sketched,
    types=frozenset({MessageClassified.type}),
    category=conversation_category,
    per_stream=True,
    code=_code,
    description="topic and emotional state by conversation; by a rule that never moves",
)
conversation_states = Projection.of_rows(
    "conversation_states",
    version=2,
    row=conversation_state_rows,
    key=_key,
    evolve=_evolve,
    types=frozenset(
        {
            MessageClassified.type,
            StateTransitioned.type,
            TransitionRefused.type,
            EmotionalStateChanged.type,
        }
    ),
    category=conversation_category,
    per_stream=True,
    code=_code,
    description="topic and emotional state by conversation, as decided of each message",
)
versions = (conversation_states_as_sketched, conversation_states)
