"""Rows of a build as a database's driver reads and writes them, below SQLAlchemy.

An append writes rows on the connection it has: that of ``sqlite3`` in the thread of the writer,
or asyncpg's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from sqlalchemy import Column, Dialect
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from retold.projections.keeping.upsert import upsert_statement
from retold.projections.read_table import Key, ReadTable
from retold.projections.rows import Rows
from retold.store.url import Kind

if TYPE_CHECKING:
    import asyncpg

RowT = TypeVar("RowT")

Process: TypeAlias = "Callable[[Any], Any] | None"

# The drivers' own forms of them prepare values for what SQLAlchemy has asyncpg do.
_dialects: dict[Kind, Dialect] = {
    "sqlite": SQLiteDialect(),
    "postgresql": PGDialect(),  # type: ignore[no-untyped-call] # it has no annotations
}


class DriverRows(Generic[RowT]):
    """Statements for the rows of one table of a build, and what turns values into the driver's.

    Attributes:
        select: a row by tenant and key on SQLite; on PostgreSQL those of all keys that are given,
            column by column.
        upsert: inserts a row, or replaces the one with its key.
        delete: removes a row by tenant and key.
    """

    def __init__(self, read_table: ReadTable[RowT], suffix: str, kind: Kind) -> None:
        """Build the statements.

        Args:
            read_table: whose rows.
            suffix: of the build.
            kind: of the database.
        """
        dialect = _dialects[kind]
        table = read_table.physical(suffix)
        self._read_table = read_table
        columns = [table.c[name] for name in read_table.columns]
        keys = [table.c[name] for name in read_table.key_columns]
        self._of_driver = _unless_idle(
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        )
        self._key_to_driver = _unless_idle(
            column.type.dialect_impl(dialect).bind_processor(dialect) for column in keys
        )
        self.upsert, to_driver = upsert_statement(table, dialect)
        self._to_driver = _unless_idle(to_driver)

        def quoted(column: Column[Any]) -> str:
            return dialect.identifier_preparer.quote(column.name)

        name = dialect.identifier_preparer.quote(table.name)
        shown = ", ".join(f"{name}.{quoted(column)}" for column in columns)
        marks = ["?"] * (len(keys) + 1)
        if kind == "postgresql":
            marks = [f"${number}" for number in range(1, len(keys) + 2)]
        of_one = " AND ".join(
            f"{column} = {mark}"
            for column, mark in zip(["tenant", *map(quoted, keys)], marks, strict=True)
        )
        self.delete = f"DELETE FROM {name} WHERE {of_one}"  # noqa: S608 - names of a declared table
        self.select = f"SELECT {shown} FROM {name} WHERE {of_one}"  # noqa: S608 - likewise
        if kind == "postgresql":
            # The type of a column, without the order it is sorted in.
            types = [c.type.compile(dialect=dialect).partition(" COLLATE ")[0] for c in keys]
            arrays = ", ".join(
                f"{mark}::{kind_of_key}[]"
                for mark, kind_of_key in zip(marks[1:], types, strict=True)
            )
            wanted = ", ".join(map(quoted, keys))
            on = " AND ".join(f"{name}.{quoted(key)} = wanted.{quoted(key)}" for key in keys)
            self.select = (
                f"SELECT {shown} FROM unnest({arrays}) AS wanted ({wanted})"  # noqa: S608 - likewise
                f" JOIN {name} ON {name}.tenant = $1 AND {on}"
            )

    def key_values(self, key: Key) -> Sequence[Any]:
        """Return a key as the driver takes it."""
        return _processed(self._key_to_driver, key)

    def row_values(self, tenant: str, row: RowT) -> Sequence[Any]:
        """Return a row as the driver takes it, the tenant first."""
        return _processed(self._to_driver, (tenant, *self._read_table.values_of(row)))

    def row_of(self, found: Sequence[Any]) -> RowT:
        """Return the row in what the driver read."""
        return self._read_table.row_with(_processed(self._of_driver, found))


@lru_cache(maxsize=1_000)
def driver_rows(read_table: ReadTable[RowT], suffix: str, kind: Kind) -> DriverRows[RowT]:
    """Return the statements for the rows of one table of a build."""
    return DriverRows(read_table, suffix, kind)


Wanted: TypeAlias = Mapping[ReadTable[Any], Sequence[Key]]


def load_sqlite(
    connection: sqlite3.Connection, tenant: str, suffix: str, wanted: Wanted, into: Rows
) -> None:
    """Load rows of a build; as :func:`retold.projections.keeping.sql_rows.load_rows`."""
    for read_table, keys in wanted.items():
        of = driver_rows(read_table, suffix, "sqlite")
        found = []
        for key in keys:
            row = connection.execute(of.select, (tenant, *of.key_values(key))).fetchone()
            if row is not None:
                found.append(of.row_of(row))
        into.load(read_table, keys, found)


def write_sqlite(connection: sqlite3.Connection, tenant: str, suffix: str, changed: Rows) -> None:
    """Write rows; arguments as of :func:`retold.projections.keeping.sql_rows.write_rows`."""
    for read_table, keys in changed.gone():
        of = driver_rows(read_table, suffix, "sqlite")
        connection.executemany(of.delete, [(tenant, *of.key_values(key)) for key in keys])
    for read_table, rows in changed.written():
        of = driver_rows(read_table, suffix, "sqlite")
        connection.executemany(of.upsert, [of.row_values(tenant, row) for row in rows])


async def load_postgres(
    connection: asyncpg.Connection[asyncpg.Record],
    tenant: str,
    suffix: str,
    wanted: Wanted,
    into: Rows,
) -> None:
    """Load rows of a build; as :func:`retold.projections.keeping.sql_rows.load_rows`."""
    for read_table, keys in wanted.items():
        of = driver_rows(read_table, suffix, "postgresql")
        columns = [list(column) for column in zip(*map(of.key_values, keys), strict=True)]
        found = await connection.fetch(of.select, tenant, *columns)
        into.load(read_table, keys, [of.row_of(tuple(row)) for row in found])


async def write_postgres(
    connection: asyncpg.Connection[asyncpg.Record], tenant: str, suffix: str, changed: Rows
) -> None:
    """Write rows; arguments as of :func:`retold.projections.keeping.sql_rows.write_rows`."""
    for read_table, keys in changed.gone():
        of = driver_rows(read_table, suffix, "postgresql")
        await connection.executemany(of.delete, [(tenant, *of.key_values(key)) for key in keys])
    for read_table, rows in changed.written():
        of = driver_rows(read_table, suffix, "postgresql")
        await connection.executemany(of.upsert, [of.row_values(tenant, row) for row in rows])


def _unless_idle(processes: Iterable[Process]) -> Sequence[Process] | None:
    """Return what prepares values, None when there is nothing to prepare."""
    some = tuple(processes)
    return some if any(some) else None


def _processed(processes: Sequence[Process] | None, values: Sequence[Any]) -> Sequence[Any]:
    if processes is None:
        return values
    return [
        value if process is None else process(value)
        for process, value in zip(processes, values, strict=True)
    ]
