"""What policies refused, replaced and failed at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from retold.projections.audit.conditions import between, equal
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.policy_views import policy_decisions
from retold.projections.audit.query import SqlQuery
from retold.projections.audit.view import Views


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRow:
    """What a policy decided; the fields are those of the view ``policy_decisions``."""

    recorded_at: datetime
    session: str
    version: int
    root_session: str
    agent: str | None
    policy: str
    what: str
    told: bool
    stage: str | None
    point: str | None
    tool: str | None
    reason: str | None
    error_type: str | None
    turn: str | None


def _select(of: Views, values: Values) -> sa.Select[Any]:
    table = of[policy_decisions].c
    return sa.select(*(table[name] for name in RefusalRow.__dataclass_fields__)).where(
        *equal(
            values,
            policy=table.policy,
            agent=table.agent,
            session=table.root_session,
            tool=table.tool,
            what=table.what,
        ),
        *between(values, table.recorded_at),
    )


refusals = SqlQuery(
    name="refusals",
    description="what policies refused, replaced or failed at, the newest first",
    row=RefusalRow,
    order=("recorded_at", "session", "version"),
    descending=True,
    reads=(policy_decisions,),
    select=_select,
    parameters=(
        Parameter(name="policy", description="of this policy only"),
        Parameter(name="agent", description="that concerned this agent only"),
        Parameter(name="session", description="of this session only, nested conversations too"),
        Parameter(name="tool", description="about this tool only"),
        Parameter(
            name="what",
            description="refused, replaced or failed only",
            kind=Kind.CHOICE,
            choices=("refused", "replaced", "failed"),
        ),
        Parameter(name="since", description="recorded then or later", kind=Kind.MOMENT),
        Parameter(name="until", description="recorded before", kind=Kind.MOMENT),
    ),
)
