"""Steps that are done once for each item of a list."""

from __future__ import annotations

from retold.domain.workflow.commands import CompleteStep, RetryFrom, StartStep
from retold.domain.workflow.events import RetriedFrom, StepFannedOut, StepReady
from retold.domain.workflow.preparing import prepare_step, results_of
from retold.domain.workflow.run import runs
from retold.domain.workflow.state import ItemStatus, RunStatus, StepStatus
from tests.domain.workflow.played import Play, noon, step, types_of, workflow


def test_each_item_is_ready_and_the_result_is_the_list_of_results_in_order() -> None:
    play = Play(
        workflow(
            step("plan"),
            step("write", "plan", fan_out="plan.files", task="write {{ item }} as {{ index }}"),
            step("join", "write", task="{{ len(write) }} files, first {{ write[0] }}"),
        )
    )
    events = play.complete("plan", {"files": ["x", "y", "z"]})
    assert events[1:3] == [
        StepFannedOut(step="write", items=("x", "y", "z")),
        StepReady(step="write", item=0, attempt=1, agent="ann", ready_at=noon),
    ]
    assert play.ready == ["write[0]", "write[1]", "write[2]"]
    assert prepare_step(play.run, "write", 1).task == "write y as 1"
    for place in (2, 0, 1):
        play.complete("write", f"text {place}", place)
    assert results_of(play.run)["write"] == ["text 0", "text 1", "text 2"]
    assert prepare_step(play.run, "join").task == "3 files, first text 0"


def test_an_empty_list_is_completed_at_once() -> None:
    play = Play(workflow(step("f", fan_out=[]), step("g", "f")))
    assert play.steps["f"] is StepStatus.COMPLETED
    assert (play.ready, results_of(play.run)) == (["g"], {"f": []})


def test_as_many_items_are_ready_as_may_be_in_work() -> None:
    play = Play(
        workflow(
            step(
                "f",
                fan_out={"over": list(range(5)), "max_parallel": 2},
                retry={"attempts": 2, "wait_jitter": 0},
            )
        )
    )
    assert play.ready == ["f[0]", "f[1]"]
    # An item that is tried again keeps its place.
    play.fail("f", 1)
    assert play.ready == ["f[0]", "f[1]"]
    play.complete("f", item=0)
    assert play.ready == ["f[2]", "f[1]"]
    done = [play.complete("f", item=place) for place in (1, 2, 3, 4)]
    assert types_of(done[-1]) == ["step_completed", "run_completed"]


def test_a_list_that_is_too_long_fails_the_step() -> None:
    play = Play(workflow(step("a"), step("f", "a", fan_out={"over": "a", "max_items": 2})))
    play.complete("a", [1, 2, 3])
    assert play.status is RunStatus.FAILED
    assert play.run.error is not None
    assert "max_items is 2" in play.run.error.message


def test_fallbacks_are_of_each_item() -> None:
    play = Play(workflow(step("f", fan_out=[1, 2, 3], fallback={"answer": "static"})))
    play.fail("f", 0)
    play.complete("f", "own", 1)
    play.fail("f", 2)
    assert results_of(play.run) == {"f": ["static", "own", "static"]}


def test_a_skipped_item_has_null_for_its_result() -> None:
    play = Play(workflow(step("f", fan_out=[1, 2], fallback="skip")))
    play.fail("f", 0)
    play.complete("f", "own", 1)
    assert play.status is RunStatus.COMPLETED
    assert results_of(play.run) == {"f": [None, "own"]}


def test_an_item_that_fails_fails_the_step_and_those_not_begun_are_dropped() -> None:
    play = Play(
        workflow(step("f", fan_out=[1, 2, 3]), step("g"), step("h", "f"), on_failure="finish")
    )
    in_flight = play.start("f", 1)
    play.fail("f", 0)
    assert play.ready == ["g"]
    play.do(CompleteStep(step="f", item=1, token=in_flight, result="kept", at=noon))
    play.complete("g")
    assert play.status is RunStatus.FAILED
    assert [item.status for item in play.run.steps["f"].items()] == [
        ItemStatus.FAILED,
        ItemStatus.COMPLETED,
        ItemStatus.CANCELLED,
    ]


def test_a_fan_out_that_is_retried_keeps_the_results_it_has() -> None:
    play = Play(
        workflow(step("f", fan_out={"over": [1, 2, 3, 4], "max_parallel": 2}), step("g", "f"))
    )
    play.complete("f", "kept", 0)
    play.fail("f", 1)
    assert play.run.is_over
    events = play.do(RetryFrom(step="f", at=noon))
    assert types_of(events) == ["retried_from", "step_ready", "step_ready"]
    assert play.ready == ["f[1]", "f[2]"]
    for place in (1, 2, 3):
        play.complete("f", "anew", place)
    assert results_of(play.run)["f"] == ["kept", "anew", "anew", "anew"]
    play.complete("g")
    assert play.status is RunStatus.COMPLETED


def test_a_fan_out_that_failed_after_the_retried_step_has_a_list_of_its_own() -> None:
    play = Play(workflow(step("plan"), step("f", "plan", fan_out="plan")))
    play.complete("plan", ["x", "y", "z"])
    play.complete("f", "of the first plan", 0)
    play.fail("f", 1)
    events = play.do(RetryFrom(step="plan", at=noon))
    assert events[0] == RetriedFrom(step="plan", reopened=("plan", "f"))
    play.complete("plan", ["v"])
    assert play.ready == ["f[0]"]
    play.complete("f", "of the second", 0)
    assert results_of(play.run)["f"] == ["of the second"]


def test_a_completed_fan_out_that_is_retried_begins_anew_with_later_attempts() -> None:
    play = Play(workflow(step("f", fan_out=[1, 2])))
    play.complete("f", item=0)
    play.complete("f", item=1)
    events = play.do(RetryFrom(step="f", at=noon))
    attempts = [event.attempt for event in events if isinstance(event, StepReady)]
    assert attempts == [2, 2]


def test_an_item_that_cannot_be_prepared_fails_alone() -> None:
    items = [{"x": 1}, {}, {"x": 3}]
    play = Play(workflow(step("f", fan_out=items, task="{{ item.x }}", fallback={"answer": 0})))
    assert play.ready == ["f[0]", "f[2]"]
    play.complete("f", 1, 0)
    play.complete("f", 3, 2)
    assert results_of(play.run) == {"f": [1, 0, 3]}


def test_a_thousand_items_and_an_event_copies_few_of_them() -> None:
    play = Play(workflow(step("plan"), step("f", "plan", fan_out="plan", task="do {{ item }}")))
    play.complete("plan", list(range(1_000)))
    for place in range(1_000):
        begin = StartStep(
            step="f", item=place, attempt=1, agent="ann", worker="w", token=1, at=noon
        )
        before = play.run.steps["f"].chunks
        play.do(begin)
        shared = [new is old for new, old in zip(play.run.steps["f"].chunks, before, strict=True)]
        assert shared.count(False) == 1
        play.do(CompleteStep(step="f", item=place, token=1, result=place, at=noon))
    assert play.status is RunStatus.COMPLETED
    assert results_of(play.run)["f"] == list(range(1_000))
    assert runs.after(play.events) == play.run
