"""Epochs: in which cluster of servers, and in which of its lives, transaction ids are counted.

A database that was restored into another cluster, or whose replica was promoted, begins an epoch
before anything is appended to it there. Every event of the earlier ones is settled then: nobody
is appending while an epoch begins.
"""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from retold.store.postgres import statements
from retold.store.postgres.connection import Connection

_replica = "the server is a replica, which takes no writes; append to its primary"
_not_begun = (
    "the database has come to another cluster of servers, where this role may not begin an epoch;"
    " run `retold db upgrade` as the owner of its tables"
)
_unknown = (
    "this role may not see which cluster of servers this is;"
    " grant it EXECUTE on pg_control_system() and pg_control_checkpoint()"
)
_refusals = (asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)


@dataclass(frozen=True, slots=True)
class Epoch:
    """What the transactions of this server belong to.

    Attributes:
        number: from 1; also of an epoch that somebody still has to begin.
        obstacle: why nothing can be appended here; None when it can.
        is_replica: whether the server is one.
    """

    number: int
    obstacle: str | None = None
    is_replica: bool = False


async def enter_epoch(connection: Connection) -> Epoch:
    """Return the epoch of the server at hand; begin it when nobody has, and this role may.

    Who may not can read all the same: that everything of earlier epochs is settled is true
    whether or not the next one has begun.

    Raises:
        asyncpg.PostgresError, OSError: when the server does not answer, or somebody keeps the
            table of events locked.
    """
    try:
        found = await _find(connection)
    except asyncpg.InsufficientPrivilegeError:
        last = await connection.fetchval(statements.select_epoch)
        return Epoch(last, _unknown)
    if found["replica"]:
        # What it receives was written in the epoch of its primary.
        return Epoch(found["epoch"], _replica, is_replica=True)
    if found["cluster"] == found["last"]:
        return Epoch(found["epoch"])
    try:
        async with connection.transaction(isolation="read_committed"):
            await connection.execute(statements.lock_events)
            await connection.execute(statements.begin_epoch, found["cluster"])
    except _refusals:
        return Epoch(found["epoch"] + 1, _not_begun)
    return Epoch(await connection.fetchval(statements.select_epoch))


async def _find(connection: Connection) -> asyncpg.Record:
    try:
        found = await connection.fetchrow(statements.select_cluster)
    except (asyncpg.FeatureNotSupportedError, asyncpg.InsufficientPrivilegeError):
        # Some managed servers hide the write-ahead log. The control file names the new timeline
        # a moment late after a promotion; an epoch too many, from the two ways to tell, is safe.
        found = await connection.fetchrow(statements.select_cluster_of_checkpoint)
    assert found is not None, "a migration writes the first epoch"  # noqa: S101
    return found
