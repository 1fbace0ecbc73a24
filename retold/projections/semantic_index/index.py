"""The semantic index of a log: a fold of the events that give entries vectors, and take them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from retold.domain.cache.events import (
    CacheEntryEvicted,
    CacheEntryExpired,
    CacheEntryInvalidated,
    CacheEntryRejected,
    CacheEntryStored,
    cache_key_of,
)
from retold.domain.cache.meaning import CacheAliasAdded, CacheEntryEmbedded
from retold.domain.event import RecordedEvent
from retold.embedding.embedder import Vectors
from retold.embedding.vector_text import vector_from_text
from retold.errors import EmbeddingError, InvalidEventData, UselessVector, WrongDimension
from retold.logs import get_logger
from retold.projections.semantic_index.neighbour import Neighbour
from retold.projections.semantic_index.partition import PartitionIndex
from retold.projections.semantic_index.settings import IndexSettings
from retold.projections.semantic_index.snapshot import (
    Loaded,
    SnapshotUnfit,
    read_snapshot,
    uncollected,
    write_snapshot,
)
from retold.projections.semantic_index.upkeep import Upkeep
from retold.projections.semantic_index.vector_row import VectorRow

logger = get_logger("retold.cache")

_gone_types = frozenset(
    event.type
    for event in (
        CacheEntryExpired,
        CacheEntryEvicted,
        CacheEntryInvalidated,
        CacheEntryRejected,
    )
)


class SemanticIndex:
    """Finds the entries whose questions are nearest to one, in one log, all partitions.

    It is a fold of the log and nothing more: what it holds follows from the events, also when some
    of them are applied before their turn, as a process does with its own, and again in their turn.
    Three rules make that so. Within a stream, an event of a version that is not newer than what
    is known changes nothing. An entry removed before its turn is remembered until its turn comes.
    And an alias is taken only of an entry that is there, which in the log's order it is.

    Attributes:
        event_types: what it folds.
        cursor: up to which the log was read in order; None before anything was.
        changes: how often a vector was added or an entry removed.
        refused: events whose vector was no use, and which were left out.
    """

    event_types: frozenset[str] = _gone_types | {
        CacheEntryStored.type,
        CacheEntryEmbedded.type,
        CacheAliasAdded.type,
    }

    def __init__(self, settings: IndexSettings | None = None) -> None:
        """Begin empty.

        Args:
            settings: when partitions change their form; the defaults are measured.
        """
        self.settings = settings or IndexSettings()
        self.cursor: str | None = None
        self.refused = 0
        self.changes = 0
        self._partitions: dict[str, PartitionIndex] = {}
        # By entry: the first of its own vectors and those of its aliases.
        self._rows: dict[str, VectorRow] = {}
        # By key: the newest vector of the newest entry.
        self._newest: dict[str, VectorRow] = {}
        # By stream: entries removed before their turn, and the version of the event that did it.
        self._gone_early: dict[str, dict[str, int]] = {}
        self._upkeep = Upkeep(self._maintain)

    # The fold -----------------------------------------------------------------------------------

    def apply(self, event: RecordedEvent) -> None:
        """Fold an event; one that was folded before changes nothing.

        Args:
            event: of whatever type. One whose position is 0 was appended by this process and
                comes again in its turn.
        """
        if event.type == CacheEntryEmbedded.type:
            self._embed(event)
        elif event.type == CacheAliasAdded.type:
            self._add_alias(event)
        elif event.type in _gone_types:
            self._remove(str(event.data.get("entry")), event)
        elif event.type == CacheEntryStored.type:
            self._replace(event)
        if event.position and event.stream in self._gone_early:
            self._forget_early(event)

    def moved_to(self, cursor: str) -> None:
        """Note that all up to a cursor was applied in the log's order."""
        self.cursor = cursor

    def _embed(self, event: RecordedEvent) -> None:
        key, entry = cache_key_of(event.stream), str(event.data.get("entry"))
        if self._gone_early.get(event.stream, {}).get(entry, 0) > event.version:
            return
        newest = self._newest.get(key)
        if newest is not None and newest.entry != entry and newest.version > event.version:
            return
        added = self._add(event, entry, key, key)
        if added is not None:
            self._newest[key] = added

    def _add_alias(self, event: RecordedEvent) -> None:
        entry = str(event.data.get("entry"))
        if entry in self._rows:
            self._add(event, entry, str(event.data["entry_key"]), cache_key_of(event.stream))

    def _add(self, event: RecordedEvent, entry: str, entry_key: str, key: str) -> VectorRow | None:
        name = str(event.data.get("partition"))
        same = [row for row in self._of(entry) if row.partition == name and row.key == key]
        if same and same[0].version >= event.version:
            return None
        try:
            partition, vector, context = self._vectors_of(event, name)
        except (EmbeddingError, InvalidEventData) as error:
            # One event that is no use must not keep all the others from being found.
            self.refused += 1
            logger.warning(
                "index_event_refused",
                stream=event.stream,
                version=event.version,
                event_id=str(event.event_id),
                error=str(error),
            )
            return None
        for older in same:
            partition.remove(older)
            self._unlink(older)
        row = VectorRow(entry, entry_key, key, event.version, 0, name, self._rows.get(entry))
        partition.add(row, vector, context)
        self._partitions[name] = partition
        self._rows[entry] = row
        self.changes += 1
        self._wake(partition)
        return row

    def _of(self, entry: str) -> Iterator[VectorRow]:
        """Yield the rows that lead to an entry."""
        row = self._rows.get(entry)
        while row is not None:
            yield row
            row = row.next

    def _unlink(self, gone: VectorRow) -> None:
        head: VectorRow | None = None
        for row in [row for row in self._of(gone.entry) if row is not gone]:
            row.next, head = head, row
        if head is None:
            del self._rows[gone.entry]
        else:
            self._rows[gone.entry] = head

    def _vectors_of(
        self, event: RecordedEvent, name: str
    ) -> tuple[PartitionIndex, Vectors, Vectors | None]:
        event_type = CacheAliasAdded if event.type == CacheAliasAdded.type else CacheEntryEmbedded
        told = event_type.from_recorded(event)
        partition = self._partitions.get(name)
        if partition is None:
            partition = PartitionIndex(told.embedder, told.dimension, self.settings)
        if partition.embedder != told.embedder or partition.dimension != told.dimension:
            reason = f"is of a partition that {partition.embedder!r} made the vectors of"
            raise UselessVector(told.embedder, 0, reason)
        vector = vector_from_text(told.vector, told.dimension, embedder=told.embedder)
        context = (
            None
            if told.context_vector is None
            else vector_from_text(told.context_vector, told.dimension, embedder=told.embedder)
        )
        return partition, vector, context

    def _replace(self, event: RecordedEvent) -> None:
        replaced = event.data.get("replaces")
        if replaced is not None:
            self._remove(str(replaced), event)
        entry = str(event.data.get("entry"))
        newest = self._newest.get(cache_key_of(event.stream))
        if newest is not None and newest.entry != entry and newest.version < event.version:
            self._remove(newest.entry, event)

    def _remove(self, entry: str, event: RecordedEvent) -> None:
        if event.position == 0:
            self._gone_early.setdefault(event.stream, {})[entry] = event.version
        rows = list(self._of(entry))
        if not rows:
            return
        del self._rows[entry]
        self.changes += 1
        newest = self._newest.get(rows[0].entry_key)
        if newest is not None and newest.entry == entry:
            del self._newest[newest.key]
        for row in rows:
            partition = self._partitions.get(row.partition)
            if partition is None:
                continue
            partition.remove(row)
            if len(partition):
                self._wake(partition)
            else:
                self._partitions.pop(row.partition, None)

    def reset(self) -> None:
        """Begin empty again, as when the log turns out to be another one."""
        self.cursor = None
        self._partitions, self._rows = {}, {}
        self._newest, self._gone_early = {}, {}

    def _forget_early(self, event: RecordedEvent) -> None:
        early = self._gone_early[event.stream]
        for entry in [entry for entry, version in early.items() if version <= event.version]:
            del early[entry]
        if not early:
            del self._gone_early[event.stream]

    # Questions ----------------------------------------------------------------------------------

    async def nearest(
        self,
        partition: str,
        vector: Vectors,
        *,
        k: int = 1,
        context_vector: Vectors | None = None,
    ) -> list[Neighbour]:
        """Return the entries whose vectors are nearest, the nearest first.

        An entry comes as often as it has vectors among them: its own, and those of aliases.

        Args:
            partition: in which to look; of the same embedder as the vector.
            vector: of length 1, shape ``(dimension,)``.
            k: how many at the most.
            context_vector: of what was said before, to be compared with what was said before
                each of those found; likewise.

        Returns:
            Fewer than ``k`` when there are not that many; none when the partition is not known.

        Raises:
            WrongDimension: when a vector is not of the partition's dimension.
            UselessVector: when a vector is zero, or has a number that is not finite.
            ValueError: when ``k`` is below 1.
        """
        if k < 1:
            raise ValueError(f"k is {k}: ask for one neighbour or more")
        index = self._partitions.get(partition)
        if index is None or not len(index):
            return []
        asked = _checked(index, vector)
        context = None if context_vector is None else _checked(index, context_vector)
        view = index.view()
        if not index.is_long(view, by_graph=True):
            found = index.nearest_by_graph(view, asked, k, context)
            if found is not None:
                return found
        if index.is_long(view, by_graph=False):
            return await asyncio.to_thread(index.nearest_by_matrix, view, asked, k, context)
        return index.nearest_by_matrix(view, asked, k, context)

    def __len__(self) -> int:
        """Return how many vectors can be found."""
        return sum(map(len, self._partitions.values()))

    def partitions(self) -> Mapping[str, int]:
        """Return how many vectors can be found, by partition; those with none are left out."""
        counts = {name: len(partition) for name, partition in self._partitions.items()}
        return MappingProxyType({name: count for name, count in counts.items() if count})

    def __contains__(self, entry: object) -> bool:
        """Return whether an entry has a vector."""
        return entry in self._rows

    # In files -----------------------------------------------------------------------------------

    async def save(self, folder: Path, *, log: str) -> bool:
        """Write a snapshot, in a thread; it may be written to and asked meanwhile.

        Args:
            folder: of this index alone; made when it is not there.
            log: which log it is of, see :func:`log_name`.

        Returns:
            False when another process is writing one there, which is as good.

        Raises:
            OSError: when it cannot be written; the snapshot before stays.
        """
        return await asyncio.to_thread(
            write_snapshot,
            folder,
            dict(self._partitions),
            log=log,
            cursor=self.cursor,
            settings=self.settings,
        )

    @classmethod
    async def load(
        cls, folder: Path, *, log: str, settings: IndexSettings | None = None
    ) -> SemanticIndex:
        """Return the index in a snapshot, up to the snapshot's cursor; read on from there.

        Args:
            folder: as it was given to :meth:`save`.
            log: which log it has to be of.
            settings: as of the class.

        Returns:
            An empty one when there is no snapshot, or none that is fit; a log line says why.
        """
        index = cls(settings)
        try:
            loaded = await asyncio.to_thread(index._read, folder, log)
        except FileNotFoundError:
            return index
        except (SnapshotUnfit, OSError) as error:
            logger.warning("index_snapshot_ignored", folder=str(folder), reason=str(error))
            return cls(settings)
        index.cursor = loaded.cursor
        return index

    def _read(self, folder: Path, log: str) -> Loaded:
        with uncollected():
            return self._take(read_snapshot(folder, log=log, settings=self.settings))

    def _take(self, loaded: Loaded) -> Loaded:
        for name, partition in loaded.partitions.items():
            self._partitions[name] = partition
            for row in partition.live_rows():
                row.partition = name
                row.next = self._rows.get(row.entry)
                self._rows[row.entry] = row
                if row.key == row.entry_key:
                    newest = self._newest.get(row.key)
                    if newest is None or newest.version < row.version:
                        self._newest[row.key] = row
        return loaded

    # Keeping it ---------------------------------------------------------------------------------

    async def settled(self) -> None:
        """Wait until what was applied is in the graphs; nothing need wait for that."""
        await self._upkeep.idle()

    def close(self) -> None:
        """Let go of the thread that keeps the graphs; questions are still answered."""
        self._upkeep.stop()

    def _wake(self, partition: PartitionIndex) -> None:
        if partition.needs_work():
            self._upkeep.wake()

    def _maintain(self, stopped: Callable[[], bool]) -> bool:
        partitions = list(self._partitions.values())
        more = [partition.maintain(stopped) for partition in partitions]
        return any(more)


def _checked(index: PartitionIndex, vector: Vectors) -> Vectors:
    if vector.shape != (index.dimension,):
        raise WrongDimension(index.embedder, (index.dimension,), vector.shape)
    length = float(vector @ vector)
    if not 0.0 < length < np.inf:
        raise UselessVector(index.embedder, 0, "is zero, or not finite")
    if abs(length - 1.0) > 1e-4:
        vector = vector / np.sqrt(length)
    return np.ascontiguousarray(vector, dtype=np.float32)
