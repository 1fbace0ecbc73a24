"""Transition tables: what is wrong with one is said when it is made."""

from __future__ import annotations

import pytest

from retold.domain.dialogue.decider import TakeMessage, dialogue
from retold.domain.dialogue.events import (
    Label,
    MessageClassified,
    StateTransitioned,
    TransitionRefused,
)
from retold.domain.dialogue.rules import message_classes
from retold.domain.dialogue.table import TransitionTable
from retold.domain.dialogue.tables import default_table, sketch_classes, sketch_table
from retold.errors import DeadTopics, UnknownTopic, UnreachableTopics
from retold.testing import given

moved = StateTransitioned(
    from_topic="greeting", to_topic="question_asked", trigger="question_asked", message=1
)


def classified(message: int, name: str) -> MessageClassified:
    label = Label(label=name, classifier="test")
    return MessageClassified(message=message, message_class=label)


def take(message: int, name: str) -> TakeMessage:
    label = Label(label=name, classifier="test")
    return TakeMessage(message=message, message_class=label, table=sketch_table)


def test_every_class_has_a_way_on_from_every_topic_of_the_default_table() -> None:
    assert default_table.unhandled(message_classes) == []
    assert default_table.stuck_with(message_classes) == []
    assert all(set(default_table.ways_from(t)) == set(message_classes) for t in message_classes)
    assert default_table.terminal == {"farewell"}


def test_the_sketched_table_gets_stuck_after_one_question() -> None:
    assert "question_asked" in sketch_table.stuck_with(sketch_classes)
    assert ("question_asked", "question_asked") in sketch_table.unhandled(sketch_classes)


@pytest.mark.parametrize("message_class", sketch_classes)
def test_after_one_question_no_message_leads_on_by_the_sketched_table(message_class: str) -> None:
    state = (
        given(dialogue).when(take(1, "question_asked")).then(classified(1, "question_asked"), moved)
    )
    for number in range(2, 12):
        decided = dialogue.decide(take(number, message_class), state)
        assert isinstance(decided[-1], TransitionRefused)
        state = dialogue.after(decided, state)
    assert (state.current_topic, state.refusal_count) == ("question_asked", 10)


def test_the_sketched_table_is_the_one_of_the_sketch() -> None:
    assert {t: list(sketch_table.ways_from(t)) for t in sketch_table.transitions} == {
        "greeting": ["question_asked", "topic_introduced"],
        "question_asked": ["answering", "clarifying"],
        "topic_introduced": ["deepening", "broadening"],
        "deepening": ["expert_analysis", "solution_provided"],
        "broadening": ["topic_introduced", "comparison_made"],
    }


def test_a_topic_nothing_leads_to_is_named() -> None:
    with pytest.raises(UnreachableTopics) as error:
        TransitionTable({"a": ["b"], "b": ["a"], "c": ["a"]}, "a")
    assert error.value.topics == ("c",)


@pytest.mark.parametrize("ways", [{"a": ["b"]}, {"a": ["b"], "b": ["b"]}])
def test_a_topic_no_way_leads_out_of_is_named_unless_it_is_terminal(
    ways: dict[str, list[str]],
) -> None:
    with pytest.raises(DeadTopics) as error:
        TransitionTable(ways, "a")
    assert error.value.topics == ("b",)
    assert TransitionTable(ways, "a", frozenset({"b"})).topics == ("a", "b")


def test_an_unknown_topic_is_named() -> None:
    with pytest.raises(UnknownTopic, match="'c'"):
        TransitionTable({"a": ["b"], "b": ["c"]}, "a", topics=("a", "b"))
    with pytest.raises(UnknownTopic, match="terminal"):
        TransitionTable({"a": ["b"]}, "a", frozenset({"b", "z"}))
    with pytest.raises(UnknownTopic, match="'z'"):
        default_table.ways_from("z")


def test_a_trigger_need_not_be_named_as_the_topic_it_leads_to() -> None:
    table = TransitionTable({"closed": {"push": "open"}, "open": {"pull": "closed"}}, "closed")
    assert table.ways_from("closed") == {"push": "open"}


def test_a_flow_chart_is_gone_on_with_behind_its_conditions() -> None:
    chart = {"hello": "ask", "ask": "query", "yes": "done", "no": "ask"}
    table = TransitionTable.of_graph(chart, {"hello": "other"}, initial="start")
    assert list(table.ways_from("start")) == ["hello", "ask", "other"]
    assert list(table.ways_from("hello")) == ["ask", "other"]
    assert set(table.ways_from("query")) == set(table.ways_from("done")) == {"ask", "done"}
    assert table.terminal == {"start", "query", "done", "other"}
    assert "yes" not in table.topics
