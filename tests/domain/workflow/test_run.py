"""How a run goes when nothing goes wrong."""

from __future__ import annotations

from typing import Any

import pytest

from retold.domain.workflow.commands import CompleteStep, QueueRun, StartRun, StartStep
from retold.domain.workflow.definition import Workflow
from retold.domain.workflow.events import (
    RunCompleted,
    RunQueued,
    RunStarted,
    SkipReason,
    StepCompleted,
    StepReady,
    StepSkipped,
    StepStarted,
    WorkflowDefined,
)
from retold.domain.workflow.preparing import results_of
from retold.domain.workflow.reading import ready_steps, steps_in_flight
from retold.domain.workflow.run import runs
from retold.domain.workflow.state import RunStatus, StepStatus
from retold.errors import MissingRunInput, RunExists, RunNotFound, RunOver, WorkflowInvalid
from retold.testing import given
from tests.domain.workflow.played import (
    Play,
    after,
    diamond,
    feature_development,
    feature_input,
    noon,
    step,
    workflow,
)

two = workflow(step("a"), step("b", "a", capability="coding", priority=2), version=3)
defined = WorkflowDefined(workflow=two, content_hash=two.content_hash)
queued = RunQueued(run="r1", workflow="work", version=3, input=[1], priority=5, ready_at=noon)
a_ready = StepReady(step="a", attempt=1, agent="ann", ready_at=noon, priority=5)
a_started = StepStarted(step="a", attempt=1, agent="ann", worker="w", token=4)
a_completed = StepCompleted(step="a", attempt=1, token=4, result={"x": 1})
b_ready = StepReady(step="b", attempt=1, capability="coding", ready_at=after(9), priority=7)
b_started = StepStarted(step="b", attempt=1, agent="bob", instance="2", worker="w", token=1)
begin_a = StartStep(step="a", attempt=1, agent="ann", worker="w", token=4, at=noon)
begun = (defined, queued, RunStarted(worker="w"), a_ready)


def test_queued_started_completed() -> None:
    given(runs).when(QueueRun(run="r1", workflow=two, input=[1], priority=5, at=noon)).then(
        defined, queued
    )
    given(runs, defined, queued).when(StartRun(worker="w", at=noon)).then(
        RunStarted(worker="w"), a_ready
    )
    given(runs, *begun).when(begin_a).then(a_started)
    given(runs, *begun, a_started).when(
        CompleteStep(step="a", token=4, result={"x": 1}, at=after(9))
    ).then(a_completed, b_ready)
    run = (
        given(runs, *begun, a_started, a_completed, b_ready, b_started)
        .when(CompleteStep(step="b", token=1, result="ok", at=noon))
        .then(StepCompleted(step="b", attempt=1, token=1, result="ok"), RunCompleted())
    )
    assert run.status is RunStatus.COMPLETED
    assert results_of(run) == {"a": {"x": 1}, "b": "ok"}


def test_a_deadline_is_set_by_the_timeout_of_the_attempt() -> None:
    play = Play(workflow(step("a", timeout=2.5)))
    play.start("a")
    assert [found.deadline for found in steps_in_flight(play.run)] == [after(2.5)]


def test_a_definition_without_a_version_runs_as_the_first() -> None:
    events = runs.decide(QueueRun(run="r", workflow=workflow(step("a")), at=noon), runs.state())
    assert isinstance(events[0], WorkflowDefined)
    assert events[0].workflow.version == 1


def test_the_feature_development_workflow() -> None:
    play = Play(feature_development, input=feature_input)
    order = []
    while play.status is RunStatus.RUNNING:
        (name,) = play.ready
        order.append(name)
        play.complete(name, f"result of {name}")
    assert order == ["requirements_analysis", "implementation", "code_review"]
    assert play.status is RunStatus.COMPLETED
    assert results_of(play.run) == {name: f"result of {name}" for name in order}


def test_independent_steps_are_ready_at_once_and_a_join_waits_for_both() -> None:
    play = Play(diamond())
    assert play.ready == ["top"]
    play.complete("top")
    assert play.ready == ["left", "right"]
    left, right = play.start("left"), play.start("right")
    assert {found.step for found in steps_in_flight(play.run)} == {"left", "right"}
    play.do(CompleteStep(step="right", token=right, result="r", at=noon))
    assert play.ready == []
    play.do(CompleteStep(step="left", token=left, result="l", at=noon))
    assert play.ready == ["bottom"]
    play.complete("bottom")
    assert play.status is RunStatus.COMPLETED


def test_ready_steps_are_ordered_by_priority_then_by_time() -> None:
    play = Play(
        workflow(step("late"), step("low", priority=-1), step("high", priority=3)), priority=10
    )
    assert play.ready == ["high", "late", "low"]
    assert [found.priority for found in ready_steps(play.run)] == [13, 10, 9]
    assert ready_steps(play.run, after(-1)) == []


@pytest.mark.parametrize(("score", "status"), [(0.9, StepStatus.SKIPPED), (0.2, StepStatus.OPEN)])
def test_a_step_whose_condition_is_not_true_is_skipped(score: float, status: StepStatus) -> None:
    play = Play(
        workflow(
            step("review"),
            step("mend", "review", condition="review.score < 0.5"),
            step("tell", "mend", condition="exists(mend)"),
            step("end", "mend", "tell", task="mended: {{ mend }}"),
        )
    )
    events = play.complete("review", {"score": score})
    assert play.steps["mend"] is status
    if status is StepStatus.SKIPPED:
        # Those that depend on it go on all the same, and can tell.
        assert events[1:3] == [
            StepSkipped(step="mend", reason=SkipReason.CONDITION),
            StepSkipped(step="tell", reason=SkipReason.CONDITION),
        ]
        assert play.ready == ["end"]
    else:
        assert play.ready == ["mend"]


def test_a_run_all_of_whose_steps_are_skipped_is_completed() -> None:
    play = Play(
        workflow(step("a", condition="input > 3"), step("b", "a", condition="1 == 2")), input=1
    )
    assert play.status is RunStatus.COMPLETED
    assert results_of(play.run) == {}


def test_a_run_keeps_the_definition_it_began_with() -> None:
    play = Play(two)
    play.complete("a")
    assert play.run.workflow == two
    assert play.run.content_hash == two.content_hash
    later = two.model_copy(update={"version": 4, "steps": two.steps[:1]})
    with pytest.raises(RunExists):
        play.do(QueueRun(run="r1", workflow=later, at=noon))
    assert play.ready == ["b"]


def test_a_run_lacking_input_is_refused() -> None:
    needs = workflow(step("a", task="{{ input.feature }}"), needs=["feature", "owner"])
    lacking: list[Any] = [None, [], "feature", {"feature": 1}]
    for given_input in lacking:
        refused = (
            given(runs)
            .when(QueueRun(run="r", workflow=needs, input=given_input, at=noon))
            .raises(MissingRunInput)
        )
        assert "owner" in refused.missing
    assert Play(needs, input={"feature": 1, "owner": None}).ready == ["a"]


def test_a_definition_that_cannot_run_is_not_queued() -> None:
    unchecked = Workflow.model_validate({"name": "w", "steps": [step("a", "b"), step("b", "a")]})
    given(runs).when(QueueRun(run="r", workflow=unchecked, at=noon)).raises(WorkflowInvalid)


def test_what_was_never_queued_is_not_started() -> None:
    given(runs).when(StartRun(at=noon)).raises(RunNotFound)
    given(runs).when(begin_a).raises(RunNotFound)


def test_a_run_is_started_once() -> None:
    given(runs, *begun).when(StartRun(worker="other", at=noon)).then()
    play = Play(workflow(step("a")))
    play.complete("a")
    with pytest.raises(RunOver):
        play.do(StartRun(at=noon))
