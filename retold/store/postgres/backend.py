"""The log in PostgreSQL, as a backend of the event store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from retold.errors import (
    DatabaseMissing,
    NotARetoldDatabase,
    StoreClosed,
    StoreUnavailable,
    UnsupportedUrl,
)
from retold.store import schema
from retold.store.append import AppendResult, Request
from retold.store.changes import Changes
from retold.store.cursor import Cursor
from retold.store.heads import StreamHead, to_heads
from retold.store.inline import InlineRows
from retold.store.integrity import VerifyReport, verify_streams
from retold.store.postgres import connection as connections
from retold.store.postgres.connection import Connection, driver_errors
from retold.store.postgres.epoch import enter_epoch
from retold.store.postgres.inline import PostgresInline, stop_inline
from retold.store.postgres.listener import Listener, channel_of
from retold.store.postgres.notifier import Notifier
from retold.store.postgres.stalls import select_stalls, to_stalls
from retold.store.postgres.statements import is_by_tenant
from retold.store.postgres.writer import PostgresWriter, TransactionPlace
from retold.store.queries import Queries, Query
from retold.store.row import Row
from retold.store.schema import SchemaStatus
from retold.store.selection import Selection
from retold.store.stall import Stall
from retold.store.url import DatabaseUrl, Durability
from retold.store.writer import GroupCommit

T = TypeVar("T")

oldest_server = 130_000


class PostgresBackend:
    """Keeps a log in PostgreSQL; see :class:`~retold.store.backend.Backend`."""

    kind: Literal["postgresql"] = "postgresql"

    def __init__(
        self, url: DatabaseUrl, *, tenant: str, max_event_bytes: int, durability: Durability
    ) -> None:
        """Store what is needed; :meth:`open` acts. Arguments as of the SQLite backend."""
        self.shown_url = str(url)
        self.changes = Changes()
        self._dsn = url.dsn
        self._durability: Durability = durability
        self._tenant = tenant
        self.queries = Queries(tenant, self.kind)
        self._engine: AsyncEngine | None = create_async_engine(
            # The driver reads the user's URL itself, with all of its options.
            "postgresql+asyncpg://",
            async_creator=self._connect,
            pool_pre_ping=True,
            hide_parameters=True,
        )
        self._writer = PostgresWriter(
            url.dsn, tenant=tenant, max_event_bytes=max_event_bytes, durability=durability
        )
        self._group_commit = GroupCommit(self._writer.commit, committed=self._tell)
        self._notifier: Notifier | None = None
        self._listener: Listener | None = None
        self._database = ""
        self._settled = TransactionPlace(0, 0)

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

    async def open(self, *, create: bool) -> str:
        """Check the server and the schema, and connect; return the database's id.

        ``create`` does not matter here: a PostgreSQL database is migrated by ``retold db upgrade``
        only, since others may be using it.

        Raises:
            DatabaseMissing: when the server has no database of that name.
            DatabaseNotMigrated, DatabaseTooNew, NotARetoldDatabase: as the names say.
            StoreUnavailable: when the server does not answer, or refuses the user.
        """
        schema.refuse_unmigrated(await self.check(), self.shown_url)
        with self._opening():
            await self._writer.use(await self._connect())
            epoch = self._writer.epoch.number
            async with self.engine.connect() as connection:
                self._database = await schema.database_id(connection, self.shown_url)
                by_tenant = (await connection.execute(text(is_by_tenant))).scalar_one()
        self.queries = Queries(self._tenant, self.kind, epoch=epoch, by_tenant=by_tenant)
        channel = channel_of(self._database)
        notifier = Notifier(self._dsn, channel)
        self._notifier = notifier
        self._listener = Listener(self._dsn, channel, self.changes, lambda: notifier.pid)
        self.changes.watcher = self._listener
        return self._database

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
            found = await schema.upgrade(self.write_engine, self.shown_url)
            await self._enter_epoch()
        return found

    async def downgrade(self, revision: str) -> SchemaStatus:
        """Bring the database back to an earlier schema; errors as of :func:`schema.downgrade`."""
        await self.check()
        with self._opening():
            return await schema.downgrade(self.write_engine, self.shown_url, revision)

    async def submit(self, request: Request) -> tuple[AppendResult, ...]:
        """Append; see :class:`~retold.store.writer.GroupCommit`."""
        return await self._group_commit.submit(request)

    async def page_of_stream(
        self, stream: str, low: int, high: int, limit: int, *, backwards: bool
    ) -> Sequence[Row]:
        """Return versions that a stream holds itself."""
        query = self.queries.of_stream(stream, low, high, limit, backwards=backwards)
        return await self._fetch(query, list)

    async def event(self, event_id: UUID) -> Row | None:
        """Return the event of an id."""
        rows = await self._fetch(self.queries.of_event(event_id), list)
        return rows[0] if rows else None

    async def page(self, after: Cursor | None, selection: Selection, limit: int) -> Sequence[Row]:
        """Return what follows a cursor and is settled."""
        return await self._fetch(self.queries.in_global_order(after, selection, limit), list)

    async def frontier(self) -> Cursor:
        """Return the place before the oldest transaction that is still open."""
        places = await self._fetch(self.queries.frontier(), list)
        return Cursor(self._database, *places[0])

    async def newest(self) -> Cursor | None:
        """Return the place of the newest event that was committed."""
        places = await self._fetch(self.queries.newest(), list)
        return Cursor(self._database, *places[0]) if places else None

    async def settle(self, seconds: float) -> None:
        """Wait until no transaction is open that is older than what was appended here."""
        deadline = time.monotonic() + seconds
        while self._writer.last > self._settled:
            frontier = await self.frontier()
            self._settled = TransactionPlace(frontier.epoch, frontier.transaction_id)
            if self._writer.last <= self._settled or time.monotonic() > deadline:
                return
            await asyncio.sleep(0.002)

    async def head(self, stream: str) -> StreamHead | None:
        """Return how far a stream goes."""
        found = await self._fetch(self.queries.head(stream), to_heads)
        return found[0] if found else None

    async def heads(
        self,
        *,
        after: str,
        category: str | None,
        session: str | None,
        tombstoned: bool,
        limit: int,
    ) -> list[StreamHead]:
        """Return the heads of streams after a name."""
        query = self.queries.heads(
            after=after, category=category, session=session, tombstoned=tombstoned, limit=limit
        )
        return await self._fetch(query, to_heads)

    async def verify(self, stream: str | None) -> VerifyReport:
        """Verify hash chains in one state of the database."""
        async with self._reading() as connection:
            return await verify_streams(connection, self.queries, stream)

    async def held_back(self) -> int:
        """Count the events that are committed and not settled, of every tenant."""
        return int((await self._fetch(self.queries.held_back(), list))[0][0])

    async def stalls(self) -> list[Stall]:
        """Return the open transactions that readers of the whole log wait for."""
        return await self._fetch(select_stalls(self._writer.epoch.number), to_stalls)

    async def close(self) -> None:
        """Commit what waits, and close every connection."""
        await self._group_commit.close()
        if self._listener is not None:
            await self._listener.close()
        if self._notifier is not None:
            await self._notifier.close()
        await self._writer.close()
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None

    async def keep_inline(self, inline: Sequence[InlineRows]) -> None:
        """Let every append from here write these rows, too, in its transaction."""
        kept = PostgresInline(self._tenant, self.queries, inline)
        async with self._arranging() as connection:
            await kept.begin(connection)
        self._writer.inline = kept

    async def stop_inline(self, name: str) -> None:
        """Let no append write the rows of a projection any more, by whichever process."""
        async with self._arranging() as connection:
            await stop_inline(connection, self._tenant, name)

    @asynccontextmanager
    async def _arranging(self) -> AsyncIterator[Connection]:
        connection = await self._connect()
        try:
            yield connection
        except driver_errors as error:
            raise StoreUnavailable("Keeping rows inline", self.reason(error)) from error
        finally:
            await connections.hang_up(connection)

    def reason(self, error: BaseException) -> str:
        """Say what kind of error it was."""
        return connections.reason(error)

    async def _enter_epoch(self) -> None:
        """Begin an epoch where the roles that append may not."""
        connection = await self._connect()
        try:
            epoch = await enter_epoch(connection)
        finally:
            await connections.hang_up(connection)
        if epoch.obstacle is not None and not epoch.is_replica:
            raise StoreUnavailable("Beginning an epoch", epoch.obstacle)

    def _tell(self) -> None:
        self.changes.notify()
        if self._notifier is not None:
            self._notifier.notify()

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self.engine.connect() as connection:
                yield connection
        except (SQLAlchemyError, *driver_errors) as error:
            raise StoreUnavailable("Reading", self.reason(error)) from error

    async def _fetch(
        self, query: Query, decode: Callable[[Sequence[Sequence[Any]]], list[T]]
    ) -> list[T]:
        async with self._reading() as connection:
            rows = (await connection.execute(text(query.sql), query.values)).all()
        return decode(rows)

    async def _connect(self) -> Connection:
        try:
            return await connections.dial(self._dsn, self._durability)
        except asyncpg.InvalidCatalogNameError as error:
            raise DatabaseMissing(self.shown_url) from error
        except ValueError:
            # What was raised may hold the password.
            raise UnsupportedUrl(self.shown_url, "the driver does not understand it") from None
        except driver_errors as error:
            what = f"Connecting to {self.shown_url!r}"
            raise StoreUnavailable(what, self.reason(error)) from error

    @contextmanager
    def _opening(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, *driver_errors) as error:
            reason = self.reason(error)
            if "DuplicateTableError" in reason:
                what = "it has another program's table by the name of one of Retold's"
                raise NotARetoldDatabase(self.shown_url, what) from error
            raise StoreUnavailable("Opening the database", reason) from error


async def _check_server(connection: AsyncConnection, url: str) -> None:
    version = int((await connection.execute(text("SHOW server_version_num"))).scalar_one())
    if version < oldest_server:
        raise NotARetoldDatabase(url, f"the server is version {version}, 130000 is needed")
