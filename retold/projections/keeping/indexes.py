"""The indexes of a rebuilt build, made when its rows are there.

Kept up row by row, those of 250,000 messages took more than half of the time of writing, and the
longer the more rows there were; made of rows that are there they took a fifth of that. A unique one
is there from the start: it says which row is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from sqlalchemy.ext.asyncio import AsyncConnection

from retold.projections.keeping.build_tables import has_table, indexes_of, lock_tables, make_index
from retold.projections.keeping.builds import Build
from retold.projections.projection import Projection

# Whoever appends while an index is made of so many events waits for it, some seconds at the most.
most_events_without = 2_000_000


async def make_indexes(
    projection: Projection,
    build: Build,
    transaction: Callable[[], AbstractAsyncContextManager[AsyncConnection]],
) -> None:
    """Make the indexes that the tables of a build lack, each in a transaction of its own.

    Killed in between, it goes on where it was when it is called again.

    Args:
        projection: whose tables.
        build: which of its builds; nothing is made when it is gone.
        transaction: gives a write transaction.

    Raises:
        StoreUnavailable: when the database does not do its work.
    """
    for read_table in projection.tables:
        table = read_table.physical(build.suffix)
        for index in indexes_of(table):
            async with transaction() as connection:
                await lock_tables(connection, build.name)
                if await has_table(connection, table):
                    await make_index(connection, index)
