"""Helpers for tests of queries: all pages of one, and what reads the whole of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from retold.projections.audit.query import Query
from retold.store import EventStore

RowT = TypeVar("RowT")


async def rows_of(store: EventStore, query: Query[RowT], **given: Any) -> list[RowT]:
    """Return the whole answer to a query."""
    page = await query.page(store, given, limit=10_000)
    assert page.next is None
    return list(page.rows)


async def paged_rows(
    store: EventStore, query: Query[RowT], given: Mapping[str, Any], limit: int
) -> list[RowT]:
    """Return the answer to a query, asked page by page."""
    rows: list[RowT] = []
    after = None
    while True:
        page = await query.page(store, given, limit=limit, after=after)
        assert len(page.rows) == limit or page.next is None
        rows += page.rows
        after = page.next
        if after is None:
            return rows
