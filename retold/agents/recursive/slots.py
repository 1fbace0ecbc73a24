"""How many questions are under way at once, and whose turn it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from itertools import count


class Slots:
    """A limit of what goes on at once; of those that wait, the first by its place is next.

    By the place in the tree, a problem is finished before the one beside it is begun. So when a
    budget is spent, more is solved than if all had been begun.
    """

    def __init__(self, limit: int) -> None:
        """Store how many may go on at once, from 1."""
        self._free = limit
        self._waiting: list[tuple[tuple[int, ...], int, asyncio.Future[None]]] = []
        self._numbers = count()

    @asynccontextmanager
    async def held(self, place: tuple[int, ...]) -> AsyncIterator[None]:
        """Hold a slot, once there is one.

        Args:
            place: the smaller, the sooner.
        """
        await self._take(place)
        try:
            yield
        finally:
            self._give()

    async def _take(self, place: tuple[int, ...]) -> None:
        if self._free and not self._waiting:
            self._free -= 1
            return
        future = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (place, next(self._numbers), future))
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self._give()
            raise

    def _give(self) -> None:
        self._free += 1
        loop = asyncio.get_running_loop()
        # Not at once: who gave it back goes on, and what it begins next may have the first place.
        loop.call_soon(loop.call_soon, self._hand_out)

    def _hand_out(self) -> None:
        while self._free and self._waiting:
            _, _, future = heappop(self._waiting)
            if not future.done():
                self._free -= 1
                future.set_result(None)
