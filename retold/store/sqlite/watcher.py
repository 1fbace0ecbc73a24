"""Noticing what other processes append to a SQLite file."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from retold.logs import get_logger
from retold.store.changes import Changes
from retold.store.sqlite.file import connect_reader

log = get_logger("retold.subscription")

# SQLite tells nobody of a commit, but says for 5 microseconds of work whether there was one. So
# an event of another process is noticed after a millisecond on average, for about a hundredth of
# a core, and only while somebody waits.
poll_seconds = 0.002
# After an error; subscriptions ask the log themselves meanwhile.
retry_seconds = 1.0

_newest = "SELECT seq FROM sqlite_sequence WHERE name = 'events'"


class SqliteWatcher:
    """A thread that asks a file for its version; see :class:`~retold.store.changes.Watcher`."""

    def __init__(self, path: Path, changes: Changes, appended: Callable[[], int]) -> None:
        """Store what is needed; :meth:`start` begins.

        Args:
            path: of a file that holds a log.
            changes: is told when there is an event.
            appended: returns the position of the last event appended here, of which ``changes``
                is told by who appended it.
        """
        self._path = path
        self._changes = changes
        self._appended = appended
        self._threads: list[_Thread] = []

    def start(self) -> None:
        """Begin a thread, which waits to be resumed."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._threads.append(_Thread(self._path, self._changes, self._appended))
        self._threads[-1].start()

    def resume(self) -> None:
        """Ask the file from now on."""
        if self._threads:
            self._threads[-1].resume()

    def pause(self) -> None:
        """Ask no more."""
        if self._threads:
            self._threads[-1].pause()

    def stop(self) -> None:
        """Let the thread end; it does so in a moment."""
        if self._threads:
            self._threads[-1].stop()

    def close(self) -> None:
        """Stop, and wait until no thread is left."""
        for thread in self._threads:
            thread.stop()
            thread.join()
        self._threads.clear()


class _Thread(threading.Thread):
    def __init__(self, path: Path, changes: Changes, appended: Callable[[], int]) -> None:
        super().__init__(name="retold-watcher", daemon=True)
        self._waited_for = threading.Event()
        self._ended = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._path = path
        self._changes = changes
        self._appended = appended
        self._connection: sqlite3.Connection | None = None
        self._version: tuple[int] | None = None
        # Unknown at first: whatever is there may have come after the subscription last looked.
        self._position = -1

    def resume(self) -> None:
        self._waited_for.set()

    def pause(self) -> None:
        if not self._ended.is_set():
            self._waited_for.clear()

    def stop(self) -> None:
        self._ended.set()
        self._waited_for.set()

    def run(self) -> None:
        try:
            while not self._ended.is_set():
                self._waited_for.wait()
                if self._ended.is_set():
                    return
                pause = poll_seconds
                try:
                    self._look()
                except sqlite3.Error as error:
                    log.warning("cannot watch the file; polling goes on", reason=str(error))
                    self._close()
                    pause = retry_seconds
                self._ended.wait(pause)
        finally:
            self._close()

    def _look(self) -> None:
        if self._connection is None:
            self._connection = connect_reader(self._path)
        version = self._connection.execute("PRAGMA data_version").fetchone()
        if version == self._version:
            return
        # Leases and read models are committed to the same file.
        found = self._connection.execute(_newest).fetchone()
        position = found[0] if found else 0
        if position > max(self._position, self._appended()):
            # A loop that is closed has nobody left who waits.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._changes.notify)
        self._position = position
        self._version = version

    def _close(self) -> None:
        self._version = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None
