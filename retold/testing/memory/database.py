"""A database in memory, where logs are opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from retold.store import (
    EventStore,
    check_tenant,
    default_max_event_bytes,
    default_tenant,
)
from retold.store.inline import InlineProjection, keep_inline
from retold.testing.memory.backend import MemoryBackend
from retold.testing.memory.tables import MemoryTables


class MemoryDatabase:
    """Holds the events of all the logs opened on it, for as long as it lives.

    Logs opened on one database are to each other what logs of two processes on one file are: they
    read what the other appends, and the same stream of another tenant is another stream.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._tables = MemoryTables()

    @asynccontextmanager
    async def open_store(
        self,
        *,
        tenant: str = default_tenant,
        max_event_bytes: int = default_max_event_bytes,
        inline: Sequence[InlineProjection] = (),
    ) -> AsyncIterator[EventStore]:
        """Open a log; it is closed at the end of the block.

        Args:
            tenant: whose events are read and appended; printable, at most 255 characters.
            max_event_bytes: limit of one event's data and metadata together.
            inline: must be empty: there are no tables for rows.

        Raises:
            InvalidTenant: when the tenant is none.
            InlineUnavailable: when a projection is to be kept inline.
        """
        check_tenant(tenant)
        backend = MemoryBackend(self._tables, tenant=tenant, max_event_bytes=max_event_bytes)
        async with await EventStore(backend, tenant=tenant).open() as store:
            await keep_inline(store, inline)
            yield store

    async def alter_event(self, stream: str, version: int, data: str) -> None:
        """Overwrite the stored data of an event behind the log's back, for tests of verifying.

        Args:
            stream: a stream of the tenant "default" that holds the event itself.
            version: of the event.
            data: any text.

        Raises:
            KeyError: when there is no such event.
        """
        self._tables.replace(default_tenant, stream, version, data)

    async def remove_event(self, stream: str, version: int) -> None:
        """Remove an event behind the log's back; arguments and errors as of :meth:`alter_event`."""
        self._tables.replace(default_tenant, stream, version, None)


def memory_store(
    database: MemoryDatabase | None = None,
    *,
    tenant: str = default_tenant,
    max_event_bytes: int = default_max_event_bytes,
    inline: Sequence[InlineProjection] = (),
) -> AbstractAsyncContextManager[EventStore]:
    """Open a log in memory, with ``async with``: for tests that need a log and no database.

    It decides, refuses and orders as the logs in databases do, and passes the same tests. It has
    no SQL: what stands on SQL tables (sessions, leases, read models) raises ``StoreUnavailable``;
    open ``sqlite:///:memory:`` for these.

    Args:
        database: where the log is kept; None for a new one, which goes with the log.
        tenant: whose events are read and appended; printable, at most 255 characters.
        max_event_bytes: limit of one event's data and metadata together.
        inline: must be empty: there are no tables for rows.

    Raises:
        InvalidTenant: when the tenant is none.
        InlineUnavailable: when a projection is to be kept inline.
    """
    opened_on = MemoryDatabase() if database is None else database
    return opened_on.open_store(tenant=tenant, max_event_bytes=max_event_bytes, inline=inline)
