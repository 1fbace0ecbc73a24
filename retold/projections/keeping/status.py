"""How read models stand: how far each has come, how far behind it is, and what stopped it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.domain.recorded import to_datetime
from retold.projections.keeping.builds import (
    Build,
    Failure,
    Kept,
    checkpoints,
    kept,
    of_build,
    parked,
)
from retold.projections.projection import Projection
from retold.store.lease import Leases
from retold.store.log import EventStore
from retold.store.queries import Queries

ProjectionKind: TypeAlias = Literal["async", "inline"]

# Beyond it a count takes longer than it is worth.
most_counted = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildStatus:
    """How far a build has come.

    Attributes:
        build: its number.
        version: of the projection that makes it.
        position: cursor up to which events are folded, the lowest of its partitions; None before
            the first.
        partitions: shares of the streams that are folded apart.
        events: folded so far.
        events_per_second: at its newest batches, over all partitions; None when unknown.
        moved_at: when its checkpoint last moved.
        rebuilding: whether it is being made beside the one that is read.
        failure: the event its fold failed on, before which it stopped; None when it did not.
    """

    build: int
    version: int
    position: str | None
    partitions: int
    events: int
    events_per_second: float | None
    moved_at: datetime
    rebuilding: bool
    failure: Failure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionStatus:
    """How a projection stands.

    Attributes:
        name: the projection.
        version: of the code that asks.
        kind: ``inline`` when its rows are written with the append, else ``async``.
        active: the build that is read; None before the first.
        high_water: cursor up to which the log can be read.
        lag_events: events it has not folded yet; :data:`most_counted` stands for that many and
            more; None when it was never run.
        lag_seconds: since the oldest of them was recorded; 0.0 when there is none.
        paused_at: since when it is paused; None when it is not.
        failure: where the build that is read stopped; None when it did not.
        parked: events it set aside.
        runner: who keeps it up at the moment; None when nobody does.
        rebuilding: the build being made beside the active one; None when there is none.
        previous: number of the build that can be switched back to; None when there is none.
        builds: all builds there are.
    """

    name: str
    version: int
    kind: ProjectionKind
    active: BuildStatus | None
    high_water: str
    lag_events: int | None
    lag_seconds: float | None
    paused_at: datetime | None
    failure: Failure | None
    parked: int
    runner: str | None
    rebuilding: BuildStatus | None
    previous: int | None
    builds: tuple[BuildStatus, ...]


def runner_resource(name: str) -> str:
    """Return the name of the lease of whoever keeps a projection up."""
    return f"projection-runner:{name}"


async def status(
    store: EventStore, projections: Iterable[Projection]
) -> tuple[ProjectionStatus, ...]:
    """Return how projections stand; it folds and writes nothing.

    Args:
        store: the log.
        projections: which.

    Raises:
        StoreUnavailable: when the database does not do its work.
    """
    runners = {one.resource: one.owner for one in await Leases(store).held(runner_resource(""))}
    return tuple([await _status_of(store, projection, runners) for projection in projections])


async def _status_of(
    store: EventStore, projection: Projection, runners: Mapping[str, str]
) -> ProjectionStatus:
    high_water = await store.backend.frontier()
    async with store.connection() as connection:
        known = await kept(connection, store.tenant, projection.name)
        builds = {b.build: await _build_status(connection, store, b) for b in known.builds.values()}
        active = None if known.active is None else builds.get(known.active)
        lag = None
        if active is not None:
            lag = await _lag(connection, store, projection, active.position)
        set_aside = await connection.execute(
            sa.select(sa.func.count())
            .select_from(parked)
            .where(
                parked.c.tenant == store.tenant,
                parked.c.name == projection.name,
                parked.c.build == known.active,
            )
        )
    rebuilding = known.rebuilding()
    return ProjectionStatus(
        name=projection.name,
        version=projection.version,
        kind="inline" if known.inline else "async",
        active=active,
        high_water=str(high_water),
        lag_events=None if lag is None else lag[0],
        lag_seconds=None if lag is None else lag[1],
        paused_at=None if known.paused_at is None else to_datetime(known.paused_at),
        failure=None if active is None else active.failure,
        parked=set_aside.scalar_one(),
        runner=runners.get(runner_resource(projection.name)),
        rebuilding=None if rebuilding is None else builds[rebuilding.build],
        previous=_previous(known),
        builds=tuple(builds.values()),
    )


def _previous(known: Kept) -> int | None:
    return known.previous if known.previous in known.builds else None


async def _build_status(
    connection: AsyncConnection, store: EventStore, build: Build
) -> BuildStatus:
    found = await connection.execute(
        sa.select(checkpoints)
        .where(of_build(checkpoints, store.tenant, build))
        .order_by(checkpoints.c.partition)
    )
    rows = found.mappings().all()
    cursors = [store.checked_cursor(row["cursor"]) for row in rows]
    lowest = min((c for c in cursors if c is not None), default=None)
    rates = [row["events_per_second"] for row in rows if row["events_per_second"] is not None]
    return BuildStatus(
        build=build.build,
        version=build.version,
        position=None if None in cursors or lowest is None else str(lowest),
        partitions=len(rows),
        events=sum(row["events"] for row in rows),
        events_per_second=sum(rates) if rates else None,
        moved_at=to_datetime(max(row["moved_at"] for row in rows)),
        rebuilding=build.state == "rebuilding",
        failure=build.failure,
    )


async def _lag(
    connection: AsyncConnection, store: EventStore, projection: Projection, position: str | None
) -> tuple[int, float]:
    """Return how many events are not folded, and for how many seconds the oldest has not been."""
    after = store.checked_cursor(position)
    selection = store.stored(projection.selection())
    queries = Queries(store.tenant, store.kind)
    query = queries.in_global_order(after, selection, most_counted)
    counting = sa.text(
        f"SELECT count(*), min(recorded_at) FROM ({query.sql}) AS behind"  # noqa: S608 - built by Queries
    )
    count, oldest = (await connection.execute(counting, query.values)).one()
    if not count:
        return 0, 0.0
    return count, max(0.0, time.time() - oldest / 1_000_000)
