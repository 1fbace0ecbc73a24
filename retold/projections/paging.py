"""Pages of a read model's table, in an order that an index has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import sqlalchemy as sa

from retold.projections.read_table import Key, ReadTable, tenant_column
from retold.store.log import EventStore

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """A page of rows.

    Attributes:
        rows: in the list's order.
        next: where the next page begins, for ``after``; None on the last page.
    """

    rows: tuple[RowT, ...]
    next: Key | None


def page_statement(
    tenant: str,
    table: sa.Table,
    order: Sequence[str],
    *,
    where: Sequence[sa.ColumnElement[bool]] = (),
    after: Key | None = None,
    limit: int,
) -> sa.Select[tuple[object, ...]]:
    """Return what reads a page and, to tell whether there is another, one row more.

    Args:
        tenant: whose rows.
        table: of a build.
        order: names of columns that together tell every row apart, none of them ever null.
        where: which rows.
        after: values of the columns of ``order`` in the last row of the page before.
        limit: rows on a page.

    Raises:
        ValueError: when the limit is below 1, or ``after`` does not fit the order.
    """
    if limit < 1:
        raise ValueError(f"A page has at least one row, not {limit}.")
    columns = [table.c[name] for name in order]
    statement = (
        sa.select(table)
        .where(table.c[tenant_column] == tenant, *where)
        .order_by(*columns)
        .limit(limit + 1)
    )
    if after is None:
        return statement
    if len(after) != len(columns):
        raise ValueError(f"{after!r} is no place in a list in order of {', '.join(order)}.")
    values = [sa.literal(value, c.type) for value, c in zip(after, columns, strict=True)]
    return statement.where(sa.tuple_(*columns) > sa.tuple_(*values))


async def page_of(
    store: EventStore,
    read_table: ReadTable[RowT],
    table: sa.Table,
    order: Sequence[str],
    *,
    where: Sequence[sa.ColumnElement[bool]] = (),
    after: Key | None = None,
    limit: int,
) -> Page[RowT]:
    """Return a page of rows.

    Args:
        store: the log.
        read_table: whose rows.
        table: of the build to read.
        order, where, after, limit: as of :func:`page_statement`; errors too.
    """
    statement = page_statement(store.tenant, table, order, where=where, after=after, limit=limit)
    async with store.connection() as connection:
        found = (await connection.execute(statement)).mappings().all()
    rows = tuple(read_table.row_of(row) for row in found[:limit])
    if len(found) <= limit:
        return Page(rows, None)
    last = found[limit - 1]
    return Page(rows, tuple(last[name] for name in order))
