"""The items of a work queue in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.domain.recorded import to_datetime
from retold.store.clock import Values, microseconds, timed
from retold.store.log import EventStore
from retold.store.work_queue import sql
from retold.store.work_queue.item import (
    SweptWorkItem,
    TakenWorkItem,
    WorkFigures,
    WorkItem,
    WorkState,
)
from retold.store.work_queue.table import StoredItem

# Of one statement: SQLite takes 32,766 values at the most.
rows_at_once = 500


class SqlWorkTable:
    """Keeps a queue in the log's database; see :class:`~retold.store.work_queue.table.WorkTable`.

    What one statement chooses and changes is one step: on PostgreSQL it passes over rows that
    others are just taking, on SQLite it has the write lock from its transaction's start.
    """

    def __init__(self, store: EventStore, queue: str) -> None:
        """Store the log whose database it is, and the name of the queue."""
        self._store = store
        self._queue = queue

    async def put(self, items: Sequence[StoredItem]) -> frozenset[str]:
        """Keep those whose ids are new; return these."""
        new: set[str] = set()
        async with self._store.transaction() as connection:
            for start in range(0, len(items), rows_at_once):
                some = items[start : start + rows_at_once]
                values: Values = {}
                for number, item in enumerate(some):
                    values[f"item_id_{number}"] = item.id
                    values[f"rank_{number}"] = -item.priority
                    values[f"ready_at_{number}"] = item.ready_at
                    values[f"payload_{number}"] = item.payload
                # Each row a statement of constants and numbers.
                rows = ", ".join(sql.put_row.replace("{n}", str(n)) for n in range(len(some)))
                put = await self._execute(connection, sql.put.replace("{rows}", rows), values)
                new.update(put.scalars())
        return frozenset(new)

    async def take(self, owner: str, *, limit: int, seconds: float) -> list[TakenWorkItem]:
        """Take what is ready, in order."""
        values: Values = {"owner": owner, "limit": limit, "duration": microseconds(seconds)}
        async with self._store.transaction() as connection:
            rows: Sequence[Any] = (
                await self._execute(connection, self._skipping(sql.take), values)
            ).all()
        taken = []
        # What was changed comes back in no order.
        for rank, _, _, item_id, payload, token, attempts, waited in sorted(rows, key=_place):
            one = TakenWorkItem(
                id=item_id,
                payload=orjson.loads(payload),
                priority=-rank,
                owner=owner,
                token=token,
                attempts=attempts,
                waited=max(waited, 0) / 1e6,
            )
            taken.append(one)
        return taken

    async def extend(
        self, held: Collection[tuple[str, str, int]], seconds: float
    ) -> frozenset[str]:
        """Let leases last from now; return the ids of those that could."""
        extended = set()
        async with self._store.transaction() as connection:
            # In one order, so that two who extend the same ones do not wait for each other.
            for item_id, owner, token in sorted(held):
                values = _lease(item_id, owner, token) | {"duration": microseconds(seconds)}
                if await self._changed(connection, sql.extend, values):
                    extended.add(item_id)
        return frozenset(extended)

    async def finish(self, item_id: str, owner: str, token: int) -> bool:
        """Say that an item is done; return False unless it is, or just was, of that lease."""
        values = _lease(item_id, owner, token)
        async with self._store.transaction() as connection:
            if await self._changed(connection, sql.finish, values):
                return True
            found = await self._execute(connection, sql.is_finished, values)
            return found.first() is not None

    async def release(
        self, item_id: str, owner: str, token: int, *, delay: float, attempted: bool
    ) -> bool:
        """Let an item be taken again after a time; return False unless it is of that lease."""
        values = _lease(item_id, owner, token) | {
            "delay": microseconds(delay),
            "unattempted": int(not attempted),
        }
        async with self._store.transaction() as connection:
            return await self._changed(connection, sql.release, values)

    async def hasten(self, item_ids: Collection[str]) -> frozenset[str]:
        """Let items be taken now that could be only later; return their ids."""
        hastened = set()
        async with self._store.transaction() as connection:
            for item_id in sorted(item_ids):
                if await self._changed(connection, sql.hasten, {"item_id": item_id}):
                    hastened.add(item_id)
        return frozenset(hastened)

    async def cancel(self, item_id: str) -> bool:
        """Let an item not be taken any more; return False when it was finished or is unknown."""
        async with self._store.transaction() as connection:
            return await self._changed(connection, sql.cancel, {"item_id": item_id})

    async def sweep(self, limit: int) -> list[SweptWorkItem]:
        """Let items be taken again whose leases lapsed."""
        async with self._store.transaction() as connection:
            rows: list[Any] = []
            rows += await self._execute(connection, self._skipping(sql.sweep), {"limit": limit})
            return [SweptWorkItem(id=row[0], owner=row[1], token=row[2]) for row in rows]

    async def figures(self, prefix: str) -> WorkFigures:
        """Count those whose ids begin so."""
        values: Values = {"prefix": prefix, "length": len(prefix)}
        async with self._store.connection() as connection:
            waiting: Any = (await self._execute(connection, sql.waiting_figures, values)).one()
            taken: Any = (await self._execute(connection, sql.taken_figures, values)).one()
        ready, untried, delayed, oldest_wait = waiting
        return WorkFigures(
            ready=ready,
            untried=untried,
            delayed=delayed,
            taken=taken[0],
            lapsed=taken[1],
            oldest_wait=max(oldest_wait or 0, 0) / 1e6,
        )

    async def find(self, item_id: str) -> WorkItem | None:
        """Return an item, or None when it is not there."""
        async with self._store.connection() as connection:
            row = (await self._execute(connection, sql.find, {"item_id": item_id})).one_or_none()
        return None if row is None else _item(row)

    async def page(self, state: WorkState | None, after: str | None, limit: int) -> list[WorkItem]:
        """Return items by id, those after one."""
        statement = sql.page
        values: Values = {"after": after or "", "limit": limit}
        if state is not None:
            statement += " AND state = :state"
            values["state"] = state.value
        async with self._store.connection() as connection:
            rows = await self._execute(
                connection, f"{statement} ORDER BY item_id LIMIT :limit", values
            )
            return [_item(row) for row in rows]

    async def forget(self, seconds: float, limit: int) -> int:
        """Remove items that were finished so long ago; return how many."""
        values: Values = {"age": microseconds(seconds), "limit": limit}
        async with self._store.transaction() as connection:
            return (await self._execute(connection, sql.forget, values)).rowcount

    def _skipping(self, statement: str) -> str:
        locking = sql.skip_locked if self._store.kind == "postgresql" else ""
        return statement.replace("{skip_locked}", locking)

    async def _changed(self, connection: AsyncConnection, statement: str, values: Values) -> bool:
        return (await self._execute(connection, statement, values)).rowcount == 1

    async def _execute(
        self, connection: AsyncConnection, statement: str, values: Values
    ) -> CursorResult[Any]:
        given: Values = {"tenant": self._store.tenant, "queue": self._queue, **values}
        return await connection.execute(*timed(self._store.kind, statement, given))


def _place(row: Any) -> tuple[int, int, int]:
    rank, ready_at, number = row[:3]
    return rank, ready_at, number


def _lease(item_id: str, owner: str, token: int) -> Values:
    return {"item_id": item_id, "owner": owner, "token": token}


def _time(value: int | None) -> datetime | None:
    return None if value is None else to_datetime(value)


def _item(row: Any) -> WorkItem:
    item_id, payload, rank, state, token, attempts, owner, put_at, ready_at, *rest = row
    taken_at, lease_until, finished_at = rest
    return WorkItem(
        id=item_id,
        payload=orjson.loads(payload),
        priority=-rank,
        state=WorkState(state),
        token=token,
        attempts=attempts,
        owner=owner,
        put_at=to_datetime(put_at),
        ready_at=to_datetime(ready_at),
        taken_at=_time(taken_at),
        lease_until=_time(lease_until),
        finished_at=_time(finished_at),
    )
