"""A SQLite file: what is at a path, connections to it, and taking its write lock in turns."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from sqlalchemy import URL, Connection, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from retold.errors import NotARetoldDatabase, NotWritable, StoreUnavailable
from retold.store.selection import partition_of
from retold.store.threaded_writer import WouldWait

if TYPE_CHECKING:
    import aiosqlite

Synchronous = Literal["FULL", "NORMAL", "OFF"]

busy_seconds = 30.0
# SQLite's own busy handler lets one process starve the others; short random pauses do not.
busy_pause_seconds = (0.0002, 0.003)
little_room_bytes = 1024 * 1024
_magic = b"SQLite format 3\x00"
_read_only = "retold_read_only"


def is_sqlite_file(path: Path, url: str) -> bool:
    """Return whether there is a SQLite file at ``path``; False when one may be made there.

    Raises:
        NotWritable: when the file or its folder cannot be read or written.
        NotARetoldDatabase: when the file is something else.
    """
    try:
        if not path.exists():
            _check_folder(path)
            return False
        if not path.is_file():
            raise NotWritable(path, "it is not a file")
        if obstacle := write_obstacle(path):
            raise NotWritable(path, obstacle)
        with path.open("rb") as file:
            start = file.read(len(_magic))
    except OSError as error:
        raise NotWritable(path, error.strerror or type(error).__name__) from error
    if start and start != _magic:
        raise NotARetoldDatabase(url, "the file is no SQLite database")
    return bool(start)


def write_obstacle(path: Path) -> str | None:
    """Say what keeps this user from writing a log in the file at ``path``; None when nothing does.

    SQLite opens what it may not write for reading only, and says so at the first write.
    """
    beside = (path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm"))
    there = [file for file in (path, *beside) if os.access(file, os.F_OK)]
    for file in there:
        # Whoever closes the file last removes those beside it.
        if not os.access(file, os.R_OK | os.W_OK) and os.access(file, os.F_OK):
            return f"the file {str(file)!r} is not writable"
    # What is not there yet is made in the folder.
    if len(there) < 3 and not os.access(path.parent, os.W_OK | os.X_OK):
        return f"the folder {str(path.parent)!r} is not writable"
    return None


def explain(error: sqlite3.Error, path: Path | None) -> str:
    """Say what SQLite said, which holds no value, and why the file may not be written."""
    obstacle = None
    if path and error_code(error) in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}:
        obstacle = write_obstacle(path) or _lack_of_room(path)
    return f"SQLite says: {error}" + (f" ({obstacle})" if obstacle else "")


def make_engine(path: Path, synchronous: Synchronous) -> AsyncEngine:
    """Return an engine on a file that is there already.

    A transaction begins with BEGIN, or with BEGIN IMMEDIATE where the execution option
    ``begin_immediate`` is set.
    """
    url = URL.create(
        "sqlite+aiosqlite",
        database=f"file:{quote(str(path))}",
        # A file that has gone is not to be made anew, empty, by somebody who reads.
        query={"mode": "rw", "uri": "true"},
    )
    engine = create_async_engine(url, connect_args={"timeout": busy_seconds}, hide_parameters=True)

    def prepare(connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_read_only] = write_obstacle(path) is not None
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _pragmas(synchronous):
            cursor.execute(pragma)
        cursor.close()
        connection.create_function("retold_partition", 2, partition_of, deterministic=True)

    def renew(_connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        # A connection made while the file was not writable would stay read-only for good.
        if record.info[_read_only] and write_obstacle(path) is None:
            raise DisconnectionError

    def undo(connection: Any, _record: ConnectionPoolEntry, error: BaseException | None) -> None:
        # It is closed next. But while a statement of it lives on in the frames of the error, SQLite
        # keeps what was closed, and the write lock with it.
        if isinstance(error, asyncio.CancelledError):
            connection.run_async(_rolled_back)

    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "invalidate", undo)
    event.listen(engine.sync_engine, "checkout", renew)
    event.listen(engine.sync_engine, "begin", partial(_begin, path))
    return engine


def connect_reader(path: Path) -> sqlite3.Connection:
    """Return a connection for reading a file that is there already, in any thread."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.create_function("retold_partition", 2, partition_of, deterministic=True)
    return connection


def connect_writer(path: Path, synchronous: Synchronous) -> sqlite3.Connection:
    """Return a connection for appending, in any thread; it makes the file, and turns WAL on."""
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        for pragma in (*_pragmas(synchronous), "PRAGMA journal_mode=WAL"):
            _when_free(connection, pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def make_file(path: Path, synchronous: Synchronous) -> None:
    """Make the file if there is none, and turn WAL on.

    Raises:
        sqlite3.Error: when SQLite does not.
    """
    connect_writer(path, synchronous).close()


@contextmanager
def write_transaction(connection: sqlite3.Connection, *, wait: bool = True) -> Iterator[None]:
    """Hold the write lock; commit unless left by an error.

    Args:
        connection: without a busy timeout.
        wait: whether to wait for the lock.

    Raises:
        WouldWait: when somebody else has it, and it may not be waited for.
        sqlite3.Error: when SQLite does not do its work.
    """
    _when_free(connection, "BEGIN IMMEDIATE", wait=wait)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # Some errors have ended the transaction already.
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise


def error_code(error: BaseException) -> int:
    """Return SQLite's primary error code; 0 for an error that is none of SQLite's."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF if isinstance(code, int) else 0


def _lack_of_room(path: Path) -> str | None:
    # SQLITE_FULL is for the file and its log; what else lacks room is SQLITE_IOERR.
    with suppress(OSError):
        free = shutil.disk_usage(path.parent).free
        if free < little_room_bytes:
            return f"its disk has {free} bytes left"
    return None


def _check_folder(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise NotWritable(path, f"the folder {str(folder)!r} does not exist")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise NotWritable(path, f"the folder {str(folder)!r} is not writable")


def _pragmas(synchronous: Synchronous) -> tuple[str, ...]:
    # On macOS a plain fsync leaves the bytes in the disk's cache; elsewhere the second is ignored.
    # Checkpoints are made in the background; a writer that made them would wait for the disk.
    return (
        f"PRAGMA synchronous={synchronous}",
        "PRAGMA fullfsync=ON",
        "PRAGMA wal_autocheckpoint=0",
        # A WAL that grew under load is cut back to this when it begins anew.
        f"PRAGMA journal_size_limit={32 * 1024 * 1024}",
    )


def _when_free(connection: sqlite3.Connection, statement: str, *, wait: bool = True) -> None:
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if error_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            if not wait:
                raise WouldWait from error
        time.sleep(_pause())


def _begin(path: Path, connection: Connection) -> None:
    if connection.get_execution_options().get("begin_immediate"):
        driver: Any = connection.connection.dbapi_connection
        driver.run_async(partial(_begin_immediate, path))
    else:
        connection.exec_driver_sql("BEGIN")


async def _begin_immediate(path: Path, connection: aiosqlite.Connection) -> None:
    deadline = time.monotonic() + busy_seconds
    await connection.execute_fetchall("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                await connection.execute_fetchall("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise StoreUnavailable("Writing", explain(error, path)) from error
            await asyncio.sleep(_pause())
    finally:
        await connection.execute_fetchall(f"PRAGMA busy_timeout={busy_seconds * 1_000:.0f}")


async def _rolled_back(connection: aiosqlite.Connection) -> None:
    with suppress(sqlite3.Error):
        await asyncio.shield(connection.rollback())


def _pause() -> float:
    return random.uniform(*busy_pause_seconds)  # noqa: S311 - a pause, not a secret
