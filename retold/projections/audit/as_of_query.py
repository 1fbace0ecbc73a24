"""The state as of a time: each conversation as it stood then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from retold.domain.recording import conversation_stream
from retold.errors import MomentBeforeLog, NothingByThen
from retold.projections.audit.page import Key
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import FoldQuery, with_known_session
from retold.projections.keeping.readable import readable
from retold.projections.models.as_of import AsOf, Moment, stream_as_of
from retold.projections.models.session_list import session_list, session_rows
from retold.projections.models.session_summary import SessionSummary
from retold.store.log import EventStore

_chunk = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """A conversation as of the moment; see
    :class:`~retold.projections.models.session_summary.SessionSummary`."""

    session: str
    version: int
    ended: bool
    end_reason: str | None
    messages: int
    tool_calls: int
    tool_results: int
    tool_errors: int
    turns: int
    turns_failed: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: Decimal | None
    source: str | None
    subject: str | None
    agent: str | None
    started_at: datetime | None
    recorded_to: datetime


async def _answer(
    store: EventStore, values: Values, after: Key | None, count: int
) -> Sequence[StateRow]:
    moment = Moment(values["at"], values["clock"])
    if "session" in values:
        values = await with_known_session(store, values)
    last = "" if after is None else str(after[0])
    rows: list[StateRow] = []
    undated = 0
    chunk = await _conversations(store, values, last)
    while chunk and len(rows) < count:
        for summary in chunk:
            found = await _as_of(store, summary, moment)
            undated += found.undated_events
            rows += [_row(state) for state in found.sessions.values()]
            if len(rows) == count:
                return rows
        chunk = await _conversations(store, values, chunk[-1].session)
    if not rows and after is None:
        if "session" in values:
            stream = conversation_stream(values["session"])
            raise NothingByThen(stream, moment.at, undated_events=undated)
        raise MomentBeforeLog(moment.at.isoformat(), moment.clock, undated)
    return rows


async def _conversations(store: EventStore, values: Values, last: str) -> Sequence[SessionSummary]:
    table = (await readable(store, session_list))[session_rows]
    statement = (
        sa.select(table)
        .where(table.c.tenant == store.tenant, table.c.session > last)
        .order_by(table.c.session)
        .limit(_chunk)
    )
    if "session" in values:
        statement = statement.where(table.c.session == values["session"])
    async with store.connection() as connection:
        found = (await connection.execute(statement)).mappings().all()
    return [session_rows.row_of(row) for row in found]


async def _as_of(store: EventStore, summary: SessionSummary, moment: Moment) -> AsOf:
    if moment.clock == "recorded" and moment.reaches(summary.recorded_to):
        return AsOf({summary.session: summary}, 0)
    return await stream_as_of(store, summary.stream, moment)


def _row(state: SessionSummary) -> StateRow:
    return StateRow(**{name: getattr(state, name) for name in StateRow.__dataclass_fields__})


state_as_of = FoldQuery(
    name="state_as_of",
    description="each conversation as it stood at a moment, nested ones too",
    row=StateRow,
    order=("session",),
    answer=_answer,
    parameters=(
        Parameter(
            name="at", description="the moment, itself included", kind=Kind.MOMENT, required=True
        ),
        Parameter(
            name="clock",
            description="when it happened by its source's clock, or when the log took it",
            kind=Kind.CHOICE,
            choices=("source", "recorded"),
            default="source",
        ),
        Parameter(name="session", description="of this conversation only"),
    ),
)
