"""The baseline on SQLite: the standard library's sqlite3 and the rows as the log has them.

It writes the same bytes into the same table, with the same indexes and triggers, at the same
durability. It checks nothing and computes nothing: digests, ids and JSON are made beforehand.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.chat import Appends
from benchmarks.log import Durability, Run, append_to, copied, scratch_folder, sqlite_url

raw_name = "raw sqlite3"


@dataclass(frozen=True, slots=True)
class EventRows:
    """Rows of the table of events, without their position.

    Attributes:
        columns: names of all columns but the position.
        rows: their values, in the order in which callers who take turns append them.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    @property
    def insert(self) -> str:
        """The statement that inserts one row."""
        marks = ", ".join("?" * len(self.columns))
        return f"INSERT INTO events ({', '.join(self.columns)}) VALUES ({marks})"


def columns_of_events(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the names of the columns of the table of events but the position."""
    found = connection.execute("PRAGMA table_info(events)").fetchall()
    return tuple(name for _, name, *_ in found if name != "position")


def rows_of(template: Path, callers: list[Appends]) -> EventRows:
    """Append what the callers append to a log of its own, once, and return the rows it has then.

    Args:
        template: an empty log.
        callers: what each appends.
    """
    with scratch_folder() as folder:
        path = copied(template, folder)
        together = [[[new for some in appends for new in some]] for appends in callers]
        append_to(sqlite_url(path), together)
        with closing(sqlite3.connect(path)) as connection:
            columns = columns_of_events(connection)
            select = f"SELECT {', '.join(columns)} FROM events"
            rows = connection.execute(select).fetchall()
    batch = len(callers[0][0])
    version, stream = columns.index("version"), columns.index("stream")
    rows.sort(key=lambda row: ((row[version] - 1) // batch, row[stream], row[version]))
    return EventRows(columns, rows)


def insert_singly(path: Path, events: EventRows, durability: Durability) -> Run:
    """Insert one row a transaction."""
    insert = events.insert
    with _writing(path, durability) as connection:
        execute = connection.execute
        begin = time.perf_counter()
        for row in events.rows:
            execute("BEGIN IMMEDIATE")
            execute(insert, row)
            execute("COMMIT")
        return Run(len(events.rows), time.perf_counter() - begin)


def insert_batches(path: Path, events: EventRows, durability: Durability, batch: int) -> Run:
    """Insert ``batch`` rows a transaction by ``executemany``."""
    insert = events.insert
    batches = [events.rows[at : at + batch] for at in range(0, len(events.rows), batch)]
    with _writing(path, durability) as connection:
        begin = time.perf_counter()
        for rows in batches:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(insert, rows)
            connection.execute("COMMIT")
        return Run(len(events.rows), time.perf_counter() - begin)


@contextmanager
def _writing(path: Path, durability: Durability) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        if mode != "wal":
            raise RuntimeError(f"SQLite would not use WAL for {path}, but {mode}")
        connection.execute(f"PRAGMA synchronous={durability}")
        # As the store does; only macOS knows the difference.
        connection.execute("PRAGMA fullfsync=ON")
        yield connection
