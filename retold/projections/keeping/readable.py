"""A read model to read from, also where nobody may write: on a replica, or for a role."""

from __future__ import annotations

from retold.errors import StoreUnavailable
from retold.logs import get_logger
from retold.projections.keeping.builds import kept
from retold.projections.keeping.catch_up import Tables, current, tables_of
from retold.projections.projection import Projection
from retold.store.log import EventStore

log = get_logger("retold.audit")

# SQLSTATE of a privilege that is missing, and of a transaction that may only read.
_may_not_write = ("SQLSTATE 42501", "SQLSTATE 25006")


async def readable(store: EventStore, projection: Projection) -> Tables:
    """Bring a projection up to date, where that can be done; return the tables its rows are in.

    On a replica, and for a role that may only read, they are read as they are, and a warning says
    that they may be behind.

    Args:
        store: the log.
        projection: with tables.

    Raises:
        StoreUnavailable: when it cannot be written and nobody has made these rows yet.
        Exception: as of :func:`retold.projections.keeping.catch_up.current`.
    """
    try:
        return await current(store, projection)
    except StoreUnavailable as error:
        if not any(state in str(error) for state in _may_not_write):
            raise
        async with store.connection() as connection:
            known = await kept(connection, store.tenant, projection.name)
        build = known.of_version(projection.version)
        if build is None:
            raise
        log.warning("a read model may be behind: it cannot be written", projection=projection.name)
        return tables_of(projection, build)
