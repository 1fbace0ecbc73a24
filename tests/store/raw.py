"""The database below a log, as somebody who has its password, and no good intentions, has it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, TypeAlias

import asyncpg

from retold.store.url import parse_url

# asyncpg is generic for type checkers only.
PostgresConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Raw:
    """Runs SQL on the database of a log; values stand for ``?`` on both kinds.

    Attributes:
        kind: ``sqlite`` or ``postgresql``.
        error: what a refused statement raises.
    """

    def __init__(self, url: str) -> None:
        """Store where it is."""
        parsed = parse_url(url)
        self.kind = parsed.kind
        self.error: type[Exception] = (
            sqlite3.IntegrityError if parsed.kind == "sqlite" else asyncpg.RaiseError
        )
        self._path = parsed.path
        self._dsn = parsed.dsn

    async def execute(self, sql: str, *values: Any) -> None:
        """Run one statement."""
        await self.fetch(sql, *values)

    async def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        if self.kind == "postgresql":
            async with self.connection() as connection:
                numbers = count(1)
                sql = "".join(f"${next(numbers)}" if c == "?" else c for c in sql)
                return [tuple(row) for row in await connection.fetch(sql, *values)]
        assert self._path is not None
        connection_to_file = sqlite3.connect(self._path, isolation_level=None)
        try:
            return connection_to_file.execute(sql, values).fetchall()
        finally:
            connection_to_file.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[PostgresConnection]:
        """Give a connection to PostgreSQL."""
        connection: PostgresConnection = await asyncpg.connect(self._dsn)
        try:
            yield connection
        finally:
            await connection.close()

    async def unprotect(self) -> None:
        """Take away what refuses changes of events."""
        if self.kind == "postgresql":
            await self.execute("ALTER TABLE events DISABLE TRIGGER USER")
            return
        for (name,) in await self.fetch("SELECT name FROM sqlite_schema WHERE type = 'trigger'"):
            await self.execute(f"DROP TRIGGER {name}")

    async def rows(self, table: str) -> list[tuple[Any, ...]]:
        """Return every row of a table, by its first column."""
        return await self.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")
