"""Where conversations stand, by the mended rule and by the one it was made from."""

from __future__ import annotations

import pytest

from retold.domain.dialogue.decider import TakeMessage, dialogue
from retold.domain.dialogue.events import (
    EmotionalStateChanged,
    Label,
    MessageClassified,
    StateTransitioned,
    TransitionRefused,
)
from retold.domain.dialogue.rules import message_rules, sentiment_rules
from retold.domain.dialogue.state import DialogueState
from retold.domain.dialogue.tables import default_table
from retold.domain.event import NewEvent
from retold.projections.keeping.diff import diff
from retold.projections.models.conversation_states import (
    ConversationStanding,
    conversation_state_rows,
    conversation_states,
    conversation_states_as_sketched,
    versions,
)
from retold.projections.projection import Projection
from retold.projections.shipped import shipped
from retold.store import EventStore
from tests.projections.histories import message, recorded, started
from tests.projections.keeping import append, check_kept

said = ("Hi", "What is it?", "I don't understand", "Tell me more", "Thanks, it works")


def conversation(*texts: str) -> list[NewEvent]:
    """Return the events of a conversation in which a user says these texts."""
    events, state = [started()], DialogueState()
    for text in texts:
        events.append(message("user"))
        command = TakeMessage(
            message=len(events),
            message_class=message_rules.label(text),
            sentiment=sentiment_rules.label(text),
            table=default_table,
        )
        decided = dialogue.decide(command, state)
        events += [event.to_new_event() for event in decided]
        state = dialogue.after(decided, state)
    return events


def row(events: list[NewEvent], projection: Projection) -> ConversationStanding:
    (found,) = projection.folded(recorded(events)).of(conversation_state_rows).values()
    return found


def test_both_versions_are_shipped_and_the_second_is_current() -> None:
    assert shipped.versions("conversation_states") == versions
    assert shipped.get("conversation_states") is conversation_states


def test_a_row_says_where_a_conversation_stands() -> None:
    found = row(conversation(*said[:3]), conversation_states)
    assert (found.current_topic, found.emotional_state) == ("clarifying", "confused")
    assert (found.messages, found.transitions, found.refusals, found.off_flow) == (3, 3, 0, 0)
    assert (found.message_class, found.sentiment) == ("clarifying", "confused")
    # Start, and for each message itself, its class and its transition.
    assert found.topic_version == 10


def test_by_the_sketched_rule_no_message_leads_anywhere() -> None:
    found = row(conversation(*said), conversation_states_as_sketched)
    assert found.messages == len(said)
    assert (found.message_class, found.sentiment) == ("solution_provided", "satisfied")
    assert (found.current_topic, found.emotional_state) == (None, "neutral")
    assert (found.transitions, found.refusals) == (0, 0)


async def test_the_diff_shows_rows_fields_and_where_the_versions_part(store: EventStore) -> None:
    await append(store, "moved", *conversation(*said[:3]))
    await append(store, "silent", started())
    found = await diff(store, *versions)
    assert not found.same
    assert (found.rows, found.differing) == ((1, 1), 1)
    (changed,) = found.differences
    assert changed.key == {"session": "moved"}
    assert changed.fields["current_topic"] == (None, "clarifying")
    assert changed.fields["emotional_state"] == ("neutral", "confused")
    assert changed.fields["transitions"] == (0, 3)
    assert "messages" not in changed.fields
    assert found.parted is not None
    # The transition that the first message leads to.
    assert (found.parted.stream, found.parted.version) == ("conversation-moved", 4)


def label(name: str) -> Label:
    return Label(label=name, classifier="test")


kinds = [
    MessageClassified(message=1, message_class=label("greeting")).to_new_event(),
    MessageClassified(
        message=2, message_class=label("question_asked"), sentiment=label("confused")
    ).to_new_event(),
    StateTransitioned(from_topic="a", to_topic="b", trigger="b", message=1).to_new_event(),
    StateTransitioned(
        from_topic="b", to_topic="a", trigger="a", message=1, off_flow=True, possible=()
    ).to_new_event(),
    TransitionRefused(from_topic="a", trigger="x", possible=("b",), message=1).to_new_event(),
    EmotionalStateChanged(
        from_state="neutral", to_state="confused", sentiment="confused", message=1
    ).to_new_event(),
    NewEvent(type="conversation.message_classified", data={"message_class": 3}),
    NewEvent(type="conversation.state_transitioned", data={"to_topic": ["x\0"]}),
    message("user"),
]


@pytest.mark.parametrize("projection", versions, ids=["sketched", "mended"])
async def test_rows_kept_up_made_anew_and_folded_are_the_same(
    store: EventStore, projection: Projection
) -> None:
    assert await check_kept(store, projection, kinds)
