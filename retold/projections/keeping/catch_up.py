"""Bringing a read model up to the log, and the tables to read it from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import sqlalchemy as sa

from retold.errors import ProjectionCodeChanged
from retold.projections.keeping.builds import (
    Build,
    Kept,
    activate,
    begin_build,
    kept,
    make_tables,
    set_code,
)
from retold.projections.keeping.checkpoint import read_place
from retold.projections.keeping.code import code_of
from retold.projections.keeping.folding import Folding, OnError, default_batch
from retold.projections.keeping.step import Step
from retold.projections.projection import Projection
from retold.projections.read_table import ReadTable
from retold.store.backend import is_sql
from retold.store.log import EventStore

Progress: TypeAlias = Callable[[Step], None]
Tables: TypeAlias = Mapping[ReadTable[Any], sa.Table]


async def catch_up(
    store: EventStore,
    projection: Projection,
    *,
    batch_size: int = default_batch,
    on_error: OnError = "stop",
    accept_code: bool = False,
    progress: Progress | None = None,
) -> int:
    """Fold into a projection every event it has not seen yet.

    A version of the projection that has no rows yet gets tables of its own, and becomes the one
    that is read when all of the log is in them, unless a later version is. Rows of the version
    before stay, for processes that still run its code.

    Args:
        store: the log, which also holds the rows.
        projection: what to bring up to date.
        batch_size: events folded between two writes.
        on_error: what comes of an event the fold fails on.
        accept_code: take changed code of the same version for equal in effect.
        progress: called after each batch.

    Returns:
        Number of events this call folded.

    Raises:
        ProjectionFailed: when the fold fails on an event.
        ProjectionCodeChanged: when the code is not the one the rows were made with.
        InvalidCursor: when the checkpoint is of another database.
        CorruptEvent, FutureSchemaVersion, UpcastFailed: when an event cannot be read.
        StoreUnavailable: when the database does not do its work.
    """
    known, build = await ensure_build(store, projection, accept=accept_code)
    folding = Folding(store, projection, build, batch_size=batch_size, on_error=on_error)
    return await _catch_up(store, folding, projection, (known, build), progress)


async def current(store: EventStore, projection: Projection) -> Tables:
    """Bring a projection up to date and return the tables its rows are in.

    Args:
        store: the log.
        projection: with tables.

    Returns:
        By what the projection declares, the table to select from, with ``tenant`` among its
        columns. Errors as of :func:`catch_up`.
    """
    known, build = await ensure_build(store, projection)
    # Rows that are written with the append are there at once, also on a server where readers of
    # the log wait for the transactions of others.
    if not known.inline or not await is_at_end(store, projection, build):
        folding = Folding(store, projection, build)
        await _catch_up(store, folding, projection, (known, build))
    return tables_of(projection, build)


async def _catch_up(
    store: EventStore,
    folding: Folding,
    projection: Projection,
    standing: tuple[Kept, Build],
    progress: Progress | None = None,
) -> int:
    """Fold to the end; read the build if it is of a later version than the one that is read."""
    known, build = standing
    folded = 0
    async for step in folding.steps():
        folded += step.events
        if progress is not None:
            progress(step)
    if known.active != build.build and _is_newer(known, build):
        await _switch(store, build)
    if folded and build.code is None:
        async with store.transaction() as connection:
            await set_code(connection, store.tenant, build, code_of(projection))
    return folded


def tables_of(projection: Projection, build: Build) -> Tables:
    """Return the tables of a build."""
    return {table: table.physical(build.suffix) for table in projection.tables}


async def ensure_build(
    store: EventStore, projection: Projection, *, accept: bool = False
) -> tuple[Kept, Build]:
    """Return the build that this version of a projection reads, made if there is none.

    Raises:
        ProjectionCodeChanged: when its rows were made by other code.
        StoreUnavailable: when the database does not do its work.
    """
    code = code_of(projection)
    async with store.connection() as connection:
        known = await kept(connection, store.tenant, projection.name)
    build = known.of_version(projection.version)
    # An earlier release did not say which code made them.
    if build is not None and build.code in {code, None}:
        return known, build
    if build is not None and not accept:
        raise ProjectionCodeChanged(projection.name, projection.version)
    async with store.transaction() as connection:
        known = await kept(connection, store.tenant, projection.name, lock=True)
        build = known.of_version(projection.version)
        if build is None:
            build = await begin_build(connection, store.tenant, projection, known)
            if known.active is None:
                await activate(connection, store.tenant, known, build)
        else:
            await make_tables(connection, projection, build)
            await set_code(connection, store.tenant, build, code)
        known = await kept(connection, store.tenant, projection.name)
    return known, known.builds[build.build]


async def is_at_end(store: EventStore, projection: Projection, build: Build) -> bool:
    """Return whether a build holds all that is committed, settled or not."""
    backend = store.backend
    if not is_sql(backend):
        return False
    async with store.connection() as connection:
        place = await read_place(connection, store.tenant, build)
        if place is None:
            return False
        cursor, wanted = store.checked_cursor(place.cursor), store.stored(projection.selection())
        query = backend.queries.in_global_order(cursor, wanted, 1, settled=False)
        return (await connection.execute(sa.text(query.sql), query.values)).first() is None


async def _switch(store: EventStore, build: Build) -> None:
    async with store.transaction() as connection:
        known = await kept(connection, store.tenant, build.name, lock=True)
        there = build.build in known.builds
        if there and known.active != build.build and _is_newer(known, build):
            await activate(connection, store.tenant, known, build)


def _is_newer(known: Kept, build: Build) -> bool:
    """Return whether a build is of a later version than the one that is read."""
    active = None if known.active is None else known.builds.get(known.active)
    # Somebody switched back from the previous one.
    return active is None or (active.version < build.version and known.previous != build.build)
