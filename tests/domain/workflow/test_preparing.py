"""What an agent is given for a step."""

from __future__ import annotations

import json

import pytest

from retold.domain.workflow.preparing import RunValues, prepare_step
from retold.errors import ExpressionFailed
from tests.domain.workflow.played import Play, feature_development, feature_input, step, workflow


def test_a_step_that_names_no_inputs_is_given_all_that_came_before_it() -> None:
    play = Play(feature_development, input=feature_input)
    assert prepare_step(play.run, "requirements_analysis").inputs == {"input": feature_input}
    play.complete("requirements_analysis", "the specification")
    play.complete("implementation", {"files": ["login.py"]})
    prepared = prepare_step(play.run, "code_review")
    assert prepared.task == "Review code quality and provide feedback"
    assert prepared.inputs == {
        "input": feature_input,
        "requirements_analysis": "the specification",
        "implementation": {"files": ["login.py"]},
    }
    first, second, context = prepared.message.split("\n", 2)
    assert (first, second) == ("Task: Review code quality and provide feedback", "Context:")
    assert json.loads(context) == prepared.inputs


def test_what_is_not_before_a_step_is_not_given_to_it() -> None:
    play = Play(workflow(step("a"), step("b"), step("c", "b")), input=1)
    play.complete("a", "A")
    play.complete("b", "B")
    assert prepare_step(play.run, "c").inputs == {"input": 1, "b": "B"}


def test_a_step_that_names_its_inputs_is_given_these_only() -> None:
    play = Play(
        workflow(
            step("a"),
            step("b", "a", inputs={"spec": "a.spec", "who": "input.owner"}, task="{{ spec }}!"),
            step("c", "a", inputs=["a"]),
            step("d", "a", inputs={}),
        ),
        input={"owner": "ann"},
    )
    play.complete("a", {"spec": [1, None]})
    prepared = prepare_step(play.run, "b")
    assert (prepared.task, prepared.inputs) == ("[1, null]!", {"spec": [1, None], "who": "ann"})
    assert prepare_step(play.run, "c").inputs == {"a": {"spec": [1, None]}}
    nothing = prepare_step(play.run, "d")
    assert (nothing.inputs, nothing.message) == ({}, "Task: do d")


def test_an_item_is_given_itself() -> None:
    play = Play(workflow(step("f", fan_out=["x", "y"]), step("g", "f")), input=0)
    assert prepare_step(play.run, "f", 1).inputs == {"input": 0, "item": "y"}
    with pytest.raises(IndexError):
        prepare_step(play.run, "f", 2)


def test_a_step_that_may_not_begin_yet_cannot_be_prepared() -> None:
    play = Play(workflow(step("a"), step("b", "a", task="{{ a }}")))
    with pytest.raises(ExpressionFailed, match="nothing named 'a'"):
        prepare_step(play.run, "b")
    with pytest.raises(KeyError):
        prepare_step(play.run, "nothing")


def test_only_what_is_over_can_be_referred_to() -> None:
    play = Play(workflow(step("a"), step("b"), step("c", condition="false")), input=3)
    play.complete("a", "A")
    assert dict(RunValues(play.run)) == {"input": 3, "a": "A", "c": None}
    assert "b" not in RunValues(play.run)
