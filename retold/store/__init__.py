"""The event log over SQL: append, read, verify. Knows no AG2."""

from __future__ import annotations

from retold.store.log import Backend, EventStore
from retold.store.sqlite import SqliteBackend
from retold.store.url import parse_url

default_max_event_bytes = 32 * 1024 * 1024


async def open_store(
    url: str,
    *,
    tenant: str = "default",
    create: bool = True,
    max_event_bytes: int = default_max_event_bytes,
) -> EventStore:
    """Open a log; use it with ``async with``, or close it.

    Args:
        url: ``sqlite:///file.db``, ``sqlite:///:memory:`` or ``postgresql://user@host/database``.
        tenant: whose events are read and appended.
        create: make the SQLite file when there is none.
        max_event_bytes: limit of one event's data and metadata together.

    Returns:
        The open log. A SQLite file is migrated on the way, a PostgreSQL database is not.

    Raises:
        OpenError: one of its leaves says why the log cannot be opened; nothing was changed.
        StoreUnavailable: when the database does not do its work.
    """
    parsed = parse_url(url)
    backend: Backend
    if parsed.kind == "postgresql":
        # Only this path needs the driver, which is an extra.
        from retold.store.postgres import PostgresBackend

        backend = PostgresBackend(parsed, tenant=tenant, max_event_bytes=max_event_bytes)
    else:
        backend = SqliteBackend(parsed, tenant=tenant, max_event_bytes=max_event_bytes)
    store = EventStore(backend, tenant=tenant)
    return await store.open(create=create)


__all__ = ["EventStore", "open_store"]
