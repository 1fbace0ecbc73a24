"""Where conversations went from topic to topic, where they left the flow, what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from retold.projections.audit import topic_view as views
from retold.projections.audit.conditions import between, equal
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import SqlQuery
from retold.projections.audit.view import Views
from retold.projections.event_facts import short_text


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionRow:
    """A transition or refusal; the fields are those of the view ``topic_transitions``."""

    recorded_at: datetime
    session: str
    version: int
    root_session: str
    agent: str | None
    message: int | None
    from_topic: str | None
    to_topic: str | None
    trigger: str | None
    off_flow: bool
    refused: bool
    possible: tuple[str, ...] | None
    sentiment: str | None
    classifier: str | None
    score: float | None
    said_at: datetime | None
    occurred_at: datetime | None


def _select(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.topic_transitions].c
    # As the rows have them.
    texts = {n: short_text(values[n]) for n in ("agent", "topic", "to_topic") if n in values}
    return sa.select(*(table[name] for name in TransitionRow.__dataclass_fields__)).where(
        *equal(
            {**values, **texts},
            session=table.root_session,
            agent=table.agent,
            topic=table.from_topic,
            to_topic=table.to_topic,
            off_flow=table.off_flow,
            refused=table.refused,
        ),
        *between(values, table.recorded_at),
    )


topic_transitions = SqlQuery(
    name="topic_transitions",
    description="which messages led from topic to topic, which off the flow, which nowhere",
    row=TransitionRow,
    order=("recorded_at", "session", "version"),
    descending=True,
    reads=(views.topic_transitions,),
    select=_select,
    parameters=(
        Parameter(name="session", description="in this session, nested ones included"),
        Parameter(name="agent", description="of this agent only"),
        Parameter(name="topic", description="from this topic only: where the conversation was"),
        Parameter(name="to_topic", description="to this topic only: where it went"),
        Parameter(
            name="off_flow",
            description="off the transition table's ways only, or all others only",
            kind=Kind.FLAG,
        ),
        Parameter(
            name="refused",
            description="refusals only, or transitions only",
            kind=Kind.FLAG,
        ),
        Parameter(name="since", description="recorded then or later", kind=Kind.MOMENT),
        Parameter(name="until", description="recorded before", kind=Kind.MOMENT),
    ),
)
