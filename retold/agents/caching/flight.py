"""Single flight: of equal requests at the same time one calls the model, the others wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from retold.agents.turn_lease import TurnLease
from retold.domain.cache.events import CacheEntryStored
from retold.errors import LeaseHeld, RetoldError
from retold.logs import get_logger
from retold.store import EventStore
from retold.store.lease import Lease, Leases

log = get_logger("retold.cache")

lease_prefix = "cache:"
# Rows of leases that nobody holds are removed after so many.
_forget_after = 64
_first_pause, _longest_pause = 0.02, 0.25


@dataclass(eq=False, slots=True)
class Flight:
    """One request under way.

    Attributes:
        stored: what came of it; None when it failed, or its answer was not stored.
        is_shared: whether those who wait should go on one after the other, as it failed; otherwise
            its answer is not one to be shared, and each of them asks by itself.
        over: set at the end.
    """

    stored: CacheEntryStored | None = None
    is_shared: bool = True
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Flights:
    """The requests under way in this process, by key."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_key: dict[str, Flight] = {}

    def under_way(self, key: str) -> Flight | None:
        """Return the request of a key that is under way; None when there is none."""
        return self._by_key.get(key)

    @contextmanager
    def begin(self, key: str) -> Iterator[Flight]:
        """Let a request be under way while the block runs; whatever ends it, who waits goes on."""
        flight = self._by_key[key] = Flight()
        try:
            yield flight
        finally:
            del self._by_key[key]
            flight.over.set()


class ProcessFlights:
    """The requests under way in all processes on a log, by leases on their keys."""

    def __init__(self, store: EventStore, owner: str) -> None:
        """Store what is needed.

        Args:
            store: the log.
            owner: who takes the leases.
        """
        self._leases = Leases(store)
        self._owner = owner
        self._released = 0

    async def take(self, key: str, seconds: float) -> Lease | None:
        """Take the lease on a key; None when another process has a request under way.

        Raises:
            StoreError: when the log does not do its work.
        """
        try:
            return await self._lease(key, seconds).take()
        except LeaseHeld:
            return None

    @asynccontextmanager
    async def held(self, lease: Lease, key: str, seconds: float) -> AsyncIterator[None]:
        """Keep a lease while the block runs, and give it back.

        When it was lost all the same, as this process stood still, two may have called the model:
        the answer that is stored first is the one that is kept.
        """
        keeper = self._lease(key, seconds)
        try:
            async with keeper.kept(lease, lambda _: None):
                yield
        finally:
            await keeper.give_back(lease)
            await self._forget()

    async def _forget(self) -> None:
        self._released += 1
        if self._released % _forget_after:
            return
        try:
            await self._leases.forget(lease_prefix)
        except RetoldError as error:
            log.warning("leases not forgotten", error=error.code)

    def _lease(self, key: str, seconds: float) -> TurnLease:
        return TurnLease(self._leases, f"{lease_prefix}{key}", owner=self._owner, seconds=seconds)


def pauses() -> Iterator[float]:
    """Yield the seconds to wait before each look at what another process does."""
    pause = _first_pause
    while True:
        yield pause
        pause = min(2 * pause, _longest_pause)


_by_store: WeakKeyDictionary[EventStore, Flights] = WeakKeyDictionary()


def flights_in(store: EventStore) -> Flights:
    """Return the requests under way on a log in this process, whichever cache they go through."""
    return _by_store.setdefault(store, Flights())
