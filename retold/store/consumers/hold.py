"""A lease as its holder sees it: kept by a heartbeat, and doubted when that is late."""

from __future__ import annotations

import asyncio
import time

from retold.errors import LeaseLost
from retold.store.lease import Lease, Leases


class Hold:
    """A lease that is held, until when for certain, and whether it was lost.

    Attributes:
        lease: the lease.
        ended: set when the lease was lost, or when its holder is to let go of it.
    """

    def __init__(self, leases: Leases, lease: Lease, *, seconds: float, asked_at: float) -> None:
        """Store a lease that was just taken.

        Args:
            leases: where it was.
            lease: the lease.
            seconds: how long it lasts from each renewal.
            asked_at: by the monotonic clock, before it was asked for.
        """
        self.lease = lease
        self.ended = asyncio.Event()
        self._leases = leases
        self._seconds = seconds
        self._good_until = asked_at + seconds
        self._lost = False

    @property
    def lost(self) -> bool:
        """Whether somebody else took it."""
        return self._lost

    def renewed(self, asked_at: float) -> None:
        """Say that it was renewed, which was asked for at that time of the monotonic clock."""
        self._good_until = asked_at + self._seconds

    def lose(self) -> None:
        """Say that somebody else took it."""
        self._lost = True
        self.ended.set()

    async def check(self) -> None:
        """Make sure that it is held; it asks the database only when the heartbeat is late.

        Raises:
            LeaseLost: when somebody else took it.
            StoreUnavailable: when it is late, and the database does not say.
        """
        if not self._lost and (now := time.monotonic()) >= self._good_until:
            try:
                await self._leases.renew(self.lease, self._seconds)
            except LeaseLost:
                self.lose()
                raise
            self.renewed(now)
        if self._lost:
            raise LeaseLost(self.lease.resource, self.lease.owner)
