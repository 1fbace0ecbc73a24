"""The log in a SQLite file: WAL, full durability, one writer thread with its own connection."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar
from uuid import UUID

from sqlalchemy import Connection, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from retold.errors import (
    DatabaseMissing,
    NotARetoldDatabase,
    NotWritable,
    RetoldError,
    StoreUnavailable,
)
from retold.store import schema
from retold.store.append import (
    Append,
    EncodedAppend,
    EncodedRequest,
    Head,
    Outcome,
    Plan,
    plan,
)
from retold.store.row import Content, EventRow, encode_event
from retold.store.url import DatabaseUrl

T = TypeVar("T")

busy_seconds = 30.0
# SQLite's own busy handler lets one process starve the others; short random pauses do not.
busy_pause_seconds = (0.0002, 0.003)
_most_variables = 500
_magic = b"SQLite format 3\x00"

_columns = (
    "tenant, stream, version, event_id, type, schema_version, data, metadata,"
    " correlation_id, causation_id, occurred_at, recorded_at, digest"
)
_insert_event = f"INSERT INTO events (position, {_columns}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"  # noqa: S608 - constants
_select_known = f"SELECT {_columns} FROM events WHERE tenant = ? AND event_id IN "  # noqa: S608 - constants
_upsert_head = (
    "INSERT INTO streams (tenant, name, version, digest, session) VALUES (?,?,?,?,?)"
    " ON CONFLICT (tenant, name) DO UPDATE SET version=excluded.version, digest=excluded.digest"
)


class SqliteBackend:
    """Commits groups of appends to a SQLite file, and gives out its engine for reading.

    Attributes:
        engine: SQLAlchemy's, on aiosqlite; each connection reads a consistent snapshot.
        kind: ``sqlite``.
    """

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
        self._url = url
        self._tenant = tenant
        self._max_event_bytes = max_event_bytes
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if url.path is None:
            self._folder = tempfile.TemporaryDirectory(prefix="retold-")
            self._path = Path(self._folder.name) / "memory.db"
        else:
            self._path = url.path
        self.engine: AsyncEngine = create_async_engine(
            url.url.set(database=str(self._path)), connect_args={"timeout": busy_seconds}
        )
        event.listen(self.engine.sync_engine, "connect", _prepare_reader)
        event.listen(self.engine.sync_engine, "begin", _begin)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="retold-sqlite")
        self._connection: sqlite3.Connection | None = None

    async def open(self, *, create: bool) -> None:
        """Check the file, create or migrate it, and connect the writer.

        Raises:
            DatabaseMissing: when there is no file and ``create`` is False.
            NotWritable: when it or its folder cannot be written.
            NotARetoldDatabase, DatabaseTooNew: when it holds something else.
        """
        _check_path(self._path, str(self._url), create=create or self._folder is not None)
        try:
            await schema.upgrade(self.engine, str(self._url))
            loop = asyncio.get_running_loop()
            self._connection = await loop.run_in_executor(self._thread, _connect_writer, self._path)
        except RetoldError:
            await self.close()
            raise
        except (DatabaseError, sqlite3.DatabaseError) as error:
            await self.close()
            raise _opening_error(error, self._path, str(self._url)) from error

    async def close(self) -> None:
        """Close every connection; the files of a log in memory go."""
        if self._connection is not None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, self._connection.close)
            self._connection = None
        self._thread.shutdown()
        await self.engine.dispose()
        if self._folder is not None:
            self._folder.cleanup()

    async def commit(self, requests: Sequence[Sequence[Append]]) -> Sequence[Outcome]:
        """Commit a group in one transaction; see :class:`~retold.store.writer.GroupCommit`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._commit, requests)

    def _commit(self, requests: Sequence[Sequence[Append]]) -> Sequence[Outcome]:
        outcomes: list[Outcome | None] = [None] * len(requests)
        encoded: list[tuple[int, EncodedRequest]] = []
        for index, request in enumerate(requests):
            try:
                encoded.append((index, encode_request(request, self._max_event_bytes)))
            except RetoldError as error:
                outcomes[index] = error
        if encoded:
            decided = self._write([request for _, request in encoded])
            for (index, _), outcome in zip(encoded, decided.outcomes, strict=True):
                outcomes[index] = outcome
        return [outcome for outcome in outcomes if outcome is not None]

    def _write(self, requests: Sequence[EncodedRequest]) -> Plan:
        connection = self._connection
        if connection is None:
            raise StoreUnavailable("Appending", "the database is not open")
        try:
            _begin_immediate(connection)
            decided = plan(
                requests,
                self._heads(connection, {a.stream for r in requests for a in r}),
                self._known(
                    connection,
                    [e.event_id for r in requests for a in r for e in a.events if e.named],
                ),
                tenant=self._tenant,
                recorded_at=time.time_ns() // 1_000,
            )
            if decided.rows:
                self._insert(connection, decided)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            # A commit that SQLite reports as failed is rolled back as a whole.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise StoreUnavailable("Appending", _reason(error)) from error
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return decided

    def _heads(self, connection: sqlite3.Connection, names: Iterable[str]) -> dict[str, Head]:
        heads: dict[str, Head] = {}
        for some in _chunks(names):
            rows = connection.execute(
                f"SELECT name, version, digest FROM streams WHERE tenant = ? AND name IN {_marks(some)}",  # noqa: S608 - only marks
                (self._tenant, *some),
            )
            heads |= {name: Head(version, digest) for name, version, digest in rows}
        return heads

    def _known(
        self, connection: sqlite3.Connection, event_ids: Sequence[UUID]
    ) -> dict[UUID, EventRow]:
        known: dict[UUID, EventRow] = {}
        for some in _chunks(event_id.bytes for event_id in event_ids):
            for columns in connection.execute(_select_known + _marks(some), (self._tenant, *some)):
                tenant, stream, version, event_id, kind, schema_version, *rest = columns
                data, metadata, correlation_id, causation_id, occurred_at, recorded_at, digest = (
                    rest
                )
                known[UUID(bytes=event_id)] = EventRow(
                    tenant,
                    stream,
                    version,
                    UUID(bytes=event_id),
                    Content(
                        kind,
                        schema_version,
                        data,
                        metadata,
                        correlation_id,
                        None if causation_id is None else UUID(bytes=causation_id),
                        occurred_at,
                    ),
                    recorded_at,
                    digest,
                )
        return known

    def _insert(self, connection: sqlite3.Connection, decided: Plan) -> None:
        last = connection.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = 'events'"
        ).fetchone()
        first_position = (last[0] if last else 0) + 1
        connection.executemany(
            _insert_event,
            [_to_tuple(p, row) for p, row in enumerate(decided.rows, first_position)],
        )
        connection.executemany(
            _upsert_head,
            [
                (self._tenant, name, head.version, head.digest, decided.sessions.get(name))
                for name, head in decided.heads.items()
            ],
        )


def encode_request(request: Sequence[Append], max_event_bytes: int) -> EncodedRequest:
    """Encode the events of a request.

    Raises:
        InvalidEvent, EventTooLarge: as in :func:`~retold.store.row.encode_event`.
    """
    return tuple(
        EncodedAppend(
            append.stream,
            tuple(encode_event(event, append.stream, max_event_bytes) for event in append.events),
            append.expected_version,
        )
        for append in request
    )


def _to_tuple(position: int, row: EventRow) -> tuple[Any, ...]:
    content = row.content
    return (
        position,
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


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while some := list(islice(remaining, _most_variables)):
        yield some


def _marks(values: Sequence[object]) -> str:
    return f"({','.join('?' * len(values))})"


def _begin_immediate(connection: sqlite3.Connection) -> None:
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(random.uniform(*busy_pause_seconds))  # noqa: S311 - a pause, not a secret


def _connect_writer(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _prepare_reader(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _check_path(path: Path, url: str, *, create: bool) -> None:
    if not path.exists():
        if not create:
            raise DatabaseMissing(url)
        folder = path.absolute().parent
        if not folder.is_dir():
            raise NotWritable(path, f"the folder {str(folder)!r} does not exist")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise NotWritable(path, f"the folder {str(folder)!r} is not writable")
        return
    if not path.is_file():
        raise NotWritable(path, "it is not a file")
    if not os.access(path, os.R_OK | os.W_OK):
        raise NotWritable(path, "the file is not writable")
    with path.open("rb") as file:
        start = file.read(len(_magic))
    if start and start != _magic:
        raise NotARetoldDatabase(url, "the file is no SQLite database")
    if not start and not create:
        raise DatabaseMissing(url)


def _opening_error(error: Exception, path: Path, url: str) -> RetoldError:
    origin = getattr(error, "orig", None) or error
    code = getattr(origin, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return NotWritable(path, _reason(origin))
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return NotARetoldDatabase(url, _reason(origin))
    return StoreUnavailable("Opening the database", _reason(origin))


def _reason(error: BaseException) -> str:
    """Say what SQLite said, without the statement."""
    return f"SQLite says: {error}"
