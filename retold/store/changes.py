"""Waiting for the log to change, without asking it over and over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Watcher(Protocol):
    """Notices what other processes append, and calls :meth:`Changes.notify`.

    Its methods are called in the event loop; none of them blocks or fails.
    """

    def start(self) -> None:
        """Begin: there is somebody now who follows the log."""
        ...

    def resume(self) -> None:
        """Somebody waits now."""
        ...

    def pause(self) -> None:
        """Nobody waits any more; those who follow the log are busy with what they read."""
        ...

    def stop(self) -> None:
        """End: nobody follows the log any more."""
        ...


class Changes:
    """Counts the changes of a log, and wakes who waits for the next one.

    A change is a hint: that something may have been appended, not what. Who missed a hint finds
    what it meant at its next reading.

    Attributes:
        count: of the changes since the log was opened.
        watcher: tells of what other processes append; None when there are none. It works for
            those who are :meth:`following` only.
    """

    def __init__(self) -> None:
        self.count = 0
        self.watcher: Watcher | None = None
        self._followers = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Wake everybody; called in the event loop."""
        self.count += 1
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    @contextmanager
    def following(self) -> Iterator[None]:
        """Let the changes that other processes make be noticed too."""
        self._followers += 1
        if self._followers == 1 and self.watcher is not None:
            self.watcher.start()
            if self._waiting:
                self.watcher.resume()
        try:
            yield
        finally:
            self._followers -= 1
            if self._followers == 0 and self.watcher is not None:
                self.watcher.stop()

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
        if len(self._waiting) == 1 and self.watcher is not None:
            self.watcher.resume()
        try:
            await asyncio.wait_for(waiting, seconds)
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(waiting)
            if not self._waiting and self.watcher is not None:
                self.watcher.pause()
        return True
