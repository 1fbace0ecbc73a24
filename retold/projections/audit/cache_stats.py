"""Figures of caches, as of any moment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args

import sqlalchemy as sa

from retold.domain.cache.decision import Bar
from retold.domain.cache.events import MissReason
from retold.projections.audit import cache_views as views
from retold.projections.audit.conditions import equal, given
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import SqlQuery
from retold.projections.audit.view import Views, sum_of_dollars


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStatsRow:
    """Figures of a cache, as of a moment; what was saved is of what is known.

    Attributes:
        cache: its name.
        hits: answers served at once; the sum of the three below.
        hits_exact: to an equal request, or one that was judged to have the same answer.
        hits_contextual: to a follow-up that means the same.
        hits_semantic: to a first question that means the same.
        coalesced: answers given to who waited for an equal request under way.
        misses: times the model was called; the sum of those below.
        absent: misses as nothing was ever stored.
        expired: misses as the entry's time was over.
        too_old: misses as the entry was older than the reader took.
        evicted: misses as the entry had been removed to make room.
        invalidated: misses as the entry had been invalidated.
        rejected: misses as the entry had been reported to be wrong.
        not_allowed: misses as the answer called tools the reader had not allowed.
        unreadable: misses as the process had no code for the answer.
        not_stored: answers after a miss that were not stored.
        nothing_near: misses as no entry was there to compare meanings with.
        below_threshold: misses as the nearest entry was not near enough.
        learning: misses as too little was known to serve by meaning.
        barred: misses as a veto, a guard, the context, the age or the verifier was in the way.
        audited: misses as the model was asked to see what it says.
        shadowed: misses as meanings are only watched.
        labels: comparisons of a stored and a fresh answer, and reports of users.
        labels_wrong: of these, the answers that were not the same.
        hit_rate: share of hits among hits, coalesced and misses; None without any of them.
        entries: that are served.
        bytes: of their answers.
        stored: entries that ever were.
        entries_expired, entries_evicted, entries_invalidated, entries_rejected: of these.
        tokens_saved: by hits and coalesced requests, both ways.
        cost_usd_saved: dollars, likewise.
    """

    cache: str
    hits: int
    hits_exact: int
    hits_contextual: int
    hits_semantic: int
    coalesced: int
    misses: int
    absent: int
    expired: int
    too_old: int
    evicted: int
    invalidated: int
    rejected: int
    not_allowed: int
    unreadable: int
    not_stored: int
    nothing_near: int
    below_threshold: int
    learning: int
    barred: int
    audited: int
    shadowed: int
    labels: int
    labels_wrong: int
    hit_rate: float | None
    entries: int
    bytes: int
    stored: int
    entries_expired: int
    entries_evicted: int
    entries_invalidated: int
    entries_rejected: int
    tokens_saved: int | None
    cost_usd_saved: Decimal | None


_gone = ("expired", "evicted", "invalidated", "rejected")
_near_reasons = {
    "nothing_near": ("nothing_near", "gone"),
    "below_threshold": ("below_threshold",),
    "learning": ("learning",),
    "barred": get_args(Bar),
    "audited": ("audited",),
    "shadowed": ("shadow",),
}


def _stats(of: Views, values: Values) -> sa.Select[Any]:
    lookups, entries = _lookups(of, values), _kept(of, values)
    labels = _labels(of, values)
    parts = (lookups, entries, labels)
    names = sa.union(*(sa.select(part.c.cache) for part in parts)).subquery("names")
    joined: sa.FromClause = names
    for part in parts:
        joined = joined.outerjoin(part, part.c.cache == names.c.cache)
    asked = lookups.c.hits + lookups.c.coalesced + lookups.c.misses
    known = {column.name: column for part in parts for column in part.c}
    as_it_is = {"tokens_saved", "cost_usd_saved"}
    columns = {
        name: (column if name in as_it_is else sa.func.coalesce(column, sa.literal_column("0")))
        for name, column in known.items()
    } | {
        "cache": names.c.cache,
        # Null when nobody asked: no share of nothing is known.
        "hit_rate": sa.cast(lookups.c.hits, sa.Float(53))
        / sa.func.nullif(asked, sa.literal_column("0")),
    }
    return (
        sa.select(*(columns[name].label(name) for name in CacheStatsRow.__dataclass_fields__))
        .select_from(joined)
        .where(*equal(values, cache=names.c.cache))
    )


def _lookups(of: Views, values: Values) -> sa.Subquery:
    table = of[views.cache_lookups].c
    counted = {
        "hits": table.outcome == "hit",
        "coalesced": table.outcome == "coalesced",
        "misses": table.outcome == "missed",
        "not_stored": table.outcome == "not_stored",
    } | {
        reason: sa.and_(table.outcome == "missed", table.reason == reason)
        for reason in get_args(MissReason)
    }
    counted |= {
        f"hits_{level}": sa.and_(table.outcome == "hit", table.level == level)
        for level in ("exact", "contextual", "semantic")
    }
    counted |= {
        name: sa.and_(table.outcome == "missed", table.near_reason.in_(_literals(reasons)))
        for name, reasons in _near_reasons.items()
    }
    return (
        sa.select(
            table.cache,
            *(_times(condition).label(name) for name, condition in counted.items()),
            sa.cast(sa.func.sum(table.tokens_saved), sa.BigInteger).label("tokens_saved"),
            sum_of_dollars(table.cost_usd_saved).label("cost_usd_saved"),
        )
        .where(*_by_then(values, table.recorded_at))
        .group_by(table.cache)
        .subquery("lookups")
    )


def _literals(texts: tuple[str, ...]) -> list[sa.ColumnElement[str]]:
    return [sa.literal_column(f"'{text}'") for text in texts]


def _labels(of: Views, values: Values) -> sa.Subquery:
    table = of[views.cache_labels].c
    return (
        sa.select(
            table.cache,
            sa.func.count().label("labels"),
            _times(table.equal == sa.false()).label("labels_wrong"),
        )
        .where(*_by_then(values, table.recorded_at))
        .group_by(table.cache)
        .subquery("labelled")
    )


def _kept(of: Views, values: Values) -> sa.Subquery:
    table = of[views.cache_entries].c
    is_gone: sa.ColumnElement[bool] = table.gone.is_not(None)
    if "at" in values:
        is_gone = sa.and_(is_gone, table.gone_at <= given(values, "at", table.gone_at))
    size = sa.case((sa.not_(is_gone), table.bytes), else_=sa.literal_column("0"))
    return (
        sa.select(
            table.cache,
            _times(sa.not_(is_gone)).label("entries"),
            sa.cast(sa.func.sum(size), sa.BigInteger).label("bytes"),
            sa.func.count().label("stored"),
            *(
                _times(sa.and_(is_gone, table.gone == reason)).label(f"entries_{reason}")
                for reason in _gone
            ),
        )
        .where(*_by_then(values, table.recorded_at))
        .group_by(table.cache)
        .subquery("kept")
    )


def _by_then(
    values: Values, recorded_at: sa.ColumnElement[Any]
) -> tuple[sa.ColumnElement[bool], ...]:
    return (recorded_at <= given(values, "at", recorded_at),) if "at" in values else ()


def _times(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    counted = sa.case((condition, sa.literal_column("1")), else_=sa.literal_column("0"))
    return sa.cast(sa.func.sum(counted), sa.BigInteger)


cache_stats = SqlQuery(
    name="cache_stats",
    description="how caches do, by name: hits, misses and why, size, tokens and dollars saved",
    row=CacheStatsRow,
    order=("cache",),
    grouped=True,
    reads=(views.cache_lookups, views.cache_entries, views.cache_labels),
    select=_stats,
    parameters=(
        Parameter(name="cache", description="of the cache of this name only"),
        Parameter(name="at", description="as of this moment, by the log's clock", kind=Kind.MOMENT),
    ),
)
