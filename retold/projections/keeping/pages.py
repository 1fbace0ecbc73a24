"""The pages of the log that a build has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retold.projections.keeping.builds import Build
from retold.projections.projection import Projection
from retold.store.cursor import Cursor
from retold.store.log import EventStore
from retold.store.row import Row
from retold.store.selection import Partition, Selection

# A checkpoint is not moved for less when nothing was folded.
_worth_moving = 1_000


@dataclass(frozen=True, slots=True)
class Page:
    """Events that come next, not yet decoded.

    Attributes:
        rows: of the table of events.
        end: cursor of the place up to which nothing else is wanted; None before the first event.
        last: whether there is nothing after it for now.
    """

    rows: Sequence[Row]
    end: str | None
    last: bool


class Pages:
    """Reads what a partition of a build wants of the log."""

    def __init__(
        self, store: EventStore, projection: Projection, build: Build, partition: int
    ) -> None:
        """Store what is read, and for whom."""
        self._store = store
        self._projection = projection
        self._build = build
        self._partition = partition
        self._until = None if build.until is None else Cursor.parse(build.until)

    async def after(self, place: str | None, size: int) -> Page:
        """Return what comes after the cursor of a place.

        Args:
            place: the cursor; None for the start of the log.
            size: events at the most.

        Raises:
            InvalidCursor: when it is of another database.
            StoreUnavailable: when the database does not do its work.
        """
        store = self._store
        cursor = store.checked_cursor(place)
        rows = await self._read(cursor, size)
        if self._until is not None:
            inside = [row for row in rows if store.cursor_of_row(row) <= self._until]
            last = len(inside) < len(rows) or len(rows) < size
            at = self._until if last else store.cursor_of_row(inside[-1])
            return Page(inside, str(at), last)
        last = len(rows) < size
        end = store.cursor_of_row(rows[-1]) if rows else cursor
        if last and (further := await self._settled_beyond(end)) is not None:
            # Nothing appears before it any more, so what is wanted up to there is all here.
            rows = await self._read(cursor, size)
            last = len(rows) < size
            end = store.cursor_of_row(rows[-1]) if rows else cursor
            end = further if last and (end is None or end < further) else end
        return Page(rows, None if end is None else str(end), last)

    async def _read(self, cursor: Cursor | None, size: int) -> Sequence[Row]:
        return await self._store.rows(cursor, self._selection(), size)

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
