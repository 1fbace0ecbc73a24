"""What it cost: tokens and dollars by agent, model, session, tenant or day."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from retold.projections.audit import views
from retold.projections.audit.conditions import between, equal
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import SqlQuery
from retold.projections.audit.view import Views, sum_of_dollars


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """Sums over what was used; a figure is of what is known, None when nothing is.

    Attributes:
        key: the agent, model, session, tenant or day; None when unknown.
        day_of: whose clock a day is by: ``source``, or ``recorded`` where the source gave no time,
            so that the day is only that of the recording; None when not summed by day.
        sessions: conversations that used something.
        model_calls: calls to models.
        failed_calls: those of them that failed.
        prompt_tokens, completion_tokens: as far as known.
        cost_usd: dollars, to twelve decimals, as far as known.
    """

    key: str | None
    day_of: str | None
    sessions: int
    model_calls: int
    failed_calls: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: Decimal | None


_keys = {
    "agent": "agent",
    "model": "model",
    "session": "root_session",
    "tenant": "tenant",
    "day": "day",
}


def _select(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.usage].c
    key: sa.ColumnElement[Any] = table[_keys[values["by"]]]
    if "session" in values:
        # SQLite would rather read an index that has the groups in order than look a session up.
        key = sa.func.coalesce(key, "")
    day: sa.ColumnElement[Any] = table.day
    if values["by"] in {"agent", "model", "session"}:
        # ... and would look days up where that index were the better one.
        day = sa.func.coalesce(day, "")
    by = [key, table.day_of] if values["by"] == "day" else [key]
    counts = ("model_calls", "failed_calls", "prompt_tokens", "completion_tokens")
    columns: list[sa.ColumnElement[Any]] = [
        key.label("key"),
        (by[1] if by[1:] else sa.cast(sa.null(), sa.Text)).label("day_of"),
        sa.func.count(sa.distinct(table.session)).label("sessions"),
        # Sums are decimals on PostgreSQL.
        *(sa.cast(sa.func.sum(table[name]), sa.BigInteger).label(name) for name in counts),
        sum_of_dollars(table.cost_usd).label("cost_usd"),
    ]
    return (
        sa.select(*columns)
        .where(
            *equal(values, agent=table.agent, model=table.model, session=table.root_session),
            *between(values, day),
        )
        .group_by(*by)
    )


cost = SqlQuery(
    name="cost",
    description="tokens and dollars by agent, model, session, tenant or day",
    row=CostRow,
    order=lambda values: ("key", "day_of") if values["by"] == "day" else ("key",),
    empty_if_unknown=frozenset({"key"}),
    reads=(views.usage,),
    select=_select,
    parameters=(
        Parameter(
            name="by",
            description="what to sum by",
            kind=Kind.CHOICE,
            choices=tuple(_keys),
            required=True,
        ),
        Parameter(name="agent", description="of this agent only"),
        Parameter(name="model", description="of this model only"),
        Parameter(name="session", description="of this session only"),
        Parameter(name="since", description="on this day or later, UTC", kind=Kind.DAY),
        Parameter(name="until", description="before this day, UTC", kind=Kind.DAY),
    ),
)
