"""How far plans are, and where they are stuck."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from retold.projections.audit import plan_views as views
from retold.projections.audit.conditions import between, equal
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import SqlQuery
from retold.projections.audit.view import Views


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A plan; the fields are those of the view ``plan_progress``."""

    updated_at: datetime
    session: str
    plan: str
    root_session: str
    agent: str | None
    goal: str
    status: str
    waiting_for: str | None
    current_step: str | None
    steps: int
    done: int
    skipped: int
    messages: int
    attempts: int
    fallbacks: int
    escalations: int
    revision: int
    created_at: datetime
    ended_at: datetime | None
    stuck_since: datetime | None


def _plans(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.plan_progress].c
    return sa.select(*(table[name] for name in PlanRow.__dataclass_fields__)).where(
        *equal(values, session=table.root_session, status=table.status),
        *between(values, table.updated_at),
    )


plan_progress = SqlQuery(
    name="plan_progress",
    description="how far plans are: steps done, the current one, attempts and fallbacks",
    row=PlanRow,
    order=("updated_at", "session", "plan"),
    descending=True,
    reads=(views.plan_progress,),
    select=_plans,
    parameters=(
        Parameter(name="session", description="in this session, nested ones included"),
        Parameter(
            name="status",
            description="plans of this status only",
            kind=Kind.CHOICE,
            choices=("open", "waiting", "completed", "abandoned"),
        ),
        Parameter(name="since", description="changed then or later", kind=Kind.MOMENT),
        Parameter(name="until", description="changed before", kind=Kind.MOMENT),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckRow:
    """A step that a plan is stuck at.

    Attributes:
        stuck_since: when it was first found not to be met.
        session, plan, step: which one.
        goal: of the plan.
        waiting_for: what the plan waits for; None when the user is asked again.
        description, criteria, fallback, attempts, fallbacks, escalations, reason: as of the view
            ``plan_steps``.
    """

    stuck_since: datetime
    session: str
    plan: str
    step: str
    goal: str
    waiting_for: str | None
    description: str
    criteria: str | None
    fallback: str | None
    attempts: int
    fallbacks: int
    escalations: int
    reason: str | None


def _stuck(of: Views, values: Values) -> sa.Select[Any]:
    steps, plans = of[views.plan_steps], of[views.plan_progress]
    columns = {**{c.name: c for c in steps.c}, "goal": plans.c.goal}
    columns["waiting_for"] = plans.c.waiting_for
    joined = steps.join(
        plans, sa.and_(plans.c.session == steps.c.session, plans.c.plan == steps.c.plan)
    )
    return (
        sa.select(*(columns[name] for name in StuckRow.__dataclass_fields__))
        .select_from(joined)
        .where(
            steps.c.stuck_since.is_not(None),
            *equal(values, session=steps.c.root_session),
            *between(values, steps.c.stuck_since),
        )
    )


plan_stuck = SqlQuery(
    name="plan_stuck",
    description="where plans are stuck, since when, and what was tried; the longest first",
    row=StuckRow,
    order=("stuck_since", "session", "plan", "step"),
    reads=(views.plan_steps, views.plan_progress),
    select=_stuck,
    parameters=(
        Parameter(name="session", description="in this session, nested ones included"),
        Parameter(name="since", description="stuck since then or later", kind=Kind.MOMENT),
        Parameter(name="until", description="stuck since before", kind=Kind.MOMENT),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStepRow:
    """A step; the fields are those of the view ``plan_steps``."""

    session: str
    plan: str
    number: int
    step: str
    status: str
    description: str
    criteria: str | None
    fallback: str | None
    verdict: str | None
    reason: str | None
    judged_by: str | None
    evidence: int | None
    attempts: int
    fallbacks: int
    escalations: int
    entered_at: datetime | None
    ended_at: datetime | None
    seconds: float
    stuck_since: datetime | None


def _steps(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.plan_steps].c
    return sa.select(*(table[name] for name in PlanStepRow.__dataclass_fields__)).where(
        *equal(values, session=table.session, plan=table.plan)
    )


plan_steps = SqlQuery(
    name="plan_steps",
    description="the steps of a conversation's plans: verdicts, attempts, fallbacks, time taken",
    row=PlanStepRow,
    order=("plan", "number"),
    reads=(views.plan_steps,),
    select=_steps,
    parameters=(
        Parameter(name="session", description="id of the conversation", required=True),
        Parameter(name="plan", description="of this plan only"),
    ),
)
