"""Who read the log, and what they were given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from retold.projections.audit import views
from retold.projections.audit.conditions import between, equal
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import SqlQuery
from retold.projections.audit.view import Views


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRow:
    """An access to the log; the fields are those of the view ``accesses``."""

    recorded_at: datetime
    actor: str | None
    action: str | None
    target: str | None
    door: str | None
    parameters: str | None
    rows: int | None
    at: datetime | None
    stream: str
    version: int


def _select(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.accesses].c
    return sa.select(*(table[name] for name in AccessRow.__dataclass_fields__)).where(
        *equal(values, actor=table.actor, action=table.action, target=table.target),
        *between(values, table.recorded_at),
    )


access_log = SqlQuery(
    name="access_log",
    description="who read, exported, verified or had something forgotten, the newest first",
    row=AccessRow,
    order=("recorded_at", "stream", "version"),
    descending=True,
    reads=(views.accesses,),
    select=_select,
    parameters=(
        Parameter(name="actor", description="by this one only"),
        Parameter(name="action", description="this only, such as read or export"),
        Parameter(name="target", description="of this session or query only"),
        Parameter(name="since", description="recorded then or later", kind=Kind.MOMENT),
        Parameter(name="until", description="recorded before", kind=Kind.MOMENT),
    ),
)
