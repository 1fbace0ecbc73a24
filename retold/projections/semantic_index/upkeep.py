"""A thread that does what is long: building graphs and adding to them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

from retold.logs import get_logger

log = get_logger("retold.cache")


class Upkeep:
    """Runs pieces of work in one thread while there are any; the thread ends with them.

    Attributes:
        failures: pieces that raised.
    """

    def __init__(self, work: Callable[[Callable[[], bool]], bool]) -> None:
        """Store the work.

        Args:
            work: does a piece, and returns whether there may be more; it is given what tells it
                to stop between steps.
        """
        self.failures = 0
        self._work = work
        self._lock = threading.Lock()
        self._running = False
        self._asked = False
        self._stopped = False
        self._waiting: list[Callable[[], object]] = []

    def wake(self) -> None:
        """Let it look for work; in any thread, and without waiting."""
        with self._lock:
            self._asked = True
            if self._running or self._stopped:
                return
            self._running = True
        threading.Thread(target=self._run, name="retold-index").start()

    async def idle(self) -> None:
        """Wait until there is no more to do."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        with self._lock:
            if not self._running:
                return
            self._waiting.append(lambda: loop.call_soon_threadsafe(done.set))
        await done.wait()

    def stop(self) -> None:
        """Let it do no more; what it is at is left at its next step."""
        with self._lock:
            self._stopped = True

    def _is_stopped(self) -> bool:
        # The interpreter waits for this thread before it runs any other farewell, so a program
        # that ends without closing its log is noticed here.
        return self._stopped or not threading.main_thread().is_alive()

    def _run(self) -> None:
        while self._goes_on():
            try:
                while self._work(self._is_stopped) and not self._is_stopped():
                    pass
            except Exception:
                # The matrix answers without a graph; the next change tries again.
                self.failures += 1
                log.exception("index_upkeep_failed")

    def _goes_on(self) -> bool:
        with self._lock:
            if self._asked and not self._is_stopped():
                self._asked = False
                return True
            self._running = False
            waiting, self._waiting = self._waiting, []
        for tell in waiting:
            # Whoever waited may have closed its event loop.
            with suppress(RuntimeError):
                tell()
        return False
