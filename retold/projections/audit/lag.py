"""How far behind the log its read models are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from retold.projections.audit.page import Key
from retold.projections.audit.parameter import Values
from retold.projections.audit.query import FoldQuery
from retold.projections.keeping.status import ProjectionStatus, status
from retold.projections.shipped import shipped
from retold.store.log import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class LagRow:
    """How a projection stands.

    Attributes:
        projection: its name.
        version: of the code that asks.
        kind: ``inline`` or ``async``.
        lag_events: events it has not folded, 100,000 for that many and more; None when it was
            never run.
        lag_seconds: since the oldest of them was recorded; 0.0 when there is none.
        events: folded so far; None when it was never run.
        position: cursor up to which events are folded.
        high_water: cursor up to which the log can be read.
        moved_at: when it last came on.
        paused_at: since when it is paused; None when it is not.
        failure: what stopped it; None when nothing did.
        parked: events set aside.
        runner: who keeps it up at the moment; None when nobody does.
    """

    projection: str
    version: int
    kind: str
    lag_events: int | None
    lag_seconds: float | None
    events: int | None
    position: str | None
    high_water: str
    moved_at: datetime | None
    paused_at: datetime | None
    failure: str | None
    parked: int
    runner: str | None


async def _answer(store: EventStore, _: Values, after: Key | None, count: int) -> Sequence[LagRow]:
    chosen = [p for p in shipped if after is None or (p.name,) > after]
    return [_row(one) for one in await status(store, chosen[:count])]


def _row(found: ProjectionStatus) -> LagRow:
    active, failure = found.active, found.failure
    return LagRow(
        projection=found.name,
        version=found.version,
        kind=found.kind,
        lag_events=found.lag_events,
        lag_seconds=found.lag_seconds,
        events=None if active is None else active.events,
        position=None if active is None else active.position,
        high_water=found.high_water,
        moved_at=None if active is None else active.moved_at,
        paused_at=found.paused_at,
        failure=None
        if failure is None
        else f"{failure.stream} version {failure.version} ({failure.type}): {failure.reason}",
        parked=found.parked,
        runner=found.runner,
    )


projection_lag = FoldQuery(
    name="projection_lag",
    description="how far behind the log each read model is; it brings none up to date",
    row=LagRow,
    order=("projection",),
    answer=_answer,
)
