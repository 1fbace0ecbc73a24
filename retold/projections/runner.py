"""Bringing a read model up to the log: fold a batch in memory, write each touched row once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.domain.event import RecordedEvent
from retold.projections.checkpoint import Place, move_place, read_place
from retold.projections.projection import Projection
from retold.projections.upsert import upsert
from retold.store.cursor import Cursor
from retold.store.log import EventStore

RowT = TypeVar("RowT")


async def catch_up(
    store: EventStore, projection: Projection[RowT], *, batch_size: int = 1000
) -> int:
    """Fold into a projection every event it has not seen yet.

    Reading and folding hold no lock. The rows touched and the checkpoint are then written in one
    transaction, unless another process has moved the checkpoint meanwhile: then the batch is
    dropped and read anew. So each event takes effect exactly once, whoever runs this and whenever
    it is killed. Rows made by another version of the projection go with its first batch.

    Args:
        store: the log, which also holds the rows.
        projection: what to bring up to date.
        batch_size: events folded between two writes.

    Returns:
        Number of events this call folded.

    Raises:
        InvalidCursor: when the checkpoint belongs to another database.
        CorruptEvent: when an event's payload is not what was written.
    """
    folded = 0
    while True:
        async with store.connection() as connection:
            place = await read_place(connection, store.tenant, projection.name)
        outdated = place is not None and place.version != projection.version
        cursor = None if place is None or outdated else place.cursor
        events = await _events_after(store, projection, cursor, batch_size)
        if not events and not outdated:
            return folded
        before = {} if cursor is None else await _rows(store, projection, projection.keys(events))
        after: dict[str, RowT | None] = dict(before)
        projection.fold(after, events)
        reached = Place(projection.version, str(store.cursor_of(events[-1])) if events else None)
        async with store.transaction() as connection:
            if not await move_place(
                connection, store.tenant, projection.name, expected=place, to=reached
            ):
                continue
            if outdated:
                await _delete(connection, projection, store.tenant)
            await _write(connection, projection, store.tenant, before, after)
        folded += len(events)
        if len(events) < batch_size:
            return folded


async def _events_after(
    store: EventStore, projection: Projection[RowT], cursor: str | None, limit: int
) -> list[RecordedEvent]:
    after = None if cursor is None else Cursor.parse(cursor)
    events = store.read_all(
        after=after, category=projection.category, types=projection.types, limit=limit
    )
    return [event async for event in events]


async def _rows(
    store: EventStore, projection: Projection[RowT], keys: tuple[str, ...]
) -> dict[str, RowT]:
    statement = select(projection.table).where(
        projection.table.c.tenant == store.tenant, projection.key_column.in_(keys)
    )
    async with store.connection() as connection:
        found = (await connection.execute(statement)).mappings().all()
    return {row[projection.key_column.name]: projection.row_from(row) for row in found}


async def _write(
    connection: AsyncConnection,
    projection: Projection[RowT],
    tenant: str,
    before: Mapping[str, RowT],
    after: Mapping[str, RowT | None],
) -> None:
    written = [
        projection.values(row, tenant)
        for key, row in after.items()
        if row is not None and row != before.get(key)
    ]
    await upsert(connection, projection.table, written)
    gone = [key for key, row in after.items() if row is None and key in before]
    if gone:
        await _delete(connection, projection, tenant, gone)


async def _delete(
    connection: AsyncConnection,
    projection: Projection[RowT],
    tenant: str,
    keys: list[str] | None = None,
) -> None:
    statement = delete(projection.table).where(projection.table.c.tenant == tenant)
    if keys is not None:
        statement = statement.where(projection.key_column.in_(keys))
    await connection.execute(statement)
