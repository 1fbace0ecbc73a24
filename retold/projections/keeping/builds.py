"""The builds of a projection: rows made by one version of its code, in tables of their own.

One build is active: reports and views show it. A rebuild makes another one beside it and then
switches; the one before stays, so that it can be switched back to, until it is dropped.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.errors import RebuildRefused
from retold.projections.columns import table_of
from retold.projections.keeping.build_tables import (
    has_table,
    indexes_of,
    lock_tables,
    make_index,
    make_table,
)
from retold.projections.keeping.code import code_of
from retold.projections.keeping.upsert import insert_for
from retold.projections.projection import Projection
from retold.store.tables import (
    ProjectionBuildRecord,
    ProjectionCheckpointRecord,
    ProjectionParkedRecord,
    ProjectionRecord,
)

BuildState: TypeAlias = Literal["ready", "rebuilding"]

projections = table_of(ProjectionRecord)
builds = table_of(ProjectionBuildRecord)
checkpoints = table_of(ProjectionCheckpointRecord)
parked = table_of(ProjectionParkedRecord)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The event that a build's fold failed on, before which it stopped.

    Attributes:
        stream: of the event.
        version: of the event in its stream.
        type: of the event.
        event_id: of the event.
        reason: type and text of what the fold raised.
        at: microseconds since 1970-01-01 UTC.
    """

    stream: str
    version: int
    type: str
    event_id: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """Rows of a projection that one version of its code makes.

    Attributes:
        name: the projection.
        build: number, from 1.
        version: of the projection.
        code: hash of the code that makes them; None when that is not known.
        state: ``rebuilding`` until all of the log is in it for the first time.
        tables: names of its tables in the database.
        partitions: shares of the streams that are folded apart; 1 once it is ready.
        after: cursor where its events begin; None for the start of the log.
        until: cursor up to which a rebuild folds its partitions apart; None otherwise.
        failure: where it stopped; None when it did not.
    """

    name: str
    build: int
    version: int
    code: str | None = None
    state: BuildState = "ready"
    tables: tuple[str, ...] = ()
    partitions: int = 1
    after: str | None = None
    until: str | None = None
    failure: Failure | None = None

    @property
    def suffix(self) -> str:
        """What its tables' names end with."""
        return f"v{self.version}_{self.build}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How a projection is kept.

    Attributes:
        name: the projection.
        active: number of the build that is read; None before the first.
        previous: number of the build it was switched from; None when there is none.
        last: the highest number a build ever had; none is given twice.
        inline: whether its rows are written with the append.
        paused_at: since when it is paused, microseconds since 1970-01-01 UTC; None when it is not.
        builds: all there are, by number.
    """

    name: str
    active: int | None = None
    previous: int | None = None
    last: int = 0
    inline: bool = False
    paused_at: int | None = None
    builds: Mapping[int, Build]

    def of_version(self, version: int) -> Build | None:
        """Return the build that code of a version reads: the active one, or else the newest."""
        ready = [b for b in self.builds.values() if b.version == version and b.state == "ready"]
        chosen = [b for b in ready if b.build == self.active] or ready[-1:]
        return chosen[0] if chosen else None

    def rebuilding(self) -> Build | None:
        """Return the build that is being made beside the active one; None when there is none."""
        return next((b for b in self.builds.values() if b.state == "rebuilding"), None)


async def kept(connection: AsyncConnection, tenant: str, name: str, *, lock: bool = False) -> Kept:
    """Return how a projection is kept, also when it never was.

    Args:
        connection: in a write transaction when ``lock`` is asked for.
        tenant: whose rows.
        name: of the projection.
        lock: hold its row until the transaction ends, which makes the row if need be.
    """
    statement = sa.select(projections).where(
        projections.c.tenant == tenant, projections.c.name == name
    )
    if lock:
        first = insert_for(connection, projections).values(
            tenant=tenant, name=name, last_build=0, inline=False
        )
        await connection.execute(first.on_conflict_do_nothing())
        statement = statement.with_for_update()
    found = (await connection.execute(statement)).mappings().first()
    return kept_of(name, found, await build_rows(connection, tenant, [name]))


async def build_rows(
    connection: AsyncConnection, tenant: str, names: Collection[str]
) -> Sequence[sa.RowMapping]:
    """Return the builds of projections, in order."""
    rows = await connection.execute(
        sa.select(builds)
        .where(builds.c.tenant == tenant, builds.c.name.in_(sorted(names)))
        .order_by(builds.c.build)
    )
    return rows.mappings().all()


def kept_of(name: str, found: sa.RowMapping | None, rows: Sequence[sa.RowMapping]) -> Kept:
    """Return how a projection is kept, from its row and from those of builds."""
    made = {row["build"]: _build_of(row) for row in rows if row["name"] == name}
    if found is None:
        return Kept(name=name, builds=made)
    return Kept(
        name=name,
        active=found["active_build"],
        previous=found["previous_build"],
        last=found["last_build"],
        inline=bool(found["inline"]),
        paused_at=found["paused_at"],
        builds=made,
    )


def _build_of(row: Any) -> Build:
    values = {name: row[name] for name in Build.__dataclass_fields__}
    failure = values["failure"]
    values["tables"] = tuple(json.loads(values["tables"]))
    values["failure"] = None if failure is None else Failure(**json.loads(failure))
    return Build(**values)


async def begin_build(
    connection: AsyncConnection,
    tenant: str,
    projection: Projection,
    known: Kept,
    *,
    partitions: int = 1,
    state: BuildState = "ready",
    after: str | None = None,
    until: str | None = None,
) -> Build:
    """Make the tables of a new build, empty, and note it.

    Args:
        connection: in a write transaction that holds the projection's row.
        tenant: whose rows.
        projection: whose build.
        known: as :func:`kept` returned it, locked.
        partitions, state, after, until: as of :class:`Build`.
    """
    number = known.last + 1
    suffix = Build(name=projection.name, build=number, version=projection.version).suffix
    build = Build(
        name=projection.name,
        build=number,
        version=projection.version,
        code=code_of(projection),
        tables=tuple(table.physical(suffix).name for table in projection.tables),
        state=state,
        partitions=partitions,
        after=after,
        until=until,
    )
    now = time.time_ns() // 1_000
    await make_tables(connection, projection, build, indexes=state != "rebuilding")
    await set_kept(connection, tenant, build.name, last_build=number)
    values = {name: getattr(build, name) for name in Build.__dataclass_fields__}
    values["tables"] = json.dumps(build.tables)
    await connection.execute(sa.insert(builds).values(tenant=tenant, begun_at=now, **values))
    await set_partitions(connection, tenant, build, partitions, after)
    return build


async def set_partitions(
    connection: AsyncConnection, tenant: str, build: Build, partitions: int, cursor: str | None
) -> None:
    """Let a build have so many checkpoints, all at one place; those it has are removed."""
    condition = of_build(checkpoints, tenant, build)
    counted = sa.select(sa.func.coalesce(sa.func.sum(checkpoints.c.events), 0)).where(condition)
    events = (await connection.execute(counted)).scalar_one()
    await connection.execute(sa.delete(checkpoints).where(condition))
    now = time.time_ns() // 1_000
    for partition in range(partitions):
        await connection.execute(
            sa.insert(checkpoints).values(
                tenant=tenant,
                name=build.name,
                build=build.build,
                partition=partition,
                cursor=cursor,
                events=events if partition == 0 else 0,
                moved_at=now,
            )
        )
    await connection.execute(
        sa.update(builds).where(of_build(builds, tenant, build)).values(partitions=partitions)
    )


async def activate(
    connection: AsyncConnection, tenant: str, known: Kept, build: Build, *, ready: bool = False
) -> None:
    """Let a build be the one that is read; the one before can be switched back to.

    Args:
        connection: in a write transaction that holds the projection's row.
        tenant: whose rows.
        known: as :func:`kept` returned it, locked.
        build: the one to read.
        ready: also note that all of the log is in it.
    """
    if ready:
        await connection.execute(
            sa.update(builds)
            .where(of_build(builds, tenant, build))
            .values(state="ready", until=None)
        )
    await set_kept(
        connection, tenant, build.name, active_build=build.build, previous_build=known.active
    )


async def set_code(connection: AsyncConnection, tenant: str, build: Build, code: str) -> None:
    """Note the code that makes the rows of a build from now on."""
    mine = of_build(builds, tenant, build)
    await connection.execute(sa.update(builds).where(mine).values(code=code))


async def set_failure(
    connection: AsyncConnection, tenant: str, build: Build, failure: Failure | None
) -> None:
    """Note where a build stopped, or that it goes on."""
    change = sa.update(builds).where(of_build(builds, tenant, build))
    if failure is None:
        change = change.where(builds.c.failure.is_not(None))
    text = None if failure is None else json.dumps(asdict(failure))
    await connection.execute(change.values(failure=text))


async def set_kept(connection: AsyncConnection, tenant: str, name: str, **values: Any) -> None:
    """Change columns of a projection's row."""
    await connection.execute(
        sa.update(projections)
        .where(projections.c.tenant == tenant, projections.c.name == name)
        .values(**values)
    )


async def drop_build(
    connection: AsyncConnection, tenant: str, projection: Projection, build: Build
) -> None:
    """Remove a build's rows, and its tables when no other tenant has rows in them.

    Args:
        connection: in a write transaction that holds the projection's row.
        tenant: whose rows.
        projection: whose build, of any version: its tables are found by name.
        build: the build.

    Raises:
        RebuildRefused: when it is the one that is read.
    """
    known = await kept(connection, tenant, build.name)
    if known.active == build.build:
        raise RebuildRefused(build.name, f"build {build.build} is the one that is read")
    await lock_tables(connection, build.name)
    for table in (builds, checkpoints, parked):
        await connection.execute(sa.delete(table).where(of_build(table, tenant, build)))
    if known.previous == build.build:
        await set_kept(connection, tenant, build.name, previous_build=None)
    shared = await _is_shared(connection, build)
    for read_table in projection.tables:
        table = read_table.physical(build.suffix)
        if shared:
            await connection.execute(sa.delete(table).where(table.c.tenant == tenant))
            continue
        if read_table.besides is not None:
            for statement in read_table.besides.drop(table, connection.dialect.name):
                await connection.execute(sa.text(statement))
        await connection.run_sync(table.drop, checkfirst=True)


async def make_tables(
    connection: AsyncConnection, projection: Projection, build: Build, *, indexes: bool = True
) -> None:
    """Make the tables of a build where they are not there yet.

    Args:
        connection: in a write transaction.
        projection: whose tables.
        build: which of its builds.
        indexes: with all of their indexes; otherwise the unique ones only.

    Raises:
        RebuildRefused: when a table of that name holds rows of something else.
    """
    await lock_tables(connection, build.name)
    shared = await _is_shared(connection, build)
    for read_table in projection.tables:
        table = read_table.physical(build.suffix)
        if await has_table(connection, table):
            one = sa.select(sa.literal(1)).select_from(table).limit(1)
            if not shared and (await connection.execute(one)).first() is not None:
                raise RebuildRefused(
                    projection.name,
                    f"there is a table {table.name!r} already, which is not its own; call its "
                    f"{read_table.name!r} differently",
                )
        else:
            await make_table(connection, table)
            if read_table.besides is not None:
                for statement in read_table.besides.create(table, connection.dialect.name):
                    await connection.execute(sa.text(statement))
        for index in indexes_of(table) if indexes else ():
            await make_index(connection, index)


async def _is_shared(connection: AsyncConnection, build: Build) -> bool:
    """Return whether somebody, of whatever tenant, has rows in a build's tables."""
    counted = sa.select(sa.func.count()).where(
        builds.c.name == build.name,
        builds.c.build == build.build,
        builds.c.version == build.version,
    )
    return bool((await connection.execute(counted)).scalar_one())


def of_build(table: sa.Table, tenant: str, build: Build) -> sa.ColumnElement[bool]:
    """Return the condition for the rows of a build in a table about builds."""
    return sa.and_(
        table.c.tenant == tenant, table.c.name == build.name, table.c.build == build.build
    )
