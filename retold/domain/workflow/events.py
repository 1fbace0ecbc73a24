"""What happens in a run of a workflow.

A run is the stream ``workflow-<run id>``. Times in events are those that decisions are made by;
when an event happened is what the log says of it. ``item`` is the place in a fan-out, from 0, None
for a step without one. ``attempt`` counts from 1 and goes on when a run is retried.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from retold.domain.event import DomainEvent, EventRegistry
from retold.domain.value import ErrorInfo
from retold.domain.workflow.definition import FallbackKind, Workflow

run_category = "workflow"
definitions_category = "workflow_definition"


def run_stream(run: str) -> str:
    """Return the name of the stream of a run."""
    return f"{run_category}-{run}"


def definitions_stream(workflow: str) -> str:
    """Return the name of the stream that holds the versions of a workflow's definition."""
    return f"{definitions_category}-{workflow}"


class WorkflowDefined(DomainEvent):
    """A version of a workflow was defined.

    It stands in the stream of the workflow's definitions once, and as the first event of every
    run of that version, which therefore ends on the version it began with.

    Attributes:
        workflow: the definition, with its version.
        content_hash: SHA-256 of what is defined, 64 hex digits.
    """

    type: ClassVar[str] = "workflow.defined"
    workflow: Workflow
    content_hash: str


class RunQueued(DomainEvent):
    """A run waits for a worker to start it.

    Attributes:
        run: id of the run.
        workflow: name of the workflow.
        version: of its definition.
        input: JSON-native.
        priority: the greater goes first.
        ready_at: the earliest it may start.
    """

    type: ClassVar[str] = "workflow.run_queued"
    run: str
    workflow: str
    version: int
    input: Any = None
    priority: int = 0
    ready_at: datetime


class RunStarted(DomainEvent):
    """A run started; ``worker`` is the process that took it from the queue."""

    type: ClassVar[str] = "workflow.run_started"
    worker: str | None = None


class StepFannedOut(DomainEvent):
    """A step's list was evaluated: it is done once for each of ``items``, JSON-native."""

    type: ClassVar[str] = "workflow.step_fanned_out"
    step: str
    items: tuple[Any, ...]


class StepReady(DomainEvent):
    """A step may begin: each of these events is one entry of the queue.

    Attributes:
        attempt: the one that may begin.
        agent: who is to do it, by name.
        capability: who is to do it, by what it can do.
        ready_at: the earliest it may begin.
        priority: the greater goes first; that of the run and of the step together.
    """

    type: ClassVar[str] = "workflow.step_ready"
    step: str
    item: int | None = None
    attempt: int
    agent: str | None = None
    capability: str | None = None
    ready_at: datetime
    priority: int = 0


class StepStarted(DomainEvent):
    """An attempt at a step began.

    Attributes:
        agent: name of the agent that does it.
        instance: which of the agent's instances; None when it has but one.
        worker: the process that works on it.
        token: fencing token of its lease.
        deadline: when the attempt has timed out; None without a limit.
    """

    type: ClassVar[str] = "workflow.step_started"
    step: str
    item: int | None = None
    attempt: int
    agent: str
    instance: str | None = None
    worker: str
    token: int
    deadline: datetime | None = None


class StepCompleted(DomainEvent):
    """A step has its result.

    Attributes:
        attempt: that gave it; None when a fallback's answer is the result.
        token: fencing token of the attempt; None likewise.
        result: JSON-native.
    """

    type: ClassVar[str] = "workflow.step_completed"
    step: str
    item: int | None = None
    attempt: int | None = None
    token: int | None = None
    result: Any = None


class Next(StrEnum):
    """What follows upon a failure, in the events right after it.

    Attributes:
        RETRY: another attempt, not before ``retry_at``.
        FALLBACK: the next fallback.
        FAIL: nothing, the step has failed; and its run will.
    """

    RETRY = "retry"
    FALLBACK = "fallback"
    FAIL = "fail"


class StepFailed(DomainEvent):
    """An attempt at a step failed, or the step could not begin.

    Attributes:
        attempt: None when there was none: an expression has no value, or nobody approved.
        token: fencing token of the attempt; None likewise.
        error: why.
        next: what follows.
        retry_at: the earliest the next attempt begins; None when there is none.
    """

    type: ClassVar[str] = "workflow.step_failed"
    step: str
    item: int | None = None
    attempt: int | None = None
    token: int | None = None
    error: ErrorInfo
    next: Next
    retry_at: datetime | None = None


class StepTimedOut(DomainEvent):
    """An attempt took longer than it may; fields as of :class:`StepFailed`."""

    type: ClassVar[str] = "workflow.step_timed_out"
    step: str
    item: int | None = None
    attempt: int
    token: int
    next: Next
    retry_at: datetime | None = None


class StepLost(DomainEvent):
    """The worker of an attempt died, or lost its lease; fields as of :class:`StepFailed`."""

    type: ClassVar[str] = "workflow.step_lost"
    step: str
    item: int | None = None
    attempt: int
    token: int
    worker: str | None = None
    next: Next
    retry_at: datetime | None = None


class SkipReason(StrEnum):
    """Why a step was left out: its condition is not true, its fallback, a refused approval."""

    CONDITION = "condition"
    FALLBACK = "fallback"
    APPROVAL = "approval"


class StepSkipped(DomainEvent):
    """A step was left out; its result is null."""

    type: ClassVar[str] = "workflow.step_skipped"
    step: str
    item: int | None = None
    reason: SkipReason


class StepFellBack(DomainEvent):
    """A step went over to a fallback; what comes of it is the next event.

    Attributes:
        number: which of the step's fallbacks, from 0.
        kind: what it is.
        agent: who is asked instead, by name.
        capability: who is asked instead, by what it can do.
    """

    type: ClassVar[str] = "workflow.step_fell_back"
    step: str
    item: int | None = None
    number: int
    kind: FallbackKind
    agent: str | None = None
    capability: str | None = None


class ApprovalRequested(DomainEvent):
    """A step waits for a human to agree.

    Attributes:
        question: with the results in it.
        expires_at: when no answer is a refusal; None for never.
    """

    type: ClassVar[str] = "workflow.approval_requested"
    step: str
    question: str
    expires_at: datetime | None = None


class ApprovalGiven(DomainEvent):
    """A human agreed to a step."""

    type: ClassVar[str] = "workflow.approval_given"
    step: str
    by: str | None = None
    reason: str | None = None


class ApprovalRefused(DomainEvent):
    """A human did not agree to a step; ``is_expired`` when nobody answered in time."""

    type: ClassVar[str] = "workflow.approval_refused"
    step: str
    by: str | None = None
    reason: str | None = None
    is_expired: bool = False


class RunPaused(DomainEvent):
    """No step of the run begins any more; those in flight go on."""

    type: ClassVar[str] = "workflow.run_paused"
    by: str | None = None
    reason: str | None = None


class RunResumed(DomainEvent):
    """Steps of the run may begin again."""

    type: ClassVar[str] = "workflow.run_resumed"
    by: str | None = None


class RunCancelled(DomainEvent):
    """Somebody ended the run. What is in flight counts no more."""

    type: ClassVar[str] = "workflow.run_cancelled"
    by: str | None = None
    reason: str | None = None


class RunCompleted(DomainEvent):
    """All steps of the run are completed or skipped."""

    type: ClassVar[str] = "workflow.run_completed"


class RunFailed(DomainEvent):
    """The run ended without all of its steps.

    Attributes:
        steps: names of the steps that failed.
        error: of the first of them.
    """

    type: ClassVar[str] = "workflow.run_failed"
    steps: tuple[str, ...]
    error: ErrorInfo


class RetriedFrom(DomainEvent):
    """A run that had ended goes on from a step.

    Attributes:
        step: from which.
        reopened: names of the steps that begin anew: this one, all that depend on it, and
            whatever had failed or was cut off.
        continued: fan-outs that go on with the items they have no result of.
    """

    type: ClassVar[str] = "workflow.retried_from"
    step: str
    reopened: tuple[str, ...]
    continued: tuple[str, ...] = ()
    by: str | None = None


run_event_types: tuple[type[DomainEvent], ...] = (
    WorkflowDefined,
    RunQueued,
    RunStarted,
    StepFannedOut,
    StepReady,
    StepStarted,
    StepCompleted,
    StepFailed,
    StepTimedOut,
    StepLost,
    StepSkipped,
    StepFellBack,
    ApprovalRequested,
    ApprovalGiven,
    ApprovalRefused,
    RunPaused,
    RunResumed,
    RunCancelled,
    RunCompleted,
    RunFailed,
    RetriedFrom,
)

workflow_events = EventRegistry(*run_event_types)
"""The types of events of workflows and their runs."""
