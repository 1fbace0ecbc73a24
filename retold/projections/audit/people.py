"""Persons in the log: all sessions of one, and what was asked of humans."""

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
from retold.projections.keys import key_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectSessionRow:
    """A conversation that concerns a person; nested ones belong to their session.

    Attributes:
        subject: the person.
        root_session: id of the session.
        session: id of the conversation; the session's own, or that of one nested in it.
        source: who recorded it.
        started_at: when it started, by the source's clock.
        recorded_from, recorded_to: when the log took its first and its newest event.
        ended: whether it was closed.
        messages, tool_calls: how many.
        prompt_tokens, completion_tokens, cost_usd: as far as known.
    """

    subject: str
    root_session: str
    session: str
    source: str | None
    started_at: datetime | None
    recorded_from: datetime
    recorded_to: datetime
    ended: bool
    messages: int
    tool_calls: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: Decimal | None


def _sessions_of(of: Views, values: Values) -> sa.Select[Any]:
    person, table = of[views.subjects].c, of[views.sessions].c
    subject = sa.bindparam("subject", key_text(values["subject"]), type_=person.subject.type)
    own = sa.select(person.session).where(person.subject == subject)
    nested = sa.select(table.session).where(table.root_session.in_(own))
    # An OR of the two would have SQLite go through all sessions.
    theirs = sa.union(own, nested).subquery("theirs")
    columns = [table[name] for name in SubjectSessionRow.__dataclass_fields__ if name != "subject"]
    joined = theirs.join(of[views.sessions], table.session == theirs.c.session)
    return sa.select(subject.label("subject"), *columns).select_from(joined)


subject_access = SqlQuery(
    name="subject_access",
    description="all sessions of a person, with what is nested in them",
    row=SubjectSessionRow,
    order=("root_session", "session"),
    reads=(views.subjects, views.sessions),
    select=_sessions_of,
    parameters=(
        Parameter(name="subject", description="the person, such as user:7", required=True),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanInputRow:
    """A question to a human; the fields are those of the view ``human_inputs``."""

    recorded_at: datetime
    session: str
    version: int
    root_session: str
    agent: str | None
    question: str
    outcome: str
    answer: str | None
    answered_version: int | None
    asked_at: datetime | None
    answered_at: datetime | None
    wait_seconds: float | None


def _asked(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.human_inputs].c
    return sa.select(*(table[name] for name in HumanInputRow.__dataclass_fields__)).where(
        *equal(values, session=table.root_session, agent=table.agent, outcome=table.outcome),
        *between(values, table.recorded_at),
    )


human_approvals = SqlQuery(
    name="human_approvals",
    description="what agents asked of humans, what came of it, and how long it took",
    row=HumanInputRow,
    order=("recorded_at", "session", "version"),
    descending=True,
    reads=(views.human_inputs,),
    select=_asked,
    parameters=(
        Parameter(name="session", description="in this session, nested ones included"),
        Parameter(name="agent", description="by this agent only"),
        Parameter(
            name="outcome",
            description="answered or unanswered ones only",
            kind=Kind.CHOICE,
            choices=("answered", "unanswered"),
        ),
        Parameter(name="since", description="recorded then or later", kind=Kind.MOMENT),
        Parameter(name="until", description="recorded before", kind=Kind.MOMENT),
    ),
)
