"""The tables of plans and their steps, and their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Double, Index, Integer, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment
from retold.projections.read_table import ReadTable
from retold.store.tables import name_text


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProgress:
    """One plan. Unknown is None.

    Attributes:
        session: id of the conversation.
        plan: id of the plan.
        root_session: id of the session the conversation belongs to; its own unless it is nested.
        agent: name of the planner, when known.
        goal: what the plan is for.
        status: ``open``, ``waiting``, ``completed`` or ``abandoned``.
        waiting_for: ``criteria``, ``verdict`` or ``escalation``; None when it does not wait.
        current_step: id of the current step; None when the plan is over.
        steps: steps it has, those replaced not counted.
        done: those whose criteria are met.
        skipped: those left out.
        messages: what the user said, how often.
        attempts: evaluations.
        fallbacks: fallbacks taken.
        escalations: how often they were used up.
        revision: how often it was replanned.
        created_at, updated_at, ended_at: when the log took the first, the newest and the last
            event of the plan, UTC.
        stuck_since: when the current step was first found not to be met, UTC; None when it was
            not, or the plan is over.
    """

    session: str
    plan: str
    root_session: str
    agent: str | None
    goal: str
    status: str = "open"
    waiting_for: str | None = None
    current_step: str | None = None
    steps: int = 0
    done: int = 0
    skipped: int = 0
    messages: int = 0
    attempts: int = 0
    fallbacks: int = 0
    escalations: int = 0
    revision: int = 0
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None = None
    stuck_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStepProgress:
    """One step of a plan. Unknown is None.

    Attributes:
        session, plan, root_session: as of :class:`PlanProgress`.
        step: id of the step.
        number: its place among all the plan ever had, from 1.
        description: what is to be said or done.
        criteria: in words, or the tool that must be called; None when it has none.
        fallback: what the plan says to do; None when it says nothing.
        status: ``open``, ``current``, ``met``, ``skipped`` or ``replaced``.
        verdict: of the newest evaluation: ``met``, ``not_met`` or ``undecided``.
        reason: of that verdict.
        judged_by: who gave it.
        evidence: version of the event that shows it.
        attempts, fallbacks, escalations: as of :class:`PlanProgress`, of this step.
        entered_at: when it became the current step, the last time, UTC.
        ended_at: when it was met, skipped or replaced, UTC.
        seconds: it was the current step, up to when it last ceased to be.
        stuck_since: when it was first found not to be met since it became the current one, UTC;
            None when it was not, or is not the current one.
    """

    session: str
    plan: str
    step: str
    root_session: str
    number: int
    description: str
    criteria: str | None
    fallback: str | None
    status: str = "open"
    verdict: str | None = None
    reason: str | None = None
    judged_by: str | None = None
    evidence: int | None = None
    attempts: int = 0
    fallbacks: int = 0
    escalations: int = 0
    entered_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: float = 0.0
    stuck_since: datetime | None = None


class PlanProgressRow(SQLModel, table=True):
    """One plan; the columns mean what :class:`PlanProgress` says of its attributes."""

    __tablename__: ClassVar[Any] = "plan_progress"  # a plain str contradicts SQLModel's own
    __table_args__ = (
        Index("ix_plan_progress_updated_at", "tenant", "updated_at", "session", "plan"),
        Index("ix_plan_progress_session", "tenant", "root_session", "updated_at"),
        Index("ix_plan_progress_status", "tenant", "status", "updated_at", "session", "plan"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    plan: str = Field(sa_column=Column(name_text, primary_key=True))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    agent: str | None = Field(sa_column=Column(Text))
    goal: str = Field(sa_column=Column(Text, nullable=False))
    status: str = Field(sa_column=Column(Text, nullable=False))
    waiting_for: str | None = Field(sa_column=Column(Text))
    current_step: str | None = Field(sa_column=Column(Text))
    steps: int = Field(sa_column=Column(Integer, nullable=False))
    done: int = Field(sa_column=Column(Integer, nullable=False))
    skipped: int = Field(sa_column=Column(Integer, nullable=False))
    messages: int = Field(sa_column=Column(Integer, nullable=False))
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    fallbacks: int = Field(sa_column=Column(Integer, nullable=False))
    escalations: int = Field(sa_column=Column(Integer, nullable=False))
    revision: int = Field(sa_column=Column(Integer, nullable=False))
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    updated_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    ended_at: datetime | None = Field(sa_column=Column(Moment))
    stuck_since: datetime | None = Field(sa_column=Column(Moment))


class PlanStepRow(SQLModel, table=True):
    """One step; the columns mean what :class:`PlanStepProgress` says of its attributes."""

    __tablename__: ClassVar[Any] = "plan_steps"
    __table_args__ = (
        Index("ix_plan_steps_stuck", "tenant", "stuck_since", "session", "plan", "step"),
        Index("ix_plan_steps_number", "tenant", "session", "plan", "number"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    plan: str = Field(sa_column=Column(name_text, primary_key=True))
    step: str = Field(sa_column=Column(name_text, primary_key=True))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    number: int = Field(sa_column=Column(Integer, nullable=False))
    description: str = Field(sa_column=Column(Text, nullable=False))
    criteria: str | None = Field(sa_column=Column(Text))
    fallback: str | None = Field(sa_column=Column(Text))
    status: str = Field(sa_column=Column(Text, nullable=False))
    verdict: str | None = Field(sa_column=Column(Text))
    reason: str | None = Field(sa_column=Column(Text))
    judged_by: str | None = Field(sa_column=Column(Text))
    evidence: int | None = Field(sa_column=Column(BigInteger))
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    fallbacks: int = Field(sa_column=Column(Integer, nullable=False))
    escalations: int = Field(sa_column=Column(Integer, nullable=False))
    entered_at: datetime | None = Field(sa_column=Column(Moment))
    ended_at: datetime | None = Field(sa_column=Column(Moment))
    seconds: float = Field(sa_column=Column(Double, nullable=False))
    stuck_since: datetime | None = Field(sa_column=Column(Moment))


plan_rows = ReadTable(PlanProgressRow, PlanProgress)
plan_step_rows = ReadTable(PlanStepRow, PlanStepProgress)
