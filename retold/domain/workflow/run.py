"""A run of a workflow: what follows upon each command.

Independent steps are ready at once. A step is begun under a fencing token, and only its holder's
result counts; once it has a result it is never begun again, unless the run is retried from it or
from a step before it. When a step fails for good, the run does: see
:class:`~retold.domain.workflow.definition.OnFailure`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from retold.domain.decider import Decider
from retold.domain.event import DomainEvent
from retold.domain.value import ErrorInfo
from retold.domain.workflow.commands import (
    CancelRun,
    CompleteStep,
    ExpireApproval,
    FailStep,
    GiveApproval,
    LoseStep,
    PauseRun,
    QueueRun,
    RefuseApproval,
    ResumeRun,
    RetryFrom,
    RunCommand,
    StartRun,
    StartStep,
    TimeOutStep,
)
from retold.domain.workflow.course import Course, later, may_begin
from retold.domain.workflow.defining import check_workflow
from retold.domain.workflow.definition import Refused
from retold.domain.workflow.events import (
    ApprovalGiven,
    ApprovalRefused,
    Next,
    RetriedFrom,
    RunCancelled,
    RunPaused,
    RunQueued,
    RunResumed,
    RunStarted,
    SkipReason,
    StepCompleted,
    StepFailed,
    StepLost,
    StepSkipped,
    StepStarted,
    StepTimedOut,
    WorkflowDefined,
    run_event_types,
)
from retold.domain.workflow.evolving import evolve
from retold.domain.workflow.graph import reachable
from retold.domain.workflow.state import (
    Item,
    ItemStatus,
    RunStatus,
    StepStatus,
    WorkflowRun,
    ended_item_statuses,
)
from retold.errors import (
    ApprovalNotPending,
    MissingRunInput,
    RunExists,
    RunNotFound,
    RunNotOver,
    RunNotRunning,
    RunOver,
    StaleFencingToken,
    StepFinished,
    StepNotReady,
    UnknownRunStep,
)

_Report = CompleteStep | FailStep | TimeOutStep | LoseStep


def decide(command: RunCommand, run: WorkflowRun) -> Sequence[DomainEvent]:
    """Return what happens upon a command.

    Raises:
        WorkflowInvalid, MissingRunInput, RunExists: when a run is to be queued that cannot be.
        RunNotFound: when the run was never queued.
        RunOver: when it has ended.
        RunNotOver: when it is to be retried and has not ended.
        RunNotRunning: when a step is to begin and none may.
        UnknownRunStep: when it has no such step.
        StepFinished, StepNotReady: when that step may not begin.
        StaleFencingToken: when a report comes from a worker that lost the step.
        ApprovalNotPending: when nobody asked for the approval.
    """
    if isinstance(command, QueueRun):
        return _queue(command, run)
    if run.id is None:
        raise RunNotFound(None)
    match command:
        case StartRun():
            return _start(command, run)
        case StartStep():
            return _start_step(command, run)
        case CompleteStep() | FailStep() | TimeOutStep() | LoseStep():
            return _report(command, run)
        case GiveApproval() | RefuseApproval() | ExpireApproval():
            return _approve(command, run, run.id)
        case RetryFrom():
            return _retry(command, run, run.id)
        case PauseRun() | ResumeRun() | CancelRun():
            return _control(command, run, run.id)


def _queue(command: QueueRun, run: WorkflowRun) -> Sequence[DomainEvent]:
    if run.id is not None:
        raise RunExists(run.id)
    workflow = check_workflow(command.workflow)
    if workflow.version is None:
        workflow = workflow.model_copy(update={"version": 1})
    given = command.input if isinstance(command.input, dict) else {}
    missing = [name for name in workflow.needs or () if name not in given]
    if missing:
        raise MissingRunInput(workflow.name, missing)
    queued = RunQueued(
        run=command.run,
        workflow=workflow.name,
        version=workflow.version or 1,
        input=command.input,
        priority=command.priority,
        ready_at=command.at,
    )
    return [WorkflowDefined(workflow=workflow, content_hash=workflow.content_hash), queued]


def _start(command: StartRun, run: WorkflowRun) -> Sequence[DomainEvent]:
    if run.is_started and not run.is_over:
        return []
    if run.status is not RunStatus.QUEUED:
        _refuse_to_begin(run)
    course = Course(run, command.at)
    course.add(RunStarted(worker=command.worker))
    return course.go_on()


def _refuse_to_begin(run: WorkflowRun) -> None:
    if run.is_over:
        raise RunOver(run.id or "", run.status.value)
    status = "failing" if run.is_failing else run.status.value
    raise RunNotRunning(run.id or "", status)


def _control(
    command: PauseRun | ResumeRun | CancelRun, run: WorkflowRun, run_id: str
) -> Sequence[DomainEvent]:
    is_paused = run.status is RunStatus.PAUSED
    if isinstance(command, CancelRun) and run.status is RunStatus.CANCELLED:
        return []
    if run.is_over:
        raise RunOver(run_id, run.status.value)
    match command:
        case PauseRun(by=by, reason=reason):
            return [] if is_paused else [RunPaused(by=by, reason=reason)]
        case ResumeRun(by=by):
            return [RunResumed(by=by)] if is_paused else []
        case CancelRun(by=by, reason=reason):
            return [RunCancelled(by=by, reason=reason)]


# A step ----------------------------------------------------------------------------------------


def _item(run: WorkflowRun, step: str, place: int | None) -> Item | None:
    """Return an item of a step; None when the step is not open yet."""
    state = run.steps.get(step)
    if state is None:
        raise UnknownRunStep(run.id or "", step, place, run.steps)
    if not state.size:
        return None
    is_fanned_out = state.fanned_out is not None
    if (place is not None) is not is_fanned_out or not 0 <= (place or 0) < state.size:
        raise UnknownRunStep(run.id or "", step, place, run.steps)
    return state.item(place)


def _start_step(command: StartStep, run: WorkflowRun) -> Sequence[DomainEvent]:
    name, place, run_id = command.step, command.item, run.id or ""
    item = _item(run, name, place)
    state = run.steps[name]
    if item is not None:
        is_same = (item.token, item.attempt, item.worker) == (
            command.token,
            command.attempt,
            command.worker,
        )
        if is_same and item.status is ItemStatus.RUNNING:
            return []
        if item.status in ended_item_statuses:
            raise StepFinished(run_id, name, place, item.status.value)
    if not may_begin(run):
        _refuse_to_begin(run)
    expected = (state.attempt_before if item is None else item.attempt) + 1
    is_ready = item is not None and item.status is ItemStatus.READY
    if item is None or not is_ready or command.attempt != expected or _is_closed(state.status):
        status = state.status if item is None or _is_closed(state.status) else item.status
        raise StepNotReady(
            run_id, name, place, status=status.value, attempt=command.attempt, expected=expected
        )
    if command.token <= item.token:
        raise StaleFencingToken(run_id, name, place, token=command.token, current=None)
    timeout = run.definition_of(name).timeout
    started = StepStarted(
        step=name,
        item=place,
        attempt=command.attempt,
        agent=command.agent,
        instance=command.instance,
        worker=command.worker,
        token=command.token,
        deadline=None if timeout is None else later(command.at, timeout),
    )
    return [started]


def _is_closed(status: StepStatus) -> bool:
    return status is not StepStatus.OPEN


def _report(command: _Report, run: WorkflowRun) -> Sequence[DomainEvent]:
    state = run.steps.get(command.step)
    if state is not None and command.token <= state.token_before:
        # Of before a retry: the step may have other items now, or none yet.
        item = Item()
    else:
        item = _item(run, command.step, command.item) or Item()
    if not _is_in_flight(command, item, run):
        return []
    course = Course(run, command.at)
    name, place, token = command.step, command.item, command.token
    match command:
        case CompleteStep(result=result):
            course.add(
                StepCompleted(
                    step=name, item=place, attempt=item.attempt, token=token, result=result
                )
            )
            return course.go_on(name)
        case FailStep(error=error, is_retryable=is_retryable):
            return _fail(course, command, item, error, is_retryable=is_retryable)
        case TimeOutStep():
            if item.deadline is None or command.at < item.deadline:
                return []
        case LoseStep():
            pass
    is_lost = isinstance(command, LoseStep)

    def make(following: Next, retry_at: datetime | None) -> DomainEvent:
        if is_lost:
            return StepLost(
                step=name,
                item=place,
                attempt=item.attempt,
                token=token,
                worker=item.worker,
                next=following,
                retry_at=retry_at,
            )
        return StepTimedOut(
            step=name,
            item=place,
            attempt=item.attempt,
            token=token,
            next=following,
            retry_at=retry_at,
        )

    error_type = None if is_lost else "StepTimedOut"
    return course.fail(name, place, make, error_type=error_type, is_retryable=True)


def _fail(
    course: Course, command: FailStep, item: Item, error: ErrorInfo, *, is_retryable: bool
) -> Sequence[DomainEvent]:
    def make(following: Next, retry_at: datetime | None) -> DomainEvent:
        return StepFailed(
            step=command.step,
            item=command.item,
            attempt=item.attempt,
            token=command.token,
            error=error,
            next=following,
            retry_at=retry_at,
        )

    return course.fail(
        command.step, command.item, make, error_type=error.type, is_retryable=is_retryable
    )


def _is_in_flight(command: _Report, item: Item, run: WorkflowRun) -> bool:
    """Return whether a report is about the attempt in flight.

    Raises:
        StaleFencingToken: when it is not, and who reports has to know.
    """
    is_running = item.status is ItemStatus.RUNNING
    if is_running and item.token == command.token:
        return True
    match command:
        case TimeOutStep() | LoseStep():
            return False
        case CompleteStep() if item.result_token == command.token:
            return False
        case FailStep() if not is_running and item.token == command.token:
            return False
    current = item.token if is_running else None
    raise StaleFencingToken(
        run.id or "", command.step, command.item, token=command.token, current=current
    )


# An approval, a retry --------------------------------------------------------------------------


def _approve(
    command: GiveApproval | RefuseApproval | ExpireApproval, run: WorkflowRun, run_id: str
) -> Sequence[DomainEvent]:
    name = command.step
    if name not in run.steps:
        raise UnknownRunStep(run_id, name, None, run.steps)
    state = run.steps[name]
    is_asked = state.status is StepStatus.AWAITING_APPROVAL and not run.is_over
    course = Course(run, command.at)
    if isinstance(command, ExpireApproval):
        if not is_asked or state.expires_at is None or command.at < state.expires_at:
            return []
        course.add(ApprovalRefused(step=name, is_expired=True))
        return _refused(course, name, "nobody answered in time")
    if not is_asked:
        raise ApprovalNotPending(run_id, name)
    if isinstance(command, GiveApproval):
        course.add(ApprovalGiven(step=name, by=command.by, reason=command.reason))
        return course.go_on()
    course.add(ApprovalRefused(step=name, by=command.by, reason=command.reason))
    return _refused(course, name, command.reason or "no reason was given")


def _refused(course: Course, name: str, why: str) -> Sequence[DomainEvent]:
    approval = course.run.definition_of(name).approval
    if approval is not None and approval.refused is Refused.SKIP:
        course.add(StepSkipped(step=name, reason=SkipReason.APPROVAL))
    else:
        error = ErrorInfo(type="ApprovalRefused", message=why)
        course.add(StepFailed(step=name, error=error, next=Next.FAIL))
    return course.go_on()


def _retry(command: RetryFrom, run: WorkflowRun, run_id: str) -> Sequence[DomainEvent]:
    if command.step not in run.steps:
        raise UnknownRunStep(run_id, command.step, None, run.steps)
    if not run.is_over:
        raise RunNotOver(run_id, run.status.value)
    after = reachable(run.dependants, command.step)
    # What never began need not be opened again.
    begun_after = {name for name in after if run.steps[name].status is not StepStatus.PENDING}
    reopened, continued = [], []
    for name, step in run.steps.items():
        is_cut_off = step.status in {StepStatus.FAILED, StepStatus.CANCELLED}
        if is_cut_off and step.fanned_out is not None and name not in after:
            continued.append(name)
        elif is_cut_off or name in {command.step, *begun_after}:
            reopened.append(name)
    course = Course(run, command.at)
    course.add(
        RetriedFrom(
            step=command.step,
            reopened=tuple(reopened),
            continued=tuple(continued),
            by=command.by,
        )
    )
    return course.go_on()


runs: Decider[RunCommand, WorkflowRun] = Decider(
    "workflow_run", WorkflowRun, decide, evolve, run_event_types
)
"""A run of a workflow, in the stream ``workflow-<run id>``."""
