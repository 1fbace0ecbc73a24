"""Connections to PostgreSQL below SQLAlchemy, and what their errors mean.

asyncpg rather than psycopg 3: the append path goes below SQLAlchemy, and there asyncpg's binary
protocol and prepared statements are the faster of the two; nothing here needs psycopg's pipeline
mode, since an append is one round trip.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TypeAlias

import asyncpg
from sqlalchemy.exc import DBAPIError

from retold.store.url import Durability

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

connect_seconds = 10.0
close_seconds = 5.0
# A process that died without the server's notice may hold a stream's lock for hours.
lock_seconds = 30

# The third is what the driver raises when a connection breaks between two of its states.
driver_errors = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)
lost = (
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    OSError,
)
# Somebody else was quicker: with an event id, or in a deadlock. The next attempt will see it.
collided = (asyncpg.UniqueViolationError, asyncpg.TransactionRollbackError)
# Errors that a row may cause, and that another row of the same group need not share.
of_a_row = (
    *collided,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.ProgramLimitExceededError,
)


async def dial(dsn: str | None, durability: Durability) -> Connection:
    """Connect.

    Args:
        dsn: as the user wrote it.
        durability: whether a commit waits for the server's disk.

    Raises:
        OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError: what the driver says.
    """
    settings = {
        "lock_timeout": f"{lock_seconds}s",
        # What is read after a lock was given must not be older than the lock, whatever a server's
        # default is: an append in one call has no statement that could say so.
        "default_transaction_isolation": "read committed",
    }
    if durability == "normal":
        settings["synchronous_commit"] = "off"
    return await asyncpg.connect(dsn, timeout=connect_seconds, server_settings=settings)


async def hang_up(connection: Connection | None) -> None:
    """Disconnect, in whatever state the connection is."""
    if connection is None:
        return
    try:
        await connection.close(timeout=close_seconds)
    except driver_errors:
        with suppress(*driver_errors):
            connection.terminate()


def reason(error: BaseException) -> str:
    """Say what kind of error it was; a driver's text may hold statements and parameters."""
    origin = error
    if isinstance(error, DBAPIError) and error.orig is not None:
        origin = error.orig.__cause__ or error.orig
    sqlstate = getattr(origin, "sqlstate", None)
    return type(origin).__name__ + (f" (SQLSTATE {sqlstate})" if sqlstate else "")
