"""Folding a build on: read a page of the log, fold it in memory, write each touched row once."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from retold.domain.event import RecordedEvent
from retold.errors import ProjectionFailed
from retold.projections.keeping.builds import Build
from retold.projections.keeping.checkpoint import Place, move_place, read_place
from retold.projections.keeping.courtesy import Courtesy, Pace
from retold.projections.keeping.failures import is_of_a_row, note_failures
from retold.projections.keeping.indexes import make_indexes, most_events_without
from retold.projections.keeping.pages import Page, Pages
from retold.projections.keeping.sql_rows import Changes, changes_of, load_rows, write_rows
from retold.projections.keeping.step import Step, reason_of, smoothed
from retold.projections.keeping.storage_folding import StorageFolding
from retold.projections.projection import Projection
from retold.projections.read_table import ReadTable
from retold.projections.rows import Rows
from retold.store import log
from retold.store.log import EventStore

OnError: TypeAlias = Literal["stop", "park"]

default_batch = 2_000
# Rows kept in memory from one batch to the next, so that those that are used again are not loaded.
# They take some 2 kB each.
_most_kept = 5_000


@dataclass(frozen=True, slots=True)
class _Folded:
    """What came of a page in memory."""

    place: Place
    failed: Sequence[tuple[RecordedEvent, Exception]]
    stopped: bool


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A page that is folded, and not yet written.

    Attributes:
        place: where the rows stand before it.
        page: the page.
        folded: what came of it; what was raised when a value of a row could not be taken.
        changes: what it changed; None when nothing is to be written.
    """

    place: Place
    page: Page
    folded: _Folded | Exception
    changes: Changes | None = None


class Folding:
    """Folds what a partition of a build has not seen.

    Reading and folding hold no lock. A rebuild folds a page while the one before it is written, and
    runs no further ahead than that. The rows touched and the checkpoint are written in one
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
        courtesy: Courtesy | None = None,
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
            courtesy: what it leaves to those who append; None when somebody waits for the rows.
        """
        self._store = store
        self._projection = projection
        self._build = build
        self._partition = partition
        self._batch_size = batch_size
        self._on_error: OnError = on_error
        self._pages = Pages(store, projection, build, partition)
        self._pace = Pace(store, courtesy or Courtesy(share=1.0), batch_size)
        self._rows = Rows(complete=False)
        self._rate: float | None = None
        # On a server the rows are written by other processors, and readers wait for a transaction.
        self._runs_ahead = courtesy is not None and store.kind == "sqlite"
        self._reading: asyncio.Task[Page] | None = None
        self._ahead: asyncio.Task[_Prepared] | None = None
        # A rebuild's may be made when all rows are there.
        self._lacks_indexes = build.state == "rebuilding" and projection.storage is None

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
                async for step in StorageFolding(
                    self._store, self._projection, self._build, self._batch_size
                ).steps(storage):
                    yield step
            finally:
                await storage.close()
            return
        place = await self._place()
        try:
            while place is not None:
                begun = time.perf_counter()
                prepared = await (self._ahead or self._prepare_next(place))
                self._ahead = None
                page, folded = prepared.page, prepared.folded
                if self._may_run_ahead() and isinstance(folded, _Folded) and not folded.stopped:
                    # The next page is folded while this one is written.
                    self._ahead = asyncio.create_task(self._prepare_next(folded.place))
                reached = await self._finish(prepared, begun)
                if reached is None:
                    # Somebody else folded these.
                    await self._forget()
                    place = await self._place()
                    continue
                if reached != place:
                    seconds = time.perf_counter() - begun
                    yield Step(reached.events - place.events, reached.cursor, seconds)
                place = reached
                if page.last:
                    return
                await self._pace.rest()
                if self._pace.others_append or place.events >= most_events_without:
                    # While there are few rows, so that nobody has to wait for it long.
                    await self.make_indexes()
        except BaseException:
            # What was folded ahead is not written.
            await self._forget()
            raise

    def _may_run_ahead(self) -> bool:
        """Return whether a page may be folded while the one before it is written.

        Folding keeps the event loop from going on with the transaction, which is held longer.
        """
        return self._runs_ahead and self._reading is not None and not self._pace.others_append

    async def _forget(self) -> None:
        """Let go of what was read and folded ahead, and of all rows."""
        await _cancelled(self._ahead)
        await _cancelled(self._reading)
        self._ahead = self._reading = None
        self._rows = Rows(complete=False)

    async def make_indexes(self) -> None:
        """Make the indexes a rebuilt build lacks.

        Raises:
            StoreUnavailable: when the database does not do its work.
        """
        if self._lacks_indexes:
            await make_indexes(self._projection, self._build, self._pace.transaction)
            self._lacks_indexes = False

    async def _place(self) -> Place | None:
        async with self._store.connection() as connection:
            return await read_place(connection, self._store.tenant, self._build, self._partition)

    async def _prepare_next(self, place: Place) -> _Prepared:
        """Fold the page after a place in memory, while the one after that is read."""
        page = await (self._reading or self._pages.after(place.cursor, self._pace.size))
        self._reading = None
        if page.rows and not page.last:
            self._reading = asyncio.create_task(self._pages.after(page.end, self._pace.size))
        return await self._prepare(place, page)

    async def _prepare(
        self, place: Place, page: Page, refused: Exception | None = None
    ) -> _Prepared:
        """Fold a page in memory, and say what it changed."""
        store = self._store
        try:
            with _without_collecting():
                folded = await self._folded(place, page, refused)
            if folded.place == place and not folded.failed:
                changes = None
            else:
                # What takes time without the database is done before others have to wait.
                changes = changes_of(store.dialect, store.tenant, self._build.suffix, self._rows)
        except Exception as error:
            if not is_of_a_row(error):
                raise
            return _Prepared(place, page, error)
        self._rows.settle(_most_kept)
        return _Prepared(place, page, folded, changes)

    async def _finish(self, prepared: _Prepared, begun: float) -> Place | None:
        """Write what a page changed; None when somebody else moved the checkpoint."""
        place, page, refused = prepared.place, prepared.page, prepared.folded
        if isinstance(refused, _Folded):
            try:
                return await self._write(place, refused, prepared.changes, begun)
            except Exception as error:
                if not is_of_a_row(error):
                    raise
                refused = error
        # The database refused a row, and did not say of which event.
        await self._forget()
        if len(page.rows) == 1:
            alone = await self._prepare(place, page, refused)
            if isinstance(alone.folded, Exception):
                raise alone.folded
            return await self._write(place, alone.folded, alone.changes, begun)
        reached: Place | None = place
        for row in page.rows:
            if reached is not None:
                one = Page([row], str(self._store.cursor_of_row(row)), last=False)
                begun = time.perf_counter()
                reached = await self._finish(await self._prepare(reached, one), begun)
        return reached

    async def _write(
        self, place: Place, folded: _Folded, changes: Changes | None, begun: float
    ) -> Place | None:
        store = self._store
        reached, failed = folded.place, folded.failed
        if changes is not None:
            seconds, done = time.perf_counter() - begun, reached.events - place.events
            if done:
                self._rate = smoothed(self._rate, done / max(seconds, 1e-6))
            async with self._pace.transaction() as connection:
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
                await write_rows(connection, store.tenant, self._build.suffix, changes)
                await note_failures(connection, store, self._build, failed, stopped=folded.stopped)
        if folded.stopped:
            event, cause = failed[-1]
            name = self._projection.name
            raise ProjectionFailed(
                name, event.stream, event.version, event.type, reason_of(cause)
            ) from cause
        return reached

    async def _folded(self, place: Place, page: Page, refused: Exception | None) -> _Folded:
        """Decode a page and fold it in memory; when this returns, its events are let go of."""
        store, projection, rows = self._store, self._projection, self._rows
        events: list[RecordedEvent] = []
        for some in log.slices(page.rows):
            events += store.events_in(some)
            await asyncio.sleep(0)
        needed, errors = _needed(projection, events)
        if refused is not None:
            errors = {0: refused}
        wanted = rows.missing(needed)
        if wanted:
            async with store.connection() as connection:
                await load_rows(connection, store.tenant, self._build.suffix, wanted, rows)
        failed: list[tuple[RecordedEvent, Exception]] = []
        end, done, stopped = page.end, 0, False
        for number, event in enumerate(events):
            if number % log.slice_size == 0:
                # Who writes the page before goes on with it.
                await asyncio.sleep(0)
            error = errors.get(number) or self._failure_of(event)
            if error is not None:
                failed.append((event, error))
                if self._on_error == "stop":
                    end = str(store.cursor_of(events[done - 1])) if done else place.cursor
                    stopped = True
                    break
            done += 1
        return _Folded(Place(end, place.events + done), failed, stopped)

    def _failure_of(self, event: RecordedEvent) -> Exception | None:
        """Fold an event; return what the fold raised, after which nothing of it is left."""
        self._rows.begin()
        try:
            self._projection.fold(self._rows, event)
        except Exception as error:
            self._rows.undo()
            return error
        return None


def _needed(
    projection: Projection, events: Sequence[RecordedEvent]
) -> tuple[dict[ReadTable[Any], list[Any]], dict[int, Exception]]:
    """Return the rows that folding events asks for, and the events whose ``needs`` raised."""
    try:
        return projection.needed(events), {}
    except Exception:  # a user's function may raise anything; each event is asked on its own
        errors: dict[int, Exception] = {}
        sound = []
        for number, event in enumerate(events):
            try:
                projection.needed([event])
            except Exception as error:
                errors[number] = error
            else:
                sound.append(event)
        return projection.needed(sound), errors


async def _cancelled(task: asyncio.Task[Any] | None) -> None:
    if task is not None:
        task.cancel()
        # Not awaited itself, which would take a cancellation of this task for its own.
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()


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
