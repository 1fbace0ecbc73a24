"""Which sessions there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from retold.projections.audit import views
from retold.projections.audit.conditions import between, equal
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import SqlQuery
from retold.projections.audit.view import Views
from retold.projections.models.session_list import is_no_nested


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A conversation; the fields are those of the view ``sessions``."""

    session: str
    source: str | None
    subject: str | None
    agent: str | None
    messages: int
    tool_calls: int
    tool_errors: int
    turns_failed: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: Decimal | None
    started_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    recorded_from: datetime


def _select(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.sessions].c
    columns = [table[name] for name in SessionRow.__dataclass_fields__]
    statement = sa.select(*columns).where(
        *equal(values, source=table.source, subject=table.subject, agent=table.agent),
        *equal(values, ended=table.ended),
        *between(values, table.started_at),
    )
    return statement if values.get("nested") else statement.where(is_no_nested(table.parent_stream))


sessions = SqlQuery(
    name="sessions",
    description="sessions, the newest recorded first",
    row=SessionRow,
    order=("recorded_from", "session"),
    descending=True,
    reads=(views.sessions,),
    select=_select,
    parameters=(
        Parameter(name="source", description="recorded by this one only, such as ag2 or tau2"),
        Parameter(name="subject", description="of this subject only"),
        Parameter(name="agent", description="of this agent only"),
        Parameter(name="ended", description="closed ones only, or open ones only", kind=Kind.FLAG),
        Parameter(name="since", description="started then or later", kind=Kind.MOMENT),
        Parameter(name="until", description="started before", kind=Kind.MOMENT),
        Parameter(name="nested", description="nested conversations too", kind=Kind.FLAG),
    ),
)
