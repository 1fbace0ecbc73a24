"""A projection whose rows are written in the transaction of each append.

The transaction folds what is behind the checkpoint: as a rule the events it has just inserted, and
before them those that were appended by somebody who knows nothing of the projection. Rows and
checkpoint are written with the events, so each event takes effect exactly once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from retold.domain.recorded import category_of
from retold.errors import InlineUnavailable
from retold.projections.keeping.builds import Build
from retold.projections.keeping.catch_up import catch_up
from retold.projections.keeping.driver_rows import (
    load_postgres,
    load_sqlite,
    write_postgres,
    write_sqlite,
)
from retold.projections.keeping.inline_batch import InlineBatch
from retold.projections.projection import Projection
from retold.store.cursor import Cursor
from retold.store.inline import SqliteTransaction
from retold.store.log import EventStore
from retold.store.row import Row

if TYPE_CHECKING:
    from retold.store.postgres.inline import PostgresTransaction

page_size = 1_000
# Appends to PostgreSQL in which there is nothing to fold, until the checkpoint moves all the same.
most_idle = 100

_select_standing = """
SELECT build.build, place.cursor
FROM projections AS kept
JOIN projection_builds AS build ON build.tenant = kept.tenant AND build.name = kept.name
JOIN projection_checkpoints AS place ON place.tenant = kept.tenant AND place.name = kept.name
     AND place.build = build.build AND place.partition = 0
WHERE kept.tenant = {} AND kept.name = {} AND build.version = {}
      AND kept.inline AND build.state = 'ready'
ORDER BY CASE WHEN build.build = kept.active_build THEN 0 ELSE 1 END, build.build DESC
LIMIT 1
"""
_move = """
UPDATE projection_checkpoints SET cursor = {}, events = events + {}, moved_at = {}
WHERE tenant = {} AND name = {} AND build = {} AND partition = 0
"""
_marks = {"sqlite": ["?"] * 6, "postgresql": [f"${number}" for number in range(1, 7)]}
_select_standing_sqlite = _select_standing.format(*_marks["sqlite"])
# Whoever reads on at the same time, of a build that was behind, waits and then finds it done.
_select_standing_postgres = _select_standing.format(*_marks["postgresql"]) + "FOR UPDATE OF place"
_move_sqlite = _move.format(*_marks["sqlite"])
_move_postgres = _move.format(*_marks["postgresql"])


async def inline_rows(store: EventStore, projection: Projection) -> KeptRows:
    """Make the tables of a projection and bring them up to date; return what keeps them so.

    Args:
        store: the log, which also holds the rows.
        projection: with tables.

    Raises:
        InlineUnavailable: when its rows are not in SQL tables.
        Exception: as of :func:`retold.projections.keeping.catch_up.catch_up`.
    """
    if projection.storage is not None:
        raise InlineUnavailable(projection.name, "its rows are kept in a storage of its own")
    await catch_up(store, projection)
    return KeptRows(store, projection)


class _Standing(NamedTuple):
    """Where the rows of this version of a projection are, and how far they have come."""

    build: Build
    cursor: Cursor | None


class KeptRows:
    """Writes the rows of a projection in the transactions of appends.

    A build that is made or switched to meanwhile is found by the next append, since where the rows
    stand is read in each transaction. It does nothing while the projection is not kept inline, or
    has no build of this version any more.
    """

    def __init__(self, store: EventStore, projection: Projection) -> None:
        """Store what is needed. Made by :func:`inline_rows`."""
        self.name = projection.name
        self._store = store
        self._projection = projection
        self._selection = store.stored(projection.selection())
        self._values = (store.tenant, projection.name, projection.version)
        self._idle = 0

    def write_sqlite(self, transaction: SqliteTransaction) -> None:
        """Write what the transaction's events, and those not folded before, add up to."""
        connection, tenant = transaction.connection, self._store.tenant
        found = connection.execute(_select_standing_sqlite, self._values).fetchone()
        standing = self._standing(found)
        if standing is None:
            return
        suffix, folded = standing.build.suffix, 0
        for page in self._pages(transaction, standing.cursor):
            batch = InlineBatch(self._store, self._projection, page)
            try:
                load_sqlite(connection, tenant, suffix, batch.wanted, batch.rows)
                batch.fold()
                write_sqlite(connection, tenant, suffix, batch.rows)
            except Exception as error:
                if transaction.is_of_rows(error):
                    batch.refuse(error)
                raise
            folded += len(page)
        # Always, so that the next append need not look for events before its own.
        end = self._cursor_of(transaction.appended[-1])
        connection.execute(_move_sqlite, self._moved(standing, end, folded))

    async def write_postgres(self, transaction: PostgresTransaction) -> None:
        """Write what the transaction's events, and those not folded before, add up to."""
        connection, tenant = transaction.connection, self._store.tenant
        found = await connection.fetchrow(_select_standing_postgres, *self._values)
        standing = self._standing(None if found is None else tuple(found))
        if standing is None:
            return
        suffix, folded, end = standing.build.suffix, 0, standing.cursor
        while True:
            page = await transaction.page(end, self._selection, page_size)
            if page:
                batch = InlineBatch(self._store, self._projection, page)
                try:
                    await load_postgres(connection, tenant, suffix, batch.wanted, batch.rows)
                    batch.fold()
                    await write_postgres(connection, tenant, suffix, batch.rows)
                except Exception as error:
                    if transaction.is_of_rows(error):
                        batch.refuse(error)
                    raise
                folded, end = folded + len(page), self._cursor_of(page[-1])
            if len(page) < page_size:
                break
        self._idle = 0 if folded else self._idle + 1
        if self._idle >= most_idle and (newest := await transaction.newest()) is not None:
            # Otherwise each append would look through all that is not for this projection.
            self._idle, end = 0, Cursor(self._store.database_id, *newest)
        if end is not None and end != standing.cursor:
            await connection.execute(_move_postgres, *self._moved(standing, end, folded))

    def _standing(self, found: Sequence[Any] | None) -> _Standing | None:
        if found is None:
            return None
        number, cursor = found
        build = Build(name=self.name, build=number, version=self._projection.version)
        return _Standing(build, self._store.checked_cursor(cursor))

    def _moved(self, standing: _Standing, end: Cursor, folded: int) -> tuple[Any, ...]:
        now = time.time_ns() // 1_000
        return (str(end), folded, now, self._store.tenant, self.name, standing.build.build)

    def _pages(
        self, transaction: SqliteTransaction, after: Cursor | None
    ) -> Iterator[Sequence[Row]]:
        """Yield the rows that are behind the checkpoint, some at a time."""
        own = transaction.appended
        if (0 if after is None else after.position) == own[0][0] - 1:
            # There is nothing before those at hand.
            wanted = [row for row in own if self._wants(row)]
            for start in range(0, len(wanted), page_size):
                yield wanted[start : start + page_size]
            return
        while True:
            page = transaction.page(after, self._selection, page_size)
            if page:
                yield page
            if len(page) < page_size:
                return
            after = self._cursor_of(page[-1])

    def _wants(self, row: Row) -> bool:
        stream, kind = row[4], row[7]
        types, category = self._selection.types, self._selection.category
        return (types is None or kind in types) and (
            category is None or category_of(stream) == category
        )

    def _cursor_of(self, row: Row) -> Cursor:
        position, epoch, transaction_id = row[:3]
        return Cursor(self._store.database_id, epoch, transaction_id, position)
