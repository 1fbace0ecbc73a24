"""Consumer groups in SQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.domain.recorded import to_datetime
from retold.errors import GroupNotFound, LeaseLost
from retold.store.clock import Values, timed
from retold.store.consumers import sql
from retold.store.consumers.definition import GroupDefinition, selection_in, selection_text
from retold.store.consumers.table import Failure, Holding, ParkedEvent, StoredCheckpoint
from retold.store.log import EventStore
from retold.store.queries import Queries
from retold.store.row import id_bytes
from retold.store.selection import Selection
from retold.store.tables import Id


class SqlGroupTable:
    """Keeps groups in the log's database; see :class:`~retold.store.consumers.table.GroupTable`."""

    def __init__(self, store: EventStore) -> None:
        """Store the log whose database it is."""
        self._store = store

    async def begin(self, definition: GroupDefinition, cursor: str | None) -> GroupDefinition:
        """Keep a group and its checkpoints; return what is kept."""
        values: Values = {
            "name": definition.name,
            "partitions": definition.partitions,
            "selection": selection_text(definition.selection),
        }
        async with self._store.transaction() as connection:
            if (await self._execute(connection, sql.begin, values)).rowcount == 1:
                for number in range(definition.partitions):
                    place: Values = {
                        "name": definition.name,
                        "partition": number,
                        "cursor": cursor,
                    }
                    await self._execute(connection, sql.first_checkpoint, place)
                return definition
            rows = await self._execute(connection, sql.definition, {"name": definition.name})
            return _to_definition(rows.one())

    async def definition(self, name: str) -> GroupDefinition | None:
        """Return what a group was begun with."""
        rows = await self._read(sql.definition, {"name": name})
        return _to_definition(rows[0]) if rows else None

    async def definitions(self) -> list[GroupDefinition]:
        """Return every group, by name."""
        return [_to_definition(row) for row in await self._read(sql.definitions, {})]

    async def delete(self, name: str) -> None:
        """Remove a group, its checkpoints and what it parked."""
        async with self._store.transaction() as connection:
            for statement in sql.delete:
                await self._execute(connection, statement, {"name": name})

    async def checkpoints(self, name: str) -> list[StoredCheckpoint]:
        """Return the checkpoints of a group, by partition."""
        return [
            StoredCheckpoint(partition=partition, cursor=cursor, moved_at=to_datetime(moved_at))
            for partition, cursor, moved_at in await self._read(sql.checkpoints, {"name": name})
        ]

    async def claim(self, holding: Holding) -> str | None:
        """Refuse what earlier holders write from now on; return where the checkpoint stands."""
        async with self._store.transaction() as connection:
            rows = await self._execute(connection, sql.claim, _fence(holding))
            found = rows.first()
            if found is None:
                kept = await self._execute(connection, sql.definition, {"name": holding.group})
                if kept.first() is None:
                    raise GroupNotFound(holding.group)
                raise _lost(holding)
            cursor: str | None = found[0]
            return cursor

    async def move(self, holding: Holding, cursor: str) -> None:
        """Move a checkpoint."""
        async with self._store.transaction() as connection:
            await self._move(connection, holding, cursor)

    async def park(self, holding: Holding, failure: Failure) -> None:
        """Park an event and move the checkpoint to it."""
        event = failure.event
        values: Values = {
            "name": holding.group,
            "event_tenant": event.tenant,
            "partition": holding.partition,
            "stream": event.stream,
            "version": event.version,
            "type": event.type,
            "cursor": failure.cursor,
            "reason": failure.reason,
            "attempts": failure.attempts,
        }
        async with self._store.transaction() as connection:
            await self._move(connection, holding, failure.cursor)
            await self._execute(connection, sql.park, values, event_id=event.event_id)

    async def park_again(
        self, holding: Holding, parked: ParkedEvent, *, reason: str, attempts: int
    ) -> None:
        """Say that a parked event failed once more."""
        values = _this(holding, parked) | {"reason": reason, "attempts": attempts}
        async with self._held(holding) as connection:
            await self._execute(connection, sql.park_again, values, event_id=parked.event_id)

    async def unpark(self, holding: Holding, parked: ParkedEvent) -> None:
        """Remove a parked event, which was handled."""
        values = _this(holding, parked)
        async with self._held(holding) as connection:
            await self._execute(connection, sql.unpark, values, event_id=parked.event_id)

    async def parked(
        self,
        name: str,
        *,
        after: tuple[str, UUID] | None = None,
        partition: int | None = None,
        to_retry: bool = False,
        discarded: bool = False,
        limit: int,
    ) -> list[ParkedEvent]:
        """Return parked events by tenant and id."""
        statement = sql.parked
        statement += f"AND discarded_at IS {'NOT ' if discarded else ''}NULL"
        values: Values = {"name": name, "limit": limit}
        if partition is not None:
            statement += " AND partition = :partition"
            values["partition"] = partition
        if to_retry:
            statement += " AND retry_at IS NOT NULL"
        event_id = None
        if after is not None:
            statement += " AND (event_tenant, event_id) > (:event_tenant, :event_id)"
            values["event_tenant"], event_id = after
        statement += " ORDER BY event_tenant, event_id LIMIT :limit"
        return [_to_parked(row) for row in await self._read(statement, values, event_id=event_id)]

    async def parked_counts(self, name: str) -> dict[int, int]:
        """Return how many events are parked and not discarded, by partition."""
        rows = await self._read(sql.parked_counts, {"name": name})
        counts: dict[int, int] = dict(rows)
        return counts

    async def partitions_to_retry(self, name: str) -> frozenset[int]:
        """Return the partitions that have events to be tried again."""
        return frozenset(
            row[0] for row in await self._read(sql.partitions_to_retry, {"name": name})
        )

    async def ask_for_retry(self, name: str, event_id: UUID | None) -> int:
        """Ask for one parked event, or all, to be tried again."""
        one = "" if event_id is None else " AND event_id = :event_id"
        async with self._store.transaction() as connection:
            asked = await self._execute(
                connection, sql.ask_for_retry + one, {"name": name}, event_id=event_id
            )
            return asked.rowcount

    async def discard(self, name: str, event_id: UUID, reason: str) -> int:
        """Set a parked event aside for good."""
        values: Values = {"name": name, "reason": reason}
        async with self._store.transaction() as connection:
            done = await self._execute(connection, sql.discard, values, event_id=event_id)
            return done.rowcount

    async def behind(self, cursor: str | None, selection: Selection, at_most: int) -> int:
        """Count the settled events of a selection after a cursor."""
        queries = Queries(self._store.tenant, self._store.kind)
        query = queries.in_global_order(self._store.checked_cursor(cursor), selection, at_most)
        async with self._store.connection() as connection:
            counting = text(f"SELECT count(*) FROM ({query.sql}) AS behind")  # noqa: S608
            return int((await connection.execute(counting, query.values)).scalar_one())

    async def _move(self, connection: AsyncConnection, holding: Holding, cursor: str) -> None:
        values = _fence(holding) | {"cursor": cursor}
        if (await self._execute(connection, sql.move, values)).rowcount != 1:
            raise _lost(holding)

    @asynccontextmanager
    async def _held(self, holding: Holding) -> AsyncIterator[AsyncConnection]:
        async with self._store.transaction() as connection:
            if (await self._execute(connection, sql.hold, _fence(holding))).rowcount != 1:
                raise _lost(holding)
            yield connection

    async def _read(
        self, statement: str, values: Values, *, event_id: UUID | None = None
    ) -> list[Any]:
        async with self._store.connection() as connection:
            return list(await self._execute(connection, statement, values, event_id=event_id))

    async def _execute(
        self,
        connection: AsyncConnection,
        statement: str,
        values: Values,
        *,
        event_id: UUID | None = None,
    ) -> CursorResult[Any]:
        clause, named = timed(self._store.kind, statement, {"tenant": self._store.tenant, **values})
        if event_id is not None:
            clause = clause.bindparams(bindparam("event_id", event_id, type_=Id()))
        return await connection.execute(clause, named)


def _fence(holding: Holding) -> Values:
    return {
        "name": holding.group,
        "partition": holding.partition,
        "resource": holding.lease.resource,
        "owner": holding.lease.owner,
        "token": holding.lease.token,
    }


def _this(holding: Holding, parked: ParkedEvent) -> Values:
    return {"name": holding.group, "event_tenant": parked.tenant}


def _lost(holding: Holding) -> LeaseLost:
    return LeaseLost(holding.lease.resource, holding.lease.owner)


def _to_definition(row: Any) -> GroupDefinition:
    name, partitions, selection = row
    return GroupDefinition(name=name, partitions=partitions, selection=selection_in(selection))


def _to_parked(row: Any) -> ParkedEvent:
    event_id, tenant, partition, stream, version, kind, cursor, reason, attempts, *rest = row
    parked_at, retry_at, discarded_at, discard_reason = rest
    return ParkedEvent(
        event_id=UUID(bytes=id_bytes(event_id)),
        tenant=tenant,
        partition=partition,
        stream=stream,
        version=version,
        type=kind,
        cursor=cursor,
        reason=reason,
        attempts=attempts,
        parked_at=to_datetime(parked_at),
        retry_at=None if retry_at is None else to_datetime(retry_at),
        discarded_at=None if discarded_at is None else to_datetime(discarded_at),
        discard_reason=discard_reason,
    )
