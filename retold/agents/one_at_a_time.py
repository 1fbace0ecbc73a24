"""What is done once at a time under a name, and no wait that would never end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TypeAlias
from weakref import WeakValueDictionary

from retold.errors import WaitsForItself

Name: TypeAlias = tuple[str, str, str]
"""What is done, the stream it is done in, and what it is called there."""

_held: ContextVar[tuple[asyncio.Lock, ...]] = ContextVar("retold_one_at_a_time", default=())


class OneAtATime:
    """Lets the second who does the same wait for the first, in one process."""

    def __init__(self) -> None:
        """Begin with nothing that is done."""
        self._locks: WeakValueDictionary[Name, asyncio.Lock] = WeakValueDictionary()
        # What is held by somebody who waits, and what for.
        self._waits: list[tuple[asyncio.Lock, asyncio.Lock]] = []

    @asynccontextmanager
    async def alone(self, name: Name) -> AsyncIterator[None]:
        """Do something in the block that nobody else does meanwhile.

        Args:
            name: of it.

        Raises:
            WaitsForItself: when what is done under the name waits for this very block, itself or
                by what it waits for.
        """
        lock = self._locks.setdefault(name, asyncio.Lock())
        # What a task does that outlives the block it was begun in, the block does not wait for.
        held = tuple(one for one in _held.get() if one.locked())
        if self._waits_for_any(lock, held):
            raise WaitsForItself(*name)
        waits = [(one, lock) for one in held]
        self._waits += waits
        try:
            await lock.acquire()
        finally:
            for wait in waits:
                self._waits.remove(wait)
        token = _held.set((*held, lock))
        try:
            yield
        finally:
            _held.reset(token)
            lock.release()

    def _waits_for_any(self, lock: asyncio.Lock, held: tuple[asyncio.Lock, ...]) -> bool:
        needed, looked_at = [lock], set[asyncio.Lock]()
        while needed:
            one = needed.pop()
            if one in held:
                return True
            if one not in looked_at:
                looked_at.add(one)
                needed += [other for waiting, other in self._waits if waiting is one]
        return False
