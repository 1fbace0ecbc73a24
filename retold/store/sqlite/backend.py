"""The log in a SQLite file, as a backend of the event store."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Literal, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from retold.errors import (
    DatabaseDamaged,
    DatabaseMissing,
    NotARetoldDatabase,
    NotWritable,
    StoreClosed,
    StoreUnavailable,
)
from retold.store import schema
from retold.store.append import AppendResult, Request
from retold.store.changes import Changes
from retold.store.cursor import Cursor
from retold.store.heads import StreamHead, to_heads
from retold.store.inline import InlineRows
from retold.store.integrity import VerifyReport, verify_streams
from retold.store.queries import Queries
from retold.store.row import Row
from retold.store.schema import SchemaState, SchemaStatus
from retold.store.selection import Selection
from retold.store.sqlite.checkpointer import Checkpointer
from retold.store.sqlite.file import (
    Synchronous,
    error_code,
    explain,
    is_sqlite_file,
    make_engine,
    make_file,
)
from retold.store.sqlite.reader import SqliteReader
from retold.store.sqlite.watcher import SqliteWatcher
from retold.store.sqlite.writer import SqliteWriter
from retold.store.stall import Stall
from retold.store.threaded_writer import ThreadedGroupCommit
from retold.store.url import DatabaseUrl, Durability

mark_inline = "UPDATE projections SET inline = :inline WHERE tenant = :tenant AND name = :name"

T = TypeVar("T")


class SqliteBackend:
    """Commits groups of appends to a SQLite file; see :class:`~retold.store.backend.Backend`."""

    kind: Literal["sqlite"] = "sqlite"

    def __init__(
        self, url: DatabaseUrl, *, tenant: str, max_event_bytes: int, durability: Durability
    ) -> None:
        """Store what is needed; :meth:`open` acts.

        Args:
            url: of the file, or of a log in memory, which is a file that goes with the process.
            tenant: whose events are appended.
            max_event_bytes: limit of one event.
            durability: ``full``: an acknowledged append is on the disk; ``normal``: it is in the
                operating system's hands, and a power failure may take the newest with it.
        """
        self.shown_url = str(url)
        self.changes = Changes()
        self._tenant = tenant
        self._max_event_bytes = max_event_bytes
        self.queries = Queries(tenant, self.kind)
        # The working directory may change while the log is open.
        self._path = None if url.path is None else url.path.absolute()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._synchronous: Synchronous = "FULL" if durability == "full" else "NORMAL"
        if url.path is None:
            self._synchronous = "OFF"
        self._database = ""
        self._engine: AsyncEngine | None = None
        self._writer: SqliteWriter | None = None
        self._group_commit: ThreadedGroupCommit | None = None
        self._reader: SqliteReader | None = None
        self._checkpointer: Checkpointer | None = None
        self._watcher: SqliteWatcher | None = None

    @property
    def engine(self) -> AsyncEngine:
        """Connections whose transactions see the state at their first statement."""
        if self._engine is None:
            raise StoreClosed
        return self._engine

    @property
    def commits_at_once(self) -> bool:
        """Whether a small append may be made in the event loop: no disk is waited for."""
        return self._synchronous != "FULL"

    @property
    def write_engine(self) -> AsyncEngine:
        """Connections whose transactions hold the write lock from their start."""
        return self.engine.execution_options(begin_immediate=True)

    async def open(self, *, create: bool) -> str:
        """Check the file, make or migrate it, and connect; return the database's id.

        Raises:
            DatabaseMissing: when there is no log and ``create`` is False.
            NotWritable: when it or its folder cannot be written.
            NotARetoldDatabase, DatabaseTooNew, DatabaseDamaged: when it holds something else.
        """
        status = await self._status()
        if status.state is SchemaState.EMPTY and not create and self._folder is None:
            raise DatabaseMissing(self.shown_url)
        await self._migrate(status)
        path = self._prepare()
        writer = SqliteWriter(path, self._synchronous, self._tenant, self._max_event_bytes)
        self._writer = writer
        with self._opening():
            await asyncio.to_thread(writer.open)
            async with self.engine.connect() as connection:
                self._database = await schema.database_id(connection, self.shown_url)
        self._group_commit = ThreadedGroupCommit(
            writer.commit,
            name="retold-writer",
            # To force it to the disk takes too long for the event loop.
            at_once=writer.commit_at_once if self.commits_at_once else None,
            between=writer.between_groups,
            committed=self.changes.notify,
        )
        self._reader = SqliteReader(path)
        self._watcher = SqliteWatcher(path, self.changes, lambda: writer.last)
        self.changes.watcher = self._watcher
        self._checkpointer = Checkpointer(path, writer)
        self._checkpointer.start()
        return self._database

    async def check(self) -> SchemaStatus:
        """Say which schema the file has; it is neither made nor changed.

        Raises:
            DatabaseMissing: when there is no file, or nothing in it.
            NotWritable, NotARetoldDatabase, DatabaseDamaged: as of :meth:`open`.
        """
        status = await self._status()
        if status.state is SchemaState.EMPTY:
            raise DatabaseMissing(self.shown_url)
        return status

    async def upgrade(self) -> SchemaStatus:
        """Bring the file to the schema of this release; errors as of :meth:`open`."""
        status = await self._status()
        await self._migrate(status)
        return status

    async def downgrade(self, revision: str) -> SchemaStatus:
        """Bring the file back to an earlier schema; errors as of :func:`schema.downgrade`."""
        await self.check()
        with self._opening():
            return await schema.downgrade(self.write_engine, self.shown_url, revision)

    async def submit(self, request: Request) -> tuple[AppendResult, ...]:
        """Append; see :class:`~retold.store.threaded_writer.ThreadedGroupCommit`."""
        if self._group_commit is None:
            raise StoreClosed
        return await self._group_commit.submit(request)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run short work in a write transaction of the connection that appends.

        Args:
            work: is called in the thread of the writer, or in the event loop. Nothing is written
                when the caller has gone by the time it returns.

        Raises:
            StoreUnavailable: when SQLite does not do its work.
            StoreClosed: when this is not open.
        """
        writer = self._writer
        if self._group_commit is None or writer is None:
            raise StoreClosed
        return await self._group_commit.run(
            lambda is_wanted, *, wait: writer.run(work, is_wanted, wait=wait)
        )

    async def page_of_stream(
        self, stream: str, low: int, high: int, limit: int, *, backwards: bool
    ) -> Sequence[Row]:
        """Return versions that a stream holds itself."""
        # Most who read on have read it all.
        if self._ends_before(stream, low):
            return []
        query = self.queries.of_stream(stream, low, high, limit, backwards=backwards)
        return await self._open_reader.fetch(query, list)

    async def event(self, event_id: UUID) -> Row | None:
        """Return the event of an id."""
        rows = await self._open_reader.fetch(self.queries.of_event(event_id), list)
        return rows[0] if rows else None

    async def page(self, after: Cursor | None, selection: Selection, limit: int) -> Sequence[Row]:
        """Return what follows a cursor."""
        query = self.queries.in_global_order(after, selection, limit)
        return await self._open_reader.fetch(query, list)

    async def frontier(self) -> Cursor:
        """Return the place of the newest event: one writes at a time, so all before is settled."""
        places = await self._open_reader.fetch(self.queries.frontier(), list)
        return Cursor(self._database, *places[0])

    async def newest(self) -> Cursor | None:
        """Return the place of the newest event."""
        newest = await self.frontier()
        return newest if newest.position else None

    async def settle(self, seconds: float) -> None:
        """Return at once: a commit is visible to every reader that starts after it."""

    async def head(self, stream: str) -> StreamHead | None:
        """Return how far a stream goes."""
        found = await self._open_reader.fetch(self.queries.head(stream), to_heads)
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
        return await self._open_reader.fetch(query, to_heads)

    async def verify(self, stream: str | None) -> VerifyReport:
        """Verify hash chains in one state of the file."""
        async with self._reading() as connection:
            return await verify_streams(connection, self.queries, stream)

    async def held_back(self) -> int:
        """Return 0: whatever is committed is settled."""
        return 0

    async def stalls(self) -> list[Stall]:
        """Return nothing: a reader waits for nobody."""
        return []

    async def keep_inline(self, inline: Sequence[InlineRows]) -> None:
        """Let every append from here write these rows, too, in its transaction."""
        if self._writer is None:
            raise StoreClosed
        for one in inline:
            await self._mark_inline(one.name, inline=True)
        self._writer.inline = tuple(inline)

    async def stop_inline(self, name: str) -> None:
        """Let no append write the rows of a projection any more, by whichever process."""
        await self._mark_inline(name, inline=False)

    async def _mark_inline(self, name: str, *, inline: bool) -> None:
        try:
            async with self.write_engine.begin() as connection:
                values = {"inline": inline, "tenant": self._tenant, "name": name}
                await connection.execute(text(mark_inline), values)
        except SQLAlchemyError as error:
            raise StoreUnavailable("Keeping rows inline", self.reason(error)) from error

    def reason(self, error: BaseException) -> str:
        """Say what SQLite said, which holds no value."""
        origin = error.orig if isinstance(error, DBAPIError) and error.orig else error
        if isinstance(origin, sqlite3.Error):
            return explain(origin, self._path)
        return type(origin).__name__

    async def close(self) -> None:
        """Commit what waits, and close every connection; the file of a log in memory goes."""
        if self._group_commit is not None:
            await self._group_commit.close()
        if self._watcher is not None:
            await asyncio.to_thread(self._watcher.close)
        if self._checkpointer is not None:
            await asyncio.to_thread(self._checkpointer.stop)
        if self._reader is not None:
            await self._reader.close()
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None
        if self._writer is not None:
            # Whoever closes a file last moves the rest of the WAL into it.
            await asyncio.to_thread(self._writer.close)
        if self._folder is not None:
            self._folder.cleanup()

    def _ends_before(self, stream: str, version: int) -> bool:
        writer = self._writer
        if self._group_commit is None or writer is None:
            return False
        return bool(self._group_commit.look(lambda: writer.ends_before(stream, version)))

    @property
    def _open_reader(self) -> SqliteReader:
        if self._reader is None:
            raise StoreClosed
        return self._reader

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self.engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreUnavailable("Reading", self.reason(error)) from error

    def _prepare(self) -> Path:
        if self._path is None:
            self._folder = tempfile.TemporaryDirectory(prefix="retold-")
            self._path = Path(self._folder.name) / "memory.db"
        if self._engine is None:
            self._engine = make_engine(self._path, self._synchronous)
        return self._path

    async def _status(self) -> SchemaStatus:
        path = self._prepare()
        if not is_sqlite_file(path, self.shown_url):
            return SchemaStatus(SchemaState.EMPTY, None, schema.head_revision())
        with self._opening():
            return await schema.check(self.engine)

    async def _migrate(self, found: SchemaStatus) -> None:
        schema.refuse_unusable(found, self.shown_url)
        if found.state is not SchemaState.CURRENT:
            with self._opening():
                await asyncio.to_thread(make_file, self._prepare(), self._synchronous)
                await schema.upgrade(self.write_engine, self.shown_url)

    @contextmanager
    def _opening(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            origin = error.orig if isinstance(error, DBAPIError) and error.orig else error
            code = error_code(origin)
            reason = self.reason(error)
            if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
                raise NotWritable(self._prepare(), reason) from error
            if code == sqlite3.SQLITE_NOTADB:
                raise NotARetoldDatabase(self.shown_url, reason) from error
            if code == sqlite3.SQLITE_CORRUPT:
                raise DatabaseDamaged(self.shown_url, reason) from error
            raise StoreUnavailable("Opening the database", reason) from error
