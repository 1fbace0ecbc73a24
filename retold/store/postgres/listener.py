"""Hearing of what other processes append to PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from retold.logs import get_logger
from retold.store.changes import Changes
from retold.store.postgres.connection import dial, driver_errors, hang_up, reason

log = get_logger("retold.subscription")

# After a connection was lost, or could not be had; each time twice as long.
shortest_retry_seconds = 0.05
longest_retry_seconds = 10.0


def channel_of(database_id: str) -> str:
    """Return the channel on which the processes of a log tell each other of appends."""
    return f"retold_{database_id}"


class Listener:
    """A connection that listens; see :class:`~retold.store.changes.Watcher`."""

    def __init__(
        self, dsn: str | None, channel: str, changes: Changes, own_pid: Callable[[], int | None]
    ) -> None:
        """Store what is needed; :meth:`start` connects.

        Args:
            dsn: as the user wrote it.
            channel: to listen to.
            changes: is told when there is something to hear.
            own_pid: returns the server's process by which this log sends, of whose appends
                ``changes`` is told already; None when there is none.
        """
        self._dsn = dsn
        self._channel = channel
        self._changes = changes
        self._own_pid = own_pid
        self._listening: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to listen."""
        self._listening = asyncio.create_task(self._listen(), name="retold-listener")
        self._tasks.add(self._listening)
        self._listening.add_done_callback(self._tasks.discard)

    def resume(self) -> None:
        """Go on: to listen costs nothing."""

    def pause(self) -> None:
        """Go on: to listen costs nothing, and to connect anew would."""

    def stop(self) -> None:
        """Listen no more; the connection is closed in a moment."""
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def close(self) -> None:
        """Stop, and wait until no connection is left."""
        self.stop()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _listen(self) -> None:
        pause = shortest_retry_seconds
        while True:
            try:
                await self._listen_until_lost()
                pause = shortest_retry_seconds
            except driver_errors as error:
                log.warning("cannot listen; polling goes on", reason=reason(error))
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest_retry_seconds)

    async def _listen_until_lost(self) -> None:
        connection = await dial(self._dsn, "full")
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(self._channel, self._hear)
            # What was appended before is told to nobody any more.
            self._changes.notify()
            if not connection.is_closed():
                await lost.wait()
            log.warning("the connection that listens was lost; polling goes on")
        finally:
            await hang_up(connection)

    def _hear(self, _connection: object, pid: int, _channel: str, _payload: object) -> None:
        if pid != self._own_pid():
            self._changes.notify()
