"""Pausing, resuming, cancelling, approving and retrying a run."""

from __future__ import annotations

import pytest

from retold.domain.workflow.commands import (
    CancelRun,
    CompleteStep,
    ExpireApproval,
    GiveApproval,
    PauseRun,
    RefuseApproval,
    ResumeRun,
    RetryFrom,
    RunCommand,
    StartRun,
    StartStep,
)
from retold.domain.workflow.events import (
    ApprovalGiven,
    ApprovalRefused,
    ApprovalRequested,
    RetriedFrom,
    RunCancelled,
    RunPaused,
    RunResumed,
    SkipReason,
    StepReady,
    StepSkipped,
)
from retold.domain.workflow.preparing import results_of
from retold.domain.workflow.reading import approvals_pending, steps_in_flight
from retold.domain.workflow.state import RunStatus, StepStatus
from retold.errors import (
    ApprovalNotPending,
    RunNotOver,
    RunNotRunning,
    RunOver,
    StaleFencingToken,
    UnknownRunStep,
)
from tests.domain.workflow.played import Play, after, diamond, noon, step, types_of, workflow


def test_a_paused_run_begins_no_step_and_goes_on_when_it_is_resumed() -> None:
    play = Play(diamond())
    top = play.start("top")
    assert play.do(PauseRun(by="ops", reason="quota")) == [RunPaused(by="ops", reason="quota")]
    assert play.do(PauseRun()) == []
    play.do(CompleteStep(step="top", token=top, result=1, at=noon))
    assert (play.status, play.ready) == (RunStatus.PAUSED, [])
    with pytest.raises(RunNotRunning, match="paused"):
        play.do(StartStep(step="left", attempt=1, agent="ann", worker="w", token=9, at=noon))
    assert play.do(ResumeRun(by="ops")) == [RunResumed(by="ops")]
    assert play.do(ResumeRun()) == []
    assert play.ready == ["left", "right"]


def test_a_queued_run_that_is_paused_is_not_started() -> None:
    play = Play(diamond(), start=False)
    play.do(PauseRun())
    with pytest.raises(RunNotRunning):
        play.do(StartRun(at=noon))
    play.do(ResumeRun())
    assert play.status is RunStatus.QUEUED
    play.do(StartRun(at=noon))
    assert play.ready == ["top"]


def test_a_run_that_has_its_last_result_while_paused_is_completed() -> None:
    play = Play(workflow(step("a")))
    token = play.start("a")
    play.do(PauseRun())
    play.do(CompleteStep(step="a", token=token, at=noon))
    assert play.status is RunStatus.COMPLETED


@pytest.mark.parametrize("start", [True, False])
def test_a_cancelled_run_is_over(start: bool) -> None:
    play = Play(diamond(), start=start)
    if start:
        play.start("top")
    assert play.do(CancelRun(by="ops")) == [RunCancelled(by="ops")]
    assert play.do(CancelRun()) == []
    assert (play.ready, steps_in_flight(play.run)) == ([], [])
    for command in (PauseRun(), ResumeRun(), StartRun(at=noon)):
        with pytest.raises(RunOver, match="cancelled"):
            play.do(command)
    play.do(RetryFrom(step="top", at=noon))
    if not start:
        assert play.status is RunStatus.QUEUED
        play.do(StartRun(at=noon))
    assert play.ready == ["top"]


def test_a_completed_run_is_not_cancelled() -> None:
    play = Play(workflow(step("a")))
    play.complete("a")
    with pytest.raises(RunOver, match="completed"):
        play.do(CancelRun())


# Approval --------------------------------------------------------------------------------------

deploy = workflow(
    step("build"),
    step(
        "deploy",
        "build",
        approval={"ask": "Deploy {{ build.version }}?", "timeout": 60},
        condition="build.version > 1",
    ),
    step("tell", "deploy"),
)


def test_a_step_begins_once_a_human_agreed() -> None:
    play = Play(deploy)
    events = play.complete("build", {"version": 2})
    assert events[1:] == [
        ApprovalRequested(step="deploy", question="Deploy 2?", expires_at=after(60))
    ]
    assert (play.ready, approvals_pending(play.run)) == ([], {"deploy": after(60)})
    given = play.do(GiveApproval(step="deploy", by="ann", reason="looks good", at=after(9)))
    assert given == [
        ApprovalGiven(step="deploy", by="ann", reason="looks good"),
        StepReady(step="deploy", attempt=1, agent="ann", ready_at=after(9)),
    ]
    assert approvals_pending(play.run) == {}
    with pytest.raises(ApprovalNotPending):
        play.do(GiveApproval(step="deploy", at=noon))


def test_nobody_is_asked_about_a_step_that_is_skipped() -> None:
    play = Play(deploy)
    events = play.complete("build", {"version": 1})
    assert types_of(events) == ["step_completed", "step_skipped", "step_ready"]


def test_a_refusal_fails_the_step_whatever_its_fallback() -> None:
    play = Play(workflow(step("a", approval="Go?", fallback={"answer": "anyway"})))
    events = play.do(RefuseApproval(step="a", by="bob", reason="too risky", at=noon))
    assert events[0] == ApprovalRefused(step="a", by="bob", reason="too risky")
    assert types_of(events) == ["approval_refused", "step_failed", "run_failed"]
    assert play.run.error is not None
    assert (play.run.error.type, play.run.error.message) == ("ApprovalRefused", "too risky")


def test_a_refusal_may_leave_the_step_out() -> None:
    play = Play(workflow(step("a", approval={"ask": "Go?", "refused": "skip"}), step("b", "a")))
    events = play.do(RefuseApproval(step="a", at=noon))
    assert events[1] == StepSkipped(step="a", reason=SkipReason.APPROVAL)
    assert play.ready == ["b"]


def test_no_answer_in_time_is_a_refusal() -> None:
    play = Play(deploy)
    play.complete("build", {"version": 2})
    assert play.do(ExpireApproval(step="deploy", at=after(59))) == []
    events = play.do(ExpireApproval(step="deploy", at=after(60)))
    assert events[0] == ApprovalRefused(step="deploy", is_expired=True)
    assert play.status is RunStatus.FAILED
    assert play.do(ExpireApproval(step="deploy", at=after(61))) == []


@pytest.mark.parametrize(
    "command", [GiveApproval(step="build", at=noon), RefuseApproval(step="tell", at=noon)]
)
def test_an_approval_nobody_asked_for_is_refused(command: RunCommand) -> None:
    with pytest.raises(ApprovalNotPending):
        Play(deploy).do(command)


def test_an_approval_of_a_step_that_is_not_there() -> None:
    with pytest.raises(UnknownRunStep):
        Play(deploy).do(GiveApproval(step="nothing", at=noon))


def test_a_fan_out_is_approved_as_a_whole() -> None:
    play = Play(workflow(step("f", fan_out=[1, 2], approval="All of them?")))
    play.do(GiveApproval(step="f", at=noon))
    assert play.ready == ["f[0]", "f[1]"]


def test_an_approval_may_be_given_while_the_run_is_paused() -> None:
    play = Play(workflow(step("a", approval="Go?")))
    play.do(PauseRun())
    play.do(GiveApproval(step="a", at=noon))
    assert play.ready == []
    play.do(ResumeRun())
    assert play.ready == ["a"]


# Retry -----------------------------------------------------------------------------------------


def test_a_failed_run_goes_on_from_the_step_and_keeps_what_came_before() -> None:
    play = Play(diamond())
    play.complete("top", "kept")
    play.complete("right", "kept too")
    play.fail("left")
    events = play.do(RetryFrom(step="left", by="ops", at=after(5)))
    assert events == [
        RetriedFrom(step="left", reopened=("left",), by="ops"),
        StepReady(step="left", attempt=2, agent="ann", ready_at=after(5)),
    ]
    play.complete("left", "anew")
    play.complete("bottom")
    assert play.status is RunStatus.COMPLETED
    assert play.run.failed == ()
    assert results_of(play.run)["top"] == "kept"


def test_what_depends_on_the_step_begins_anew_as_well() -> None:
    play = Play(diamond())
    for name in ("top", "left", "right", "bottom"):
        play.complete(name)
    events = play.do(RetryFrom(step="left", at=noon))
    assert events[0] == RetriedFrom(step="left", reopened=("left", "bottom"))
    assert set(results_of(play.run)) == {"top", "right"}
    assert play.steps["bottom"] is StepStatus.PENDING
    play.complete("left", "second")
    play.complete("bottom", "second")
    assert play.status is RunStatus.COMPLETED
    assert results_of(play.run) == {
        "top": "done",
        "left": "second",
        "right": "done",
        "bottom": "second",
    }


def test_whatever_else_failed_or_was_cut_off_goes_on_too() -> None:
    play = Play(
        workflow(
            step("a"), step("b"), step("c"), step("w", approval="Go?"), step("f", fan_out=[1, 2])
        )
    )
    play.complete("f", "kept", 0)
    b = play.start("b")
    play.fail("a")
    play.do(CompleteStep(step="b", token=b, result="kept", at=noon))
    assert play.status is RunStatus.FAILED
    events = play.do(RetryFrom(step="a", at=noon))
    assert events[0] == RetriedFrom(step="a", reopened=("a", "c", "w"), continued=("f",))
    assert play.ready == ["a", "c", "f[1]"]
    assert approvals_pending(play.run) == {"w": None}


def test_attempts_are_counted_on_and_the_policy_begins_anew() -> None:
    retry = {"attempts": 2, "wait_initial": 0, "wait_jitter": 0}
    play = Play(workflow(step("a", retry=retry, fallback={"agent": "bob"})))
    for _ in range(4):
        play.fail("a")
    assert play.run.is_over
    play.do(RetryFrom(step="a", at=noon))
    started = play.run.steps["a"].attempt_before
    assert started == 4
    for _ in range(3):
        play.fail("a")
    assert play.status is RunStatus.RUNNING
    play.complete("a")
    assert play.run.steps["a"].item(None).attempt == 8


def test_tokens_of_before_the_retry_are_stale() -> None:
    play = Play(workflow(step("a")))
    play.complete("a", "first")
    play.do(RetryFrom(step="a", at=noon))
    for token in (0, 1):
        begin = StartStep(step="a", attempt=2, agent="ann", worker="w", token=token, at=noon)
        with pytest.raises(StaleFencingToken):
            play.do(begin)
    play.start("a")
    with pytest.raises(StaleFencingToken):
        play.do(CompleteStep(step="a", token=1, result="again", at=noon))
    assert results_of(play.run) == {}


def test_a_run_that_is_not_over_is_not_retried() -> None:
    play = Play(diamond())
    with pytest.raises(RunNotOver, match="running"):
        play.do(RetryFrom(step="top", at=noon))
    with pytest.raises(UnknownRunStep):
        play.do(RetryFrom(step="nothing", at=noon))
