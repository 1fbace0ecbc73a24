"""Asking any named query, and writing down that it was asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar

from retold.domain.access import AccessAction
from retold.projections.access_log import AccessLog
from retold.projections.audit.page import Page, default_limit
from retold.projections.audit.queries import queries
from retold.projections.audit.query import Query
from retold.store.log import EventStore

RowT = TypeVar("RowT")


class Asking:
    """Asks queries by their names, and records each page as an access."""

    def __init__(self, store: EventStore, access: AccessLog | None = None) -> None:
        """Store the log to ask about, and where it is recorded that somebody asked."""
        self._store = store
        self._access = access

    async def _page(
        self,
        query: Query[RowT],
        given: Mapping[str, object],
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[RowT]:
        page = await query.page(self._store, given, limit=limit, after=after)
        if self._access is not None:
            await self._access.record(
                AccessAction.QUERY, query.name, parameters=given, rows=len(page.rows)
            )
        return page

    async def ask(
        self,
        query: str,
        *,
        limit: int = default_limit,
        after: str | None = None,
        **parameters: object,
    ) -> Page[Any]:
        """Ask a query by its name.

        Args:
            query: its name; :data:`~retold.projections.audit.queries.queries` has them all.
            limit, after: as of the class.
            **parameters: of the query.

        Raises:
            UnknownQuery: when there is none of that name.
            UnknownParameter: when the query has no such parameter.
        """
        return await self._page(queries[query], parameters, limit, after)

    async def each(self, query: str, **parameters: object) -> AsyncIterator[Any]:
        """Ask a query by its name, and yield the rows of all of its pages; errors as of ask."""
        after = None
        while True:
            page = await self._page(queries[query], parameters, 1_000, after)
            for row in page.rows:
                yield row
            after = page.next
            if after is None:
                return
