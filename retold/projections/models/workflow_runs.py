"""Runs of workflows: a row a run, an execution, an attempt at a step, and an approval."""

from __future__ import annotations

from collections.abc import Iterator

from retold.domain.event import RecordedEvent
from retold.domain.workflow.events import (
    ApprovalGiven,
    ApprovalRefused,
    ApprovalRequested,
    Next,
    RetriedFrom,
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunPaused,
    RunQueued,
    RunResumed,
    RunStarted,
    StepCompleted,
    StepFailed,
    StepFannedOut,
    StepLost,
    StepReady,
    StepSkipped,
    StepStarted,
    StepTimedOut,
    WorkflowDefined,
    run_category,
    run_event_types,
)
from retold.projections.event_facts import short_text
from retold.projections.keys import key_text
from retold.projections.models.run_course import RunCourse, place_of, text_of
from retold.projections.models.timed_row import Timed, milliseconds
from retold.projections.models.workflow_attempt_table import approval_rows, attempt_rows
from retold.projections.models.workflow_table import Run, course_rows, execution_rows, run_rows
from retold.projections.payload import mapping_of, printable
from retold.projections.projection import Need, Projection
from retold.projections.rows import Rows

_ends = {
    RunCompleted.type: "completed",
    RunFailed.type: "failed",
    RunCancelled.type: "cancelled",
}
_failures = {
    StepFailed.type: "failed",
    StepTimedOut.type: "timed_out",
    StepLost.type: "lost",
}
# The classes of errors that workers raise none of.
_error_types = {StepTimedOut.type: "StepTimedOut", StepLost.type: "StepLost"}


def run_of(stream: str) -> str:
    """Return the id of the run a stream holds, as a key."""
    return key_text(stream.partition("-")[2])


def _needs(event: RecordedEvent) -> Iterator[Need]:
    run = run_of(event.stream)
    yield run_rows, run
    yield course_rows, run


def _fold(rows: Rows, event: RecordedEvent) -> None:
    name = run_of(event.stream)
    course = RunCourse(name, rows.get(run_rows, name), rows.get(course_rows, name))
    row = course.seen(event)
    if not _of_run(course, row, event):
        _of_step(course, event)
    if course.run is not None:
        rows.put(run_rows, course.run)
    rows.put(course_rows, course.course)
    for attempt in course.attempts.values():
        rows.put(attempt_rows, attempt)
    for approval in course.approvals.values():
        rows.put(approval_rows, approval)
    for execution in course.executions.values():
        rows.put(execution_rows, execution)


def _of_run(course: RunCourse, row: Run, event: RecordedEvent) -> bool:
    """Take in an event of a whole run; return False when it is of a step."""
    match event.type:
        case WorkflowDefined.type:
            _defined(course, row, event)
        case RunQueued.type:
            course.queued(event, row)
        case RunStarted.type:
            course.started(event, row)
        case RunPaused.type:
            course.set_status("paused")
        case RunResumed.type:
            course.set_status("queued" if row.started_at is None else "running")
        case RetriedFrom.type:
            course.retried(event, row)
        case ended if ended in _ends:
            course.ended(event, row, _ends[ended])
        case _:
            return False
    return True


def _defined(course: RunCourse, row: Run, event: RecordedEvent) -> None:
    defined = mapping_of(event.data.get("workflow"))
    steps = defined.get("steps")
    course.define(
        short_text(printable(defined.get("name"))) or "",
        len(steps) if isinstance(steps, list) else None,
    )


def _of_step(course: RunCourse, event: RecordedEvent) -> None:
    step, _ = place_of(event)
    match event.type:
        case StepFannedOut.type:
            items = event.data.get("items")
            course.count(step, "size", len(items) if isinstance(items, list) else 0)
        case StepReady.type:
            course.ready(event)
        case StepStarted.type:
            course.step_started(event)
        case StepCompleted.type:
            course.step_ended(event, "completed")
            course.count(step, "done")
        case StepSkipped.type:
            course.count(step, "skipped")
        case failed if failed in _failures:
            error = mapping_of(event.data.get("error"))
            error_type = _error_types.get(failed) or short_text(printable(error.get("type")))
            following = text_of(event, "next")
            course.step_ended(
                event,
                _failures[failed],
                error_type=error_type,
                error=printable(error.get("message")),
                next=following,
            )
            if following == Next.FAIL:
                course.count(step, "failed")
        case ApprovalRequested.type:
            course.asked(event)
        case ApprovalGiven.type:
            course.answered(event, "given")
        case ApprovalRefused.type:
            course.answered(event, "expired" if event.data.get("is_expired") else "refused")
        case _:
            pass


workflow_runs = Projection(
    name="workflow_runs",
    version=1,
    fold=_fold,
    needs=_needs,
    tables=(run_rows, attempt_rows, approval_rows, execution_rows, course_rows),
    types=frozenset(event.type for event in run_event_types),
    category=run_category,
    per_stream=True,
    code=(run_of, _of_run, _defined, _of_step, RunCourse, Timed, milliseconds, place_of, text_of),
    description="a row a run of a workflow, an attempt at a step, an approval: times, errors",
)
