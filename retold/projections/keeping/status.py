"""How read models stand: how far each has come, how far behind it is, and what stopped it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
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
    build_rows,
    checkpoints,
    kept_of,
    parked,
    projections as kept_projections,
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
    chosen = {projection.name: projection for projection in projections}
    runners = {one.resource: one.owner for one in await Leases(store).held(runner_resource(""))}
    high_water = str(await store.backend.frontier())
    async with store.connection() as connection:
        known = await _kept(connection, store.tenant, chosen)
        come = await _checkpoints(connection, store, chosen)
        set_aside = await _set_aside(connection, store, chosen)
        return tuple(
            [
                await _status_of(
                    connection,
                    store,
                    projection,
                    known[name],
                    come[name],
                    high_water=high_water,
                    parked=set_aside.get((name, known[name].active), 0),
                    runner=runners.get(runner_resource(name)),
                )
                for name, projection in chosen.items()
            ]
        )


async def _kept(
    connection: AsyncConnection, tenant: str, names: Collection[str]
) -> dict[str, Kept]:
    """Return how projections are kept, by name, in two statements however many they are."""
    found = await connection.execute(
        sa.select(kept_projections).where(
            kept_projections.c.tenant == tenant, kept_projections.c.name.in_(sorted(names))
        )
    )
    heads = {row["name"]: row for row in found.mappings()}
    rows = await build_rows(connection, tenant, names)
    return {name: kept_of(name, heads.get(name), rows) for name in names}


async def _checkpoints(
    connection: AsyncConnection, store: EventStore, names: Iterable[str]
) -> dict[str, dict[int, list[sa.RowMapping]]]:
    """Return the checkpoints of projections by name and build, a partition after the other."""
    found = await connection.execute(
        sa.select(checkpoints)
        .where(checkpoints.c.tenant == store.tenant, checkpoints.c.name.in_(sorted(names)))
        .order_by(checkpoints.c.partition)
    )
    come: dict[str, dict[int, list[sa.RowMapping]]] = {name: {} for name in names}
    for row in found.mappings():
        come[row["name"]].setdefault(row["build"], []).append(row)
    return come


async def _set_aside(
    connection: AsyncConnection, store: EventStore, names: Iterable[str]
) -> dict[tuple[str, int | None], int]:
    """Return how many events are set aside, by projection and build."""
    found = await connection.execute(
        sa.select(parked.c.name, parked.c.build, sa.func.count())
        .where(parked.c.tenant == store.tenant, parked.c.name.in_(sorted(names)))
        .group_by(parked.c.name, parked.c.build)
    )
    return {(name, build): count for name, build, count in found}


async def _status_of(
    connection: AsyncConnection,
    store: EventStore,
    projection: Projection,
    known: Kept,
    come: Mapping[int, Sequence[sa.RowMapping]],
    *,
    high_water: str,
    parked: int,
    runner: str | None,
) -> ProjectionStatus:
    # One that was begun since has no checkpoints among these.
    builds = {
        build: _build_status(store, known.builds[build], come[build])
        for build in known.builds
        if build in come
    }
    active = None if known.active is None else builds.get(known.active)
    lag = None
    if active is not None:
        is_behind = active.position != high_water
        lag = await _lag(connection, store, projection, active.position) if is_behind else (0, 0.0)
    rebuilding = known.rebuilding()
    return ProjectionStatus(
        name=projection.name,
        version=projection.version,
        kind="inline" if known.inline else "async",
        active=active,
        high_water=high_water,
        lag_events=None if lag is None else lag[0],
        lag_seconds=None if lag is None else lag[1],
        paused_at=None if known.paused_at is None else to_datetime(known.paused_at),
        failure=None if active is None else active.failure,
        parked=parked,
        runner=runner,
        rebuilding=None if rebuilding is None else builds.get(rebuilding.build),
        previous=_previous(known),
        builds=tuple(builds.values()),
    )


def _previous(known: Kept) -> int | None:
    return known.previous if known.previous in known.builds else None


def _build_status(store: EventStore, build: Build, rows: Sequence[sa.RowMapping]) -> BuildStatus:
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
