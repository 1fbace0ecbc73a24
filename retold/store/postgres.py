"""The log in PostgreSQL 13 or later: many processes append, readers get a gap-free order.

asyncpg rather than psycopg 3: the append path goes below SQLAlchemy, and there asyncpg's binary
protocol and prepared statements are the faster of the two; nothing here needs psycopg's pipeline
mode, since a group commit has few round trips to save.

Order. A transaction first takes an advisory lock per stream (which gives it no transaction id),
sorted so that two groups cannot wait for each other; only the insert that follows makes
PostgreSQL assign its id. Whoever holds a stream's lock next therefore has a greater id, and the
order by (transaction id, position) never shows a stream's versions out of order.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Literal, TypeAlias

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from retold.errors import (
    DatabaseMissing,
    NotARetoldDatabase,
    StoreClosed,
    StoreUnavailable,
    UnsupportedUrl,
)
from retold.store import postgres_statements as statements
from retold.store import schema
from retold.store.append import Append, EncodedRequest, Head, Outcome, Plan, plan
from retold.store.request import encode_group, in_place, ready
from retold.store.row import EventRow
from retold.store.schema import SchemaStatus
from retold.store.url import DatabaseUrl

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

oldest_server = 130_000
connect_seconds = 10.0
retry_seconds = 15.0
retry_pause_seconds = (0.02, 0.25)
# A process that died without the server's notice may hold a stream's lock for hours.
lock_seconds = 30
close_seconds = 5.0
most_collisions = 5
# PostgreSQL takes at most a gigabyte in one message.
most_bytes_at_once = 64 * 1024 * 1024

# The third is what the driver raises when a connection breaks between two of its states.
_driver_errors = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)
_lost = (
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    OSError,
)
# Somebody else was quicker: with an event id, or in a deadlock. The next attempt will see it.
_collided = (asyncpg.UniqueViolationError, asyncpg.TransactionRollbackError)
# Errors that a row may cause, and that another row of the same group need not share.
_of_a_row = (
    *_collided,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.ProgramLimitExceededError,
)


class PostgresBackend:
    """Commits groups of appends to PostgreSQL; see :class:`~retold.store.backend.Backend`.

    Attributes:
        last_transaction_id: of the newest group committed here, or before this was opened;
            readers wait for it.
    """

    kind: Literal["postgresql"] = "postgresql"

    def __init__(self, url: DatabaseUrl, *, tenant: str, max_event_bytes: int) -> None:
        """Store what is needed; :meth:`open` acts. Arguments as of the SQLite backend."""
        self.shown_url = str(url)
        self._dsn = url.dsn
        self._tenant = tenant
        self._max_event_bytes = max_event_bytes
        self._engine: AsyncEngine | None = create_async_engine(
            # The driver reads the user's URL itself, with all of its options.
            "postgresql+asyncpg://",
            async_creator=self._connect,
            pool_pre_ping=True,
            hide_parameters=True,
        )
        self._connection: Connection | None = None
        self._commit_sent = False
        self.last_transaction_id = 0

    @property
    def engine(self) -> AsyncEngine:
        """Connections whose transactions see the state at their first statement."""
        return self._open_engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @property
    def write_engine(self) -> AsyncEngine:
        """Connections for write transactions."""
        return self._open_engine.execution_options(isolation_level="READ COMMITTED")

    @property
    def _open_engine(self) -> AsyncEngine:
        if self._engine is None:
            raise StoreClosed
        return self._engine

    async def open(self, *, create: bool) -> None:
        """Check the server and the schema, and connect the writer.

        ``create`` does not matter here: a PostgreSQL database is migrated by ``retold db upgrade``
        only, since others may be using it.

        Raises:
            DatabaseMissing: when the server has no database of that name.
            DatabaseNotMigrated, DatabaseTooNew, NotARetoldDatabase: as the names say.
            StoreUnavailable: when the server does not answer, or refuses the user.
        """
        schema.refuse_unmigrated(await self.check(), self.shown_url)
        self._connection = await self._connect()
        with self._opening():
            # Whoever opens a log after something was appended to it finds it there.
            self.last_transaction_id = (
                await self._connection.fetchval(statements.select_newest) or 0
            )

    async def check(self) -> SchemaStatus:
        """Say which schema the database has; it changes nothing."""
        with self._opening():
            async with self.engine.connect() as connection:
                await _check_server(connection, self.shown_url)
                return await connection.run_sync(schema.status_of)

    async def upgrade(self) -> SchemaStatus:
        """Bring the database to the schema of this release; errors as of :meth:`open`."""
        await self.check()
        with self._opening():
            return await schema.upgrade(self.write_engine, self.shown_url)

    async def downgrade(self, revision: str) -> SchemaStatus:
        """Bring the database back to an earlier schema; errors as of :func:`schema.downgrade`."""
        await self.check()
        with self._opening():
            return await schema.downgrade(self.write_engine, self.shown_url, revision)

    async def close(self) -> None:
        """Close every connection."""
        await self._disconnect()
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None

    def reason(self, error: BaseException) -> str:
        """Say what kind of error it was; a driver's text may hold statements and parameters."""
        origin = error
        if isinstance(error, DBAPIError) and error.orig is not None:
            origin = error.orig.__cause__ or error.orig
        sqlstate = getattr(origin, "sqlstate", None)
        return type(origin).__name__ + (f" (SQLSTATE {sqlstate})" if sqlstate else "")

    async def commit(self, requests: Sequence[Sequence[Append]]) -> Sequence[Outcome]:
        """Commit a group in one transaction; see :class:`~retold.store.writer.GroupCommit`.

        When the connection is lost in between, the group is sent again on a new one for
        :data:`retry_seconds`; what had been committed is found by its event ids.
        """
        encoded = encode_group(requests, self._max_event_bytes)
        return in_place(encoded, await self._write(ready(encoded), confirming=False))

    async def _write(
        self, requests: Sequence[EncodedRequest], *, confirming: bool
    ) -> Sequence[Outcome]:
        if not requests:
            return []
        deadline = time.monotonic() + retry_seconds
        attempts = 0
        while True:
            attempts += 1
            try:
                return (await self._transact(requests, confirming=confirming)).outcomes
            except _driver_errors as error:
                if self._is_lost(error):
                    confirming = confirming or self._commit_sent
                    await self._disconnect()
                    again = time.monotonic() < deadline
                elif isinstance(error, _of_a_row) and len(requests) > 1:
                    return [
                        outcome
                        for request in requests
                        for outcome in await self._write([request], confirming=confirming)
                    ]
                else:
                    again = isinstance(error, _collided) and attempts < most_collisions
                if not again:
                    reason = self.reason(error)
                    return [
                        StoreUnavailable("Appending", reason, outcome_unknown=confirming)
                        for _ in requests
                    ]
            await asyncio.sleep(random.uniform(*retry_pause_seconds))  # noqa: S311 - no secret

    async def _transact(self, requests: Sequence[EncodedRequest], *, confirming: bool) -> Plan:
        self._commit_sent = False
        if self._connection is None:
            self._connection = await self._dial()
        connection = self._connection
        transaction = connection.transaction(isolation="read_committed")
        await transaction.start()
        try:
            planned = await self._plan(connection, requests, confirming=confirming)
            transaction_id = await _insert(connection, self._tenant, planned)
        except BaseException:
            with suppress(*_driver_errors):
                await transaction.rollback()
            raise
        self._commit_sent = True
        await transaction.commit()
        self.last_transaction_id = transaction_id or self.last_transaction_id
        return planned

    async def _plan(
        self, connection: Connection, requests: Sequence[EncodedRequest], *, confirming: bool
    ) -> Plan:
        streams = list({append.stream for request in requests for append in request})
        ids = [
            event.event_id
            for request in requests
            for append in request
            for event in append.events
            if event.named or confirming
        ]
        await connection.execute(
            statements.take_locks, sorted(_lock_key(self._tenant, stream) for stream in streams)
        )
        # Read after the locks were given, so nobody can move these heads any more.
        heads = await connection.fetch(statements.select_heads, self._tenant, streams)
        known = await connection.fetch(statements.select_known, self._tenant, ids) if ids else []
        # Who is told that an event is there already may want to read it.
        self.last_transaction_id = max(
            self.last_transaction_id, *(row["transaction"] for row in known), 0
        )
        return plan(
            requests,
            {
                head["name"]: Head(head["version"], head["digest"])
                for head in heads
                if head["version"] is not None
            },
            {row.event_id: row for row in map(EventRow.of_columns, map(tuple, known))},
            tenant=self._tenant,
            recorded_at=heads[0]["now"],
            confirming=confirming,
        )

    def _is_lost(self, error: Exception) -> bool:
        connection = self._connection
        return isinstance(error, _lost) or connection is None or connection.is_closed()

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await connection.close(timeout=close_seconds)
        except _driver_errors:
            connection.terminate()

    async def _dial(self) -> Connection:
        return await asyncpg.connect(
            self._dsn,
            timeout=connect_seconds,
            server_settings={"lock_timeout": f"{lock_seconds}s"},
        )

    async def _connect(self) -> Connection:
        try:
            return await self._dial()
        except asyncpg.InvalidCatalogNameError as error:
            raise DatabaseMissing(self.shown_url) from error
        except ValueError:
            # What was raised may hold the password.
            raise UnsupportedUrl(self.shown_url, "the driver does not understand it") from None
        except _driver_errors as error:
            what = f"Connecting to {self.shown_url!r}"
            raise StoreUnavailable(what, self.reason(error)) from error

    @contextmanager
    def _opening(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, *_driver_errors) as error:
            reason = self.reason(error)
            if "DuplicateTableError" in reason:
                what = "it has another program's table by the name of one of Retold's"
                raise NotARetoldDatabase(self.shown_url, what) from error
            raise StoreUnavailable("Opening the database", reason) from error


async def _insert(connection: Connection, tenant: str, planned: Plan) -> int | None:
    """Insert what is planned; return the transaction's id, None when there is nothing to insert."""
    for rows in _batches(planned.rows):
        await connection.execute(statements.insert_events, *_to_columns(rows))
    if not planned.heads:
        return None
    transaction_id: int = await connection.fetchval(
        statements.upsert_heads,
        tenant,
        list(planned.heads),
        [head.version for head in planned.heads.values()],
        [head.digest for head in planned.heads.values()],
        [planned.sessions.get(name) for name in planned.heads],
    )
    return transaction_id


async def _check_server(connection: AsyncConnection, url: str) -> None:
    version = int((await connection.execute(text("SHOW server_version_num"))).scalar_one())
    if version < oldest_server:
        raise NotARetoldDatabase(url, f"the server is version {version}, 130000 is needed")


def _lock_key(tenant: str, stream: str) -> int:
    digest = hashlib.blake2b(f"{tenant}\x00{stream}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _batches(rows: Sequence[EventRow]) -> Iterator[list[EventRow]]:
    batch: list[EventRow] = []
    free = most_bytes_at_once
    for row in rows:
        # A character takes four bytes at the most.
        size = 4 * (len(row.content.data) + len(row.content.metadata))
        if batch and size > free:
            yield batch
            batch, free = [], most_bytes_at_once
        batch.append(row)
        free -= size
    if batch:
        yield batch


def _to_columns(rows: Sequence[EventRow]) -> tuple[list[Any], ...]:
    return (
        [row.tenant for row in rows],
        [row.stream for row in rows],
        [row.version for row in rows],
        [row.event_id for row in rows],
        [row.content.type for row in rows],
        [row.content.schema_version for row in rows],
        [row.content.data for row in rows],
        [row.content.metadata for row in rows],
        [row.content.correlation_id for row in rows],
        [row.content.causation_id for row in rows],
        [row.content.occurred_at for row in rows],
        [row.recorded_at for row in rows],
        [row.digest for row in rows],
    )
