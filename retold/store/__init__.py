"""The event log over SQL: append, read, verify. Knows no AG2."""

from __future__ import annotations

from collections.abc import Sequence

from retold.domain.upcasting import Upcasters
from retold.errors import InvalidTenant
from retold.store.backend import SqlBackend
from retold.store.inline import InlineProjection, keep_inline
from retold.store.log import EventStore
from retold.store.sqlite import SqliteBackend
from retold.store.url import Durability, parse_url

default_tenant = "default"
default_max_event_bytes = 32 * 1024 * 1024


async def open_store(
    url: str,
    *,
    tenant: str = default_tenant,
    create: bool = True,
    max_event_bytes: int = default_max_event_bytes,
    durability: Durability = "full",
    upcasters: Upcasters | None = None,
    inline: Sequence[InlineProjection] = (),
) -> EventStore:
    """Open a log; use it with ``async with``, or close it.

    Args:
        url: ``sqlite:///file.db``, ``sqlite:///:memory:`` or ``postgresql://user@host/database``.
        tenant: whose events are read and appended; printable, at most 255 characters.
        create: make the SQLite file when there is none.
        max_event_bytes: limit of one event's data and metadata together.
        durability: ``full``: an acknowledged append is on the disk; ``normal``: the newest ones
            may be lost when the machine loses power, see docs/durability.md.
        upcasters: the older versions of your own event types; Retold's own are known anyway.
        inline: projections whose rows every append writes in its transaction.

    Returns:
        The open log, for the running event loop. A SQLite file is migrated on the way, a
        PostgreSQL database is not.

    Raises:
        OpenError: one of its leaves says why the log cannot be opened; nothing was changed.
        StoreUnavailable: when the database does not do its work.
        UpcasterRegistrationError: when the upcasters contradict those of Retold's own types.
        InlineUnavailable: when a projection cannot be kept inline.
        ProjectionError: when one cannot be brought up to date.
    """
    check_tenant(tenant)
    backend = backend_for(
        url, tenant=tenant, max_event_bytes=max_event_bytes, durability=durability
    )
    store = EventStore(backend, tenant=tenant, upcasters=upcasters)
    await store.open(create=create)
    try:
        await keep_inline(store, inline)
    except BaseException:
        await store.close()
        raise
    return store


def backend_for(
    url: str,
    *,
    tenant: str = default_tenant,
    max_event_bytes: int = default_max_event_bytes,
    durability: Durability = "full",
) -> SqlBackend:
    """Return the database a URL names, not opened yet; arguments and errors as of `open_store`."""
    parsed = parse_url(url)
    if parsed.kind == "sqlite":
        return SqliteBackend(
            parsed, tenant=tenant, max_event_bytes=max_event_bytes, durability=durability
        )
    # Only this path needs the driver, which is an extra.
    from retold.store.postgres import PostgresBackend  # noqa: PLC0415

    return PostgresBackend(
        parsed, tenant=tenant, max_event_bytes=max_event_bytes, durability=durability
    )


def check_tenant(tenant: object) -> None:
    """Refuse what is no tenant.

    Raises:
        InvalidTenant: when it is not printable, or not of 1 to 255 characters.
    """
    if not isinstance(tenant, str) or not tenant.isprintable() or not 0 < len(tenant) <= 255:
        raise InvalidTenant(tenant)


__all__ = [
    "EventStore",
    "backend_for",
    "check_tenant",
    "default_max_event_bytes",
    "default_tenant",
    "open_store",
]
