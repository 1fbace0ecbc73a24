"""How far a projection has read, and who may move it on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.projections.columns import table_of
from retold.projections.upsert import insert_for
from retold.store.tables import Checkpoint

_table = table_of(Checkpoint)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a projection stands.

    Attributes:
        version: version of the projection that made the rows.
        cursor: of the last event folded; None before the first.
    """

    version: int
    cursor: str | None


async def read_place(
    connection: AsyncConnection, tenant: str, projection: str, *, lock: bool = False
) -> Place | None:
    """Return where a projection stands; None when it has never run.

    Args:
        connection: in a write transaction when ``lock`` is asked for.
        tenant: whose rows.
        projection: name of the projection.
        lock: hold the checkpoint until the transaction ends. SQLite ignores it and needs it
            not: its write transactions exclude each other.
    """
    statement = select(_table.c.version, _table.c.cursor).where(
        _table.c.tenant == tenant, _table.c.projection == projection
    )
    found = (await connection.execute(statement.with_for_update() if lock else statement)).first()
    return None if found is None else Place(found.version, found.cursor)


async def move_place(
    connection: AsyncConnection,
    tenant: str,
    projection: str,
    *,
    expected: Place | None,
    to: Place,
) -> bool:
    """Move a checkpoint, unless somebody else did since it was read.

    Args:
        connection: in a write transaction. When this returns True the checkpoint is held until
            the transaction ends.
        tenant: whose rows.
        projection: name of the projection.
        expected: what :func:`read_place` returned.
        to: where it goes.

    Returns:
        False, with nothing changed, when it stands elsewhere than expected.
    """
    if expected is None:
        # There is no row to lock yet. Whoever inserts it first has it; on PostgreSQL another
        # inserter waits for that transaction, and then inserts nothing.
        first = insert_for(connection, _table).values(
            tenant=tenant, projection=projection, version=to.version, cursor=to.cursor
        )
        result = await connection.execute(first.on_conflict_do_nothing())
        return result.rowcount == 1
    if await read_place(connection, tenant, projection, lock=True) != expected:
        return False
    await connection.execute(
        update(_table)
        .where(_table.c.tenant == tenant, _table.c.projection == projection)
        .values(version=to.version, cursor=to.cursor)
    )
    return True
