"""Writing rows that may be there already, in the words of each database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

# Rows of one statement, which takes 32,766 values on SQLite.
_rows_at_once = (200, 40, 8, 1)
_most_values = 32_766


def insert_for(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an insert into ``table`` that knows ``ON CONFLICT`` on the connection's database."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def upserts_of(
    table: Table, dialect: Dialect, rows: Iterable[Sequence[Any]]
) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Yield what inserts rows, or replaces those with the same primary key.

    It goes to the driver directly: SQLAlchemy's own way takes four times as long for many rows.
    SQLite is given many rows by one statement: after each statement its thread has to wait for the
    interpreter, for as long as another thread computes.

    Args:
        table: where they go.
        dialect: of the database.
        rows: values of every column, in the table's order.

    Yields:
        A statement, and its values for each time it is executed, as the driver takes them.
    """
    _, processors = upsert_statement(table, dialect)
    values = [
        tuple(
            value if process is None else process(value)
            for process, value in zip(processors, row, strict=True)
        )
        for row in rows
    ]
    start = 0
    for count in _rows_at_once if dialect.name == "sqlite" else (1,):
        if count > 1 and count * len(processors) > _most_values:
            continue
        if times := (len(values) - start) // count:
            end = start + times * count
            statement, _ = upsert_statement(table, dialect, count)
            yield (
                statement,
                values[start:end]
                if count == 1
                else [
                    tuple(chain.from_iterable(values[first : first + count]))
                    for first in range(start, end, count)
                ],
            )
            start = end


@lru_cache(maxsize=1_000)
def upsert_statement(
    table: Table, dialect: Dialect, rows: int = 1
) -> tuple[str, tuple[Callable[[Any], Any] | None, ...]]:
    """Return the statement for so many rows, and what turns a column's value into the driver's."""
    quote = dialect.identifier_preparer.quote
    names = [quote(column.name) for column in table.columns]
    keys = [quote(column.name) for column in table.primary_key.columns]
    if dialect.name == "postgresql":
        marks = ", ".join(f"${number}" for number in range(1, len(names) + 1))
    else:
        marks = ", ".join("?" * len(names))
    several = ", ".join([f"({marks})"] * rows)
    others = [f"{name} = excluded.{name}" for name in names if name not in keys]
    then = f"UPDATE SET {', '.join(others)}" if others else "NOTHING"
    statement = (
        f"INSERT INTO {quote(table.name)} ({', '.join(names)}) VALUES {several}"  # noqa: S608 - names of a declared table
        f" ON CONFLICT ({', '.join(keys)}) DO {then}"
    )
    processors = tuple(_processor(column.type, dialect) for column in table.columns)
    return statement, processors


def _processor(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)
