"""What another threshold would have served, of what was decided by meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from retold.projections.audit import cache_views as views
from retold.projections.audit.conditions import between, equal, given
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import SqlQuery
from retold.projections.audit.view import Views


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheWhatIfRow:
    """What a threshold would have served in a scope.

    Attributes:
        scope: its name.
        cache: name of the cache.
        requests: that were looked up by meaning.
        served: of these, by meaning, as it was.
        would_serve: of these, by the other threshold, with the guards, vetoes and entries as they
            were then.
        labelled: of those it would have served, the ones whose answers were compared.
        wrong: of these, the ones whose answers were not the same.
        wrong_estimated: of those it would have served, each wrong one counted as often as requests
            like it were not compared.
    """

    scope: str
    cache: str
    requests: int
    served: int
    would_serve: int
    labelled: int
    wrong: int
    wrong_estimated: float


def _whatif(of: Views, values: Values) -> sa.Select[Any]:
    lookups, labels = of[views.cache_lookups], of[views.cache_labels].c
    table = lookups.c
    # More than one person may have said something of a hit: one who says it is wrong is believed.
    found = (
        sa.select(
            labels.lookup,
            sa.func.max(_one_if(labels.equal == sa.false())).label("wrong"),
            sa.func.min(labels.probability).label("probability"),
        )
        .where(labels.lookup.is_not(None))
        .group_by(labels.lookup)
        .subquery("found")
    )
    reaches = sa.and_(
        table.score >= given(values, "threshold", table.score), table.barred.is_(None)
    )
    labelled = sa.and_(reaches, found.c.lookup.is_not(None))
    wrong = sa.and_(labelled, found.c.wrong == sa.literal_column("1"))
    counted = {
        "served": table.outcome == "hit",
        "would_serve": reaches,
        "labelled": labelled,
        "wrong": wrong,
    }
    weight = sa.case((wrong, sa.literal_column("1.0") / found.c.probability), else_=_zero)
    columns: list[sa.ColumnElement[Any]] = [
        table.scope,
        table.cache,
        sa.func.count().label("requests"),
        *(_sum(_one_if(condition)).label(name) for name, condition in counted.items()),
        sa.cast(sa.func.sum(weight), sa.Float(53)).label("wrong_estimated"),
    ]
    return (
        sa.select(*columns)
        .select_from(lookups.outerjoin(found, found.c.lookup == table.event_id))
        .where(
            table.scope.is_not(None),
            *equal(values, scope=table.scope, cache=table.cache),
            *between(values, table.recorded_at),
        )
        .group_by(table.scope, table.cache)
    )


_zero: sa.ColumnElement[float] = sa.literal_column("0.0")


def _one_if(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.case((condition, sa.literal_column("1")), else_=sa.literal_column("0"))


def _sum(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.sum(column), sa.BigInteger)


cache_whatif = SqlQuery(
    name="cache_whatif",
    description="what another threshold would have served by meaning, and how much of it is wrong",
    row=CacheWhatIfRow,
    order=("scope", "cache"),
    grouped=True,
    reads=(views.cache_lookups, views.cache_labels),
    select=_whatif,
    parameters=(
        Parameter(
            name="threshold",
            description="score to serve from, from -1 to 1",
            kind=Kind.NUMBER,
            required=True,
        ),
        Parameter(name="scope", description="of this scope only"),
        Parameter(name="cache", description="of the cache of this name only"),
        Parameter(name="since", description="recorded then or later", kind=Kind.MOMENT),
        Parameter(name="until", description="recorded before", kind=Kind.MOMENT),
    ),
)
