"""Pools: what only so many calls may use at once, such as API clients or GPUs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from ag2.events import ModelResponse

from retold.agents.resilience.guarded_model import ModelCall, Piece
from retold.domain.resilience import ModelCallRefused
from retold.errors import PoolFull

R = TypeVar("R")


class ResourcePool(Piece, Generic[R]):
    """A named pool of this process, used by whatever it is put around.

    A call takes one of its resources and gives it back when it ends. When none is free it waits
    its turn; when too many wait, or for too long, it is refused with
    :class:`~retold.errors.PoolFull` and an event, ``model.call_refused``.

    Attributes:
        name: of the pool.
        limit: how many may use it at once.
        refused: callers that were refused so far.
    """

    def __init__(
        self,
        name: str,
        resources: Sequence[R],
        *,
        waiting: int | None = None,
        wait_seconds: float | None = 30.0,
    ) -> None:
        """Store what is needed.

        Args:
            name: of the pool.
            resources: what it is a pool of, such as clients or names of devices.
            waiting: how many may wait at once; None for any number.
            wait_seconds: how long one waits; None for as long as it takes.

        Raises:
            ValueError: when there is no resource, or a number is out of range.
        """
        if not resources:
            raise ValueError(f"pool {name!r}: at least one resource")
        if waiting is not None and waiting < 0:
            raise ValueError(f"pool {name!r}: waiting is 0 or more, not {waiting}")
        if wait_seconds is not None and not wait_seconds >= 0:
            raise ValueError(f"pool {name!r}: wait_seconds is 0 or more, not {wait_seconds}")
        self.name = name
        self.limit = len(resources)
        self.refused = 0
        self._most_waiting = waiting
        self._wait_seconds = wait_seconds
        self._free = deque(resources)
        self._slots = asyncio.Semaphore(self.limit)
        self._waiting = 0

    @property
    def in_use(self) -> int:
        """How many are in use now."""
        return self.limit - len(self._free)

    @property
    def waiting(self) -> int:
        """How many callers wait now."""
        return self._waiting

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[R]:
        """Hold one of the resources while the block runs.

        Raises:
            PoolFull: when none is free, and too many wait or none becomes free in time.
        """
        await self._take_slot()
        resource = self._free.popleft()
        try:
            yield resource
        finally:
            self._free.append(resource)
            self._slots.release()

    async def call(self, call: ModelCall) -> ModelResponse:
        """Call while holding one of the resources."""
        try:
            await self._take_slot()
        except PoolFull as error:
            event = ModelCallRefused(
                by="pool",
                name=self.name,
                error=call.describe(error),
                provider=call.provider,
                model=call.model,
            )
            call.trail.cause = await call.record(event) or call.trail.cause
            raise
        resource = self._free.popleft()
        try:
            return await call.proceed()
        finally:
            self._free.append(resource)
            self._slots.release()

    async def _take_slot(self) -> None:
        if not self._slots.locked():
            await self._slots.acquire()
            return
        if self._most_waiting is not None and self._waiting >= self._most_waiting:
            self.refused += 1
            raise PoolFull(self.name, self.limit, self._waiting, None)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._slots.acquire()
        except TimeoutError as error:
            self.refused += 1
            raise PoolFull(self.name, self.limit, self._waiting - 1, self._wait_seconds) from error
        finally:
            self._waiting -= 1


class Bulkhead(ResourcePool[int]):
    """A pool of plain slots: only so many calls go on at once, so that one model's slowness or
    one caller's rush does not take everything.
    """

    def __init__(
        self,
        name: str,
        limit: int,
        *,
        waiting: int | None = None,
        wait_seconds: float | None = 30.0,
    ) -> None:
        """Store what is needed.

        Args:
            name: of the bulkhead, such as the model's.
            limit: how many calls may go on at once, at least 1.
            waiting, wait_seconds: as of :class:`ResourcePool`.

        Raises:
            ValueError: when a number is out of range.
        """
        super().__init__(name, range(limit), waiting=waiting, wait_seconds=wait_seconds)
