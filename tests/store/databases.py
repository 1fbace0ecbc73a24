"""SQL databases as the conformance suite takes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from retold.store import EventStore, default_max_event_bytes, default_tenant, open_store
from tests.store.raw import Raw


class SqlDatabase:
    """The database at a URL."""

    def __init__(self, url: str) -> None:
        """Store where it is."""
        self.url = url

    @asynccontextmanager
    async def open_store(
        self, *, tenant: str = default_tenant, max_event_bytes: int = default_max_event_bytes
    ) -> AsyncIterator[EventStore]:
        """Open a log."""
        async with await open_store(
            self.url, tenant=tenant, max_event_bytes=max_event_bytes
        ) as store:
            yield store

    async def alter_event(self, stream: str, version: int, data: str) -> None:
        """Overwrite the data of an event."""
        await self._change("UPDATE events SET data = ?", stream, version, data)

    async def remove_event(self, stream: str, version: int) -> None:
        """Remove an event."""
        await self._change("DELETE FROM events", stream, version)

    async def _change(self, statement: str, stream: str, version: int, *values: str) -> None:
        raw = Raw(self.url)
        await raw.unprotect()
        where = "WHERE tenant = ? AND stream = ? AND version = ? RETURNING 1"
        changed = await raw.fetch(f"{statement} {where}", *values, default_tenant, stream, version)
        if not changed:
            raise KeyError((stream, version))
