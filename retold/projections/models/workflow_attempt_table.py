"""The tables of attempts at steps, and of approvals, and their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Float, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment
from retold.projections.read_table import ReadTable
from retold.store.tables import name_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt at a step, or at one item of its fan-out. Unknown is None.

    Attributes:
        run: id of the run.
        version: of the event by which it might begin.
        workflow: name of the workflow.
        step: name of the step.
        item: place in a fan-out, from 0; None for a step without one.
        attempt: number of the attempt, from 1.
        agent: name of the agent that does it; None before it began.
        for_agent: the agent it is for, where that is named.
        capability: what it takes, where no agent is named.
        instance: which of the agent's instances.
        worker: the process that works on it.
        status: ``ready``, ``running``, ``completed``, ``failed``, ``timed_out``, ``lost``, or
            ``cancelled`` when the run ended in the midst of it.
        error_type: class of the error; ``StepTimedOut`` and ``StepLost`` where none was raised.
        error: its message.
        next: what followed upon a failure: ``retry``, ``fallback`` or ``fail``.
        priority: the greater goes first.
        recorded_at: when the log took the event by which it might begin.
        position: of that event.
        ready_at: the earliest it might begin.
        started_at: when the log took its beginning.
        started_position: of that event.
        ended_at: when the log took its end.
        ended_position: of that event.
        queue_wait_ms: from when it might begin until it did.
        latency_ms: from its beginning to its end.
    """

    run: str
    version: int
    workflow: str
    step: str
    item: int | None = None
    attempt: int | None = None
    agent: str | None = None
    for_agent: str | None = None
    capability: str | None = None
    instance: str | None = None
    worker: str | None = None
    status: str = "ready"
    error_type: str | None = None
    error: str | None = None
    next: str | None = None
    priority: int = 0
    recorded_at: datetime
    position: int
    ready_at: datetime | None = None
    started_at: datetime | None = None
    started_position: int | None = None
    ended_at: datetime | None = None
    ended_position: int | None = None
    queue_wait_ms: float | None = None
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A step that waits, or waited, for a human to agree. Unknown is None.

    Attributes:
        run: id of the run.
        version: of the event that asks.
        workflow: name of the workflow.
        step: name of the step.
        question: what is asked.
        status: ``waiting``, ``given``, ``refused``, ``expired``, or ``cancelled`` when the run
            ended meanwhile.
        answered_by: who answered.
        reason: why.
        recorded_at: when the log took the question.
        position: of that event.
        expires_at: when no answer is a refusal.
        ended_at: when the log took the answer.
        ended_position: of that event.
        wait_ms: from the question to the answer.
    """

    run: str
    version: int
    workflow: str
    step: str
    question: str
    status: str = "waiting"
    answered_by: str | None = None
    reason: str | None = None
    recorded_at: datetime
    position: int
    expires_at: datetime | None = None
    ended_at: datetime | None = None
    ended_position: int | None = None
    wait_ms: float | None = None


class AttemptRow(SQLModel, table=True):
    """One attempt; the columns mean what :class:`Attempt` says of its attributes."""

    __tablename__: ClassVar[Any] = "workflow_attempts"
    __table_args__ = (
        Index("ix_workflow_attempts_recorded", "tenant", "recorded_at", "run", "version"),
        Index("ix_workflow_attempts_agent", "tenant", "agent", "recorded_at", "run", "version"),
        Index(
            "ix_workflow_attempts_workflow", "tenant", "workflow", "recorded_at", "run", "version"
        ),
        Index("ix_workflow_attempts_status", "tenant", "status", "recorded_at", "run", "version"),
        Index("ix_workflow_attempts_ended", "tenant", "ended_at"),
        Index("ix_workflow_attempts_started", "tenant", "agent", "started_at"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    run: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    workflow: str = Field(sa_column=Column(Text, nullable=False))
    step: str = Field(sa_column=Column(Text, nullable=False))
    item: int | None = Field(sa_column=Column(BigInteger))
    attempt: int | None = Field(sa_column=Column(BigInteger))
    agent: str | None = Field(sa_column=Column(Text))
    for_agent: str | None = Field(sa_column=Column(Text))
    capability: str | None = Field(sa_column=Column(Text))
    instance: str | None = Field(sa_column=Column(Text))
    worker: str | None = Field(sa_column=Column(Text))
    status: str = Field(sa_column=Column(name_text, nullable=False))
    error_type: str | None = Field(sa_column=Column(Text))
    error: str | None = Field(sa_column=Column(Text))
    next: str | None = Field(sa_column=Column(Text))
    priority: int = Field(sa_column=Column(BigInteger, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    ready_at: datetime | None = Field(sa_column=Column(Moment))
    started_at: datetime | None = Field(sa_column=Column(Moment))
    started_position: int | None = Field(sa_column=Column(BigInteger))
    ended_at: datetime | None = Field(sa_column=Column(Moment))
    ended_position: int | None = Field(sa_column=Column(BigInteger))
    queue_wait_ms: float | None = Field(sa_column=Column(Float(53)))
    latency_ms: float | None = Field(sa_column=Column(Float(53)))


class ApprovalRow(SQLModel, table=True):
    """One approval; the columns mean what :class:`Approval` says of its attributes."""

    __tablename__: ClassVar[Any] = "workflow_approvals"
    __table_args__ = (
        Index("ix_workflow_approvals_recorded", "tenant", "recorded_at", "run", "version"),
        Index("ix_workflow_approvals_status", "tenant", "status", "recorded_at", "run", "version"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    run: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    workflow: str = Field(sa_column=Column(Text, nullable=False))
    step: str = Field(sa_column=Column(Text, nullable=False))
    question: str = Field(sa_column=Column(Text, nullable=False))
    status: str = Field(sa_column=Column(name_text, nullable=False))
    answered_by: str | None = Field(sa_column=Column(Text))
    reason: str | None = Field(sa_column=Column(Text))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: datetime | None = Field(sa_column=Column(Moment))
    ended_at: datetime | None = Field(sa_column=Column(Moment))
    ended_position: int | None = Field(sa_column=Column(BigInteger))
    wait_ms: float | None = Field(sa_column=Column(Float(53)))


attempt_rows = ReadTable(AttemptRow, Attempt)
approval_rows = ReadTable(ApprovalRow, Approval)
