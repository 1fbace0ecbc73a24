"""Who said what, and when: of one conversation, and across all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from retold.projections.audit import views
from retold.projections.audit.conditions import between, equal
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import SqlQuery, with_known_session
from retold.projections.audit.view import Views


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """An entry of a transcript; the fields are those of the view ``messages``."""

    session: str
    version: int
    item: int
    role: str
    name: str | None
    agent: str | None
    text: str
    calls: str
    answers: int | None
    error: bool | None
    occurred_at: datetime | None
    recorded_at: datetime
    root_session: str
    turn: str | None


def _columns(of: Views) -> sa.Select[Any]:
    table = of[views.messages].c
    return sa.select(*(table[name] for name in MessageRow.__dataclass_fields__))


def _of_session(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.messages].c
    return _columns(of).where(
        *equal(values, session=table.session, role=table.role, agent=table.agent)
    )


def _of_all(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.messages].c
    clock = table[_clocks[values["clock"]]]
    agent: sa.ColumnElement[Any] = table.agent
    if values["clock"] == "source" and "until" in values:
        # Between two ends SQLite takes the index with the agent for no better than the one without,
        # and chooses by chance.
        agent = sa.func.coalesce(agent, "")
    statement = _columns(of).where(
        *equal(values, role=table.role, agent=agent),
        *between(values, clock),
    )
    # What has no time by a clock has no place in its order.
    return statement.where(clock.is_not(None)) if values["clock"] == "source" else statement


_clocks = {"source": "occurred_at", "recorded": "recorded_at"}
_role = Parameter(name="role", description="said in this role only, such as user or tool")
_agent = Parameter(name="agent", description="in this agent's conversations only")

transcript = SqlQuery(
    name="transcript",
    description="who said what, and when, in one conversation",
    row=MessageRow,
    order=("version", "item"),
    reads=(views.messages,),
    select=_of_session,
    prepare=with_known_session,
    parameters=(
        Parameter(name="session", description="id of the conversation", required=True),
        _role,
        _agent,
    ),
)
messages = SqlQuery(
    name="messages",
    description="who said what, and when, across all conversations",
    row=MessageRow,
    order=lambda values: (_clocks[values["clock"]], "session", "version", "item"),
    reads=(views.messages,),
    select=_of_all,
    parameters=(
        _role,
        _agent,
        Parameter(name="since", description="then or later", kind=Kind.MOMENT),
        Parameter(name="until", description="before", kind=Kind.MOMENT),
        Parameter(
            name="clock",
            description="in order of when the log took it, or of its source's clock, which leaves "
            "out what has no time",
            kind=Kind.CHOICE,
            choices=("recorded", "source"),
            default="recorded",
        ),
    ),
)
