"""The tables of runs of workflows and of how often each was run, and their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Float, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment, ObjectList
from retold.projections.read_table import ReadTable
from retold.store.tables import name_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of a workflow as it is now. Unknown is None.

    Attributes:
        run: its id.
        workflow: name of the workflow.
        definition: version of the workflow it runs by.
        status: ``queued``, ``running``, ``paused``, ``completed``, ``failed`` or ``cancelled``.
        priority: the greater goes first.
        correlation_id: of the whole piece of work.
        worker: the process that started it.
        executions: 1, and 1 more for each time it was retried.
        queued_at: when the log took it.
        ready_at: the earliest it might start.
        started_at: when it first started.
        ended_at: when it ended; None while it goes on.
        queue_wait_ms: from when it might start until it first did.
        duration_ms: from start to end, of all executions that ended.
        steps: how many the definition has.
        steps_done: completed.
        steps_skipped: left out.
        steps_failed: failed for good.
        attempts: begun at its steps.
        error_type: class of the error it failed with.
        error: its message.
        version: its newest event.
        recorded_at: when the log took that.
    """

    run: str
    workflow: str = ""
    definition: int | None = None
    status: str = "queued"
    priority: int = 0
    correlation_id: str | None = None
    worker: str | None = None
    executions: int = 0
    queued_at: datetime
    ready_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    queue_wait_ms: float | None = None
    duration_ms: float | None = None
    steps: int | None = None
    steps_done: int = 0
    steps_skipped: int = 0
    steps_failed: int = 0
    attempts: int = 0
    error_type: str | None = None
    error: str | None = None
    version: int = 0
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A run from when it was queued, or retried, to its end. Unknown is None.

    Attributes:
        run: id of the run.
        version: of the event that queued or retried it.
        workflow: name of the workflow.
        definition: version of the workflow.
        number: which execution of the run, from 1.
        status: ``queued``, ``running``, ``completed``, ``failed`` or ``cancelled``.
        error_type: class of the error it failed with.
        recorded_at: when the log took the event that began it.
        position: of that event.
        ready_at: the earliest it might start; None for one that was retried.
        started_at: when the log took its start.
        started_position: of that event.
        ended_at: when the log took its end.
        ended_position: of that event.
        queue_wait_ms: from when it might start until it did; None for one that was retried.
        duration_ms: from its start to its end.
    """

    run: str
    version: int
    workflow: str
    definition: int | None
    number: int
    status: str = "queued"
    error_type: str | None = None
    recorded_at: datetime
    position: int
    ready_at: datetime | None = None
    started_at: datetime | None = None
    started_position: int | None = None
    ended_at: datetime | None = None
    ended_position: int | None = None
    queue_wait_ms: float | None = None
    duration_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What the fold has to know of a run besides its row.

    Attributes:
        run: its id.
        steps: of each step, by ``name``, how many items it has (``size``), and how many are
            ``done``, ``skipped`` and ``failed``.
        open: attempts that have not ended, each with its row's columns.
        asked: approvals that wait for an answer, each with its row's columns.
        execution: the one that has not ended, with its row's columns; none or one.
    """

    run: str
    steps: tuple[dict[str, Any], ...] = ()
    open: tuple[dict[str, Any], ...] = ()
    asked: tuple[dict[str, Any], ...] = ()
    execution: tuple[dict[str, Any], ...] = ()


class RunRow(SQLModel, table=True):
    """One run; the columns mean what :class:`Run` says of its attributes."""

    __tablename__: ClassVar[Any] = "workflow_runs"
    __table_args__ = (
        Index("ix_workflow_runs_queued", "tenant", "queued_at", "run"),
        Index("ix_workflow_runs_workflow", "tenant", "workflow", "queued_at", "run"),
        Index("ix_workflow_runs_status", "tenant", "status", "queued_at", "run"),
        Index("ix_workflow_runs_correlation", "tenant", "correlation_id", "queued_at", "run"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    run: str = Field(sa_column=Column(name_text, primary_key=True))
    workflow: str = Field(sa_column=Column(Text, nullable=False))
    definition: int | None = Field(sa_column=Column(BigInteger))
    status: str = Field(sa_column=Column(name_text, nullable=False))
    priority: int = Field(sa_column=Column(BigInteger, nullable=False))
    correlation_id: str | None = Field(sa_column=Column(Text))
    worker: str | None = Field(sa_column=Column(Text))
    executions: int = Field(sa_column=Column(BigInteger, nullable=False))
    queued_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    ready_at: datetime | None = Field(sa_column=Column(Moment))
    started_at: datetime | None = Field(sa_column=Column(Moment))
    ended_at: datetime | None = Field(sa_column=Column(Moment))
    queue_wait_ms: float | None = Field(sa_column=Column(Float(53)))
    duration_ms: float | None = Field(sa_column=Column(Float(53)))
    steps: int | None = Field(sa_column=Column(BigInteger))
    steps_done: int = Field(sa_column=Column(BigInteger, nullable=False))
    steps_skipped: int = Field(sa_column=Column(BigInteger, nullable=False))
    steps_failed: int = Field(sa_column=Column(BigInteger, nullable=False))
    attempts: int = Field(sa_column=Column(BigInteger, nullable=False))
    error_type: str | None = Field(sa_column=Column(Text))
    error: str | None = Field(sa_column=Column(Text))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class ExecutionRow(SQLModel, table=True):
    """One execution; the columns mean what :class:`Execution` says of its attributes."""

    __tablename__: ClassVar[Any] = "workflow_executions"
    __table_args__ = (
        Index("ix_workflow_executions_workflow", "tenant", "workflow", "ended_at"),
        Index("ix_workflow_executions_ended", "tenant", "ended_at"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    run: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    workflow: str = Field(sa_column=Column(Text, nullable=False))
    definition: int | None = Field(sa_column=Column(BigInteger))
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    status: str = Field(sa_column=Column(name_text, nullable=False))
    error_type: str | None = Field(sa_column=Column(Text))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    ready_at: datetime | None = Field(sa_column=Column(Moment))
    started_at: datetime | None = Field(sa_column=Column(Moment))
    started_position: int | None = Field(sa_column=Column(BigInteger))
    ended_at: datetime | None = Field(sa_column=Column(Moment))
    ended_position: int | None = Field(sa_column=Column(BigInteger))
    queue_wait_ms: float | None = Field(sa_column=Column(Float(53)))
    duration_ms: float | None = Field(sa_column=Column(Float(53)))


class CourseRow(SQLModel, table=True):
    """What of a run is open; the columns mean what :class:`Course` says of its attributes."""

    __tablename__: ClassVar[Any] = "workflow_runs_state"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    run: str = Field(sa_column=Column(name_text, primary_key=True))
    steps: tuple[dict[str, Any], ...] = Field(sa_column=Column(ObjectList, nullable=False))
    open: tuple[dict[str, Any], ...] = Field(sa_column=Column(ObjectList, nullable=False))
    asked: tuple[dict[str, Any], ...] = Field(sa_column=Column(ObjectList, nullable=False))
    execution: tuple[dict[str, Any], ...] = Field(sa_column=Column(ObjectList, nullable=False))


run_rows = ReadTable(RunRow, Run)
execution_rows = ReadTable(ExecutionRow, Execution)
course_rows = ReadTable(CourseRow, Course)
