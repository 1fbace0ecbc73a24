"""How much of a log's database work in the background takes while others append."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from retold.store.log import EventStore
from retold.store.url import Kind

# A pause longer than this is no use to those who append, and a rebuild is to come on.
longest_rest_seconds = 2.0
# Who appends waits for no transaction that is much longer.
long_hold_seconds = 0.02
# The first one to append comes upon what was begun when nobody did.
long_hold_alone_seconds = 0.25
fewest_events = 50
# With fewer appends than this a second the share is larger: there is little to be slowed.
few_events_per_second = 100.0
largest_share = 0.5
# SQLite's appends wait for its one write lock; on a server they share processors and the disk.
default_shares: Mapping[Kind, float] = {"sqlite": 0.06, "postgresql": 0.2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Courtesy:
    """What background work leaves to those who append meanwhile; nobody appends, it takes all.

    Attributes:
        share: of the time its transactions are open while others append as fast as they can,
            above 0.0; 1.0 to take no notice of them; None for :data:`default_shares`.
        workers: that have this share together.
        sleep: waits so many seconds.
        clock: seconds that never go back.
    """

    share: float | None = None
    workers: int = 1
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    clock: Callable[[], float] = time.perf_counter

    def __post_init__(self) -> None:
        """Refuse a share that is none.

        Raises:
            ValueError: when it is not above 0.0, or above 1.0.
        """
        if self.share is not None and not 0.0 < self.share <= 1.0:
            raise ValueError(f"The share of the time is {self.share}: give 0.0 < share <= 1.0.")

    def shared_by(self, workers: int) -> Courtesy:
        """Return what each of several leaves that work at the same time."""
        return replace(self, workers=workers)

    def share_on(self, kind: Kind) -> float:
        """Return the share of one worker on a database of that kind."""
        share = default_shares[kind] if self.share is None else self.share
        return share if share == 1.0 else share / self.workers


class Pace:
    """How many events a folding takes at a time, and how long it rests after each transaction.

    SQLite lets one connection write at a time, and whoever appends waits for it; on a server they
    share its processors. Whether somebody appends is seen by the log's end, which a folding never
    moves.

    Attributes:
        size: events to take next.
        others_append: whether somebody did between the last two looks.
    """

    def __init__(self, store: EventStore, courtesy: Courtesy, most_events: int) -> None:
        """Store whose log it is, and how many events are taken when nobody appends."""
        self._store = store
        self._courtesy = courtesy
        self._most_events = most_events
        self._fewest_events = min(fewest_events, most_events)
        self._held = 0.0
        self._seen: tuple[int, float] | None = None
        self._share = courtesy.share_on(store.kind)
        self.others_append = False
        # Nothing is known of the first transaction, so it is a short one.
        self.size = most_events if self._share == 1.0 else self._fewest_events

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Give a write transaction of the log's database, and take the time it is open."""
        clock = self._courtesy.clock
        async with self._store.transaction() as connection:
            # Waiting for the lock keeps nobody from it.
            begun = clock()
            yield connection
        self._held += clock() - begun

    async def rest(self) -> None:
        """Rest when others appended since the last time, as long as the transactions were open.

        Raises:
            StoreUnavailable: when the database does not do its work.
        """
        if self._share == 1.0:
            return
        held, self._held = self._held, 0.0
        rate = await self._appended_per_second()
        self.others_append = rate > 0.0
        long = long_hold_seconds if rate else long_hold_alone_seconds
        if held > long:
            self.size = max(self.size // 2, self._fewest_events)
        elif held < long / 3:
            self.size = min(2 * self.size, self._most_events)
        if not rate:
            return
        share = self._share
        if rate < few_events_per_second:
            share = max(share, min(largest_share, share * few_events_per_second / rate))
        await self._courtesy.sleep(min(held / share - held, longest_rest_seconds))

    async def _appended_per_second(self) -> float:
        """Return how fast events were appended since the last time; 0.0 the first time."""
        newest = await self._store.backend.newest()
        now = 0 if newest is None else newest.position, self._courtesy.clock()
        before, self._seen = self._seen, now
        if before is None:
            return 0.0
        return max(now[0] - before[0], 0) / max(now[1] - before[1], 1e-6)
