"""Committing groups of appends to PostgreSQL.

Order. A transaction first takes an advisory lock per stream (which gives it no transaction id),
sorted so that two groups cannot wait for each other; only the insert that follows makes
PostgreSQL assign its id. Whoever holds a stream's lock next therefore has a greater id, and the
order by (epoch, transaction id, position) never shows a stream's versions out of order.

Speed. A process that appends to a stream knows its head from the last time, so a group usually
goes in one call, which the server refuses when a head has moved. Then the heads are read anew.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from asyncpg import LockNotAvailableError
from asyncpg.pgproto.pgproto import UUID

from retold.errors import InlineProjectionRequired, StoreUnavailable
from retold.store.append import ExpectedVersion, Outcome, Request
from retold.store.inline import RowsRefused, groups_without
from retold.store.plan import EncodedAppend, EncodedRequest, Head, Plan, plan, streams_of
from retold.store.postgres import statements
from retold.store.postgres.clock import ServerClock
from retold.store.postgres.columns import batches, to_columns
from retold.store.postgres.connection import (
    Connection,
    collided,
    dial,
    driver_errors,
    hang_up,
    lost,
    of_a_row,
    reason,
)
from retold.store.postgres.epoch import Epoch, enter_epoch
from retold.store.postgres.inline import PostgresInline
from retold.store.postgres.locks import lock_key
from retold.store.request import encode_group, in_place, is_light, ready
from retold.store.row import EventRow
from retold.store.url import Durability

retry_seconds = 15.0
retry_pause_seconds = (0.02, 0.25)
most_collisions = 5
# PostgreSQL takes at most a gigabyte in one message.
most_bytes_at_once = 64 * 1024 * 1024
most_known_heads = 10_000


class TransactionPlace(NamedTuple):
    """A place in the order of transactions."""

    epoch: int
    transaction_id: int


class PostgresWriter:
    """The connection that appends, and what is known of the streams it appended to.

    Attributes:
        inline: what its transactions write besides events; None for nothing.
        epoch: what the transactions of the connected server belong to.
        last: the newest transaction committed here, or before this was opened; readers wait
            for it.
    """

    def __init__(
        self, dsn: str | None, *, tenant: str, max_event_bytes: int, durability: Durability
    ) -> None:
        """Store what is needed; :meth:`use` connects. Arguments as of the backend."""
        self._dsn = dsn
        self._tenant = tenant
        self._max_event_bytes = max_event_bytes
        self._durability: Durability = durability
        self._connection: Connection | None = None
        self._statement_sent = False
        self._heads: dict[str, Head] = {}
        self._clock = ServerClock()
        self.inline: PostgresInline | None = None
        self.epoch = Epoch(1)
        self.last = TransactionPlace(0, 0)

    async def use(self, connection: Connection) -> None:
        """Take up a connection, and find out what was appended before.

        Raises:
            asyncpg.PostgresError, OSError: when the server does not answer.
        """
        self._connection = connection
        self.epoch = await enter_epoch(connection)
        # Whoever opens a log after something was appended to it finds it there.
        newest = await connection.fetchrow(statements.select_newest)
        if newest is not None:
            self.last = max(self.last, TransactionPlace(*newest))

    async def close(self) -> None:
        """Disconnect. Closing twice is a no-op."""
        connection, self._connection = self._connection, None
        self._heads.clear()
        await hang_up(connection)

    async def commit(self, requests: Sequence[Request]) -> Sequence[Outcome]:
        """Commit a group in one transaction; see :class:`~retold.store.writer.GroupCommit`.

        When the connection is lost in between, the group is sent again on a new one for
        :data:`retry_seconds`; what had been committed is found by its event ids.
        """
        if is_light(requests):
            encoded = encode_group(requests, self._max_event_bytes)
        else:
            encoded = await asyncio.to_thread(encode_group, requests, self._max_event_bytes)
        return in_place(encoded, await self._write(ready(encoded)))

    async def _write(
        self,
        requests: Sequence[EncodedRequest],
        *,
        confirming: bool = False,
        again: bool = False,
    ) -> Sequence[Outcome]:
        if not requests:
            return []
        try:
            return await self._try(requests, confirming=confirming)
        except RowsRefused as refused:
            outcomes, groups = groups_without(requests, refused, again=again)
            written = [
                outcome
                for group in groups
                for outcome in await self._write(group, confirming=confirming, again=True)
            ]
            following = iter(written)
            return [next(following) if outcome is None else outcome for outcome in outcomes]

    async def _try(
        self, requests: Sequence[EncodedRequest], *, confirming: bool
    ) -> Sequence[Outcome]:
        deadline = time.monotonic() + retry_seconds
        attempts = 0
        while True:
            attempts += 1
            self._statement_sent = False
            try:
                planned = None
                if attempts == 1 and not confirming:
                    planned = await self._append_at_once(requests)
                if planned is None:
                    planned = await self._transact(requests, confirming=confirming)
            except driver_errors as error:
                if self._is_lost(error):
                    confirming = confirming or self._statement_sent
                    await self.close()
                    again = time.monotonic() < deadline
                elif isinstance(error, of_a_row) and len(requests) > 1:
                    return [
                        outcome
                        for request in requests
                        for outcome in await self._write([request], confirming=confirming)
                    ]
                elif isinstance(error, LockNotAvailableError) and len(requests) > 1:
                    return await self._write_beside_locks(requests, confirming=confirming)
                else:
                    again = isinstance(error, collided) and attempts < most_collisions
                if not again:
                    return [_unavailable(error, unknown=confirming) for _ in requests]
            except StoreUnavailable as error:
                return [error] * len(requests)
            else:
                self._remember(planned)
                return planned.outcomes
            await asyncio.sleep(random.uniform(*retry_pause_seconds))  # noqa: S311 - no secret

    async def _write_beside_locks(
        self, requests: Sequence[EncodedRequest], *, confirming: bool
    ) -> Sequence[Outcome]:
        """Write what names no stream that somebody keeps locked: one fails, not its group."""
        refused = [_unavailable(LockNotAvailableError(), unknown=confirming) for _ in requests]
        keys = [
            {lock_key(self._tenant, stream) for stream in streams_of(request)}
            for request in requests
        ]
        try:
            connection = await self._open_connection()
            async with connection.transaction():
                found = await connection.fetch(
                    statements.select_held_locks, sorted(set().union(*keys))
                )
        except (StoreUnavailable, *driver_errors):
            return refused
        held = {row["key"] for row in found}
        free = [number for number, of_one in enumerate(keys) if not of_one & held]
        # When it is another lock that was waited for, all wait for it.
        if len(free) == len(requests):
            return refused
        written = await self._write([requests[number] for number in free], confirming=confirming)
        outcomes: list[Outcome] = list(refused)
        for number, outcome in zip(free, written, strict=True):
            outcomes[number] = outcome
        return outcomes

    async def _open_connection(self) -> Connection:
        if self._connection is None:
            connection = await dial(self._dsn, self._durability)
            try:
                await self.use(connection)
            except BaseException:
                self._connection = None
                await hang_up(connection)
                raise
        elif self.epoch.obstacle is not None:
            # A replica may have been promoted, an epoch begun by somebody who may.
            connection = self._connection
            self.epoch = await enter_epoch(connection)
        else:
            return self._connection
        if self.epoch.obstacle is not None:
            raise StoreUnavailable("Appending", self.epoch.obstacle)
        return connection

    # In one call -----------------------------------------------------------------------------

    async def _append_at_once(self, requests: Sequence[EncodedRequest]) -> Plan | None:
        """Append to streams whose heads are known; return None, with nothing done, otherwise."""
        heads = self._known_heads(requests)
        if heads is None or not self._clock.is_set:
            return None
        recorded_at = self._clock.now()
        planned = plan(requests, heads, {}, tenant=self._tenant, recorded_at=recorded_at)
        if any(isinstance(outcome, Exception) for outcome in planned.outcomes):
            # It may be for want of knowing what others appended.
            return None
        if sum(len(row.data) + len(row.metadata) for row in planned.rows) > most_bytes_at_once / 4:
            return None
        connection = await self._open_connection()
        streams = list(planned.heads)
        before = [heads.get(stream, Head()) for stream in streams]
        columns = to_columns(planned.rows)
        try:
            transaction_id = await self._call_append(
                connection,
                self._tenant,
                sorted(lock_key(self._tenant, stream) for stream in streams),
                streams,
                [head.version for head in before],
                [head.digest for head in before],
                streams,
                [head.version for head in planned.heads.values()],
                [head.digest for head in planned.heads.values()],
                [
                    planned.begun[name].session if name in planned.begun else None
                    for name in streams
                ],
                *columns[1:11],
                recorded_at,
                columns[12],
            )
        except collided:
            # An event id that is in the log already, or somebody who was quicker.
            transaction_id = None
        self._statement_sent = False
        if transaction_id is None:
            for stream in streams:
                self._heads.pop(stream, None)
            return None
        self.last = max(self.last, TransactionPlace(self.epoch.number, transaction_id))
        return planned

    async def _call_append(self, connection: Connection, *arguments: Any) -> int | None:
        """Append in one call, which is a transaction by itself unless rows go with it."""
        if self.inline is None:
            self._statement_sent = True
            plain: int | None = await connection.fetchval(statements.append, *arguments)
            return plain
        async with self._transaction(connection):
            given: int | None = await connection.fetchval(statements.append, *arguments)
            if given is not None:
                await self.inline.write(connection)
        return given

    def _known_heads(self, requests: Sequence[EncodedRequest]) -> dict[str, Head] | None:
        heads = {}
        for request in requests:
            for part in request:
                if not isinstance(part, EncodedAppend):
                    return None
                head = self._heads.get(part.stream)
                if head is not None:
                    heads[part.stream] = head
                elif part.expected_version not in (0, ExpectedVersion.NO_STREAM):
                    return None
        return heads

    def _remember(self, planned: Plan) -> None:
        if len(self._heads) + len(planned.heads) > most_known_heads:
            self._heads.clear()
        self._heads |= planned.heads

    # Step by step ----------------------------------------------------------------------------

    async def _transact(self, requests: Sequence[EncodedRequest], *, confirming: bool) -> Plan:
        connection = await self._open_connection()
        async with self._transaction(connection):
            planned, recorded_at = await self._plan(connection, requests, confirming=confirming)
            place = await self._insert(connection, planned, recorded_at)
            if self.inline is not None and planned.rows:
                await self.inline.write(connection)
        if place is not None:
            self.last = max(self.last, place)
        return planned

    @asynccontextmanager
    async def _transaction(self, connection: Connection) -> AsyncIterator[None]:
        transaction = connection.transaction(isolation="read_committed")
        await transaction.start()
        try:
            if self.inline is not None:
                await self.inline.declare(connection)
            yield
        except BaseException:
            with suppress(*driver_errors):
                await transaction.rollback()
            raise
        self._statement_sent = True
        await transaction.commit()
        self._statement_sent = False

    async def _plan(
        self, connection: Connection, requests: Sequence[EncodedRequest], *, confirming: bool
    ) -> tuple[Plan, int]:
        streams = list(set().union(*map(streams_of, requests)))
        ids = [
            UUID(event.event_id)
            for request in requests
            for part in request
            if isinstance(part, EncodedAppend)
            for event in part.events
            if event.named or confirming
        ]
        await connection.execute(
            statements.take_locks, sorted(lock_key(self._tenant, stream) for stream in streams)
        )
        # Read after the locks were given, so nobody can move these heads any more.
        heads = await connection.fetch(statements.select_heads, self._tenant, streams)
        self._clock.set(heads[0]["now"])
        known = await connection.fetch(statements.select_known, self._tenant, ids) if ids else []
        # Who is told that an event is there already may want to read it.
        for row in known:
            self.last = max(self.last, TransactionPlace(row["epoch"], row["transaction"]))
        recorded_at = self._clock.now()
        rows = (EventRow.of_columns(tuple(row)[:-2]) for row in known)
        found = {
            head["name"]: Head(head["version"], head["digest"], head["tombstoned"])
            for head in heads
            if head["version"] is not None
        }
        planned = plan(
            requests,
            found,
            {row.event_id: row for row in rows},
            tenant=self._tenant,
            recorded_at=recorded_at,
            confirming=confirming,
        )
        return planned, recorded_at

    async def _insert(
        self, connection: Connection, planned: Plan, recorded_at: int
    ) -> TransactionPlace | None:
        """Insert what is planned; return its place, None when there is nothing to insert."""
        if not planned.heads:
            return None
        # Whoever begins an epoch waits for this lock, and this transaction for the epoch.
        await connection.execute(statements.lock_for_append)
        for rows in batches(planned.rows, most_bytes_at_once):
            await connection.execute(statements.insert_events, *to_columns(rows))
        columns = map(list, zip(*planned.stream_rows(self._tenant, recorded_at), strict=True))
        transaction_id = await connection.fetchval(statements.upsert_heads, *columns)
        epoch = await connection.fetchval(statements.select_epoch)
        return TransactionPlace(epoch, transaction_id)

    def _is_lost(self, error: Exception) -> bool:
        connection = self._connection
        return isinstance(error, lost) or connection is None or connection.is_closed()


def _unavailable(
    error: BaseException, *, unknown: bool
) -> StoreUnavailable | InlineProjectionRequired:
    if getattr(error, "sqlstate", None) == statements.inline_required:
        return InlineProjectionRequired(str(getattr(error, "detail", "")).split(", "))
    return StoreUnavailable("Appending", reason(error), outcome_unknown=unknown)
