"""What follows when an attempt fails, takes too long, or dies with its worker."""

from __future__ import annotations

from typing import Any

import pytest

from retold.domain.value import ErrorInfo
from retold.domain.workflow.commands import CompleteStep, FailStep, StartStep
from retold.domain.workflow.definition import FallbackKind
from retold.domain.workflow.events import (
    Next,
    RunFailed,
    SkipReason,
    StepCompleted,
    StepFailed,
    StepFellBack,
    StepLost,
    StepReady,
    StepSkipped,
    StepTimedOut,
)
from retold.domain.workflow.preparing import results_of
from retold.domain.workflow.reading import ready_steps
from retold.domain.workflow.state import ItemStatus, RunStatus, StepStatus
from retold.errors import RunNotRunning, RunOver
from tests.domain.workflow.played import Play, after, boom, diamond, noon, step, types_of, workflow

three = {"attempts": 3, "wait_initial": 2, "wait_jitter": 0}


def test_an_attempt_that_fails_is_followed_by_another_later() -> None:
    play = Play(diamond(retry=three))
    play.complete("top")
    assert play.fail("left") == [
        StepFailed(step="left", attempt=1, token=2, error=boom, next=Next.RETRY, retry_at=after(2)),
        StepReady(step="left", attempt=2, agent="ann", ready_at=after(2)),
    ]
    assert [found.step for found in ready_steps(play.run, noon)] == ["right"]
    assert [found.step for found in ready_steps(play.run, after(2))] == ["right", "left"]
    assert [event.retry_at for event in play.fail("left") if isinstance(event, StepFailed)] == [
        after(4)
    ]
    play.complete("left", "at last")
    play.complete("right")
    play.complete("bottom")
    assert play.status is RunStatus.COMPLETED
    assert play.run.steps["left"].item(None).attempt == 3


def test_the_last_attempt_fails_the_step_and_the_run() -> None:
    play = Play(workflow(step("a", retry=three), step("b", "a")))
    play.fail("a")
    play.fail("a")
    assert play.fail("a") == [
        StepFailed(step="a", attempt=3, token=3, error=boom, next=Next.FAIL),
        RunFailed(steps=("a",), error=boom),
    ]
    assert play.steps == {"a": StepStatus.FAILED, "b": StepStatus.PENDING}
    assert (play.status, play.run.error) == (RunStatus.FAILED, boom)
    with pytest.raises(RunOver):
        play.do(StartStep(step="b", attempt=1, agent="ann", worker="w", token=9, at=noon))


@pytest.mark.parametrize(
    ("retry", "options"),
    [
        (three, {"is_retryable": False}),
        ({**three, "not_on": ["BoomError"]}, {}),
        ({"attempts": 1}, {}),
    ],
)
def test_what_is_not_to_be_retried_is_not(retry: dict[str, Any], options: dict[str, Any]) -> None:
    play = Play(workflow(step("a", retry=retry)))
    play.fail("a", **options)
    assert play.status is RunStatus.FAILED


def test_an_attempt_that_takes_too_long_counts_as_failed() -> None:
    play = Play(workflow(step("a", timeout=10, retry=three)))
    assert play.time_out("a", 10) == [
        StepTimedOut(step="a", attempt=1, token=1, next=Next.RETRY, retry_at=after(12)),
        StepReady(step="a", attempt=2, agent="ann", ready_at=after(12)),
    ]
    play.time_out("a", 11)
    play.time_out("a", 12)
    assert play.run.error == ErrorInfo(type="StepTimedOut", message="attempt 3 took too long")


def test_a_step_whose_worker_died_begins_anew_at_once_and_not_at_the_expense_of_attempts() -> None:
    play = Play(workflow(step("a", retry={"attempts": 1, "restarts": 2})))
    assert play.lose("a") == [
        StepLost(step="a", attempt=1, token=1, worker="w", next=Next.RETRY, retry_at=noon),
        StepReady(step="a", attempt=2, agent="ann", ready_at=noon),
    ]
    play.lose("a")
    # A step that kills its worker each time does not do so for ever.
    assert types_of(play.lose("a")) == ["step_lost", "run_failed"]
    assert play.run.error is not None
    assert play.run.error.type == "StepLost"


def test_what_must_not_be_done_twice_fails_when_its_worker_dies() -> None:
    play = Play(workflow(step("pay", retry={"attempts": 5, "restarts": 0})))
    play.lose("pay")
    assert play.status is RunStatus.FAILED


def test_another_agent_has_attempts_of_its_own() -> None:
    fallback = [{"agent": "bob"}, {"capability": "coding"}, {"answer": "none"}]
    play = Play(workflow(step("a", retry={**three, "attempts": 2}, fallback=fallback)))
    whom = []
    while play.status is RunStatus.RUNNING:
        (ready,) = ready_steps(play.run)
        whom.append((ready.agent, ready.capability, ready.attempt))
        play.fail("a")
    assert whom == [
        ("ann", None, 1),
        ("ann", None, 2),
        ("bob", None, 3),
        ("bob", None, 4),
        (None, "coding", 5),
        (None, "coding", 6),
    ]
    assert play.events[-4:] == [
        StepFailed(step="a", attempt=6, token=6, error=boom, next=Next.FALLBACK),
        StepFellBack(step="a", number=2, kind=FallbackKind.ANSWER),
        StepCompleted(step="a", result="none"),
        play.events[-1],
    ]
    assert results_of(play.run) == {"a": "none"}


def test_another_agent_gives_the_result() -> None:
    play = Play(diamond(fallback={"agent": "bob"}))
    play.complete("top")
    assert play.fail("left")[1:] == [
        StepFellBack(step="left", number=0, kind=FallbackKind.AGENT, agent="bob"),
        StepReady(step="left", attempt=2, agent="bob", ready_at=noon),
    ]
    play.complete("left", "by bob")
    play.complete("right")
    assert play.ready == ["bottom"]


def test_a_step_is_left_out_when_its_fallback_says_so() -> None:
    play = Play(diamond(fallback="skip"))
    play.complete("top")
    assert play.fail("left")[1:] == [
        StepFellBack(step="left", number=0, kind=FallbackKind.SKIP),
        StepSkipped(step="left", reason=SkipReason.FALLBACK),
    ]
    play.complete("right")
    play.complete("bottom")
    assert play.status is RunStatus.COMPLETED
    assert "left" not in results_of(play.run)


def test_what_is_in_flight_finishes_and_nothing_else_begins_when_a_step_failed() -> None:
    play = Play(workflow(step("a"), step("b"), step("c", "b"), step("d")))
    b = play.start("b")
    assert types_of(play.fail("a")) == ["step_failed"]
    assert (play.status, play.ready) == (RunStatus.RUNNING, [])
    with pytest.raises(RunNotRunning, match="failing"):
        play.do(StartStep(step="d", attempt=1, agent="ann", worker="w", token=9, at=noon))
    ended = play.do(CompleteStep(step="b", token=b, result="paid for", at=noon))
    assert types_of(ended) == ["step_completed", "run_failed"]
    assert results_of(play.run) == {"b": "paid for"}
    assert play.steps["d"] is StepStatus.CANCELLED


def test_what_is_in_flight_is_not_tried_again_when_another_step_failed() -> None:
    play = Play(workflow(step("a"), step("b", retry=three, fallback={"agent": "bob"})))
    b = play.start("b")
    play.fail("a")
    ended = play.do(FailStep(step="b", token=b, error=boom, at=noon))
    assert types_of(ended) == ["step_failed", "run_failed"]
    assert play.run.failed == ("a", "b")


def test_others_run_to_their_end_when_the_workflow_says_so() -> None:
    play = Play(
        workflow(
            step("a"),
            step("after_a", "a"),
            step("b", retry=three),
            step("after_b", "b"),
            on_failure="finish",
        )
    )
    play.fail("a")
    play.fail("b")
    play.complete("b")
    assert play.status is RunStatus.RUNNING
    ended = play.complete("after_b")
    assert ended[-1] == RunFailed(steps=("a",), error=boom)
    assert play.steps["after_a"] is StepStatus.PENDING
    assert set(results_of(play.run)) == {"b", "after_b"}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"task": "{{ first.summary }}"}, "has no 'summary'"),
        ({"inputs": {"s": "first.summary"}}, "has no 'summary'"),
        ({"condition": "first > 3"}, "have no order"),
        ({"fan_out": "first"}, "a list is needed"),
        ({"approval": "Use {{ first[0] }}?"}, "has no 0"),
    ],
)
def test_a_step_that_cannot_be_prepared_fails_without_an_attempt(
    fields: dict[str, Any], reason: str
) -> None:
    play = Play(workflow(step("first"), step("b", "first", retry=three, **fields)))
    events = play.complete("first", "a text")
    failed = events[1]
    assert isinstance(failed, StepFailed)
    assert (failed.attempt, failed.next, failed.error.type) == (None, Next.FAIL, "ExpressionFailed")
    assert reason in failed.error.message
    assert play.status is RunStatus.FAILED


def test_only_an_answer_helps_a_step_that_cannot_be_prepared() -> None:
    fallback = [{"agent": "bob"}, {"answer": ["static"]}]
    play = Play(
        workflow(
            step("first"),
            step("b", "first", fan_out="first", fallback=fallback),
            step("c", "b", task="{{ b[0] }}"),
        )
    )
    events = play.complete("first", "no list")
    assert types_of(events) == [
        "step_completed",
        "step_failed",
        "step_fell_back",
        "step_completed",
        "step_ready",
    ]
    assert results_of(play.run)["b"] == ["static"]
    assert play.run.steps["b"].item(None).status is ItemStatus.COMPLETED
