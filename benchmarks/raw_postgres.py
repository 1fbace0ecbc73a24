"""The baseline on PostgreSQL: asyncpg in autocommit and the rows as the log has them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, TypeAlias

import asyncpg

from benchmarks.chat import Appends
from benchmarks.log import Run, append_to
from benchmarks.raw_sqlite import EventRows

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

raw_name = "raw asyncpg, autocommit"
# The database gives these itself.
_given = ("position", "transaction_id")


def rows_of(url: str, callers: list[Appends]) -> EventRows:
    """Append what the callers append to an empty log, and return the rows it has then."""
    append_to(url, callers)

    async def read() -> EventRows:
        connection: Connection = await asyncpg.connect(url)
        try:
            columns = await columns_of_events(connection)
            chosen = tuple(name for name in columns if name not in _given)
            rows = await connection.fetch(
                f"SELECT {', '.join(chosen)} FROM events ORDER BY version, stream"
            )
            return EventRows(chosen, [tuple(row) for row in rows])
        finally:
            await connection.close()

    return asyncio.run(read())


def insert_singly(url: str, events: EventRows, *, connections: int = 1) -> Run:
    """Insert one row a transaction; the connections share the rows.

    The first row of each connection is not timed: the connection learns the statement by it.
    """

    async def insert() -> Run:
        pool: list[Connection] = [await asyncpg.connect(url) for _ in range(connections)]
        statement = _statement(events)
        shares = [events.rows[number::connections] for number in range(connections)]
        try:
            for connection, rows in zip(pool, shares, strict=True):
                await _insert(connection, statement, rows[:1])
            begin = time.perf_counter()
            await asyncio.gather(
                *(
                    _insert(connection, statement, rows[1:])
                    for connection, rows in zip(pool, shares, strict=True)
                )
            )
            return Run(len(events.rows) - connections, time.perf_counter() - begin)
        finally:
            for connection in pool:
                await connection.close()

    return asyncio.run(insert())


def drop_cursor_column(url: str) -> bool:
    """Take away the column, and its index, that readers get their gap-free order from.

    Returns:
        Whether there was one.
    """

    async def drop() -> bool:
        connection: Connection = await asyncpg.connect(url)
        try:
            if "transaction_id" not in await columns_of_events(connection):
                return False
            await connection.execute("ALTER TABLE events DROP COLUMN transaction_id")
            return True
        finally:
            await connection.close()

    return asyncio.run(drop())


async def columns_of_events(connection: Connection) -> tuple[str, ...]:
    """Return the names of the columns of the table of events."""
    rows = await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'events'::regclass"
        " AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    return tuple(row["attname"] for row in rows)


async def _insert(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    for row in rows:
        await connection.execute(statement, *row)


def _statement(events: EventRows) -> str:
    marks = ", ".join(f"${number}" for number in range(1, len(events.columns) + 1))
    return f"INSERT INTO events ({', '.join(events.columns)}) VALUES ({marks})"
