"""Rows that are written in the transactions of appends to PostgreSQL.

Appends of one tenant go one after the other where it has a projection that is kept inline: each
takes the projection's lock first, before it has a transaction id, so that whoever is next has a
greater one. What such a transaction sees of the log is therefore all there is before it,
and nothing appears there later.

Those who know nothing of the projection take no such lock. A trigger refuses their events: it
lets pass what was inserted by a transaction that names the tenant's inline projections.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import asyncpg
from sqlalchemy import Dialect, text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from retold.errors import InlineUnavailable
from retold.store.cursor import Cursor
from retold.store.inline import InlineRows, RowsRefused
from retold.store.postgres import statements
from retold.store.postgres.connection import Connection, collided, driver_errors, of_a_row
from retold.store.postgres.locks import inline_lock_key
from retold.store.queries import Queries
from retold.store.row import Row
from retold.store.selection import Selection

_dialect: Dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call] # it has no annotations
# The last is what asyncpg itself says of a value that its column cannot hold.
_of_rows = (*of_a_row, asyncpg.SyntaxOrAccessError, ValueError)
_no_owner = (
    "this role may not lock the events, or give them a trigger;"
    " open the log with it once as the owner of its tables"
)


@dataclass(frozen=True, slots=True)
class PostgresTransaction:
    """A transaction that has inserted events, and excludes all other appends of the tenant.

    Attributes:
        connection: that of the writer.
        queries: build the statements that read the log.
    """

    connection: Connection
    queries: Queries

    async def page(self, after: Cursor | None, selection: Selection, limit: int) -> Sequence[Row]:
        """Return what follows a cursor in the global order, also what was inserted just now."""
        query = self.queries.in_global_order(after, selection, limit, settled=False)
        statement, names = _numbered(query.sql)
        rows = await self.connection.fetch(statement, *(query.values[name] for name in names))
        return [tuple(row) for row in rows]

    async def newest(self) -> tuple[int, int, int] | None:
        """Return epoch, transaction id and position of the newest event, whosever it is.

        Nothing of this tenant appears before it later.
        """
        newest = await self.connection.fetchrow(self.queries.newest().sql)
        return None if newest is None else (newest[0], newest[1], newest[2])

    @staticmethod
    def is_of_rows(error: Exception) -> bool:
        """Return whether what was raised is the fault of the rows that were to be written."""
        if isinstance(error, collided) and not isinstance(error, asyncpg.UniqueViolationError):
            return False
        return not isinstance(error, driver_errors) or isinstance(error, _of_rows)


class PostgresInline:
    """What a log's appends write besides events."""

    def __init__(self, tenant: str, queries: Queries, inline: Sequence[InlineRows]) -> None:
        """Store what is needed; :meth:`begin` acts.

        Args:
            tenant: whose log.
            queries: build the statements that read it.
            inline: what writes the rows.
        """
        self._tenant = tenant
        self._queries = queries
        self._inline = tuple(inline)
        self._names = [one.name for one in inline]
        self._keys = sorted(inline_lock_key(tenant, name) for name in self._names)

    async def begin(self, connection: Connection) -> None:
        """Have the rows written by every append from here on, whoever appends.

        Raises:
            InlineUnavailable: when the role may not arrange for it.
            asyncpg.PostgresError, OSError: when the server does not do its work.
        """
        try:
            async with connection.transaction(isolation="read_committed"):
                await self.declare(connection)
                if not await connection.fetchval(statements.is_inline, self._tenant, self._names):
                    # Who appends without is done, and whoever does from here on is refused.
                    await connection.execute(statements.lock_events)
                    await connection.execute(statements.mark_inline, self._tenant, self._names)
                    await connection.execute(statements.make_inline_check)
                await self.write(connection)
        except RowsRefused as refused:
            raise refused.errors[0] from refused
        except asyncpg.InsufficientPrivilegeError as error:
            raise InlineUnavailable(", ".join(self._names), _no_owner) from error

    async def declare(self, connection: Connection) -> None:
        """Take the locks, as the first thing that a transaction does."""
        await connection.execute(statements.declare_inline, self._keys, ",".join(self._names))

    async def write(self, connection: Connection) -> None:
        """Write the rows, in a transaction that has taken the locks and inserted its events."""
        transaction = PostgresTransaction(connection, self._queries)
        for one in self._inline:
            await one.write_postgres(transaction)


async def stop_inline(connection: Connection, tenant: str, name: str) -> None:
    """Let no append write the rows of a projection any more, by whichever process.

    Raises:
        InlineUnavailable: when the role may not arrange for it.
        asyncpg.PostgresError, OSError: when the server does not do its work.
    """
    try:
        async with connection.transaction(isolation="read_committed"):
            await connection.execute(
                statements.declare_inline, [inline_lock_key(tenant, name)], name
            )
            # The place of the rows is one that nothing appears before later, by whomever.
            await connection.execute(statements.lock_events)
            await connection.execute(statements.unmark_inline, tenant, name)
            if not await connection.fetchval(statements.is_any_inline):
                await connection.execute(statements.remove_inline_check)
    except asyncpg.InsufficientPrivilegeError as error:
        raise InlineUnavailable(name, _no_owner) from error


@lru_cache(maxsize=100)
def _numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """Return a statement with numbered parameters, and their names in order."""
    compiled = text(sql).compile(dialect=_dialect)
    return str(compiled), tuple(compiled.positiontup or ())
