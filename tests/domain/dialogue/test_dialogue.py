"""What a message leads to: decided on the state, which is nothing but a fold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given as for_any, strategies as st

from retold.domain.conversation_fold import conversation_fold
from retold.domain.dialogue.decider import ChangePreferences, TakeMessage, dialogue
from retold.domain.dialogue.events import (
    EmotionalStateChanged,
    Label,
    MessageClassified,
    PreferencesChanged,
    StateTransitioned,
    TransitionRefused,
)
from retold.domain.dialogue.rules import message_classes, sentiment_rules
from retold.domain.dialogue.state import DialogueState, entries_kept, state_context
from retold.domain.dialogue.tables import default_table, sketch_table
from retold.domain.event import DomainEvent
from retold.errors import InvalidPreference, UnknownTopic
from retold.testing import given
from tests.projections.histories import recorded

noon = datetime(2026, 1, 1, 12, tzinfo=UTC)


def label(name: str) -> Label:
    return Label(label=name, score=1.0, classifier="test")


def take(message: int, message_class: str, sentiment: str | None = None, **more: Any) -> Any:
    felt = None if sentiment is None else label(sentiment)
    more.setdefault("table", default_table)
    return TakeMessage(message=message, message_class=label(message_class), sentiment=felt, **more)


def classified(message: int, message_class: str, sentiment: str | None = None) -> MessageClassified:
    felt = None if sentiment is None else label(sentiment)
    return MessageClassified(message=message, message_class=label(message_class), sentiment=felt)


def moved(message: int, from_topic: str, to_topic: str) -> StateTransitioned:
    return StateTransitioned(
        from_topic=from_topic, to_topic=to_topic, trigger=to_topic, message=message
    )


def test_the_first_message_leads_from_the_initial_topic() -> None:
    state = (
        given(dialogue)
        .when(take(3, "question_asked"))
        .then(classified(3, "question_asked"), moved(3, "greeting", "question_asked"))
    )
    assert state.current_topic == "question_asked"


def test_a_message_that_was_taken_in_is_no_news() -> None:
    given(dialogue, classified(3, "greeting"), moved(3, "greeting", "greeting")).when(
        take(3, "question_asked")
    ).then()


def test_what_the_table_has_no_way_for_is_refused_with_what_was_possible() -> None:
    state = (
        given(dialogue, classified(1, "question_asked"), moved(1, "greeting", "question_asked"))
        .when(take(5, "deepening", table=sketch_table))
        .then(
            classified(5, "deepening"),
            TransitionRefused(
                from_topic="question_asked",
                trigger="deepening",
                possible=("answering", "clarifying"),
                message=5,
            ),
        )
    )
    assert (state.current_topic, state.refusal_count) == ("question_asked", 1)


def test_what_happened_off_the_table_is_followed_and_said_to_be_off_it() -> None:
    before = [classified(1, "question_asked"), moved(1, "greeting", "question_asked")]
    state = (
        given(dialogue, *before)
        .when(take(2, "deepening", table=sketch_table, happened=True))
        .then(
            classified(2, "deepening"),
            StateTransitioned(
                from_topic="question_asked",
                to_topic="deepening",
                trigger="deepening",
                message=2,
                off_flow=True,
                possible=("answering", "clarifying"),
            ),
        )
    )
    assert (state.current_topic, state.off_flow_count) == ("deepening", 1)
    assert state.transitions[-1].off_flow
    # What names no topic cannot be followed.
    events = (
        given(dialogue, *before).when(take(2, "custom", table=sketch_table, happened=True)).events
    )
    assert isinstance(events[-1], TransitionRefused)


def test_a_sentiment_changes_the_emotional_state() -> None:
    state = (
        given(dialogue)
        .when(take(1, "clarifying", "confused"))
        .then(
            classified(1, "clarifying", "confused"),
            moved(1, "greeting", "clarifying"),
            EmotionalStateChanged(
                from_state="neutral", to_state="confused", sentiment="confused", message=1
            ),
        )
    )
    assert state.emotional_state == "confused"
    assert state.recent_messages[-1].emotional_state == "confused"
    # A sentiment that nothing follows from, and an unknown one, leave it as it is.
    for sentiment in ("bored", None):
        after = dialogue.decide(take(2, "greeting", sentiment), state)
        assert not any(isinstance(event, EmotionalStateChanged) for event in after)


def test_a_conversation_in_a_topic_the_table_does_not_have_is_refused() -> None:
    error = (
        given(dialogue, moved(1, "elsewhere", "nowhere"))
        .when(take(2, "greeting"))
        .raises(UnknownTopic)
    )
    assert error.topic == "nowhere"
    assert "greeting" in str(error)


def test_preferences_are_noted_as_far_as_they_are_news() -> None:
    known = PreferencesChanged(changed={"language": "de", "units": 1})
    state = (
        given(dialogue, known)
        .when(ChangePreferences(changed={"language": "de", "units": True}, removed=["x", "units"]))
        .then(PreferencesChanged(changed={"units": True}))
    )
    assert state.preferences == {"language": "de", "units": True}
    given(dialogue, known).when(ChangePreferences(removed=["units", "units"])).then(
        PreferencesChanged(removed=("units",))
    )
    given(dialogue, known).when(ChangePreferences(changed={"language": "de"})).then()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("", 1), (" ", 1), ("a\nb", 1), ("x", float("nan")), ("x", {1: 2}), ("x", noon)],
        *[("x", "\ud800"), ("x", "\0"), ("x", {"y": [object()]})],
    ],
)
def test_a_preference_that_cannot_be_recorded_is_refused(name: str, value: Any) -> None:
    given(dialogue).when(ChangePreferences(changed={name: value})).raises(InvalidPreference)


def test_a_state_shows_its_newest_entries_and_counts_all() -> None:
    state = DialogueState()
    for number in range(1, 1_001):
        state = dialogue.after(dialogue.decide(take(number, "question_asked"), state), state)
    assert state.message_count == state.transition_count == 1_000
    assert len(state.transitions) == len(state.recent_messages) == entries_kept
    assert state.last_message == 1_000
    shown = state_context(state)
    assert [entry["message"] for entry in shown["recent_history"]] == [998, 999, 1_000]


def test_a_transition_names_its_cause() -> None:
    events = dialogue.decide(take(7, "deepening", "confused", said_at=noon), DialogueState())
    (transition,) = dialogue.after(events).transitions
    assert (transition.message, transition.trigger) == (7, "deepening")
    assert (transition.sentiment, transition.said_at) == ("confused", noon)


# Folds of any events -----------------------------------------------------------------------------

names = st.sampled_from([*message_classes, "custom", "elsewhere"])
sentiments = st.sampled_from([*sentiment_rules.labels, "bored"]) | st.none()
versions = st.integers(1, 50)
any_event: st.SearchStrategy[DomainEvent] = st.one_of(
    st.builds(classified, versions, names, sentiments),
    st.builds(moved, versions, names, names),
    st.builds(
        TransitionRefused, from_topic=names, trigger=names, possible=st.just(()), message=versions
    ),
    st.builds(
        EmotionalStateChanged, from_state=names, to_state=names, sentiment=names, message=versions
    ),
    st.builds(
        PreferencesChanged,
        changed=st.dictionaries(st.sampled_from("abc"), st.integers() | st.text(max_size=3)),
        removed=st.lists(st.sampled_from("abc"), max_size=2).map(tuple),
    ),
)
command = st.builds(take, versions, names, sentiments) | st.builds(
    ChangePreferences, changed=st.dictionaries(st.sampled_from("abc"), st.integers()), removed=names
)


@for_any(st.lists(any_event, max_size=60), st.integers(0, 60))
def test_a_fold_may_be_stopped_kept_and_gone_on_with_anywhere(
    events: list[DomainEvent], cut: int
) -> None:
    history = recorded([event.to_new_event() for event in events])
    fold, whole = dialogue.fold, dialogue.fold.initial()
    for event in history:
        whole = fold.evolve(whole, event)
    begun = fold.initial()
    for event in history[:cut]:
        begun = fold.evolve(begun, event)
    begun = fold.decode(fold.encode(begun))
    for event in history[cut:]:
        begun = fold.evolve(begun, event)
    assert begun == whole
    # The session's state shows the same.
    state = conversation_fold.initial()
    for event in history:
        state = conversation_fold.evolve(state, event)
    assert state.dialogue == whole
    assert conversation_fold.decode(conversation_fold.encode(state)) == state


@for_any(st.lists(st.builds(take, versions, names, sentiments), max_size=40))
def test_each_message_gives_one_classification_and_one_outcome(commands: list[TakeMessage]) -> None:
    state, events = DialogueState(), list[DomainEvent]()
    for one in commands:
        if state.current_topic is None or state.current_topic in default_table.topics:
            decided = dialogue.decide(one, state)
            events += decided
            state = dialogue.after(decided, state)
    taken = [event.message for event in events if isinstance(event, MessageClassified)]
    outcomes = [
        event.message
        for event in events
        if isinstance(event, StateTransitioned | TransitionRefused)
    ]
    assert taken == outcomes == sorted(set(taken))
    assert state == dialogue.after(events)
    assert state.message_count == len(taken) == state.transition_count + state.refusal_count
