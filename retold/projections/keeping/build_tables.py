"""The tables of a build in the database: whether they are there, and making them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateIndex, CreateTable


async def lock_tables(connection: AsyncConnection, name: str) -> None:
    """Let nobody, of whatever tenant, make or remove tables of a projection until the end.

    SQLite needs no lock: its write transactions exclude each other.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(
            sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
            {"name": f"retold-projection:{name}"},
        )


async def has_table(connection: AsyncConnection, table: sa.Table) -> bool:
    """Return whether a table is there."""
    return await connection.run_sync(lambda one: sa.inspect(one).has_table(table.name))


async def make_table(connection: AsyncConnection, table: sa.Table) -> None:
    """Make a table, and those of its indexes that refuse rows: the unique ones."""
    await connection.execute(CreateTable(table))
    for index in indexes_of(table):
        if index.unique:
            await make_index(connection, index)


async def make_index(connection: AsyncConnection, index: sa.Index) -> None:
    """Make an index of a table; a no-op when it is there."""
    await connection.execute(CreateIndex(index, if_not_exists=True))


def indexes_of(table: sa.Table) -> list[sa.Index]:
    """Return the indexes that are declared for a table, beside its primary key, in an order."""
    return sorted(table.indexes, key=lambda index: str(index.name))
