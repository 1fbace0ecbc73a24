"""Reading a SQLite file: a few connections, each used by one thread at a time."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from retold.errors import StoreClosed, StoreUnavailable
from retold.store.queries import Query
from retold.store.sqlite.file import connect_reader, explain

T = TypeVar("T")

most_threads = 4


class SqliteReader:
    """Runs queries off the event loop; what a row means is found out there too."""

    def __init__(self, path: Path) -> None:
        """Store where the file is; a connection is made when it is needed.

        Args:
            path: of a file that holds a log.
        """
        self._path = path
        self._threads = ThreadPoolExecutor(most_threads, thread_name_prefix="retold-reader")
        self._free: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._closed = False

    async def fetch(
        self, query: Query, decode: Callable[[list[tuple[Any, ...]]], list[T]]
    ) -> list[T]:
        """Return what a query selects.

        Args:
            query: one statement; what it reads is of one state.
            decode: makes values of the rows.

        Raises:
            StoreUnavailable: when SQLite does not do its work.
            StoreClosed: when this was closed.
            Exception: what ``decode`` raises.
        """
        if self._closed:
            raise StoreClosed
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._fetch, query, decode)

    def _fetch(self, query: Query, decode: Callable[[list[tuple[Any, ...]]], list[T]]) -> list[T]:
        try:
            connection = self._connection()
            try:
                rows = connection.execute(query.sql, query.values).fetchall()
            finally:
                self._free.put(connection)
        except sqlite3.Error as error:
            raise StoreUnavailable("Reading", explain(error, self._path)) from error
        return decode(rows)

    def _connection(self) -> sqlite3.Connection:
        try:
            return self._free.get_nowait()
        except Empty:
            return connect_reader(self._path)

    async def close(self) -> None:
        """Wait for what is being read, then close every connection."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._threads.shutdown()
        while not self._free.empty():
            self._free.get_nowait().close()
