"""Runs of workflows, attempts at their steps, and approvals: which there are, and how they went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from retold.projections.audit import workflow_views as views
from retold.projections.audit.conditions import between, equal
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import SqlQuery
from retold.projections.audit.view import Views

_workflow = Parameter(name="workflow", description="of this workflow only")
_run = Parameter(name="run", description="of this run only")


def _recorded(what: str) -> tuple[Parameter, Parameter]:
    return (
        Parameter(name="since", description=f"{what} then or later", kind=Kind.MOMENT),
        Parameter(name="until", description=f"{what} before", kind=Kind.MOMENT),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run of a workflow; the fields are those of the view ``workflow_runs``."""

    queued_at: datetime
    run: str
    workflow: str
    definition: int | None
    status: str
    priority: int
    started_at: datetime | None
    ended_at: datetime | None
    queue_wait_ms: float | None
    duration_ms: float | None
    steps: int | None
    steps_done: int
    steps_skipped: int
    steps_failed: int
    attempts: int
    executions: int
    error_type: str | None
    error: str | None
    correlation_id: str | None
    worker: str | None
    ready_at: datetime | None
    version: int
    recorded_at: datetime


def _runs(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.workflow_runs].c
    return sa.select(*(table[name] for name in RunRow.__dataclass_fields__)).where(
        *equal(
            values,
            workflow=table.workflow,
            status=table.status,
            correlation_id=table.correlation_id,
        ),
        *between(values, table.queued_at),
    )


workflow_runs = SqlQuery(
    name="workflow_runs",
    description="the runs of workflows, the newest first: status, times, steps done and failed",
    row=RunRow,
    order=("queued_at", "run"),
    descending=True,
    reads=(views.workflow_runs,),
    select=_runs,
    parameters=(
        _workflow,
        Parameter(
            name="status",
            description="in this status only",
            kind=Kind.CHOICE,
            choices=("queued", "running", "paused", "completed", "failed", "cancelled"),
        ),
        Parameter(name="correlation_id", description="of this piece of work only"),
        *_recorded("queued"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """An attempt at a step; the fields are those of the view ``workflow_attempts``."""

    recorded_at: datetime
    run: str
    version: int
    workflow: str
    step: str
    item: int | None
    attempt: int | None
    agent: str | None
    status: str
    queue_wait_ms: float | None
    latency_ms: float | None
    error_type: str | None
    error: str | None
    next: str | None
    for_agent: str | None
    capability: str | None
    instance: str | None
    worker: str | None
    ready_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


def _attempts(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.workflow_attempts].c
    return sa.select(*(table[name] for name in AttemptRow.__dataclass_fields__)).where(
        *equal(
            values,
            run=table.run,
            workflow=table.workflow,
            step=table.step,
            agent=table.agent,
            status=table.status,
        ),
        *between(values, table.recorded_at),
    )


workflow_steps = SqlQuery(
    name="workflow_steps",
    description="the attempts at steps, the newest first: who did each, how it ended, how long",
    row=AttemptRow,
    order=("recorded_at", "run", "version"),
    descending=True,
    reads=(views.workflow_attempts,),
    select=_attempts,
    parameters=(
        _run,
        _workflow,
        Parameter(name="step", description="at this step only"),
        Parameter(name="agent", description="by this agent only"),
        Parameter(
            name="status",
            description="in this status only",
            kind=Kind.CHOICE,
            choices=(
                "ready",
                "running",
                "completed",
                "failed",
                "timed_out",
                "lost",
                "cancelled",
            ),
        ),
        *_recorded("ready"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRow:
    """An approval; the fields are those of the view ``workflow_approvals``."""

    recorded_at: datetime
    run: str
    version: int
    workflow: str
    step: str
    question: str
    status: str
    answered_by: str | None
    reason: str | None
    expires_at: datetime | None
    ended_at: datetime | None
    wait_ms: float | None


def _approvals(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.workflow_approvals].c
    return sa.select(*(table[name] for name in ApprovalRow.__dataclass_fields__)).where(
        *equal(values, run=table.run, workflow=table.workflow, status=table.status),
        *between(values, table.recorded_at),
    )


approvals = SqlQuery(
    name="approvals",
    description="the steps of workflows that wait, or waited, for a human to agree",
    row=ApprovalRow,
    order=("recorded_at", "run", "version"),
    descending=True,
    reads=(views.workflow_approvals,),
    select=_approvals,
    parameters=(
        _run,
        _workflow,
        Parameter(
            name="status",
            description="in this status only",
            kind=Kind.CHOICE,
            choices=("waiting", "given", "refused", "expired", "cancelled"),
        ),
        *_recorded("asked"),
    ),
)
