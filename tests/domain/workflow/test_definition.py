"""How a workflow is written down, and what identifies a version of it."""

from __future__ import annotations

import json

from hypothesis import given, strategies as st

from retold.domain.workflow.definition import (
    Approval,
    Fallback,
    FallbackKind,
    FanOut,
    RetryPolicy,
    Workflow,
)
from tests.domain.workflow.played import feature_development, step, workflow


def test_steps_of_a_plain_list_run_one_after_the_other() -> None:
    assert feature_development.dependencies() == {
        "requirements_analysis": (),
        "implementation": ("requirements_analysis",),
        "code_review": ("implementation",),
    }


def test_a_step_that_names_none_depends_on_the_one_before_and_an_empty_list_is_none() -> None:
    made = workflow(
        {"name": "a", "agent": "ann", "task": "x"},
        step("b"),
        step("c", "a", "b"),
        {"name": "d", "agent": "ann", "task": "x"},
    )
    assert made.dependencies() == {"a": (), "b": (), "c": ("a", "b"), "d": ("c",)}


def test_short_forms() -> None:
    short = workflow(
        step("a"),
        step("b", "a", inputs=["a", "input"], fallback={"agent": "bob"}, approval="Go on?"),
        step("c", fan_out=[1, 2], fallback=[{"capability": "coding"}, {"answer": None}]),
        step("d", fan_out="a", fallback="skip", depends_on="a"),
    )
    _, b, c, d = short.steps
    assert b.inputs == {"a": "a", "input": "input"}
    assert b.fallback == (Fallback(kind=FallbackKind.AGENT, agent="bob"),)
    assert b.approval == Approval(ask="Go on?")
    assert [fallback.kind for fallback in c.fallback] == [FallbackKind.AGENT, FallbackKind.ANSWER]
    assert c.fan_out == FanOut(over=(1, 2))
    assert (d.fan_out, d.depends_on) == (FanOut(over="a"), ("a",))


def test_a_definition_survives_being_stored() -> None:
    made = workflow(
        step("a", inputs={}, retry={"attempts": 3, "not_on": ["AuthError"]}),
        step("b", "a", fan_out=[{"x": None}, [1]], fallback={"answer": {"y": None}}),
        needs=["x"],
        version=4,
        on_failure="finish",
    )
    stored = json.loads(json.dumps(made.model_dump(mode="json", exclude_none=True)))
    again = Workflow.model_validate(stored)
    assert again.content_hash == made.content_hash
    assert again.model_dump(mode="json") == made.model_dump(mode="json")
    assert again.steps[0].inputs == {}


def test_the_content_hash_is_that_of_what_is_defined() -> None:
    made = workflow(step("a"))
    assert len(made.content_hash) == 64
    assert workflow(step("a"), version=7).content_hash == made.content_hash
    spelled_out = workflow(step("a", priority=0, retry={"attempts": 1}, fallback=[]))
    assert spelled_out.content_hash == made.content_hash
    others = [
        workflow(step("a", task="other")),
        workflow(step("a"), description="other"),
        workflow(step("a", fallback={"answer": None})),
        workflow(step("a", fallback="skip")),
        workflow(step("a", inputs={})),
        workflow(step("a"), step("b")),
    ]
    assert len({made.content_hash, *(other.content_hash for other in others)}) == 7
    # Written down, because runs and definitions in users' logs are found by it.
    assert made.content_hash == ("9e3c488026d22867fbb6b9a0e7ce0b9176faf7984a6ea7fa5d8a4418bfa5d2a3")


def test_waits_grow_up_to_their_maximum() -> None:
    retry = RetryPolicy(attempts=9, wait_initial=2, wait_max=30, wait_jitter=0)
    assert [retry.wait_after(n, "r") for n in range(1, 7)] == [2, 4, 8, 16, 30, 30]
    assert RetryPolicy(wait_exp_base=1e308, wait_jitter=0).wait_after(10**9, "r") == 60


@given(st.integers(1, 2_000), st.text(st.characters(exclude_categories=["Cs"])))
def test_jitter_is_added_and_the_same_again(failures: int, seed: str) -> None:
    retry = RetryPolicy(wait_initial=1, wait_max=10, wait_jitter=3)
    plain = RetryPolicy(wait_initial=1, wait_max=10, wait_jitter=0).wait_after(failures, seed)
    assert plain <= retry.wait_after(failures, seed) < plain + 3
    assert retry.wait_after(failures, seed) == retry.wait_after(failures, seed)


def test_jitter_spreads() -> None:
    retry = RetryPolicy(wait_jitter=1)
    waits = [retry.wait_after(1, f"run-{number}") for number in range(200)]
    assert min(waits) < 1.1
    assert max(waits) > 1.9
    assert len(set(waits)) == 200
