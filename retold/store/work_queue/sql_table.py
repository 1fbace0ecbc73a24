"""The items of a work queue in SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeAlias, TypeVar, cast

import orjson
from sqlalchemy import Connection, CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.domain.recorded import to_datetime
from retold.store.clock import Values, microseconds, timed, timed_in_sqlite
from retold.store.log import EventStore
from retold.store.sqlite.backend import SqliteBackend
from retold.store.work_queue import sql
from retold.store.work_queue.item import (
    SweptWorkItem,
    TakenWorkItem,
    WorkFigures,
    WorkItem,
    WorkState,
)
from retold.store.work_queue.table import Finish, KeepsWork, StoredItem, WorkTable

# Of one statement: SQLite takes 32,766 values at the most.
rows_at_once = 500

T = TypeVar("T")


class Ran(Protocol):
    """What a statement led to, by whatever driver."""

    @property
    def rowcount(self) -> int:
        """Rows that it changed."""
        ...

    def fetchone(self) -> Any:
        """Return a row; None when there is no more."""
        ...

    def fetchall(self) -> Sequence[Any]:
        """Return all rows."""
        ...


Execute: TypeAlias = Callable[[str, Values], Ran]
"""Runs a statement of a transaction."""


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
        return await self._write(lambda execute: _put(execute, items))

    async def take(self, owner: str, *, limit: int, seconds: float) -> list[TakenWorkItem]:
        """Take what is ready, in order."""
        return await self._write(lambda execute: self._take(execute, owner, limit, seconds))

    def _take(
        self, execute: Execute, owner: str, limit: int, seconds: float
    ) -> list[TakenWorkItem]:
        values: Values = {"owner": owner, "limit": limit, "duration": microseconds(seconds)}
        rows = execute(self._skipping(sql.take), values).fetchall()
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
        duration = microseconds(seconds)

        def extend(execute: Execute) -> frozenset[str]:
            # In one order, so that two who extend the same ones do not wait for each other.
            return frozenset(
                one[0]
                for one in sorted(held)
                if _changes(execute, sql.extend, _lease(*one) | {"duration": duration})
            )

        return await self._write(extend)

    async def finish(
        self,
        item_id: str,
        owner: str,
        token: int,
        *,
        put: Sequence[StoredItem],
        take_for: float | None,
    ) -> Finish:
        """Say that an item is done, keep what follows, and take one in its place."""
        values = _lease(item_id, owner, token)

        def finish(execute: Execute) -> Finish:
            new = _put(execute, put) if put else frozenset()
            if _changes(execute, sql.finish, values):
                taken = [] if take_for is None else self._take(execute, owner, 1, take_for)
                return Finish(is_done=True, new=new, taken=taken)
            was_done = execute(sql.is_finished, values).fetchone() is not None
            return Finish(is_done=was_done, new=new, taken=())

        return await self._write(finish)

    async def release(
        self, item_id: str, owner: str, token: int, *, delay: float, attempted: bool
    ) -> bool:
        """Let an item be taken again after a time; return False unless it is of that lease."""
        values = _lease(item_id, owner, token) | {
            "delay": microseconds(delay),
            "unattempted": int(not attempted),
        }
        return await self._write(lambda execute: _changes(execute, sql.release, values))

    async def hasten(self, item_ids: Collection[str]) -> frozenset[str]:
        """Let items be taken now that could be only later; return their ids."""

        def hasten(execute: Execute) -> frozenset[str]:
            return frozenset(
                one for one in sorted(item_ids) if _changes(execute, sql.hasten, {"item_id": one})
            )

        return await self._write(hasten)

    async def cancel(self, item_id: str) -> bool:
        """Let an item not be taken any more; return False when it was finished or is unknown."""
        return await self._write(
            lambda execute: _changes(execute, sql.cancel, {"item_id": item_id})
        )

    async def sweep(self, limit: int) -> list[SweptWorkItem]:
        """Let items be taken again whose leases lapsed."""
        rows = await self._write(
            lambda execute: list(execute(self._skipping(sql.sweep), {"limit": limit}).fetchall())
        )
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
        return await self._write(lambda execute: execute(sql.forget, values).rowcount)

    def _skipping(self, statement: str) -> str:
        locking = sql.skip_locked if self._store.kind == "postgresql" else ""
        return statement.replace("{skip_locked}", locking)

    async def _write(self, work: Callable[[Execute], T]) -> T:
        """Run work in a transaction, and return what it returns."""

        def run(connection: Connection) -> T:
            return work(
                # What it returns declares its rowcount in a way of its own.
                lambda statement, values: cast(
                    "Ran",
                    connection.execute(*timed(self._store.kind, statement, self._given(values))),
                )
            )

        async with self._store.transaction() as connection:
            return await connection.run_sync(run)

    async def _execute(
        self, connection: AsyncConnection, statement: str, values: Values
    ) -> CursorResult[Any]:
        given = self._given(values)
        return await connection.execute(*timed(self._store.kind, statement, given))

    def _given(self, values: Values) -> Values:
        return {"tenant": self._store.tenant, "queue": self._queue, **values}


class SqliteWorkTable(SqlWorkTable):
    """The same, by the connection that appends.

    Each step of a workflow comes by here a few times. So each is one change of threads and back,
    and what a process appends and what it does in its queues never wait for each other's lock.
    """

    def __init__(self, store: EventStore, queue: str, backend: SqliteBackend) -> None:
        """Store the log whose database it is, the name of the queue, and what keeps the log."""
        super().__init__(store, queue)
        self._backend = backend

    async def _write(self, work: Callable[[Execute], T]) -> T:
        """Run work in a transaction, and return what it returns."""

        def run(connection: sqlite3.Connection) -> T:
            return work(
                lambda statement, values: connection.execute(
                    *timed_in_sqlite(statement, self._given(values))
                )
            )

        self._store.check_writable()
        return await self._backend.run(run)


def work_table_of(store: EventStore, queue: str) -> WorkTable:
    """Return where the items of a queue are kept."""
    backend = store.backend
    if isinstance(backend, KeepsWork):
        return backend.work_table(queue)
    if isinstance(backend, SqliteBackend):
        return SqliteWorkTable(store, queue, backend)
    return SqlWorkTable(store, queue)


def _put(execute: Execute, items: Sequence[StoredItem]) -> frozenset[str]:
    new: set[str] = set()
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
        new.update(row[0] for row in execute(sql.put.replace("{rows}", rows), values).fetchall())
    return frozenset(new)


def _changes(execute: Execute, statement: str, values: Values) -> bool:
    return execute(statement, values).rowcount == 1


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
