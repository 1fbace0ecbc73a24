"""Folding into a storage of its own, which keeps how far it has come itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence

from retold.domain.event import RecordedEvent
from retold.errors import LeaseHeld, ProjectionFailed
from retold.projections.keeping.builds import Build, Failure, set_failure
from retold.projections.keeping.checkpoint import Place, move_place, read_place
from retold.projections.keeping.hold import holding, new_owner
from retold.projections.keeping.pages import Pages
from retold.projections.keeping.step import Step, reason_of, smoothed
from retold.projections.own_storage import OwnStorage
from retold.projections.projection import Projection
from retold.store.log import EventStore

# Of a process that writes to a storage, and of those that wait for it.
_hold_seconds = 10.0
_pause_seconds = 0.05


class StorageFolding:
    """Folds what a storage has not seen; the checkpoint in the log follows it, for people."""

    def __init__(
        self, store: EventStore, projection: Projection, build: Build, batch_size: int
    ) -> None:
        """Store what is needed; as of :class:`~retold.projections.keeping.folding.Folding`."""
        self._store = store
        self._projection = projection
        self._build = build
        self._pages = Pages(store, projection, build, 0)
        self._batch_size = batch_size
        self._rate: float | None = None

    async def steps(self, storage: OwnStorage) -> AsyncGenerator[Step, None]:
        """Fold to the end of the log, or of the build, and yield after each batch.

        Raises:
            ProjectionFailed: when the storage does not take a batch.
            StoreUnavailable: when the database does not do its work.
        """
        resource = f"projection-storage:{self._build.name}:{self._build.build}"
        owner = new_owner()
        while True:
            try:
                async with holding(self._store, resource, owner, _hold_seconds):
                    async for step in self._steps_alone(storage):
                        yield step
                return
            except LeaseHeld:
                # One process at a time writes to it, since it has no transactions of ours.
                await asyncio.sleep(_pause_seconds)

    async def _steps_alone(self, storage: OwnStorage) -> AsyncGenerator[Step, None]:
        store, build = self._store, self._build
        cursor = await storage.cursor() or build.after
        place = await self._place()
        while place is not None:
            begun = time.perf_counter()
            page = await self._pages.after(cursor, self._batch_size)
            events = store.events_in(page.rows)
            if page.end is None or (not events and page.end == cursor):
                return
            try:
                await storage.apply(events, page.end)
            except Exception as error:
                raise await self._storage_failed(events, error) from error
            cursor = page.end
            seconds = time.perf_counter() - begun
            self._rate = smoothed(self._rate, len(events) / max(seconds, 1e-6))
            reached = Place(cursor, place.events + len(events))
            async with store.transaction() as connection:
                await move_place(
                    connection,
                    store.tenant,
                    build,
                    0,
                    expected=place,
                    to=reached,
                    events_per_second=self._rate,
                )
                await set_failure(connection, store.tenant, build, None)
            place = reached
            yield Step(len(events), cursor, seconds)
            if page.last:
                return

    async def _storage_failed(
        self, events: Sequence[RecordedEvent], error: Exception
    ) -> ProjectionFailed:
        """Note that a batch could not be kept, from its first event on; return the error."""
        first = events[0] if events else None
        failure = Failure(
            stream="" if first is None else first.stream,
            version=0 if first is None else first.version,
            type="" if first is None else first.type,
            event_id="" if first is None else str(first.event_id),
            reason=reason_of(error),
            at=time.time_ns() // 1_000,
        )
        async with self._store.transaction() as connection:
            await set_failure(connection, self._store.tenant, self._build, failure)
        return ProjectionFailed(
            self._projection.name, failure.stream, failure.version, failure.type, failure.reason
        )

    async def _place(self) -> Place | None:
        async with self._store.connection() as connection:
            return await read_place(connection, self._store.tenant, self._build)
