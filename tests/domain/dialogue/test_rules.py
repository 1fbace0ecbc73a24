"""Rules match whole words, and the weight of what they find decides."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from retold.domain.dialogue.rules import WordRules, message_rules, sentiment_rules


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi!", "greeting"),
        ("This is my machine", "topic_introduced"),
        ("HOW does it work", "question_asked"),
        ("Show it to me", "topic_introduced"),
        ("Hi, what is this?", "question_asked"),
        ("hi there! my parcel is lost", "topic_introduced"),
        ("I don\u2019t understand", "clarifying"),
        ("What do you mean?", "clarifying"),
        ("Tell me more about refunds", "deepening"),
        ("Furthermore it rains", "topic_introduced"),
        ("Please explain it", "deepening"),
        ("Compare A versus B", "comparison_made"),
        ("What is the difference between A and B?", "comparison_made"),
        ("What else is there?", "broadening"),
        ("Thanks, that works", "solution_provided"),
        ("ok, goodbye", "farewell"),
        ("", "topic_introduced"),
        ("12345 🚚", "topic_introduced"),
        ("Wie geht's?", "question_asked"),
    ],
)
def test_a_message_is_classified_by_its_words(text: str, expected: str) -> None:
    assert message_rules.label(text).label == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm confused", "confused"),
        ("thank you, perfect", "satisfied"),
        ("This is not helpful", "frustrated"),
        ("It does not work", "frustrated"),
        ("My parcel is lost", "neutral"),
        ("", "neutral"),
    ],
)
def test_a_sentiment_is_read_from_the_words(text: str, expected: str) -> None:
    assert sentiment_rules.label(text).label == expected


def test_a_phrase_counts_once_and_its_score_is_its_share() -> None:
    rules = WordRules("r", {"a": {"one two": 3.0}, "b": {"one": 1.0}}, "c")
    assert rules.scores("one two one two, one") == {"a": 3.0, "b": 1.0}
    assert rules.label("one two").score == 0.75
    assert rules.label("three").score == 0.0
    assert rules.labels == ("a", "b", "c")


def test_of_equals_the_label_named_first_wins() -> None:
    rules = WordRules("r", {"a": {"x": 1.0}, "b": {"y": 1.0}}, "c")
    assert rules.label("y x").label == "a"


@pytest.mark.parametrize("words", [{"": 1.0}, {"x": 0.0}, {"x": float("nan")}, {"!": 1.0}])
def test_a_rule_that_can_match_nothing_is_refused(words: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="no rule"):
        WordRules("r", {"a": words}, "b")


@given(st.text(max_size=200))
def test_any_text_gets_a_label(text: str) -> None:
    label = message_rules.label(text)
    assert label.label in message_rules.labels
    assert label.score is not None
    assert 0 <= label.score <= 1
    assert message_rules.label(text) == label
