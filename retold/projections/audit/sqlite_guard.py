"""Running a user's statement on SQLite: SQLite itself asks before anything is read."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from retold.errors import SqlInvalid, SqlRefused, SqlTimedOut, StoreUnavailable
from retold.projections.audit.guarded import Guarded, words_left_out
from retold.projections.audit.sql_functions import functions, operators
from retold.store.backend import is_sql
from retold.store.log import EventStore

_json_tables = {"json_each", "json_tree"}
# Instructions of SQLite's machine between two looks at the clock.
_steps = 10_000
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
    path = backend.engine.url.database
    return await asyncio.to_thread(_run, f"{path}?mode=ro", guarded)


def _run(uri: str, guarded: Guarded) -> tuple[tuple[str, ...], Sequence[tuple[Any, ...]]]:
    text, values = guarded.for_sqlite()
    deadline = time.monotonic() + guarded.seconds
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            connection.execute("PRAGMA query_only=ON")
            guard = _Guard(connection, guarded.nonce)
            connection.set_progress_handler(lambda: int(time.monotonic() > deadline), _steps)
            connection.set_authorizer(guard)
            running = False
            try:
                # Mistakes in the statement show before anything is read.
                connection.execute(f"EXPLAIN {text}", values).close()
                running = True
                cursor = connection.execute(text, values)
                rows = cursor.fetchall()
            except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
                # SQLite's words are no cause to be shown: they may hold recorded values.
                raise _translated(error, guard, guarded, running=running) from None
            return tuple(name for name, *_ in cursor.description), rows
    except sqlite3.Error as error:
        raise StoreUnavailable("Reading", f"SQLite says: {error}") from error


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
