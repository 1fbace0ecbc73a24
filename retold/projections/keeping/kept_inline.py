"""The projections a log keeps inline, for whoever appends without having been told which."""

from __future__ import annotations

import sqlalchemy as sa

from retold.errors import InlineProjectionRequired, ProjectionNotKept
from retold.projections.keeping.builds import kept, projections
from retold.projections.registry import Registry
from retold.store.inline import keep_inline, stop_inline
from retold.store.log import EventStore


async def names_kept_inline(store: EventStore) -> tuple[str, ...]:
    """Return the names of the projections whose rows every append to this log writes, sorted."""
    statement = (
        sa.select(projections.c.name)
        .where(projections.c.tenant == store.tenant, projections.c.inline == sa.true())
        .order_by(projections.c.name)
    )
    async with store.connection() as connection:
        return tuple((await connection.execute(statement)).scalars())


async def go_on_inline(store: EventStore, registry: Registry) -> tuple[str, ...]:
    """Have this log's appends write the rows of what it keeps inline already, and of nothing else.

    Args:
        store: just opened.
        registry: where the code of these projections is.

    Returns:
        Names of the projections. On SQLite those that are not in the registry are left to the next
        append that has them.

    Raises:
        InlineProjectionRequired: when one is not in the registry, on PostgreSQL, where an append
            without it would be refused.
        Exception: as of :func:`retold.store.inline.keep_inline`.
    """
    names = await names_kept_inline(store)
    known = set(registry.names())
    unknown = [name for name in names if name not in known]
    if unknown and store.kind == "postgresql":
        raise InlineProjectionRequired(unknown)
    found = tuple(name for name in names if name in known)
    await keep_inline(store, [registry.get(name) for name in found])
    return found


async def stop_keeping_inline(store: EventStore, name: str) -> bool:
    """Let a projection's rows be written by readers and runners again, for every process at once.

    Args:
        store: the log.
        name: of the projection.

    Returns:
        False when it was not kept inline.

    Raises:
        ProjectionNotKept: when nothing of it is kept in this log.
        InlineUnavailable: when this role may not change how it is kept.
        StoreUnavailable: when the database does not do its work.
    """
    async with store.connection() as connection:
        known = await kept(connection, store.tenant, name)
    if not known.builds:
        raise ProjectionNotKept(name)
    await stop_inline(store, name)
    return known.inline
