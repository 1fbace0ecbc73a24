"""Given what was recorded of a conversation, then what it adds up to."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import given, strategies as st

from retold.domain.conversation_state import ConversationState, Reference, references, spans
from retold.domain.event import DomainEvent, RecordedEvent
from retold.domain.recording import (
    ConversationClosed,
    ConversationStarted,
    EventRecorded,
    HistoryDropped,
    HistoryReplaced,
    HistorySpan,
    MessageEnqueued,
    TagsChanged,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    VariablesChanged,
)

stream = "conversation-1"
said: dict[str, Any] = {"$": "ag2.ModelRequest"}


def recorded(version: int, event: DomainEvent) -> RecordedEvent:
    """Return an event as the log holds it."""
    return RecordedEvent(
        position=version,
        transaction_id=0,
        stream=stream,
        version=version,
        event_id=UUID(int=version),
        type=event.type,
        schema_version=1,
        data=event.to_new_event().data,
        metadata={},
        correlation_id=None,
        causation_id=None,
        occurred_at=None,
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
        tenant="default",
        digest=b"",
    )


def given_events(*events: DomainEvent) -> ConversationState:
    """Fold events of one conversation."""
    state = ConversationState(stream)
    for version, event in enumerate(events, 1):
        state.apply(recorded(version, event))
    return state


def here(*versions: int) -> list[Reference]:
    """Return references into the conversation's own stream."""
    return [Reference(stream, version) for version in versions]


def test_what_ag2_saved_is_the_history_in_order() -> None:
    state = given_events(
        ConversationStarted(source="ag2"),
        EventRecorded(event=said),
        TurnStarted(turn="t"),
        EventRecorded(event=said),
    )
    assert state.history == here(2, 4)
    assert state.version == 4


def test_a_detached_event_is_no_history_until_it_is_referred_to() -> None:
    recording = [EventRecorded(event=said), EventRecorded(event=said, detached=True)]
    assert given_events(*recording).history == here(1)
    replaced = HistoryReplaced(spans=(HistorySpan(first=2, last=2), HistorySpan(first=1, last=1)))
    assert given_events(*recording, replaced).history == here(2, 1)


def test_a_replacement_may_refer_to_another_conversation() -> None:
    span = HistorySpan(first=3, last=4, stream="conversation-2")
    state = given_events(HistoryReplaced(spans=(span,)), EventRecorded(event=said))
    assert state.history == [
        Reference("conversation-2", 3),
        Reference("conversation-2", 4),
        Reference(stream, 2),
    ]


def test_after_a_drop_the_history_starts_anew() -> None:
    state = given_events(EventRecorded(event=said), HistoryDropped(), EventRecorded(event=said))
    assert state.history == here(3)


def test_variables_are_changed_and_removed() -> None:
    state = given_events(
        VariablesChanged(changed={"a": 1, "b": 2}),
        VariablesChanged(changed={"b": 3}, removed=("a", "never there")),
    )
    assert state.variables == {"b": 3}


def test_later_tags_win_over_earlier_ones() -> None:
    state = given_events(
        ConversationStarted(source="ag2", tags={"env": "test", "team": "a"}),
        TagsChanged(tags={"env": "prod"}),
    )
    assert state.tags == {"env": "prod", "team": "a"}


def test_an_enqueued_message_waits_until_a_request_delivers_it() -> None:
    waiting = [MessageEnqueued(message="m1", parts=()), MessageEnqueued(message="m2", parts=())]
    assert list(given_events(*waiting).inbox) == ["m1", "m2"]
    delivered = EventRecorded(event=said, inbox=("m1",))
    assert list(given_events(*waiting, delivered).inbox) == ["m2"]


def test_a_turn_is_open_until_it_ends() -> None:
    started = TurnStarted(turn="t1")
    assert given_events(started).open_turn == started
    assert given_events(started, TurnCompleted(turn="t1")).open_turn is None
    assert given_events(started, TurnCompleted(turn="another")).open_turn == started


def test_a_turn_that_did_not_complete_leaves_the_conversation_interrupted() -> None:
    started = TurnStarted(turn="t1")
    assert given_events(started).interrupted
    assert given_events(started, TurnFailed(turn="t1")).interrupted
    assert not given_events(started, TurnCompleted(turn="t1")).interrupted


def test_a_closed_conversation_says_why() -> None:
    state = given_events(ConversationStarted(source="ag2"), ConversationClosed(reason="resolved"))
    assert state.closed == ConversationClosed(reason="resolved")
    assert state.refuses_turns


some_references = st.lists(
    st.builds(
        Reference,
        st.sampled_from([stream, "conversation-2"]),
        st.integers(min_value=1, max_value=9),
    ),
    max_size=12,
)


@given(some_references)
def test_references_come_back_from_their_runs(history: list[Reference]) -> None:
    replaced = HistoryReplaced(spans=spans(stream, history))
    assert list(references(stream, replaced)) == history


@given(some_references)
def test_runs_are_as_long_as_they_can_be(history: list[Reference]) -> None:
    runs = spans(stream, history)
    for run, following in pairwise(runs):
        assert (run.stream, run.last + 1) != (following.stream, following.first)


some_events = st.lists(
    st.one_of(
        st.builds(EventRecorded, event=st.just(said), detached=st.booleans()),
        st.just(HistoryDropped()),
        st.builds(
            VariablesChanged,
            changed=st.dictionaries(st.sampled_from("ab"), st.integers()),
            removed=st.lists(st.sampled_from("ab"), max_size=2).map(tuple),
        ),
        st.builds(TurnStarted, turn=st.sampled_from(["t1", "t2"])),
        st.builds(TurnCompleted, turn=st.sampled_from(["t1", "t2"])),
        st.builds(MessageEnqueued, message=st.sampled_from("mn"), parts=st.just(())),
    ),
    max_size=20,
)


@given(some_events, st.data())
def test_folding_may_stop_anywhere_and_go_on(
    events: list[DomainEvent], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(events)))
    first = given_events(*events[:cut])
    later = deepcopy(first)
    for version, event in enumerate(events[cut:], cut + 1):
        later.apply(recorded(version, event))
    assert later == given_events(*events)
    assert first == given_events(*events[:cut])
