"""Only the holder of the newest token counts, and what is finished is not begun again."""

from __future__ import annotations

import pytest

from retold.domain.workflow.commands import (
    CancelRun,
    CompleteStep,
    FailStep,
    LoseStep,
    RetryFrom,
    StartStep,
    TimeOutStep,
)
from retold.domain.workflow.preparing import results_of
from retold.domain.workflow.state import RunStatus
from retold.errors import (
    RunNotRunning,
    RunOver,
    StaleFencingToken,
    StepFinished,
    StepNotReady,
    UnknownRunStep,
)
from tests.domain.workflow.played import Play, after, boom, diamond, noon, step, workflow


def begin(
    name: str, token: int, *, attempt: int = 1, worker: str = "w", item: int | None = None
) -> StartStep:
    return StartStep(
        step=name, item=item, attempt=attempt, agent="ann", worker=worker, token=token, at=noon
    )


def done(name: str, token: int, result: object = "done", item: int | None = None) -> CompleteStep:
    return CompleteStep(step=name, item=item, token=token, result=result, at=noon)


def test_the_result_of_a_worker_that_lost_the_step_is_refused() -> None:
    play = Play(diamond())
    play.do(begin("top", 1, worker="dead"))
    play.do(LoseStep(step="top", token=1, at=noon))
    with pytest.raises(StaleFencingToken) as refused:
        play.do(done("top", 1, "late"))
    assert (refused.value.token, refused.value.current) == (1, None)
    play.do(begin("top", 2, attempt=2, worker="alive"))
    for report in (done("top", 1), FailStep(step="top", token=1, error=boom, at=noon)):
        with pytest.raises(StaleFencingToken) as refused:
            play.do(report)
        assert refused.value.current == 2
    play.do(done("top", 2, "in time"))
    assert results_of(play.run) == {"top": "in time"}
    with pytest.raises(StaleFencingToken):
        play.do(done("top", 1))


def test_a_step_begins_under_a_greater_token_only() -> None:
    play = Play(workflow(step("a")))
    play.do(begin("a", 5))
    play.do(LoseStep(step="a", token=5, at=noon))
    for token in (4, 5):
        with pytest.raises(StaleFencingToken):
            play.do(begin("a", token, attempt=2))
    play.do(begin("a", 6, attempt=2))


def test_the_same_command_again_changes_nothing() -> None:
    play = Play(diamond())
    assert play.do(begin("top", 1))
    assert play.do(begin("top", 1)) == []
    assert play.do(done("top", 1, "first"))
    assert play.do(done("top", 1, "second")) == []
    assert results_of(play.run) == {"top": "first"}
    token = play.start("left")
    failed = FailStep(step="left", token=token, error=boom, at=noon)
    assert play.do(failed)
    assert play.do(failed) == []


def test_what_is_in_flight_is_not_begun_by_another() -> None:
    play = Play(diamond())
    play.do(begin("top", 1))
    with pytest.raises(StepNotReady, match="it is running"):
        play.do(begin("top", 2, worker="other"))
    with pytest.raises(StepNotReady):
        play.do(begin("top", 2, worker="other", attempt=2))


def test_what_is_finished_is_not_begun_again() -> None:
    play = Play(diamond())
    play.complete("top")
    for attempt in (1, 2):
        with pytest.raises(StepFinished, match="'top' of run 'r1' is completed"):
            play.do(begin("top", 9, attempt=attempt))


def test_what_waits_for_others_is_not_begun() -> None:
    play = Play(diamond())
    with pytest.raises(StepNotReady, match="it is pending") as refused:
        play.do(begin("bottom", 1))
    assert refused.value.status == "pending"


def test_an_entry_of_an_earlier_attempt_begins_nothing() -> None:
    play = Play(workflow(step("a", retry={"attempts": 3, "wait_jitter": 0})))
    play.fail("a")
    with pytest.raises(StepNotReady, match="next attempt is number 2"):
        play.do(begin("a", 9, attempt=1))


def test_a_step_or_item_that_is_not_there() -> None:
    play = Play(workflow(step("a"), step("f", fan_out=[1, 2])))
    for command in (
        begin("nobody", 1),
        begin("a", 1, item=0),
        begin("f", 1),
        begin("f", 1, item=2),
        begin("f", 1, item=-1),
        done("nobody", 1),
        LoseStep(step="f", item=7, token=1, at=noon),
    ):
        with pytest.raises(UnknownRunStep):
            play.do(command)


def test_a_lost_or_late_attempt_is_settled_once() -> None:
    play = Play(workflow(step("a", timeout=5, retry={"attempts": 5, "wait_jitter": 0})))
    play.do(begin("a", 1))
    assert play.do(TimeOutStep(step="a", token=1, at=after(4.9))) == []
    assert play.do(TimeOutStep(step="a", token=1, at=after(5)))
    assert play.do(TimeOutStep(step="a", token=1, at=after(6))) == []
    assert play.do(LoseStep(step="a", token=1, at=after(6))) == []
    play.do(begin("a", 2, attempt=2))
    assert play.do(LoseStep(step="a", token=1, at=after(6))) == []
    assert play.run.steps["a"].running == 1


def test_a_result_that_comes_after_a_fallback_answered_is_refused() -> None:
    play = Play(workflow(step("a", timeout=1, fallback={"answer": "static"})))
    play.do(begin("a", 1))
    play.do(TimeOutStep(step="a", token=1, at=after(2)))
    assert play.status is RunStatus.COMPLETED
    with pytest.raises(StaleFencingToken):
        play.do(done("a", 1, "late"))
    assert results_of(play.run) == {"a": "static"}


def test_nothing_counts_after_a_cancellation() -> None:
    play = Play(diamond())
    play.complete("top")
    play.do(begin("left", 7))
    play.do(CancelRun())
    with pytest.raises(StaleFencingToken):
        play.do(done("left", 7))
    with pytest.raises(RunOver):
        play.do(begin("bottom", 8))
    assert results_of(play.run) == {"top": "done"}


def test_a_report_of_before_a_retry_is_refused_also_by_a_step_that_waits_again() -> None:
    play = Play(workflow(step("a"), step("b", "a")))
    play.complete("a")
    play.do(begin("b", 9))
    play.do(CancelRun())
    play.do(RetryFrom(step="a", at=noon))
    for report in (done("b", 9), FailStep(step="b", token=9, error=boom, at=noon)):
        with pytest.raises(StaleFencingToken):
            play.do(report)
    assert play.do(LoseStep(step="b", token=9, at=noon)) == []


def test_no_step_begins_before_its_run() -> None:
    play = Play(diamond(), start=False)
    with pytest.raises(RunNotRunning, match="queued"):
        play.do(begin("top", 1))
