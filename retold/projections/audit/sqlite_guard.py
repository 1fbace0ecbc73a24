"""Running a user's statement on SQLite: SQLite itself asks before anything is read."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import closing
from typing import Any

from retold.errors import SqlInvalid, SqlRefused, SqlResultTooLarge, SqlTimedOut, StoreUnavailable
from retold.projections.audit.guarded import Guarded, largest_result, words_left_out
from retold.projections.audit.sql_functions import functions, operators
from retold.store import default_max_event_bytes
from retold.store.backend import is_sql
from retold.store.log import EventStore

_json_tables = {"json_each", "json_tree"}
# Instructions of SQLite's machine between two looks at the clock.
_steps = 10_000
# Seconds that SQLite has to stop by itself.
_grace_seconds = 1.0
# Bytes of a text or blob: the largest event that is appended unless told, and what it is put into.
_longest = default_max_event_bytes + 4 * 1024 * 1024
# What it says while a statement runs without naming a value.
_harmless = {
    "LIKE or GLOB pattern too complex",
    "integer overflow",
    "malformed JSON",
    "string or blob too big",
}


async def run_on_sqlite(
    store: EventStore, guarded: Guarded
) -> tuple[tuple[str, ...], Sequence[tuple[Any, ...]]]:
    """Return the columns and the rows of a statement; errors as of ``run_sql``."""
    backend = store.backend
    assert is_sql(backend)  # noqa: S101 - for the type checker; its kind was asked for
    uri = f"{backend.engine.url.database}?mode=ro"
    found: Future[tuple[tuple[str, ...], Sequence[tuple[Any, ...]]]] = Future()

    def work() -> None:
        try:
            found.set_result(_run(uri, guarded))
        except Exception as error:
            found.set_exception(error)

    # SQLite looks at no clock within a function. A daemon keeps neither its caller waiting for
    # that to end nor the process; cancelling would leave it nowhere to put what it found.
    found.set_running_or_notify_cancel()
    threading.Thread(target=work, name="retold-sql", daemon=True).start()
    try:
        async with asyncio.timeout(guarded.seconds + _grace_seconds):
            return await asyncio.wrap_future(found)
    except TimeoutError:
        raise SqlTimedOut(guarded.seconds) from None


def _run(uri: str, guarded: Guarded) -> tuple[tuple[str, ...], Sequence[tuple[Any, ...]]]:
    text, values = guarded.for_sqlite()
    deadline = time.monotonic() + guarded.seconds
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            connection.execute("PRAGMA query_only=ON")
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _longest)
            guard = _Guard(connection, guarded.nonce)
            connection.set_progress_handler(lambda: int(time.monotonic() > deadline), _steps)
            connection.set_authorizer(guard)
            running = False
            try:
                # Mistakes in the statement show before anything is read.
                connection.execute(f"EXPLAIN {text}", values).close()
                running = True
                cursor = connection.execute(text, values)
                rows = _fetched(cursor, deadline, guarded)
            except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
                # SQLite's words are no cause to be shown: they may hold recorded values.
                raise _translated(error, guard, guarded, running=running) from None
            return tuple(name for name, *_ in cursor.description), rows
    except sqlite3.Error as error:
        raise StoreUnavailable("Reading", f"SQLite says: {error}") from error


def _fetched(
    cursor: sqlite3.Cursor, deadline: float, guarded: Guarded
) -> Sequence[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    size = 0
    for row in cursor:
        size += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
        if size > largest_result:
            raise SqlResultTooLarge(largest_result)
        rows.append(row)
    if time.monotonic() > deadline:
        raise SqlTimedOut(guarded.seconds)
    return rows


def _translated(error: Exception, guard: _Guard, guarded: Guarded, *, running: bool) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if guard.refused is not None:
        return SqlRefused(guard.refused)
    if code == sqlite3.SQLITE_INTERRUPT:
        return SqlTimedOut(guarded.seconds)
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY}:
        return error
    if running and str(error) not in _harmless:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        return SqlInvalid(f"{name} while it ran; {words_left_out}")
    return SqlInvalid(str(error).replace(f"{guarded.nonce}_", ""))


class _Guard:
    """Says what may be read: tables by the clauses of ours, and clauses by anybody."""

    def __init__(self, connection: sqlite3.Connection, nonce: str) -> None:
        self.refused: str | None = None
        self._nonce = nonce
        # SQLite makes these when they are read for the first time, and asks whether it may.
        connection.execute("SELECT count(*) FROM json_each('[]'), json_tree('[]')").fetchall()
        self._tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master").fetchall()
        }

    def __call__(
        self, action: int, first: str | None, second: str | None, schema: str | None, by: str | None
    ) -> int:
        allowed = action in {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE}
        what = "everything but reading"
        if action == sqlite3.SQLITE_READ:
            what = f"the table {first!r}, which is no view"
            allowed = self._may_read(first or "", second or "", schema, by or "")
        elif action == sqlite3.SQLITE_FUNCTION:
            what = f"the function {second!r}, which is not among those allowed"
            allowed = second in functions or second in operators
        if allowed:
            return sqlite3.SQLITE_OK
        self.refused = self.refused or what
        return sqlite3.SQLITE_DENY

    def _may_read(self, table: str, column: str, schema: str | None, by: str) -> bool:
        if by.startswith(self._nonce) or table in _json_tables:
            return True
        # What is read without any of its columns is asked about by name, clauses too, which have
        # no schema. A clause hides a table of its name.
        hidden = table not in self._tables and not table.startswith(("sqlite_", "pragma_"))
        return not column and schema is None and hidden
