"""Making room in a cache that has more entries than it may."""

from __future__ import annotations

from typing import Literal

from retold.agents.caching.entries import entries_of
from retold.domain.cache.entry import EvictEntry
from retold.errors import RetoldError
from retold.logs import get_logger
from retold.projections.models.cached import entries_too_many
from retold.store import EventStore

log = get_logger("retold.cache")


class Evicting:
    """Counts what is stored, and removes what is too many now and then.

    How many entries there are is known to the read model, which takes a moment to bring up to the
    log. So a process looks at it when it stores its first, and after every hundredth part of the
    capacity.
    """

    def __init__(self, cache: str, capacity: int | None, policy: Literal["lru", "cost"]) -> None:
        """Store what is needed.

        Args:
            cache: name of the cache.
            capacity: how many entries it may have; None for any number.
            policy: which to remove, as of ``Cache``.
        """
        self._cache = cache
        self._capacity = capacity
        self._policy: Literal["lru", "cost"] = policy
        self._stored = 0

    async def after_store(self, store: EventStore) -> None:
        """Note that an entry was stored, and make room when it is time to.

        Never raises because of the log: the answer that was stored is what its caller wants.
        """
        if self._capacity is None:
            return
        # The first one counts, or processes that store little would never make room.
        is_time = self._stored % max(1, self._capacity // 100) == 0
        self._stored += 1
        if not is_time:
            return
        try:
            await self._make_room(store, self._capacity)
        except RetoldError as error:
            log.warning("cache entries not evicted", cache=self._cache, error=error.code)

    async def _make_room(self, store: EventStore, capacity: int) -> None:
        entries = entries_of(store)
        for row in await entries_too_many(store, self._cache, capacity, self._policy):
            evict = EvictEntry(entry=row.entry, policy=self._policy, capacity=capacity)
            await entries.decide(row.key, evict)
