"""Rebuilding a read model beside the one that is read, then switching to it.

What a rebuild has done is kept: killed, it goes on where it was. Its partitions are folded apart up
to one place of the log, by processes of their own where there are several; then one folding goes on
to the end, and one transaction makes the new build the one that is read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import sqlalchemy as sa

from retold.errors import LeaseHeld, ProjectionBusy, RebuildRefused, RetoldError
from retold.projections.keeping.builds import (
    Build,
    Kept,
    activate,
    begin_build,
    builds,
    checkpoints,
    drop_build,
    kept,
    of_build,
    set_partitions,
)
from retold.projections.keeping.code import code_of
from retold.projections.keeping.control import remove_storage
from retold.projections.keeping.courtesy import Courtesy
from retold.projections.keeping.folding import Folding, OnError, default_batch
from retold.projections.keeping.hold import holding, new_owner
from retold.projections.projection import Projection
from retold.store.cursor import Cursor
from retold.store.log import EventStore

# Who died is waited for no longer than this.
hold_seconds = 10.0
_look_seconds = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildProgress:
    """How far a rebuild has come.

    Attributes:
        events: folded so far, in earlier runs of it too.
        events_per_second: since this run began.
        share: of the log's positions that are behind it, 0.0 to 1.0.
        seconds_left: at this pace; None before there is one.
    """

    events: int
    events_per_second: float
    share: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild did.

    Attributes:
        name: the projection.
        version: of the code.
        build: number of the build it made.
        after: cursor its events begin after; None when all of the log is in it.
        events: folded into it, in earlier runs of the rebuild too.
        seconds: this run took.
        resumed: whether it went on with what an earlier run had begun.
        switched: whether the build is read now.
        previous: the build that was read before and can be switched back to; None when there is
            none.
    """

    name: str
    version: int
    build: int
    after: str | None
    events: int
    seconds: float
    resumed: bool
    switched: bool
    previous: int | None


Progress: TypeAlias = Callable[[RebuildProgress], None]


class Workers(Protocol):
    """Folds the partitions of a build, each up to the build's end."""

    async def run(self, store: EventStore, projection: Projection, build: Build) -> None:
        """Fold them; return when all of them are done.

        Raises:
            ProjectionFailed: when a fold fails on an event.
            RetoldError: whatever else keeps a worker from its end.
        """
        ...


@contextmanager
def first_of_a_group() -> Iterator[None]:
    """Raise the first error of several partitions, which are told no further apart."""
    try:
        yield
    except BaseExceptionGroup as group:
        errors, _ = group.split(RetoldError)
        if errors is None:
            raise
        first: BaseException = errors
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


class InProcess:
    """Folds the partitions in this process, side by side."""

    def __init__(
        self,
        *,
        batch_size: int = default_batch,
        on_error: OnError = "stop",
        courtesy: Courtesy | None = None,
    ) -> None:
        """Store the options of :class:`~retold.projections.keeping.folding.Folding`."""
        self._courtesy = courtesy
        self._batch_size = batch_size
        self._on_error: OnError = on_error

    async def run(self, store: EventStore, projection: Projection, build: Build) -> None:
        """Fold them."""
        with first_of_a_group():
            async with asyncio.TaskGroup() as group:
                for partition in range(build.partitions):
                    group.create_task(self.fold(store, projection, build, partition))

    async def fold(
        self, store: EventStore, projection: Projection, build: Build, partition: int
    ) -> None:
        """Fold one partition."""
        folding = Folding(
            store,
            projection,
            build,
            partition=partition,
            batch_size=self._batch_size,
            on_error=self._on_error,
            courtesy=self._courtesy,
        )
        async for _ in folding.steps():
            pass


async def rebuild(  # noqa: PLR0913 - each is an option of its own
    store: EventStore,
    projection: Projection,
    *,
    after: Cursor | str | None = None,
    workers: int = 1,
    run_workers: Workers | None = None,
    batch_size: int = default_batch,
    on_error: OnError = "stop",
    switch: bool | None = None,
    progress: Progress | None = None,
    courtesy: Courtesy | None = None,
) -> Rebuilt:
    """Make the rows of a projection anew beside those that are read, and switch to them.

    A rebuild that was killed is gone on with, unless the code or ``after`` changed since.

    Args:
        store: the log.
        projection: whose rows.
        after: begin after this cursor, without what is before it; None for the start of the log.
        workers: shares of the streams folded apart, where the projection's fold is per stream.
        run_workers: who folds the shares; this process when None.
        batch_size: events folded between two writes.
        on_error: what comes of an event the fold fails on.
        switch: read the new build when it is done; otherwise a later call does it. None: unless
            ``after`` is given, whose rows hold only a part of the log.
        progress: called now and then.
        courtesy: what it leaves to those who append meanwhile; the default one when None.

    Raises:
        ProjectionBusy: when another process is rebuilding it.
        RebuildRefused: when workers are asked for and its fold is not per stream.
        InvalidCursor: when ``after`` is of another database.
        ProjectionFailed: when the fold fails on an event.
        StoreUnavailable: when the database does not do its work.
    """
    if workers > 1 and not (projection.per_stream and projection.tables):
        raise RebuildRefused(
            projection.name, "its rows are not each of one stream, so one worker folds them"
        )
    if workers < 1:
        raise RebuildRefused(projection.name, f"{workers} workers cannot fold it")
    begin = store.checked_cursor(after)
    switch = begin is None if switch is None else switch
    courtesy = courtesy or Courtesy()
    begun = time.perf_counter()
    owner = new_owner()
    try:
        async with holding(store, f"rebuild:{projection.name}", owner, hold_seconds) as lost:
            build, resumed = await _begin(
                store, projection, None if begin is None else str(begin), workers
            )
            watch = _Watch(store, build, progress)
            async with watch:
                if build.until is not None:
                    by = run_workers or InProcess(
                        batch_size=batch_size,
                        on_error=on_error,
                        courtesy=courtesy.shared_by(build.partitions),
                    )
                    await by.run(store, projection, build)
                    build = await _join(store, build)
                folding = Folding(
                    store,
                    projection,
                    build,
                    batch_size=batch_size,
                    on_error=on_error,
                    courtesy=courtesy,
                )
                async for _ in folding.steps():
                    pass
                await folding.make_indexes()
            if lost.is_set():
                raise RebuildRefused(projection.name, "another process went on with its rebuild")
            previous = await _finish(store, build) if switch else None
            events = await watch.events()
    except LeaseHeld as error:
        raise ProjectionBusy(projection.name) from error
    return Rebuilt(
        name=projection.name,
        version=projection.version,
        build=build.build,
        after=build.after,
        events=events,
        seconds=time.perf_counter() - begun,
        resumed=resumed,
        switched=switch,
        previous=previous,
    )


async def _begin(
    store: EventStore, projection: Projection, after: str | None, workers: int
) -> tuple[Build, bool]:
    """Return the build to fold, and whether an earlier run had begun it."""
    until = await store.end() if workers > 1 else None
    left: Build | None = None
    async with store.transaction() as connection:
        known = await kept(connection, store.tenant, projection.name, lock=True)
        begun = known.rebuilding()
        if begun is not None:
            if _same(begun, projection, after):
                return begun, True
            await drop_build(connection, store.tenant, projection, begun)
            left = begun
            known = await kept(connection, store.tenant, projection.name)
        build = await begin_build(
            connection,
            store.tenant,
            projection,
            known,
            partitions=workers,
            state="rebuilding",
            after=after,
            until=None if until is None else str(until),
        )
    if left is not None:
        await remove_storage(projection, left)
    return build, False


def _same(begun: Build, projection: Projection, after: str | None) -> bool:
    made_by = (begun.version, begun.code, begun.after)
    return made_by == (projection.version, code_of(projection), after)


async def _join(store: EventStore, build: Build) -> Build:
    """Let one folding go on where the partitions ended.

    Raises:
        RebuildRefused: when another process did so already, or one of them has not ended.
    """
    async with store.transaction() as connection:
        known = await kept(connection, store.tenant, build.name, lock=True)
        found = known.builds.get(build.build)
        places = await connection.execute(
            sa.select(checkpoints.c.cursor).where(of_build(checkpoints, store.tenant, build))
        )
        if (
            found is None
            or found.state != "rebuilding"
            or found.until != build.until
            or set(places.scalars()) != {build.until}
        ):
            raise RebuildRefused(
                build.name, "a partition has not ended, or another process went on with its rebuild"
            )
        await set_partitions(connection, store.tenant, build, 1, build.until)
        await connection.execute(
            sa.update(builds).where(of_build(builds, store.tenant, build)).values(until=None)
        )
        known = await kept(connection, store.tenant, build.name)
        return known.builds[build.build]


async def _finish(store: EventStore, build: Build) -> int | None:
    """Let the build be the one that is read; return the one that was.

    Raises:
        RebuildRefused: when another process did so already, or began anew.
    """
    async with store.transaction() as connection:
        known: Kept = await kept(connection, store.tenant, build.name, lock=True)
        found = known.builds.get(build.build)
        if found is None or found.state != "rebuilding":
            raise RebuildRefused(build.name, "another process went on with its rebuild")
        await activate(connection, store.tenant, known, build, ready=True)
        return known.active


class _Watch:
    """Reads how far a build has come, whoever folds it."""

    def __init__(self, store: EventStore, build: Build, progress: Progress | None) -> None:
        self._store, self._build, self._progress = store, build, progress
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        if self._progress is not None:
            self._task = asyncio.create_task(self._run(self._progress))

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def events(self) -> int:
        """Return how many events were folded."""
        return (await self._read())[0]

    async def _run(self, progress: Progress) -> None:
        begun = time.perf_counter()
        first, _ = await self._read()
        end = (await self._newest()).position
        start = 0 if self._build.after is None else Cursor.parse(self._build.after).position
        while True:
            await asyncio.sleep(_look_seconds)
            events, places = await self._read()
            pace = (events - first) / (time.perf_counter() - begun)
            behind = sum(max(place - start, 0) for place in places) / max(len(places), 1)
            share = min(1.0, behind / max(end - start, 1))
            left = (events / share - events) / pace if pace and share else None
            progress(
                RebuildProgress(
                    events=events, events_per_second=pace, share=share, seconds_left=left
                )
            )

    async def _newest(self) -> Cursor:
        return await self._store.backend.newest() or await self._store.end()

    async def _read(self) -> tuple[int, list[int]]:
        """Return the events folded, and the position of each partition."""
        async with self._store.connection() as connection:
            found = await connection.execute(
                sa.select(checkpoints.c.events, checkpoints.c.cursor).where(
                    of_build(checkpoints, self._store.tenant, self._build)
                )
            )
            rows = found.all()
        places = [0 if row.cursor is None else Cursor.parse(row.cursor).position for row in rows]
        return sum(row.events for row in rows), places
