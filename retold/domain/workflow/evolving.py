"""How each event changes where a run stands. A new state shares all it can with the one before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from retold.domain.event import DomainEvent
from retold.domain.value import ErrorInfo
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
    StepFellBack,
    StepLost,
    StepReady,
    StepSkipped,
    StepStarted,
    StepTimedOut,
    WorkflowDefined,
)
from retold.domain.workflow.graph import reversed_edges
from retold.domain.workflow.state import (
    Item,
    ItemStatus,
    RunStatus,
    StepState,
    StepStatus,
    WorkflowRun,
    chunk_size,
    settled_item_statuses,
    settled_statuses,
)

_begins = frozenset({StepStatus.PENDING, StepStatus.AWAITING_APPROVAL})
_unfinished = frozenset({ItemStatus.READY, ItemStatus.RUNNING})
_cut_off = frozenset({ItemStatus.FAILED, ItemStatus.CANCELLED})


def evolve(run: WorkflowRun, event: DomainEvent) -> WorkflowRun:
    """Return where a run stands after an event."""
    change = _changes.get(type(event))
    return run if change is None else change(run, event)


# The run ---------------------------------------------------------------------------------------


def _defined(run: WorkflowRun, event: WorkflowDefined) -> WorkflowRun:
    workflow = event.workflow
    dependencies = workflow.dependencies()
    steps = {
        step.name: StepState(place=place, waits_for=len(dependencies[step.name]))
        for place, step in enumerate(workflow.steps)
    }
    changes = {
        "workflow": workflow,
        "content_hash": event.content_hash,
        "steps": steps,
        "dependants": reversed_edges(dependencies),
        "due": tuple(name for name, step in steps.items() if not step.waits_for),
    }
    return run.model_copy(update=changes)


def _queued(run: WorkflowRun, event: RunQueued) -> WorkflowRun:
    changes = {
        "id": event.run,
        "input": event.input,
        "priority": event.priority,
        "status": RunStatus.QUEUED,
    }
    return run.model_copy(update=changes)


def _started(run: WorkflowRun, event: RunStarted) -> WorkflowRun:
    return run.model_copy(update={"status": RunStatus.RUNNING, "is_started": True})


def _paused(run: WorkflowRun, event: RunPaused) -> WorkflowRun:
    return run.model_copy(update={"status": RunStatus.PAUSED})


def _resumed(run: WorkflowRun, event: RunResumed) -> WorkflowRun:
    status = RunStatus.RUNNING if run.is_started else RunStatus.QUEUED
    return run.model_copy(update={"status": status})


def _completed(run: WorkflowRun, event: RunCompleted) -> WorkflowRun:
    return run.model_copy(update={"status": RunStatus.COMPLETED})


def _failed(run: WorkflowRun, event: RunFailed) -> WorkflowRun:
    return _cut(run, status=RunStatus.FAILED, error=event.error)


def _cancelled(run: WorkflowRun, event: RunCancelled) -> WorkflowRun:
    return _cut(run, status=RunStatus.CANCELLED)


def _cut(run: WorkflowRun, **changes: Any) -> WorkflowRun:
    """End the run in the midst of its steps."""
    steps = {name: _cut_step(step) for name, step in run.steps.items()}
    return run.model_copy(update={"steps": steps, **changes})


def _cut_step(step: StepState) -> StepState:
    if step.status is StepStatus.AWAITING_APPROVAL:
        return step.model_copy(update={"status": StepStatus.CANCELLED, "expires_at": None})
    if step.status not in {StepStatus.OPEN, StepStatus.FAILED}:
        return step
    items = [
        item.model_copy(update={"status": ItemStatus.CANCELLED, "deadline": None})
        if item.status in _unfinished
        else item
        for item in step.items()
    ]
    status = StepStatus.CANCELLED if step.status is StepStatus.OPEN else step.status
    return _with_items(step, items).model_copy(update={"status": status})


def _retried(run: WorkflowRun, event: RetriedFrom) -> WorkflowRun:
    steps = dict(run.steps)
    for name in event.reopened:
        steps[name] = _reopened(steps[name])
    for name in event.continued:
        steps[name] = _continued(steps[name])
    needed = {} if run.workflow is None else run.workflow.dependencies()
    for name, step in steps.items():
        left = sum(steps[other].status not in settled_statuses for other in needed[name])
        if left != step.waits_for:
            steps[name] = step.model_copy(update={"waits_for": left})
    due = [
        name
        for name, step in steps.items()
        if step.status is StepStatus.PENDING and not step.waits_for
    ]
    changes = {
        "steps": steps,
        "status": RunStatus.RUNNING if run.is_started else RunStatus.QUEUED,
        "due": (*due, *event.continued),
        "settled": sum(step.status in settled_statuses for step in steps.values()),
        "failed": (),
        "error": None,
    }
    return run.model_copy(update=changes)


def _reopened(step: StepState) -> StepState:
    return StepState(
        place=step.place,
        waits_for=step.waits_for,
        attempt_before=max([step.attempt_before, *(item.attempt for item in step.items())]),
        token_before=max([step.token_before, *(item.token for item in step.items())]),
    )


def _continued(step: StepState) -> StepState:
    items = [
        Item(attempt=item.attempt, token=item.token) if item.status in _cut_off else item
        for item in step.items()
    ]
    changes = {"status": StepStatus.OPEN, "next_item": 0, "error": None}
    return _with_items(step, items).model_copy(update=changes)


def _with_items(step: StepState, items: list[Item]) -> StepState:
    changes = {
        "chunks": _chunked(items),
        "size": len(items),
        "ready": sum(item.status is ItemStatus.READY for item in items),
        "running": sum(item.status is ItemStatus.RUNNING for item in items),
        "settled": sum(item.status in settled_item_statuses for item in items),
    }
    return step.model_copy(update=changes)


def _chunked(items: list[Item]) -> tuple[tuple[Item, ...], ...]:
    return tuple(
        tuple(items[start : start + chunk_size]) for start in range(0, len(items), chunk_size)
    )


# A step ----------------------------------------------------------------------------------------


def _fanned_out(run: WorkflowRun, event: StepFannedOut) -> WorkflowRun:
    step = run.steps[event.step]
    fresh = Item(attempt=step.attempt_before, token=step.token_before)
    step = _with_items(step, [fresh] * len(event.items))
    changes = {"fanned_out": event.items, "status": StepStatus.OPEN}
    return _put(run, event.step, step.model_copy(update=changes))


def _ready(run: WorkflowRun, event: StepReady) -> WorkflowRun:
    return _change(run, event.step, event.item, status=ItemStatus.READY, ready_at=event.ready_at)


def _step_started(run: WorkflowRun, event: StepStarted) -> WorkflowRun:
    return _change(
        run,
        event.step,
        event.item,
        status=ItemStatus.RUNNING,
        ready_at=None,
        attempt=event.attempt,
        agent=event.agent,
        instance=event.instance,
        worker=event.worker,
        token=event.token,
        deadline=event.deadline,
    )


def _step_completed(run: WorkflowRun, event: StepCompleted) -> WorkflowRun:
    return _change(
        run,
        event.step,
        event.item,
        status=ItemStatus.COMPLETED,
        deadline=None,
        result=event.result,
        result_token=event.token,
    )


def _step_failed(run: WorkflowRun, event: StepFailed) -> WorkflowRun:
    return _ended_attempt(
        run, event, event.error, failures=0 if event.attempt is None else 1, restarts=0
    )


def _timed_out(run: WorkflowRun, event: StepTimedOut) -> WorkflowRun:
    error = ErrorInfo(type="StepTimedOut", message=f"attempt {event.attempt} took too long")
    return _ended_attempt(run, event, error, failures=1, restarts=0)


def _lost(run: WorkflowRun, event: StepLost) -> WorkflowRun:
    error = ErrorInfo(type="StepLost", message=f"the worker of attempt {event.attempt} died")
    return _ended_attempt(run, event, error, failures=0, restarts=1)


def _ended_attempt(
    run: WorkflowRun,
    event: StepFailed | StepTimedOut | StepLost,
    error: ErrorInfo,
    *,
    failures: int,
    restarts: int,
) -> WorkflowRun:
    item = _item_of(run.steps[event.step], event.item)
    return _change(
        run,
        event.step,
        event.item,
        status=ItemStatus.FAILED if event.next is Next.FAIL else ItemStatus.WAITING,
        deadline=None,
        failures=item.failures + failures,
        restarts=item.restarts + restarts,
        error=error,
    )


def _skipped(run: WorkflowRun, event: StepSkipped) -> WorkflowRun:
    return _change(run, event.step, event.item, status=ItemStatus.SKIPPED, deadline=None)


def _fell_back(run: WorkflowRun, event: StepFellBack) -> WorkflowRun:
    return _change(run, event.step, event.item, fallbacks=event.number + 1, failures=0, restarts=0)


def _approval_requested(run: WorkflowRun, event: ApprovalRequested) -> WorkflowRun:
    changes = {"status": StepStatus.AWAITING_APPROVAL, "expires_at": event.expires_at}
    return _put(run, event.step, run.steps[event.step].model_copy(update=changes))


def _approval_given(run: WorkflowRun, event: ApprovalGiven) -> WorkflowRun:
    changes = {"status": StepStatus.PENDING, "expires_at": None, "is_approved": True}
    run = _put(run, event.step, run.steps[event.step].model_copy(update=changes))
    return run.model_copy(update={"due": (*run.due, event.step)})


def _approval_refused(run: WorkflowRun, event: ApprovalRefused) -> WorkflowRun:
    step = run.steps[event.step].model_copy(update={"expires_at": None})
    return _put(run, event.step, step)


def _item_of(step: StepState, place: int | None) -> Item:
    if step.size:
        return step.item(place)
    return Item(attempt=step.attempt_before, token=step.token_before)


def _change(run: WorkflowRun, name: str, place: int | None, **changes: Any) -> WorkflowRun:
    """Change an item, and with it its step, and the steps that waited for that one."""
    step = run.steps[name]
    old = _item_of(step, place)
    if not step.size:
        step = _with_items(step, [old])
    index = place or 0
    new = old.model_copy(update=changes)
    number, within = divmod(index, chunk_size)
    chunk = step.chunks[number]
    chunk = (*chunk[:within], new, *chunk[within + 1 :])
    step_changes: dict[str, Any] = {
        "chunks": (*step.chunks[:number], chunk, *step.chunks[number + 1 :]),
        "ready": step.ready + _difference(old, new, ItemStatus.READY),
        "running": step.running + _difference(old, new, ItemStatus.RUNNING),
        "settled": step.settled
        + (new.status in settled_item_statuses)
        - (old.status in settled_item_statuses),
    }
    if step.status in _begins:
        step_changes["status"] = StepStatus.OPEN
    if new.status is ItemStatus.READY:
        step_changes["next_item"] = max(step.next_item, index + 1)
    if new.status is ItemStatus.FAILED and step.status is not StepStatus.FAILED:
        step_changes |= {"status": StepStatus.FAILED, "error": new.error}
        run = run.model_copy(update={"failed": (*run.failed, name)})
    return _put(run, name, step.model_copy(update=step_changes))


def _difference(old: Item, new: Item, status: ItemStatus) -> int:
    return (new.status is status) - (old.status is status)


def _put(run: WorkflowRun, name: str, step: StepState) -> WorkflowRun:
    """Put a step in the place of an earlier state of it; it is settled when all its items are."""
    changes: dict[str, Any] = {}
    steps = dict(run.steps)
    due = run.due
    if name in due:
        due = tuple(other for other in due if other != name)
    if step.status is StepStatus.OPEN and step.settled == step.size:
        is_skipped = step.fanned_out is None and step.item(0).status is ItemStatus.SKIPPED
        status = StepStatus.SKIPPED if is_skipped else StepStatus.COMPLETED
        step = step.model_copy(update={"status": status})
        changes["settled"] = run.settled + 1
        for dependant in run.dependants[name]:
            waiting = steps[dependant]
            waits_for = waiting.waits_for - 1
            steps[dependant] = waiting.model_copy(update={"waits_for": waits_for})
            if not waits_for:
                due = (*due, dependant)
    steps[name] = step
    return run.model_copy(update={"steps": steps, "due": due, **changes})


_Change: TypeAlias = Callable[[WorkflowRun, Any], WorkflowRun]

_changes: Mapping[type[DomainEvent], _Change] = {
    WorkflowDefined: _defined,
    RunQueued: _queued,
    RunStarted: _started,
    StepFannedOut: _fanned_out,
    StepReady: _ready,
    StepStarted: _step_started,
    StepCompleted: _step_completed,
    StepFailed: _step_failed,
    StepTimedOut: _timed_out,
    StepLost: _lost,
    StepSkipped: _skipped,
    StepFellBack: _fell_back,
    ApprovalRequested: _approval_requested,
    ApprovalGiven: _approval_given,
    ApprovalRefused: _approval_refused,
    RunPaused: _paused,
    RunResumed: _resumed,
    RunCancelled: _cancelled,
    RunCompleted: _completed,
    RunFailed: _failed,
    RetriedFrom: _retried,
}
"""What each type of event changes."""
