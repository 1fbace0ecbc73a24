"""A follow-up is answered from another conversation only when that is the same so far."""

from __future__ import annotations

import pytest

from retold.domain.cache.following import (
    answer_characters,
    context_agrees,
    context_text,
    earlier_question,
    follows_alike,
    joint_vector,
)


def test_the_context_is_the_question_before_and_the_beginning_of_its_answer() -> None:
    before = "Who wrote it?\n" + "x" * 1_000
    assert context_text(before) == "Who wrote it?\n" + "x" * answer_characters
    assert earlier_question(before) == "Who wrote it?"


def test_a_turn_without_an_answer_is_its_own_context() -> None:
    assert context_text("Who wrote it?") == earlier_question("Who wrote it?") == "Who wrote it?"


def test_a_joint_vector_is_of_length_1_and_nearer_to_the_question() -> None:
    joint = joint_vector([1.0, 0.0], [0.0, 1.0])
    assert sum(value * value for value in joint) == pytest.approx(1)
    assert joint[0] > joint[1] > 0


def test_vectors_of_two_dimensions_have_no_joint_vector() -> None:
    with pytest.raises(ValueError, match="zip"):
        joint_vector([1.0], [0.6, 0.8])


def test_a_first_question_has_no_context_to_differ_in() -> None:
    assert context_agrees(None)
    assert context_agrees(0.0, at_least=0.0)
    assert not context_agrees(0.5)


def test_both_the_question_and_the_context_have_to_agree() -> None:
    assert follows_alike(0.9, 0.99)
    assert not follows_alike(0.9, 0.6)
    assert not follows_alike(0.2, 0.99)
