"""The connection that appends to a SQLite file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from retold.errors import StoreClosed, StoreUnavailable
from retold.store.append import BeginFork, Outcome, Request
from retold.store.inline import InlineRows, RowsRefused, SqliteTransaction, groups_without
from retold.store.plan import EncodedAppend, EncodedRequest, Head, Plan, plan
from retold.store.queries import Queries
from retold.store.request import encode_group, in_place, is_light, ready
from retold.store.row import EventRow, column_names
from retold.store.sqlite.file import (
    Synchronous,
    connect_writer,
    error_code,
    explain,
    write_transaction,
)
from retold.store.threaded_writer import WouldWait

_most_variables = 500
# A statement of many rows lets go of Python's lock once instead of once a row. Each size is
# another statement for SQLite to compile, so there are few.
_rows_at_once = (64, 16, 4, 1)
# Errors that a row may cause, and that another row of the same group need not share.
_errors_of_a_row = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError)

_columns = ", ".join(column_names)


def _statements(before: str, columns: int, after: str = "") -> dict[int, str]:
    """Return a statement for each number of rows that are written at once."""
    row = f"({', '.join('?' * columns)})"
    return {count: f"{before} VALUES {', '.join([row] * count)}{after}" for count in _rows_at_once}


_insert_events = _statements(f"INSERT INTO events ({_columns})", len(column_names))
_select_known = f"SELECT {_columns} FROM events WHERE tenant = ? AND event_id IN "  # noqa: S608 - constants
_select_heads = (
    "SELECT name, version, digest, tombstoned_at IS NOT NULL FROM streams"
    " WHERE tenant = ? AND name IN "
)
_upsert_heads = _statements(
    "INSERT INTO streams (tenant, name, version, digest, session, parent_stream, parent_version,"
    " tombstoned_at)",
    8,
    " ON CONFLICT (tenant, name) DO UPDATE SET version=excluded.version, digest=excluded.digest,"
    " tombstoned_at=excluded.tombstoned_at",
)
_most_known_heads = 10_000

T = TypeVar("T")


class _Abandoned(Exception):
    """Nobody waits for the work any more."""


class SqliteWriter:
    """Commits groups of appends to a SQLite file, in one thread at a time.

    Attributes:
        inline: what writes rows in the transactions of this writer.
        last: position of the last event committed here; 0 before the first.
        pages_written: to the WAL, by estimate.
    """

    def __init__(
        self, path: Path, synchronous: Synchronous, tenant: str, max_event_bytes: int
    ) -> None:
        """Store what is needed; :meth:`open` connects.

        Args:
            path: of a file that holds a log.
            synchronous: when SQLite waits for the disk.
            tenant: whose events are appended.
            max_event_bytes: limit of one event.
        """
        self._path = path
        self._synchronous: Synchronous = synchronous
        self._tenant = tenant
        self._max_event_bytes = max_event_bytes
        self._connection: sqlite3.Connection | None = None
        self._heads: dict[str, Head] = {}
        self._data_version = 0
        self._checkpoint_asked_for = False
        self._queries = Queries(tenant, "sqlite")
        self.inline: Sequence[InlineRows] = ()
        self.last = 0
        self.pages_written = 0

    def open(self) -> None:
        """Connect.

        Raises:
            sqlite3.Error: when SQLite does not.
        """
        self._connection = connect_writer(self._path, self._synchronous)

    def close(self) -> None:
        """Disconnect. Closing twice is a no-op."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def commit(self, requests: Sequence[Request]) -> Sequence[Outcome]:
        """Commit a group in one transaction; return an outcome for each request, in order."""
        encoded = encode_group(requests, self._max_event_bytes)
        return in_place(encoded, self._write(ready(encoded)))

    def commit_at_once(self, request: Request) -> Outcome:
        """Commit a request that takes no time; return its outcome.

        Raises:
            WouldWait: when it may take time, or somebody else writes; nothing was written.
        """
        if self._checkpoint_asked_for or self.inline or not is_light([request]):
            raise WouldWait
        encoded = encode_group([request], self._max_event_bytes)
        return in_place(encoded, self._write(ready(encoded), wait=False))[0]

    def run(
        self,
        work: Callable[[sqlite3.Connection], T],
        is_wanted: Callable[[], bool],
        *,
        wait: bool = True,
    ) -> T:
        """Run short work in a write transaction of its own, and return what it returns.

        Args:
            work: is given the connection.
            is_wanted: whether the caller still waits; otherwise nothing is written.
            wait: whether it may wait for others who write.

        Raises:
            WouldWait: when it may not, and somebody else writes.
            StoreUnavailable: when SQLite does not do its work.
            StoreClosed: when this was closed.
        """
        if self._connection is None:
            raise StoreClosed
        try:
            with write_transaction(self._connection, wait=wait):
                result = work(self._connection)
                if not is_wanted():
                    raise _Abandoned
        except sqlite3.Error as error:
            raise StoreUnavailable("Writing", explain(error, self._path)) from error
        self.pages_written += 1
        return result

    def ends_before(self, stream: str, version: int) -> bool:
        """Return whether a stream is known not to have a version yet; False when unsure.

        It takes no time, and needs the connection for itself.
        """
        if self._connection is None:
            return False
        try:
            self._forget_unsure_heads(self._connection)
        except sqlite3.Error:
            return False
        head = self._heads.get(stream)
        return head is not None and head.version < version

    def ask_for_checkpoint(self) -> None:
        """Have the rest of the WAL moved into the file between two groups; from any thread."""
        self._checkpoint_asked_for = True

    def between_groups(self) -> Callable[[], None] | None:
        """Return what was asked for while a group was committed; None when nothing was."""
        return self._checkpoint if self._checkpoint_asked_for else None

    def _checkpoint(self) -> None:
        self._checkpoint_asked_for = False
        if self._connection is not None:
            # One that fails is put off: what is in the WAL is in the log.
            with suppress(sqlite3.Error):
                # It waits for nobody: the connection has no busy timeout.
                self._connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()

    def _write(
        self, requests: Sequence[EncodedRequest], *, again: bool = False, wait: bool = True
    ) -> Sequence[Outcome]:
        if not requests:
            return []
        connection = self._connection
        if connection is None:
            raise StoreClosed
        try:
            return self._transact(connection, requests, wait=wait).outcomes
        except RowsRefused as refused:
            outcomes, groups = groups_without(requests, refused, again=again)
            written = (one for group in groups for one in self._write(group, again=True))
            return [next(written) if outcome is None else outcome for outcome in outcomes]
        except sqlite3.Error as error:
            # Whether it was committed may not be sure.
            self._heads.clear()
            if isinstance(error, _errors_of_a_row) and len(requests) > 1:
                return [outcome for request in requests for outcome in self._write([request])]
            # SQLite undoes a commit that it reports as failed. But when the disk failed while the
            # commit was forced to it, a crash that follows may find it there.
            unknown = error_code(error) == sqlite3.SQLITE_IOERR
            reason = explain(error, self._path)
            return [
                StoreUnavailable("Appending", reason, outcome_unknown=unknown) for _ in requests
            ]

    def _transact(
        self, connection: sqlite3.Connection, requests: Sequence[EncodedRequest], *, wait: bool
    ) -> Plan:
        names: set[str] = set()
        named: list[bytes] = []
        for request in requests:
            for part in request:
                names.add(part.stream)
                if isinstance(part, EncodedAppend):
                    named += [event.event_id for event in part.events if event.named]
                elif isinstance(part, BeginFork):
                    names.add(part.parent)
        with write_transaction(connection, wait=wait):
            recorded_at = time.time_ns() // 1_000
            known = map(EventRow._make, self._select(connection, _select_known, named))
            planned = plan(
                requests,
                self._heads_of(connection, names),
                {row.event_id: row for row in known},
                tenant=self._tenant,
                recorded_at=recorded_at,
            )
            last = _execute(connection, _insert_events, planned.rows)
            streams = planned.stream_rows(self._tenant, recorded_at)
            _execute(connection, _upsert_heads, streams)
            if planned.rows and self.inline:
                self._write_inline(connection, planned.rows, last)
        self._heads |= planned.heads
        self.last = max(self.last, last)
        self.pages_written += _pages_of(planned.rows)
        return planned

    def _write_inline(
        self, connection: sqlite3.Connection, rows: Sequence[EventRow], last: int
    ) -> None:
        # One writes at a time, so a transaction's positions follow each other.
        first = last - len(rows) + 1
        appended = [(position, 1, 0, *row) for position, row in enumerate(rows, first)]
        transaction = SqliteTransaction(connection, appended, self._queries)
        before = connection.total_changes
        for one in self.inline:
            one.write_sqlite(transaction)
        # About a page for each row.
        self.pages_written += connection.total_changes - before

    def _heads_of(self, connection: sqlite3.Connection, names: set[str]) -> dict[str, Head]:
        """Return the heads of those streams that exist; in a write transaction."""
        self._forget_unsure_heads(connection)
        if len(self._heads) > _most_known_heads:
            self._heads.clear()
        heads = self._heads
        unknown = names.difference(heads)
        if unknown:
            found = self._select(connection, _select_heads, unknown)
            for name, version, digest, tombstoned in found:
                heads[name] = Head(version, digest, bool(tombstoned))
        return {name: heads[name] for name in names if name in heads}

    def _forget_unsure_heads(self, connection: sqlite3.Connection) -> None:
        # It changes when another connection, of whatever process, has committed.
        ((data_version,),) = connection.execute("PRAGMA data_version")
        if data_version != self._data_version:
            self._heads.clear()
            self._data_version = data_version

    def _select(
        self, connection: sqlite3.Connection, query: str, values: Iterable[str | bytes]
    ) -> Iterator[tuple[Any, ...]]:
        remaining = iter(values)
        while some := list(islice(remaining, _most_variables)):
            marks = ",".join("?" * len(some))
            yield from connection.execute(f"{query} ({marks})", (self._tenant, *some))


def _pages_of(rows: Sequence[EventRow]) -> int:
    """Return about how many pages a transaction of these rows writes to the WAL."""
    payload = sum(len(row.data) + len(row.metadata) for row in rows)
    # A page of each of two tables, their indexes and the row counter; then of each other stream.
    return 7 + len(rows) + payload // 4096


def _execute(
    connection: sqlite3.Connection,
    statements: dict[int, str],
    rows: Sequence[tuple[Any, ...]],
) -> int:
    """Insert rows; return the row number of the last, 0 when there is none."""
    start = last = 0
    for count in _rows_at_once:
        while len(rows) - start >= count:
            values = tuple(chain.from_iterable(rows[start : start + count]))
            last = connection.execute(statements[count], values).lastrowid or 0
            start += count
    return last
