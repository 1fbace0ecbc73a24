"""The server's clock, estimated."""

from __future__ import annotations

import time


class ServerClock:
    """The server's time, which all processes share, as of the last time it was asked.

    It is right to within a round trip, and never goes back for those who ask here.
    """

    stale_seconds = 60.0
    # The monotonic clock stands still while a machine sleeps; the one on the wall does not.
    most_apart_seconds = 1.0

    def __init__(self) -> None:
        """Know nothing until :meth:`set`."""
        self._offset = 0
        self._set_at = float("-inf")
        self._wall_at = 0.0
        self._last = 0

    @property
    def is_set(self) -> bool:
        """Whether the server was asked a short while ago, and no clock was moved since."""
        passed = time.monotonic() - self._set_at
        if passed >= self.stale_seconds:
            return False
        return abs(time.time() - self._wall_at - passed) < self.most_apart_seconds

    def set(self, now: int) -> None:
        """Take over the server's time, in microseconds since 1970-01-01 UTC."""
        self._set_at = time.monotonic()
        self._wall_at = time.time()
        self._offset = now - round(self._set_at * 1_000_000)

    def now(self) -> int:
        """Return microseconds since 1970-01-01 UTC."""
        self._last = max(self._last, round(time.monotonic() * 1_000_000) + self._offset)
        return self._last
