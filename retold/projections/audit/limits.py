"""Limits of agents, and alerts: what is used, allowed and refused, and what was raised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from retold.projections.audit import workflow_views as views
from retold.projections.audit.conditions import between, equal
from retold.projections.audit.metrics import at_parameters, prefix_in
from retold.projections.audit.page import Key
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import FoldQuery, SqlQuery
from retold.projections.audit.view import Views
from retold.projections.metrics.limits import LimitFigures, limits_in
from retold.projections.metrics.read_models import ReadModels
from retold.projections.metrics.rosters import rosters_in
from retold.store.log import EventStore


async def _answer(
    store: EventStore, values: Values, after: Key | None, count: int
) -> Sequence[LimitFigures]:
    prefix = await prefix_in(store, "limits", values)
    rosters = await rosters_in(store, prefix)
    rows: list[LimitFigures] = []
    for stream, roster in rosters.by_stream.items():
        orchestrator = stream.partition("-")[2]
        if values.get("orchestrator", orchestrator) != orchestrator:
            continue
        agents = {
            name: agent
            for name, agent in roster.agents.items()
            if values.get("agent", name) == name
        }
        rows += await limits_in(ReadModels(store), prefix, orchestrator, agents)
    rows.sort(key=_key)
    return [row for row in rows if after is None or _key(row) > after][:count]


def _key(row: LimitFigures) -> tuple[str, ...]:
    return row.orchestrator, row.agent, row.limit_name


limits = FoldQuery(
    name="limits",
    description="what is used, allowed and refused of each limit of an agent, as of a moment",
    row=LimitFigures,
    order=("orchestrator", "agent", "limit_name"),
    answer=_answer,
    parameters=(
        Parameter(name="orchestrator", description="of this orchestrator only"),
        Parameter(name="agent", description="of this agent only"),
        *at_parameters,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert that was raised; the fields are those of the view ``alerts``."""

    recorded_at: datetime
    rule: str
    number: int
    status: str
    measure: str | None
    value: float | None
    threshold: float | None
    cause: str | None
    raised_at: datetime | None
    cleared_at: datetime | None
    cleared_value: float | None
    seconds: float | None
    hooks: int
    hooks_failed: int
    hook_error: str | None
    agent: str | None
    workflow: str | None
    step: str | None
    circuit: str | None


def _alerts(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.alerts].c
    return sa.select(*(table[name] for name in AlertRow.__dataclass_fields__)).where(
        *equal(values, rule=table.rule, status=table.status),
        *between(values, table.recorded_at),
    )


alerts = SqlQuery(
    name="alerts",
    description="the alerts that were raised, the newest first: figure, cause, when cleared",
    row=AlertRow,
    order=("recorded_at", "rule", "number"),
    descending=True,
    reads=(views.alerts,),
    select=_alerts,
    parameters=(
        Parameter(name="rule", description="of this rule only"),
        Parameter(
            name="status",
            description="in this status only",
            kind=Kind.CHOICE,
            choices=("raised", "cleared"),
        ),
        Parameter(name="since", description="raised then or later", kind=Kind.MOMENT),
        Parameter(name="until", description="raised before", kind=Kind.MOMENT),
    ),
)
