"""The lease a turn holds: taken before anything is recorded, renewed while the turn goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from retold.errors import LeaseLost, StoreError
from retold.logs import get_logger
from retold.store.lease import Lease, Leases

log = get_logger("retold.lease")


@asynccontextmanager
async def holding(
    leases: Leases, resource: str, *, owner: str, seconds: float, on_lost: Callable[[], None]
) -> AsyncIterator[Lease]:
    """Hold a lease while the block runs.

    Args:
        leases: where leases are taken.
        resource: what to hold.
        owner: who holds it.
        seconds: how long it lasts once nobody renews it; it is renewed three times as often.
        on_lost: called once when somebody else took it because it lapsed.

    Raises:
        LeaseHeld: when somebody holds it.
    """
    lease = await leases.take(resource, owner, seconds)
    renewing = asyncio.create_task(_renew(leases, lease, seconds, on_lost), name="retold-lease")
    try:
        yield lease
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        try:
            await asyncio.shield(leases.release(lease))
        except StoreError as error:
            # It lapses by itself; what the turn did matters more than this.
            log.warning("lease not released", resource=resource, error=error.code)


async def _renew(leases: Leases, lease: Lease, seconds: float, on_lost: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(seconds / 3)
        try:
            await leases.renew(lease, seconds)
        except LeaseLost:
            on_lost()
            return
        except StoreError as error:
            # The next renewal may succeed; if none does, the lease lapses and appends conflict.
            log.warning("lease not renewed", resource=lease.resource, error=error.code)
