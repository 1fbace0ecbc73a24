"""A conversation's state survives being kept, to the byte."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from hypothesis import given, strategies as st

from retold.domain.conversation_fold import (
    conversation_fold,
    decode_conversation,
    encode_conversation,
)
from retold.domain.conversation_state import ConversationState
from retold.domain.event import DomainEvent
from retold.domain.recording import (
    ConversationClosed,
    ConversationStarted,
    EventRecorded,
    HistoryDropped,
    HistoryReplaced,
    HistorySpan,
    ImportOrigin,
    MessageEnqueued,
    MessageImported,
    Parent,
    TagsChanged,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    VariablesChanged,
)
from tests.domain.test_conversation_state import recorded

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(texts, json_values, max_size=3)
tags = st.dictionaries(texts, texts, max_size=3)
turns = st.sampled_from(["t1", "t2"])
spans = st.builds(
    lambda first, more, stream: HistorySpan(first=first, last=first + more, stream=stream),
    st.integers(1, 9),
    st.integers(0, 4),
    st.sampled_from([None, "conversation-2", "conversation-3"]),
)
events = st.lists(
    st.one_of(
        st.builds(
            ConversationStarted,
            source=texts,
            subject=st.none() | texts,
            tags=tags,
            parent=st.none() | st.builds(Parent, stream=texts),
            origin=st.none()
            | st.builds(
                ImportOrigin,
                format=texts,
                file=texts,
                record=texts,
                document=objects,
                messages_at=texts,
                shared=tags,
            ),
        ),
        st.builds(TagsChanged, tags=tags),
        st.builds(
            EventRecorded,
            event=objects,
            detached=st.booleans(),
            inbox=st.lists(st.sampled_from("mn"), max_size=1).map(tuple),
        ),
        st.builds(MessageImported, index=st.just(0), role=texts, source=objects),
        st.builds(HistoryReplaced, spans=st.lists(spans, max_size=4).map(tuple)),
        st.just(HistoryDropped()),
        st.builds(VariablesChanged, changed=objects, removed=st.tuples(texts)),
        st.builds(
            MessageEnqueued,
            message=st.sampled_from("mn"),
            parts=st.lists(objects, max_size=2).map(tuple),
        ),
        st.builds(TurnStarted, turn=turns, fencing_token=st.none() | st.integers(1, 9)),
        st.builds(TurnCompleted, turn=turns),
        st.builds(TurnFailed, turn=turns),
        st.builds(TurnCancelled, turn=turns),
        st.builds(ConversationClosed, reason=st.none() | texts),
    ),
    max_size=12,
)


def as_text(state: ConversationState) -> str:
    """Return a state as a snapshot holds it."""
    return json.dumps(encode_conversation(state), allow_nan=False)


def folded(*given_events: DomainEvent) -> ConversationState:
    """Fold events of one conversation."""
    state = conversation_fold.initial()
    for version, event in enumerate(given_events, 1):
        state = conversation_fold.evolve(state, recorded(version, event))
    return state


@given(events)
def test_a_state_that_was_kept_is_the_state(given_events: list[DomainEvent]) -> None:
    state = folded(*given_events)
    before = deepcopy(state)
    text = as_text(state)
    back = decode_conversation(json.loads(text))
    assert back == state == before
    assert as_text(back) == text


@given(events, st.data())
def test_a_fold_that_goes_on_from_a_kept_state_ends_in_the_same(
    given_events: list[DomainEvent], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(given_events)))
    state = decode_conversation(json.loads(as_text(folded(*given_events[:cut]))))
    for version, event in enumerate(given_events[cut:], cut + 1):
        state = conversation_fold.evolve(state, recorded(version, event))
    assert as_text(state) == as_text(folded(*given_events))


def test_a_long_history_is_kept_as_its_runs() -> None:
    state = folded(*[EventRecorded(event={})] * 10_000)
    assert len(state.history) == 10_000
    assert len(as_text(state)) < 500


def test_every_field_of_the_state_is_kept() -> None:
    kept = set(encode_conversation(conversation_fold.initial())) - {"streams"}
    assert kept == set(ConversationState.__dataclass_fields__)


@pytest.mark.parametrize(
    "change",
    [{"history": [[7, 1, 2]]}, {"open_turn": {}}, {"inbox": [None]}, {"started": 3}],
)
def test_what_is_no_state_is_refused(change: dict[str, object]) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        decode_conversation({**encode_conversation(conversation_fold.initial()), **change})
