"""Keeping read models up to the log: a task for each, by one process at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from retold.errors import LeaseHeld, ProjectionError, ProjectionFailed, RetoldError
from retold.logs import get_logger
from retold.projections.keeping.builds import Kept, kept
from retold.projections.keeping.catch_up import catch_up
from retold.projections.keeping.folding import OnError, default_batch
from retold.projections.keeping.hold import holding, new_owner
from retold.projections.keeping.status import runner_resource
from retold.projections.keeping.step import reason_of
from retold.projections.projection import Projection
from retold.store.log import EventStore

log = get_logger("retold.projections")

_longest_pause = 30.0


class Runner:
    """Keeps projections up until it is told to stop.

    Several processes may run the same projections: each is kept up by one of them, and by another
    one once that has died. A fold that fails on an event stops its projection there, and no other.
    """

    def __init__(
        self,
        store: EventStore,
        projections: Iterable[Projection],
        *,
        on_error: OnError = "stop",
        batch_size: int = default_batch,
        poll_seconds: float = 0.25,
        lease_seconds: float = 15.0,
    ) -> None:
        """Store what is needed.

        Args:
            store: the log.
            projections: which to keep up.
            on_error: what comes of an event a fold fails on: ``stop`` before it until somebody
                resumes the projection, or ``park`` it and go on.
            batch_size: events folded between two writes.
            poll_seconds: how often the log is asked for what no hint told of.
            lease_seconds: how long others wait for a process that died.
        """
        self._store = store
        self._projections = tuple(projections)
        self._on_error: OnError = on_error
        self._batch_size = batch_size
        self._poll_seconds = poll_seconds
        self._lease_seconds = lease_seconds
        self._owner = new_owner()

    async def run(self, until: asyncio.Event | None = None) -> None:
        """Keep them up.

        Args:
            until: ends the run when it is set; cancelling does so, too.

        Raises:
            StoreClosed: when the log is closed.
        """
        stopping = until or asyncio.Event()
        with self._store.changes.following():
            async with asyncio.TaskGroup() as group:
                for projection in self._projections:
                    name = f"projection-{projection.name}"
                    group.create_task(self._keep(projection, stopping), name=name)

    async def _keep(self, projection: Projection, stopping: asyncio.Event) -> None:
        """Take the projection when nobody else has it, and keep it up while it is held."""
        pause = self._poll_seconds
        while not stopping.is_set():
            resource = runner_resource(projection.name)
            try:
                async with holding(self._store, resource, self._owner, self._lease_seconds) as lost:
                    pause = self._poll_seconds
                    await self._follow(projection, stopping, lost)
            except LeaseHeld:
                await _sleep(stopping, self._lease_seconds / 3)
            except ProjectionFailed as error:
                # Its rows stand before that event: a person has to see to it.
                log.error("projection_stopped", projection=projection.name, reason=str(error))
                await self._resumed(projection, stopping)
            except ProjectionError as error:
                log.error("projection_refused", projection=projection.name, reason=str(error))
                await _sleep(stopping, _longest_pause)
            except Exception as error:  # of whatever code this projection brings along
                if self._store.closed:
                    raise
                log.warning("projection_waits", projection=projection.name, reason=reason_of(error))
                await _sleep(stopping, pause)
                pause = min(2 * pause, _longest_pause)

    async def _follow(
        self, projection: Projection, stopping: asyncio.Event, lost: asyncio.Event
    ) -> None:
        store = self._store
        while not stopping.is_set() and not lost.is_set():
            seen = store.changes.count
            known = await self._kept(projection)
            build = known.of_version(projection.version)
            if known.paused_at is None and (build is None or build.failure is None):
                await catch_up(
                    store,
                    projection,
                    batch_size=self._batch_size,
                    on_error=self._on_error,
                )
            await store.changes.wait(seen, self._poll_seconds)

    async def _resumed(self, projection: Projection, stopping: asyncio.Event) -> None:
        """Wait until somebody resumed the projection."""
        while not stopping.is_set():
            with suppress(RetoldError):
                known = await self._kept(projection)
                build = known.of_version(projection.version)
                if build is None or build.failure is None:
                    return
            await _sleep(stopping, max(self._poll_seconds, 0.5))

    async def _kept(self, projection: Projection) -> Kept:
        async with self._store.connection() as connection:
            return await kept(connection, self._store.tenant, projection.name)


async def _sleep(stopping: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
