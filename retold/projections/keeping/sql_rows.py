"""Loading the rows a fold asks for, and writing those it changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.projections.keeping.upsert import upserts_of
from retold.projections.read_table import Key, ReadTable, tenant_column
from retold.projections.rows import Rows

# Variables of a statement, of which SQLite takes 32,766.
_most_values = 10_000


async def load_rows(
    connection: AsyncConnection,
    tenant: str,
    suffix: str,
    wanted: dict[ReadTable[Any], list[Key]],
    into: Rows,
) -> None:
    """Load rows of a build.

    Args:
        connection: for reading.
        tenant: whose rows.
        suffix: of the build.
        wanted: keys by table.
        into: where they go.
    """
    for read_table, keys in wanted.items():
        table = read_table.physical(suffix)
        columns = [table.c[name] for name in read_table.key_columns]
        remaining = iter(keys)
        while some := list(islice(remaining, _most_values // len(columns))):
            statement = sa.select(table).where(
                table.c[tenant_column] == tenant, _among(columns, some)
            )
            found = (await connection.execute(statement)).mappings()
            into.load(read_table, some, [read_table.row_of(row) for row in found])


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows to write and rows to remove, made ready before the transaction that does so.

    Attributes:
        gone: tables, and keys of the rows to remove.
        upserts: statements, and their values as the driver takes them.
    """

    gone: Sequence[tuple[ReadTable[Any], Sequence[Key]]]
    upserts: Sequence[tuple[str, list[tuple[Any, ...]]]]


def changes_of(dialect: sa.Dialect, tenant: str, suffix: str, changed: Rows) -> Changes:
    """Return which rows differ from those loaded, and which are gone; it holds no lock.

    Args:
        dialect: of the database they go to.
        tenant: whose rows.
        suffix: of the build.
        changed: what a fold left.
    """
    upserts: list[tuple[str, list[tuple[Any, ...]]]] = []
    for read_table, rows in changed.written():
        values = ((tenant, *read_table.values_of(row)) for row in rows)
        upserts += upserts_of(read_table.physical(suffix), dialect, values)
    return Changes(list(changed.gone()), upserts)


async def write_rows(
    connection: AsyncConnection, tenant: str, suffix: str, changes: Changes
) -> None:
    """Write rows, and remove those that are gone.

    Args:
        connection: in a write transaction.
        tenant: whose rows.
        suffix: of the build.
        changes: as :func:`changes_of` returned them.
    """
    for read_table, keys in changes.gone:
        await _delete(connection, tenant, read_table, suffix, keys)
    for statement, values in changes.upserts:
        await connection.exec_driver_sql(statement, values)


async def _delete(
    connection: AsyncConnection,
    tenant: str,
    read_table: ReadTable[Any],
    suffix: str,
    keys: Sequence[Key],
) -> None:
    table = read_table.physical(suffix)
    columns = [table.c[name] for name in read_table.key_columns]
    remaining: Iterable[Key] = iter(keys)
    while some := list(islice(remaining, _most_values // len(columns))):
        await connection.execute(
            sa.delete(table).where(table.c[tenant_column] == tenant, _among(columns, some))
        )


def _among(columns: Sequence[sa.Column[Any]], keys: Sequence[Key]) -> sa.ColumnElement[bool]:
    if len(columns) == 1:
        return columns[0].in_([key[0] for key in keys])
    return sa.tuple_(*columns).in_(keys)
