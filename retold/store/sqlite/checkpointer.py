"""Moving what was appended from the WAL into the database file, off the writer's path.

SQLite's own checkpoints are made by whoever commits when the WAL has grown, who then waits for
the disk: with them the 99th percentile of appending is five times as long. A checkpoint in the
background alone never reaches the end of a WAL that is written to without pauses, so that it grows,
and forcing a file to the disk that grows takes longer than one that is overwritten. So the bulk is
moved in the background, and the little that came meanwhile by the writer, between two groups;
then the WAL begins anew.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path

from retold.store.sqlite.file import connect_writer
from retold.store.sqlite.writer import SqliteWriter

seconds_between = 0.05
# Twelve megabytes: a pause of the writer for so many pages is rare enough not to show in the 99th
# percentile, and the WAL is soon as long as it gets.
enough_pages = 3_000
idle_seconds = 1.0
# Other processes may write between a writer's groups, and long readers need the WAL as it is. From
# this size on writers wait for a checkpoint.
too_many_bytes = 64 * 1024 * 1024
busy_milliseconds = 1_000


class Checkpointer:
    """A thread that keeps the WAL of a file short."""

    def __init__(self, path: Path, writer: SqliteWriter) -> None:
        """Store where the file is, and who writes it here. :meth:`start` begins."""
        self._path = path
        self._wal = Path(f"{path}-wal")
        self._writer = writer
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection: sqlite3.Connection | None = None

    def start(self) -> None:
        """Begin to look after the WAL."""
        self._thread = threading.Thread(target=self._run, name="retold-checkpoints", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop; it waits for a checkpoint that is being made."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        done, written = self._state(), self._writer.pages_written
        seen, seen_at = done, time.monotonic()
        try:
            while not self._stop.wait(seconds_between):
                found = self._state()
                if found != seen:
                    seen, seen_at = found, time.monotonic()
                enough = self._writer.pages_written - written >= enough_pages
                idle = time.monotonic() - seen_at >= idle_seconds
                if enough or (found != done and idle):
                    written = self._writer.pages_written
                    done = found
                    # One that fails is put off: what is in the WAL is in the log.
                    with suppress(sqlite3.Error):
                        self._checkpoint(found[0])
        finally:
            if self._connection is not None:
                self._connection.close()

    def _checkpoint(self, wal_bytes: int) -> None:
        if self._connection is None:
            self._connection = connect_writer(self._path, "NORMAL")
            self._connection.execute(f"PRAGMA busy_timeout={busy_milliseconds}")
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        self._writer.ask_for_checkpoint()
        if wal_bytes > too_many_bytes:
            self._connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()

    def _state(self) -> tuple[int, int]:
        """Return size and time of change of the WAL."""
        try:
            state = self._wal.stat()
        except OSError:
            return 0, 0
        return state.st_size, state.st_mtime_ns
