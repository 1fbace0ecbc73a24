"""What a process knows of the meanings and labels of a log, kept up to date in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from uuid import UUID
from weakref import WeakKeyDictionary

from retold.agents.caching.entries import entries_of
from retold.domain.cache.events import CacheHit, CacheMissed
from retold.logs import get_logger
from retold.projections.cache_risks import CacheRisks
from retold.projections.semantic_index import CacheFollower, SemanticIndex
from retold.projections.semantic_index.keeping import IndexSnapshots, log_name
from retold.store import EventStore

log = get_logger("retold.cache")


class Known:
    """The index and the risks of a log, and comparisons of answers that are under way.

    Attributes:
        index: of the meanings of the log's entries.
        risks: of its scopes.
    """

    def __init__(self, store: EventStore, folder: Path | None = None) -> None:
        """Store the log; :meth:`ready` begins to follow it.

        Args:
            store: the log.
            folder: where snapshots of the index are; None to keep none.
        """
        self.index = SemanticIndex()
        self.risks = CacheRisks()
        self._store = store
        self._folder = folder
        self._follower: CacheFollower | None = None
        self._started: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def ready(self) -> None:
        """Return once everything is known that was in the log at the first call.

        Raises:
            StoreError: when the log cannot be read.
        """
        if self._started is None:
            self._started = asyncio.create_task(self._start(), name="retold-cache-follower")
        elif self._started.done() and self._started.exception() is None:
            return
        try:
            await asyncio.shield(self._started)
        except BaseException:
            if self._started is not None and self._started.done():
                # The next one tries again.
                self._started = None
            raise

    async def _start(self) -> None:
        if self._follower is None:
            self._follower = await self._followed()
            entries_of(self._store).followers.append(self._follower.applied)
        await self._follower.start()
        await self._follower.caught_up()

    async def _followed(self) -> CacheFollower:
        if self._folder is None:
            return CacheFollower(self._store, [self.index, self.risks])
        snapshots = await IndexSnapshots.open(self._folder, log_name(self._store))
        self.index = snapshots.index
        return CacheFollower(self._store, [self.index, self.risks], snapshots=snapshots)

    def later(self, work: Coroutine[None, None, None]) -> None:
        """Do something besides; :meth:`settle` waits for it."""
        task = asyncio.create_task(work, name="retold-cache-judging")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settle(self) -> None:
        """Return once nothing is under way, and all is known that the log holds by then.

        Raises:
            StoreError: when the log cannot be read.
        """
        while self._under_way:
            await asyncio.gather(*self._under_way)
        if self._started is not None:
            await self.ready()
        if self._follower is not None:
            await self._follower.caught_up()

    async def close(self) -> None:
        """Finish what is under way, and follow the log no more."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._started is not None:
            self._started.cancel()
            await asyncio.gather(self._started, return_exceptions=True)
        entries_of(self._store).followers.clear()
        if self._follower is not None:
            await self._follower.close()
        self.index.close()


_by_store: WeakKeyDictionary[EventStore, Known] = WeakKeyDictionary()


def known_of(store: EventStore, folder: Path | None = None) -> Known:
    """Return what this process knows of a log; it is followed until :func:`close_known`.

    Args:
        store: the log.
        folder: where snapshots of the index are, for who is the first to ask; None to keep none.
    """
    found = _by_store.get(store)
    if found is None:
        found = _by_store[store] = Known(store, folder)
    return found


def note_lookup(store: EventStore, event_id: UUID | None, lookup: CacheHit | CacheMissed) -> None:
    """Note what was just decided, so that the next decision knows of it.

    Args:
        store: the log.
        event_id: of the event that tells of it; None when it is not recorded.
        lookup: what was decided.
    """
    found = _by_store.get(store)
    if found is not None and event_id is not None:
        found.risks.note_own(event_id, lookup)


async def settle_known(store: EventStore) -> None:
    """Wait for comparisons of a log's answers that are under way, and know what they led to.

    Raises:
        StoreError: when the log cannot be read.
    """
    found = _by_store.get(store)
    if found is not None:
        await found.settle()


async def close_known(store: EventStore) -> None:
    """Finish what is under way on a log that is about to be closed, and follow it no more."""
    found = _by_store.pop(store, None)
    if found is not None:
        await found.close()
