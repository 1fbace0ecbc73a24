"""How messages moved conversations through their topics: a row each, off the flow too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from retold.domain.dialogue.events import (
    Label,
    MessageClassified,
    StateTransitioned,
    TransitionRefused,
)
from retold.domain.event import NewEvent
from retold.errors import InvalidPage
from retold.projections.audit.audit import Audit
from retold.projections.audit.sql import run_sql
from retold.projections.audit.topics import TransitionRow, topic_transitions
from retold.projections.models.topic_transition_table import (
    TopicTransition,
    open_messages,
    topic_transition_rows,
)
from retold.projections.models.topic_transitions import topic_transitions as projection
from retold.projections.shipped import shipped
from retold.store import EventStore
from tests.projections.audit.questions import paged_rows, rows_of
from tests.projections.histories import dice, epoch, message, recorded, started
from tests.projections.keeping import all_of, append, check_kept, in_batches
from tests.projections.test_conversation_states import conversation

noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
long = "x" * 400


def label(name: str, score: float | None = None) -> Label:
    return Label(label=name, score=score, classifier="rules")


def classified(number: int = 1, *, sentiment: str | None = None) -> NewEvent:
    return MessageClassified(
        message=number,
        message_class=label("b", 0.5),
        sentiment=None if sentiment is None else label(sentiment),
        said_at=noon,
    ).to_new_event()


moved = StateTransitioned(from_topic="a", to_topic="b", trigger="b", message=1)
left = StateTransitioned(
    from_topic="b", to_topic="z", trigger="z", message=1, off_flow=True, possible=("a", "c")
)
refused = TransitionRefused(from_topic="z", trigger="q", possible=("a",), message=1)
of_agent = {"agent": "support", "session": "root"}


def rows(*events: NewEvent) -> list[TopicTransition]:
    return list(projection.folded(recorded(events)).of(topic_transition_rows).values())


def test_it_is_shipped() -> None:
    assert shipped.get("topic_transitions") is projection


def test_a_row_has_the_classified_message_and_where_it_led() -> None:
    (row,) = rows(
        classified(sentiment="confused"), moved.to_new_event(metadata=of_agent, occurred_at=noon)
    )
    assert row == TopicTransition(
        session="s",
        version=2,
        root_session="root",
        agent="support",
        message=1,
        from_topic="a",
        to_topic="b",
        trigger="b",
        classifier="rules",
        score=0.5,
        sentiment="confused",
        off_flow=False,
        refused=False,
        possible=None,
        said_at=noon,
        occurred_at=noon,
        recorded_at=epoch + timedelta(seconds=2),
    )


def test_what_left_the_flow_and_what_was_refused_have_what_was_possible() -> None:
    off, nowhere = rows(left.to_new_event(), refused.to_new_event())
    assert (off.off_flow, off.refused, off.possible) == (True, False, ("a", "c"))
    assert (off.from_topic, off.to_topic) == ("b", "z")
    assert (nowhere.off_flow, nowhere.refused, nowhere.possible) == (False, True, ("a",))
    assert (nowhere.from_topic, nowhere.trigger, nowhere.to_topic) == ("z", "q", None)
    # Nobody classified these messages, as far as the log says.
    assert (off.sentiment, off.classifier, off.score, off.said_at) == (None, None, None, None)


def test_a_sentiment_is_that_of_the_same_message_only() -> None:
    events = (classified(7, sentiment="confused"), moved.to_new_event(), moved.to_new_event())
    assert [row.sentiment for row in rows(*events)] == [None, None]


def test_a_conversation_of_the_decider_is_a_row_a_message_and_nothing_stays_open() -> None:
    events = conversation("Hi", "What is it?", "I don't understand", "Bye")
    folded = projection.folded(recorded(events))
    found = list(folded.of(topic_transition_rows).values())
    assert [row.to_topic for row in found] == [
        "greeting",
        "question_asked",
        "clarifying",
        "farewell",
    ]
    assert found[2].sentiment == "confused"
    assert folded.of(open_messages) == {}


kinds = [
    classified(),
    classified(2, sentiment="confused"),
    moved.to_new_event(),
    left.to_new_event(metadata=of_agent),
    refused.to_new_event(),
    StateTransitioned(from_topic=long, to_topic=long, trigger=long, message=1).to_new_event(),
    NewEvent(type="conversation.message_classified", data={"message": True}),
    NewEvent(
        type="conversation.message_classified",
        data={"message": 1, "message_class": 3, "sentiment": [], "said_at": "9999-12-31T23-14:00"},
    ),
    NewEvent(
        type="conversation.message_classified",
        data={"message": 1, "message_class": {"score": 10**19, "classifier": "\0"}, "said_at": 4},
    ),
    NewEvent(type="conversation.state_transitioned", data={"to_topic": ["x\0"], "message": 2**63}),
    NewEvent(type="conversation.transition_refused", data={"possible": ["\0", 3, long]}),
    message("user"),
]


@pytest.mark.parametrize("seed", range(5))
def test_folded_in_batches_it_is_the_same(seed: int) -> None:
    chance = dice(seed)
    events = recorded(chance.choice(kinds) for _ in range(200))
    assert all_of(projection, in_batches(projection, events, seed)) == all_of(
        projection, projection.folded(events)
    )


async def test_rows_kept_up_made_anew_and_folded_are_the_same(store: EventStore) -> None:
    assert (await check_kept(store, projection, kinds))["topic_transitions"]


async def fill(store: EventStore) -> None:
    await append(store, "a", started(), message("user"), classified(), moved.to_new_event())
    await append(store, "b", started(), message("user"), left.to_new_event(metadata=of_agent))
    await append(store, "b", message("user"), refused.to_new_event(metadata=of_agent))


def shown(page: list[TransitionRow]) -> list[tuple[str, int]]:
    return [(row.session, row.version) for row in page]


async def test_each_filter_leaves_what_it_says(store: EventStore) -> None:
    await fill(store)
    a, off, nowhere = ("a", 4), ("b", 3), ("b", 5)
    whole = await rows_of(store, topic_transitions)
    assert shown(whole) == [nowhere, off, a]
    times = {(row.session, row.version): row.recorded_at for row in whole}
    for given, expected in (
        ({"session": "a"}, [a]),
        ({"session": "root"}, [nowhere, off]),
        ({"agent": "support"}, [nowhere, off]),
        ({"off_flow": True}, [off]),
        ({"off_flow": False}, [nowhere, a]),
        ({"refused": True}, [nowhere]),
        ({"refused": False}, [off, a]),
        ({"topic": "b"}, [off]),
        ({"to_topic": "b"}, [a]),
        ({"agent": "support", "topic": "z", "refused": True}, [nowhere]),
        ({"since": times[nowhere]}, [nowhere]),
        ({"until": times[off]}, [a]),
        ({"topic": "nowhere"}, []),
    ):
        assert shown(await rows_of(store, topic_transitions, **given)) == expected, given
        assert shown(await paged_rows(store, topic_transitions, given, 1)) == expected, given


async def test_a_topic_of_a_long_name_is_found_by_it(store: EventStore) -> None:
    there = StateTransitioned(from_topic=long, to_topic=long, trigger="t", message=1)
    await append(store, "a", started(), there.to_new_event(metadata={"agent": long}))
    for name in ("topic", "to_topic", "agent"):
        assert len(await rows_of(store, topic_transitions, **{name: long})) == 1


async def test_it_is_asked_by_name_and_page_by_page(store: EventStore) -> None:
    await fill(store)
    audit = Audit(store)
    first = await audit.topic_transitions(session="root", limit=1)
    (row,) = first.rows
    assert (row.refused, row.possible) == (True, ("a",))
    rest = await audit.topic_transitions(session="root", limit=1, after=first.next)
    assert (rest.rows[0].off_flow, rest.next) == (True, None)
    with pytest.raises(InvalidPage):
        await audit.topic_transitions(session="a", after=first.next)


async def test_sql_sees_it_as_a_view(store: EventStore) -> None:
    await fill(store)
    statement = "SELECT session, trigger, possible FROM topic_transitions WHERE off_flow"
    found = await run_sql(store, statement)
    assert [tuple(row) for row in found.rows] == [("b", "z", '["a", "c"]')]
