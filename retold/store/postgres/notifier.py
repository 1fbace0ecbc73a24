"""Telling other processes that something was appended to PostgreSQL."""

from __future__ import annotations

import asyncio

from retold.logs import get_logger
from retold.store.postgres.connection import Connection, dial, driver_errors, hang_up, reason

log = get_logger("retold.subscription")

# After a failure; each time twice as long.
shortest_retry_seconds = 0.05
longest_retry_seconds = 30.0
# How long closing waits for what is still to be sent; those it is for poll anyway.
last_seconds = 1.0


# A server that is told of each of a thousand appends a second has less time for them.
seconds_between = 0.005


class Notifier:
    """Sends NOTIFY from a connection and a task of its own, one at a time.

    An append never waits for it, nor fails by it: NOTIFY takes a lock that all databases of the
    server share, so it has no place in the transaction that appends. What is appended while one
    is being sent is told of by the next, however many groups there were.
    """

    def __init__(self, dsn: str | None, channel: str) -> None:
        """Store what is needed; the first :meth:`notify` connects.

        Args:
            dsn: as the user wrote it.
            channel: to send to.
        """
        self._dsn = dsn
        self._channel = channel
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        self._sending = False
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The server's process that sends; None while there is none."""
        connection = self._connection
        if connection is None or connection.is_closed():
            return None
        return connection.get_server_pid()

    def notify(self) -> None:
        """Have it sent in a moment; called in the event loop."""
        if self._closed:
            return
        self._wanted.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="retold-notifier")

    async def close(self) -> None:
        """Send what is to be sent, for :data:`last_seconds` at the most, and disconnect."""
        self._closed = True
        if self._task is not None:
            if self._wanted.is_set() or self._sending:
                await asyncio.wait([self._task], timeout=last_seconds)
            self._task.cancel()
            await asyncio.wait([self._task])
        connection, self._connection = self._connection, None
        await hang_up(connection)

    async def _run(self) -> None:
        pause = shortest_retry_seconds
        while True:
            self._sending = False
            await self._wanted.wait()
            self._sending = True
            try:
                if self._connection is None:
                    self._connection = await dial(self._dsn, "normal")
                self._wanted.clear()
                await self._connection.execute(f'NOTIFY "{self._channel}"')
            except driver_errors as error:
                log.warning("cannot notify; others learn by polling", reason=reason(error))
                connection, self._connection = self._connection, None
                await hang_up(connection)
                self._wanted.set()
                await asyncio.sleep(pause)
                pause = min(2 * pause, longest_retry_seconds)
            else:
                pause = shortest_retry_seconds
                # What one caller appends after the other is told of together.
                await asyncio.sleep(seconds_between)
                if self._closed and not self._wanted.is_set():
                    return
