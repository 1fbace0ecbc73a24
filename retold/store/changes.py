"""Waiting for the log to change, without asking it over and over."""

from __future__ import annotations

import asyncio


class Changes:
    """Counts the changes of a log, and wakes who waits for the next one.

    A change is a hint: that something may have been appended, not what. Who missed a hint finds
    what it meant at its next reading.
    """

    def __init__(self) -> None:
        self.count = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Wake everybody; called in the event loop."""
        self.count += 1
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def wait(self, since: int, seconds: float) -> bool:
        """Wait until :attr:`count` is no longer ``since``.

        Args:
            since: the count when the log was last read.
            seconds: how long to wait at the most.

        Returns:
            Whether there was a change.
        """
        if self.count != since:
            return True
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            await asyncio.wait_for(waiting, seconds)
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(waiting)
        return True
