"""The lease a turn holds: taken before anything is recorded, renewed while the turn goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from retold.errors import LeaseLost, RetoldError
from retold.logs import get_logger
from retold.store.lease import Lease, Leases
from retold.store.uninterrupted import uninterrupted

log = get_logger("retold.lease")


class TurnLease:
    """The lease on one conversation, as one process takes, keeps and returns it."""

    def __init__(self, leases: Leases, resource: str, *, owner: str, seconds: float) -> None:
        """Store what is needed.

        Args:
            leases: where leases are taken.
            resource: what to hold.
            owner: who holds it.
            seconds: how long it lasts once nobody renews it; it is renewed three times as often.
        """
        self._leases = leases
        self._resource = resource
        self._owner = owner
        self._seconds = seconds
        # When it was asked for last with success, by two clocks.
        self._held_at = float("-inf"), float("-inf")

    async def take(self) -> Lease:
        """Take the lease.

        Raises:
            LeaseHeld: when somebody holds it.
            StoreError: when the log does not do its work.
        """
        taken: list[Lease] = []

        async def take() -> None:
            now = _now()
            taken.append(await self._leases.take(self._resource, self._owner, self._seconds))
            self._held_at = now

        try:
            await uninterrupted(take(), begins_here=self._leases.begins_here)
        except asyncio.CancelledError:
            # Otherwise nobody could hold it until it lapses.
            for lease in taken:
                await self.give_back(lease)
            raise
        return taken[0]

    async def check(self, lease: Lease) -> None:
        """Renew ``lease``, unless it was taken or renewed so lately that it cannot have lapsed.

        Raises:
            LeaseLost: when it lapsed and was taken by somebody else.
            StoreError: when the log does not do its work.
        """
        # The monotonic clock stands still while a machine sleeps; the other one may be set back.
        passed = max(now - then for now, then in zip(_now(), self._held_at, strict=True))
        if passed >= self._seconds / 2:
            await self._renew(lease)

    async def _renew(self, lease: Lease) -> None:
        now = _now()
        await self._leases.renew(lease, self._seconds)
        self._held_at = now

    async def give_back(self, lease: Lease) -> None:
        """Let go of ``lease``. Never raises: it lapses by itself, and the turn matters more."""
        try:
            await self._leases.release(lease)
        except RetoldError as error:
            log.warning("lease not released", resource=lease.resource, error=error.code)

    @asynccontextmanager
    async def kept(self, lease: Lease, on_lost: Callable[[LeaseLost], None]) -> AsyncIterator[None]:
        """Keep ``lease`` from lapsing while the block runs.

        Args:
            lease: the lease.
            on_lost: called once when somebody else took it because it lapsed.
        """
        ended = asyncio.Event()
        keeping: list[asyncio.Task[None]] = []

        def keep() -> None:
            keeping.append(
                asyncio.create_task(self._keep(lease, on_lost, ended), name="retold-lease")
            )

        # Most turns are over before the first renewal.
        first = asyncio.get_running_loop().call_later(self._seconds / 3, keep)
        try:
            yield
        finally:
            first.cancel()
            # Not cancelled: that could cut a renewal off in the middle.
            ended.set()
            if keeping:
                await uninterrupted(asyncio.wait(keeping))

    async def _keep(
        self, lease: Lease, on_lost: Callable[[LeaseLost], None], ended: asyncio.Event
    ) -> None:
        while True:
            try:
                await self._renew(lease)
            except LeaseLost as error:
                log.warning("lease lost", resource=lease.resource)
                on_lost(error)
                return
            except Exception as error:
                # The next renewal may succeed; if none does, the lease lapses and appends conflict.
                log.warning(
                    "lease not renewed", resource=lease.resource, error=type(error).__name__
                )
            if await _happens(ended, within=self._seconds / 3):
                return


def _now() -> tuple[float, float]:
    return time.monotonic(), time.time()


async def _happens(event: asyncio.Event, *, within: float) -> bool:
    try:
        async with asyncio.timeout(within):
            return await event.wait()
    except TimeoutError:
        return False
