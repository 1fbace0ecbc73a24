"""Caches: what they have, how well they do, and who was served an entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from retold.projections.audit import cache_views as views, views as other_views
from retold.projections.audit.cache_stats import CacheStatsRow, cache_stats
from retold.projections.audit.conditions import between, equal, given, tagged
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import SqlQuery
from retold.projections.audit.view import Views

__all__ = [
    "CacheEntryRow",
    "CacheRecallRow",
    "CacheStatsRow",
    "cache_entries",
    "cache_recall",
    "cache_stats",
]

_cache = Parameter(name="cache", description="of the cache of this name only")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntryRow:
    """A cached answer; the fields are those of the view ``cache_entries``."""

    recorded_at: datetime
    entry: str
    cache: str
    model: str | None
    question: str | None
    answer: str | None
    hits: int
    coalesced: int
    expires_at: datetime | None
    gone: str | None
    gone_at: datetime | None
    gone_why: str | None
    tags: dict[str, str]
    source: str | None
    session: str | None
    agent: str | None
    tools: tuple[str, ...]
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: Decimal | None
    bytes: int
    confirmed: int
    last_used_at: datetime
    stored_at: datetime | None
    key: str
    partition: str
    aliases: int
    veto: float | None
    embedder: str | None


def _entries(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.cache_entries].c
    wanted = [
        *equal(
            values,
            cache=table.cache,
            model=table.model,
            source=table.source,
            partition=table.partition,
        ),
        *tagged(values, table.tags),
        *between(values, table.recorded_at),
    ]
    if "gone" in values:
        wanted.append(table.gone.is_not(None) if values["gone"] else table.gone.is_(None))
    return sa.select(*(table[name] for name in CacheEntryRow.__dataclass_fields__)).where(*wanted)


cache_entries = SqlQuery(
    name="cache_entries",
    description="cached answers, the newest first: how often each was served, why it is gone",
    row=CacheEntryRow,
    order=("recorded_at", "entry"),
    descending=True,
    reads=(views.cache_entries,),
    select=_entries,
    parameters=(
        _cache,
        Parameter(name="model", description="of this model only"),
        Parameter(name="source", description="of this source only"),
        Parameter(name="partition", description="of this partition only"),
        Parameter(name="tag", description="having this tag, NAME=VALUE", kind=Kind.TAG),
        Parameter(
            name="gone",
            description="those that are served no more only, or those that are",
            kind=Kind.FLAG,
        ),
        Parameter(name="since", description="recorded then or later", kind=Kind.MOMENT),
        Parameter(name="until", description="recorded before", kind=Kind.MOMENT),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheRecallRow:
    """A time an entry was served, and what followed.

    Attributes:
        recorded_at: when the log took it.
        session: id of the conversation.
        version: of the event.
        root_session: id of the session it belongs to.
        turn: id of the turn.
        agent: name of the agent that was served.
        outcome: ``hit`` or ``coalesced``.
        level: that found the entry.
        similarity, threshold: of that level.
        event_id: of the event, to reject or confirm it by.
        turn_status: how the turn ended.
        tool_calls: asked for later in the conversation.
        tool_errors: those of them that failed.
        messages: said later in the conversation.
        next_message: what the user said next.
    """

    recorded_at: datetime
    session: str
    version: int
    root_session: str
    turn: str | None
    agent: str | None
    outcome: str
    level: str | None
    similarity: float | None
    threshold: float | None
    event_id: str
    turn_status: str | None
    tool_calls: int
    tool_errors: int
    messages: int
    next_message: str | None


def _recall(of: Views, values: Values) -> sa.Select[Any]:
    served, turns = of[views.cache_lookups], of[other_views.turns]
    calls, said = of[other_views.tool_calls].c, of[other_views.messages].c
    table = served.c
    later_calls = sa.and_(calls.session == table.session, calls.asked_version > table.version)
    later_said = sa.and_(said.session == table.session, said.version > table.version)
    columns = {c.name: c for c in table} | {
        "turn_status": turns.c.status.label("turn_status"),
        "tool_calls": _count(later_calls).label("tool_calls"),
        "tool_errors": _count(sa.and_(later_calls, calls.error == sa.true())).label("tool_errors"),
        "messages": _count(later_said).label("messages"),
        "next_message": sa.select(said.text)
        .where(later_said, said.role == "user")
        .order_by(said.version, said.item)
        .limit(sa.literal_column("1"))
        .scalar_subquery()
        .label("next_message"),
    }
    joined = served.outerjoin(
        turns, sa.and_(turns.c.session == table.session, turns.c.turn == table.turn)
    )
    return (
        sa.select(*(columns[name] for name in CacheRecallRow.__dataclass_fields__))
        .select_from(joined)
        .where(
            table.entry == given(values, "entry", table.entry),
            table.outcome.in_(["hit", "coalesced"]),
            *between(values, table.recorded_at),
        )
    )


def _count(condition: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).where(condition).scalar_subquery()


cache_recall = SqlQuery(
    name="cache_recall",
    description="every session and turn that was served a cached answer, and what followed",
    row=CacheRecallRow,
    order=("recorded_at", "session", "version"),
    reads=(
        views.cache_lookups,
        other_views.turns,
        other_views.tool_calls,
        other_views.messages,
    ),
    select=_recall,
    parameters=(
        Parameter(name="entry", description="id of the entry", required=True),
        Parameter(name="since", description="served then or later", kind=Kind.MOMENT),
        Parameter(name="until", description="served before", kind=Kind.MOMENT),
    ),
)
