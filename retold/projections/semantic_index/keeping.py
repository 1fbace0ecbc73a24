"""Keeping an index in files: which snapshot is whose, and when the next one is due."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from shutil import rmtree

from retold.domain.event import RecordedEvent
from retold.logs import get_logger
from retold.projections.own_storage import OwnStorage
from retold.projections.projection import Projection
from retold.projections.rows import Rows
from retold.projections.semantic_index.index import SemanticIndex
from retold.projections.semantic_index.settings import IndexSettings
from retold.store.log import EventStore

logger = get_logger("retold.cache")

version = 1
# A snapshot costs as much as the index is large, so one is due by the share that has changed.
_least_changes = 1_000
_least_share = 0.1


def log_name(store: EventStore) -> str:
    """Return what tells the logs of databases and tenants apart, for their snapshots."""
    return f"{store.database_id}/{store.tenant}"


class IndexSnapshots:
    """Saves the snapshots of an index when they are due.

    Attributes:
        index: whose snapshots.
    """

    def __init__(self, index: SemanticIndex, folder: Path, log: str) -> None:
        """Store what is needed; :meth:`open` reads the snapshot there is."""
        self.index = index
        self._folder = folder
        self._log = log
        self._saved_at = index.changes
        self._saved_cursor = index.cursor
        self._saving = asyncio.Lock()

    @classmethod
    async def open(
        cls, folder: Path, log: str, settings: IndexSettings | None = None
    ) -> IndexSnapshots:
        """Return the snapshots of an index that is read from the newest, or empty.

        Args:
            folder: where they are.
            log: as of :func:`log_name`.
            settings: of the index.
        """
        return cls(await SemanticIndex.load(folder, log=log, settings=settings), folder, log)

    async def save_if_due(self) -> bool:
        """Save one when enough has changed since the last; return whether that was so.

        Raises:
            OSError: when it cannot be written.
        """
        changed = self.index.changes - self._saved_at
        if changed < max(_least_changes, _least_share * len(self.index)):
            return False
        await self.save()
        return True

    async def save(self) -> None:
        """Save one, unless there is nothing to say that the last does not.

        Raises:
            OSError: when it cannot be written.
        """
        async with self._saving:
            index = self.index
            changes, cursor = index.changes, index.cursor
            if cursor is None or (changes, cursor) == (self._saved_at, self._saved_cursor):
                return
            await index.save(self._folder, log=self._log)
            self._saved_at, self._saved_cursor = changes, cursor

    async def try_save(self) -> None:
        """Save one when it is due; that it cannot be written is logged only."""
        try:
            await self.save_if_due()
        except OSError as error:
            logger.warning("index_snapshot_failed", folder=str(self._folder), error=str(error))


class IndexStorage:
    """The index as the storage of a projection's build.

    What is folded is in memory first, and in files when a snapshot is due and when the storage is
    closed. A crash loses what came after the last snapshot, and its cursor with it: the next
    process reads that part of the log again.
    """

    def __init__(self, folder: Path, log: str, settings: IndexSettings | None = None) -> None:
        """Store where it is; the first call reads it."""
        self._folder = folder
        self._log = log
        self._settings = settings
        self._snapshots: IndexSnapshots | None = None

    async def cursor(self) -> str | None:
        """Return up to where the log is in it."""
        return (await self._opened()).index.cursor

    async def apply(self, events: Sequence[RecordedEvent], cursor: str) -> None:
        """Fold events; as of :class:`~retold.projections.own_storage.OwnStorage`."""
        snapshots = await self._opened()
        for event in events:
            snapshots.index.apply(event)
        snapshots.index.moved_to(cursor)
        await snapshots.save_if_due()

    async def remove(self) -> None:
        """Remove all that is kept."""
        self._drop()
        await asyncio.to_thread(rmtree, self._folder, ignore_errors=True)

    async def close(self) -> None:
        """Save what is folded, graphs and all, and let go of it."""
        if self._snapshots is not None:
            await self._snapshots.index.settled()
            await self._snapshots.save()
            self._drop()

    def _drop(self) -> None:
        if self._snapshots is not None:
            self._snapshots.index.close()
            self._snapshots = None

    async def _opened(self) -> IndexSnapshots:
        if self._snapshots is None:
            self._snapshots = await IndexSnapshots.open(self._folder, self._log, self._settings)
        return self._snapshots


def semantic_index_in(
    folder: Path, store: EventStore, settings: IndexSettings | None = None
) -> Projection:
    """Return the index as a projection, kept in files, so that it can be caught up and rebuilt.

    Args:
        folder: of its builds.
        store: the log.
        settings: of the index.
    """

    def storage(log: str, suffix: str) -> OwnStorage:
        return IndexStorage(folder / suffix, log, settings)

    return Projection(
        name="semantic_index",
        version=version,
        types=SemanticIndex.event_types,
        fold=_fold_nothing,
        storage=partial(storage, log_name(store)),
        code=(SemanticIndex.apply,),
        description="The vectors of cached questions, by which entries are found by meaning.",
    )


def _fold_nothing(rows: Rows, event: RecordedEvent) -> None:
    """Its storage folds: there are no rows."""
