"""Folding a build on: read a page of the log, fold it in memory, write each touched row once."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from retold.domain.event import RecordedEvent
from retold.errors import ProjectionFailed
from retold.projections.keeping.builds import Build, Failure, parked, set_failure
from retold.projections.keeping.checkpoint import Place, move_place, read_place
from retold.projections.keeping.sql_rows import load_rows, write_rows
from retold.projections.keeping.upsert import insert_for
from retold.projections.own_storage import OwnStorage
from retold.projections.projection import Projection
from retold.projections.rows import Rows
from retold.store import log
from retold.store.cursor import Cursor
from retold.store.log import EventStore
from retold.store.row import Row
from retold.store.selection import Partition, Selection

OnError: TypeAlias = Literal["stop", "park"]

default_batch = 2_000
# Rows kept in memory from one batch to the next, so that those that are used again are not loaded.
# They take some 2 kB each.
_most_kept = 5_000
# A checkpoint is not moved for less when nothing was folded.
_worth_moving = 1_000


@dataclass(frozen=True, slots=True)
class Step:
    """What one batch did.

    Attributes:
        events: folded.
        cursor: of the place reached.
        seconds: it took.
    """

    events: int
    cursor: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class _Page:
    """Events that come next, not yet decoded, and the place up to which nothing else is wanted."""

    rows: Sequence[Row]
    end: str | None
    last: bool


@dataclass(frozen=True, slots=True)
class _Folded:
    """What came of a page in memory; ``events`` are those of it that others still want."""

    place: Place
    failed: Sequence[tuple[RecordedEvent, Exception]]
    stopped: bool
    events: Sequence[RecordedEvent]


class Folding:
    """Folds what a partition of a build has not seen.

    Reading and folding hold no lock. The rows touched and the checkpoint are written in one
    transaction, unless another process moved the checkpoint meanwhile: then the batch is dropped
    and read anew. So each event takes effect exactly once, whoever runs this and whenever it is
    killed.
    """

    def __init__(
        self,
        store: EventStore,
        projection: Projection,
        build: Build,
        *,
        partition: int = 0,
        batch_size: int = default_batch,
        on_error: OnError = "stop",
        effects: bool = False,
    ) -> None:
        """Store what is needed.

        Args:
            store: the log, which also holds the rows.
            projection: whose rows.
            build: which of its builds.
            partition: of the build, from 0.
            batch_size: events folded between two writes.
            on_error: what comes of an event the fold fails on: ``stop`` before it, or ``park`` it
                and go on.
            effects: cause the projection's effects.
        """
        self._store = store
        self._projection = projection
        self._build = build
        self._partition = partition
        self._batch_size = batch_size
        self._on_error: OnError = on_error
        self._effects = projection.effects if effects else None
        self._until = None if build.until is None else Cursor.parse(build.until)
        self._rows = Rows(complete=False)
        self._rate: float | None = None

    async def steps(self) -> AsyncGenerator[Step, None]:
        """Fold to the end of the log, or of the build, and yield after each batch.

        Raises:
            ProjectionFailed: when the fold fails on an event, after what comes before it.
            InvalidCursor: when the checkpoint is of another database.
            CorruptEvent, FutureSchemaVersion, UpcastFailed: when an event cannot be read.
            StoreUnavailable: when the database does not do its work.
        """
        # What was appended by this log is in it, also where readers wait for others' transactions.
        await self._store.backend.settle(log.own_writes_seconds)
        if self._projection.storage is not None:
            storage = self._projection.storage(self._build.suffix)
            try:
                async for step in self._steps_of(storage):
                    yield step
            finally:
                await storage.close()
            return
        place = await self._place()
        reading: asyncio.Task[_Page] | None = None
        try:
            while place is not None:
                begun = time.perf_counter()
                page = await (reading or self._page(place.cursor))
                reading = None
                if page.rows and not page.last:
                    # The next page is read while this one is folded and written.
                    reading = asyncio.create_task(self._page(page.end))
                reached = await self._fold(place, page, begun)
                if reached is None:
                    # Somebody else folded these.
                    await _cancelled(reading)
                    reading = None
                    self._rows = Rows(complete=False)
                    place = await self._place()
                    continue
                if reached != place:
                    seconds = time.perf_counter() - begun
                    yield Step(reached.events - place.events, reached.cursor, seconds)
                place = reached
                if page.last:
                    return
        finally:
            await _cancelled(reading)

    async def _place(self) -> Place | None:
        async with self._store.connection() as connection:
            return await read_place(connection, self._store.tenant, self._build, self._partition)

    async def _page(self, after: str | None) -> _Page:
        store = self._store
        cursor = store.checked_cursor(after)
        rows = await self._read(cursor)
        if self._until is not None:
            inside = [row for row in rows if store.cursor_of_row(row) <= self._until]
            last = len(inside) < len(rows) or len(rows) < self._batch_size
            place = self._until if last else store.cursor_of_row(inside[-1])
            return _Page(inside, str(place), last)
        last = len(rows) < self._batch_size
        end = store.cursor_of_row(rows[-1]) if rows else cursor
        if last and (further := await self._settled_beyond(end)) is not None:
            # Nothing appears before it any more, so what is wanted up to there is all here.
            rows = await self._read(cursor)
            last = len(rows) < self._batch_size
            end = store.cursor_of_row(rows[-1]) if rows else cursor
            end = further if last and (end is None or end < further) else end
        return _Page(rows, None if end is None else str(end), last)

    async def _read(self, cursor: Cursor | None) -> Sequence[Row]:
        return await self._store.rows(cursor, self._selection(), self._batch_size)

    async def _settled_beyond(self, end: Cursor | None) -> Cursor | None:
        """Return a place far beyond one, of which readers are sure; None when there is none.

        Who comes back to a log of which it reads little would else go through the rest each time.
        """
        backend = self._store.backend
        newest = await backend.newest()
        reached = 0 if end is None else end.position
        if newest is None or newest.position - reached < _worth_moving:
            return None
        return newest if newest <= await backend.frontier() else None

    def _selection(self) -> Selection:
        if self._build.partitions == 1:
            return self._projection.selection()
        return self._projection.selection(Partition(self._partition, self._build.partitions))

    async def _fold(self, place: Place, page: _Page, begun: float) -> Place | None:
        """Fold a page and write what it changed; None when somebody else moved the checkpoint."""
        store, projection, rows = self._store, self._projection, self._rows
        with _without_collecting():
            folded = await self._folded(place, page)
        reached, failed, stopped = folded.place, folded.failed, folded.stopped
        done = reached.events - place.events
        if self._effects is not None and done:
            # Before they are committed: after a crash they are caused again, not left out.
            await self._effects(folded.events)
        if reached != place or failed:
            seconds = time.perf_counter() - begun
            if done:
                self._rate = _smoothed(self._rate, done / max(seconds, 1e-6))
            async with store.transaction() as connection:
                if not await move_place(
                    connection,
                    store.tenant,
                    self._build,
                    self._partition,
                    expected=place,
                    to=reached,
                    events_per_second=self._rate,
                ):
                    return None
                await write_rows(connection, store.tenant, self._build.suffix, rows)
                await self._note(connection, failed, stopped=stopped)
        rows.settle(_most_kept)
        if stopped:
            event, cause = failed[-1]
            raise ProjectionFailed(
                projection.name, event.stream, event.version, event.type, reason_of(cause)
            ) from cause
        return reached

    async def _folded(self, place: Place, page: _Page) -> _Folded:
        """Decode a page and fold it in memory; when this returns, its events are let go of."""
        store, projection, rows = self._store, self._projection, self._rows
        events = store.events_in(page.rows)
        wanted = rows.missing(projection.needed(events))
        if wanted:
            async with store.connection() as connection:
                await load_rows(connection, store.tenant, self._build.suffix, wanted, rows)
        failed: list[tuple[RecordedEvent, Exception]] = []
        end, done, stopped = page.end, 0, False
        for event in events:
            rows.begin()
            try:
                projection.fold(rows, event)
            except Exception as error:
                rows.undo()
                failed.append((event, error))
                if self._on_error == "stop":
                    end = str(store.cursor_of(events[done - 1])) if done else place.cursor
                    stopped = True
                    break
            done += 1
        wanted_by_effects = () if self._effects is None else events[:done]
        return _Folded(Place(end, place.events + done), failed, stopped, wanted_by_effects)

    async def _note(
        self,
        connection: AsyncConnection,
        failed: Sequence[tuple[RecordedEvent, Exception]],
        *,
        stopped: bool,
    ) -> None:
        """Note where the fold failed, or that it went on from there."""
        store, build = self._store, self._build
        now = time.time_ns() // 1_000
        if stopped:
            event, error = failed[-1]
            failure = Failure(
                stream=event.stream,
                version=event.version,
                type=event.type,
                event_id=str(event.event_id),
                reason=reason_of(error),
                at=now,
            )
            await set_failure(connection, store.tenant, build, failure)
            return
        for event, error in failed:
            values = {
                "tenant": store.tenant,
                "name": build.name,
                "build": build.build,
                "event_id": event.event_id,
                "stream": event.stream,
                "version": event.version,
                "type": event.type,
                "cursor": str(store.cursor_of(event)),
                "reason": reason_of(error),
                "parked_at": now,
            }
            statement = insert_for(connection, parked).values(**values)
            await connection.execute(statement.on_conflict_do_nothing())
        # One partition does not know of another's.
        if build.partitions == 1:
            await set_failure(connection, store.tenant, build, None)

    async def _steps_of(self, storage: OwnStorage) -> AsyncGenerator[Step, None]:
        """Fold into a storage that keeps its place itself; ours follows it, for people."""
        place = await self._place()
        cursor = await storage.cursor()
        while place is not None:
            begun = time.perf_counter()
            page = await self._page(cursor)
            if page.end is None or (not page.rows and page.end == cursor):
                return
            events = self._store.events_in(page.rows)
            try:
                await storage.apply(events, page.end)
            except Exception as error:
                event = events[0] if events else None
                raise ProjectionFailed(
                    self._projection.name,
                    "" if event is None else event.stream,
                    0 if event is None else event.version,
                    "" if event is None else event.type,
                    reason_of(error),
                ) from error
            cursor = page.end
            seconds = time.perf_counter() - begun
            self._rate = _smoothed(self._rate, len(page.rows) / max(seconds, 1e-6))
            reached = Place(cursor, place.events + len(page.rows))
            async with self._store.transaction() as connection:
                await move_place(
                    connection,
                    self._store.tenant,
                    self._build,
                    self._partition,
                    expected=place,
                    to=reached,
                    events_per_second=self._rate,
                )
            place = reached
            yield Step(len(page.rows), cursor, seconds)
            if page.last:
                return


def reason_of(error: BaseException) -> str:
    """Return type and text of an error, as short as a table takes it."""
    text = f"{type(error).__name__}: {error}"
    printable = "".join(c if c.isprintable() else " " for c in text)
    return printable.encode("utf-8", "replace").decode()[:1_000]


def _smoothed(before: float | None, now: float) -> float:
    """Return a rate that follows the newest batches without jumping."""
    return now if before is None else 0.7 * before + 0.3 * now


async def _cancelled(task: asyncio.Task[_Page] | None) -> None:
    if task is not None:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Keep the garbage collector from walking through a page of payloads.

    They hold no cycles, and are gone by themselves before it comes round: walking through them
    again and again takes a third of the time of a rebuild.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
