"""The log in a SQLite file: WAL, full durability, one writer thread with its own connection."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from retold.errors import (
    DatabaseDamaged,
    DatabaseMissing,
    NotARetoldDatabase,
    NotWritable,
    StoreClosed,
    StoreUnavailable,
)
from retold.store import schema
from retold.store.append import Append, EncodedRequest, Head, Outcome, Plan, plan
from retold.store.request import encode_group, in_place, ready
from retold.store.row import EventRow, column_names
from retold.store.schema import SchemaState, SchemaStatus
from retold.store.sqlite_file import (
    Synchronous,
    connect_writer,
    error_code,
    explain,
    is_sqlite_file,
    make_engine,
    write_transaction,
)
from retold.store.url import DatabaseUrl

T = TypeVar("T")

_most_variables = 500
# Errors that a row may cause, and that another row of the same group need not share.
_errors_of_a_row = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError)

_columns = ", ".join(column_names)
_insert_event = f"INSERT INTO events ({_columns}) VALUES ({', '.join('?' * len(column_names))})"  # noqa: S608 - constants
_select_known = f"SELECT {_columns} FROM events WHERE tenant = ? AND event_id IN "  # noqa: S608 - constants
_select_heads = "SELECT name, version, digest FROM streams WHERE tenant = ? AND name IN "
_upsert_head = (
    "INSERT INTO streams (tenant, name, version, digest, session) VALUES (?,?,?,?,?)"
    " ON CONFLICT (tenant, name) DO UPDATE SET version=excluded.version, digest=excluded.digest"
)


class SqliteBackend:
    """Commits groups of appends to a SQLite file; see :class:`~retold.store.backend.Backend`."""

    kind: Literal["sqlite"] = "sqlite"
    # A commit is visible to every reader that starts after it.
    last_transaction_id = 0

    def __init__(self, url: DatabaseUrl, *, tenant: str, max_event_bytes: int) -> None:
        """Store what is needed; :meth:`open` acts.

        Args:
            url: of the file, or of a log in memory, which is a file that goes with the process.
            tenant: whose events are appended.
            max_event_bytes: limit of one event.
        """
        self.shown_url = str(url)
        self._tenant = tenant
        self._max_event_bytes = max_event_bytes
        # The working directory may change while the log is open.
        self._path = None if url.path is None else url.path.absolute()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._synchronous: Synchronous = "OFF" if url.path is None else "FULL"
        self._engine: AsyncEngine | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="retold-sqlite")
        self._connection: sqlite3.Connection | None = None

    @property
    def engine(self) -> AsyncEngine:
        """Connections whose transactions see the state at their first statement."""
        if self._engine is None:
            raise StoreClosed
        return self._engine

    @property
    def write_engine(self) -> AsyncEngine:
        """Connections whose transactions hold the write lock from their start."""
        return self.engine.execution_options(begin_immediate=True)

    async def open(self, *, create: bool) -> None:
        """Check the file, make or migrate it, and connect the writer.

        Raises:
            DatabaseMissing: when there is no log and ``create`` is False.
            NotWritable: when it or its folder cannot be written.
            NotARetoldDatabase, DatabaseTooNew, DatabaseDamaged: when it holds something else.
        """
        status = await self._status()
        if status.state is SchemaState.EMPTY and not create and self._folder is None:
            raise DatabaseMissing(self.shown_url)
        await self._migrate(status)

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

    async def commit(self, requests: Sequence[Sequence[Append]]) -> Sequence[Outcome]:
        """Commit a group in one transaction; see :class:`~retold.store.writer.GroupCommit`."""
        return await self._in_thread(self._commit, requests)

    def reason(self, error: BaseException) -> str:
        """Say what SQLite said, which holds no value."""
        origin = error.orig if isinstance(error, DBAPIError) and error.orig else error
        if isinstance(origin, sqlite3.Error):
            return explain(origin, self._path)
        return type(origin).__name__

    async def close(self) -> None:
        """Close every connection; the file of a log in memory goes."""
        if self._connection is not None:
            await self._in_thread(self._connection.close)
            self._connection = None
        self._thread.shutdown()
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None
        if self._folder is not None:
            self._folder.cleanup()

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
        with self._opening():
            self._connection = await self._in_thread(connect_writer, self._path, self._synchronous)
            if found.state is not SchemaState.CURRENT:
                await schema.upgrade(self.write_engine, self.shown_url)

    async def _in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

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

    # In the writer's thread ------------------------------------------------------------------

    def _commit(self, requests: Sequence[Sequence[Append]]) -> Sequence[Outcome]:
        encoded = encode_group(requests, self._max_event_bytes)
        return in_place(encoded, self._write(ready(encoded)))

    def _write(self, requests: Sequence[EncodedRequest]) -> Sequence[Outcome]:
        if not requests:
            return []
        connection = self._connection
        if connection is None:
            raise StoreClosed
        try:
            return self._transact(connection, requests).outcomes
        except sqlite3.Error as error:
            if isinstance(error, _errors_of_a_row) and len(requests) > 1:
                return [outcome for request in requests for outcome in self._write([request])]
            # SQLite undoes a commit that it reports as failed. But when the disk failed while the
            # commit was forced to it, a crash that follows may find it there.
            unknown = error_code(error) == sqlite3.SQLITE_IOERR
            reason = self.reason(error)
            return [
                StoreUnavailable("Appending", reason, outcome_unknown=unknown) for _ in requests
            ]

    def _transact(self, connection: sqlite3.Connection, requests: Sequence[EncodedRequest]) -> Plan:
        names = {append.stream for request in requests for append in request}
        named = [
            event.event_id.bytes
            for request in requests
            for append in request
            for event in append.events
            if event.named
        ]
        with write_transaction(connection):
            heads = self._select(connection, _select_heads, names)
            known = map(EventRow.of_columns, self._select(connection, _select_known, named))
            planned = plan(
                requests,
                {name: Head(version, digest) for name, version, digest in heads},
                {row.event_id: row for row in known},
                tenant=self._tenant,
                recorded_at=time.time_ns() // 1_000,
            )
            connection.executemany(_insert_event, map(_to_tuple, planned.rows))
            connection.executemany(
                _upsert_head,
                [
                    (self._tenant, name, head.version, head.digest, planned.sessions.get(name))
                    for name, head in planned.heads.items()
                ],
            )
        return planned

    def _select(
        self, connection: sqlite3.Connection, query: str, values: Iterable[str | bytes]
    ) -> Iterator[tuple[Any, ...]]:
        remaining = iter(values)
        while some := list(islice(remaining, _most_variables)):
            marks = ",".join("?" * len(some))
            yield from connection.execute(f"{query} ({marks})", (self._tenant, *some))


def _to_tuple(row: EventRow) -> tuple[Any, ...]:
    content = row.content
    return (
        row.tenant,
        row.stream,
        row.version,
        row.event_id.bytes,
        content.type,
        content.schema_version,
        content.data,
        content.metadata,
        content.correlation_id,
        None if content.causation_id is None else content.causation_id.bytes,
        content.occurred_at,
        row.recorded_at,
        row.digest,
    )
