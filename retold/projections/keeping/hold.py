"""Holding a projection, so that other processes leave it alone."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from retold.errors import LeaseLost, StoreError, StoreUnavailable
from retold.store.lease import Lease, Leases
from retold.store.log import EventStore


def new_owner() -> str:
    """Return a name for a holder: host, process, and something no other has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


@asynccontextmanager
async def holding(
    store: EventStore, resource: str, owner: str, seconds: float
) -> AsyncGenerator[asyncio.Event, None]:
    """Hold a lease while the block runs, and renew it.

    Args:
        store: the log whose database keeps it.
        resource: what to hold.
        owner: who holds it.
        seconds: how long others wait after the holder died.

    Yields:
        An event that is set when the lease was lost. That takes nothing from what was folded:
        whoever moves a checkpoint second is refused.

    Raises:
        LeaseHeld: when somebody else holds it.
    """
    leases = Leases(store)
    lease = await leases.take(resource, owner, seconds)
    lost = asyncio.Event()
    beating = asyncio.create_task(_renew(leases, lease, seconds, lost), name=f"hold-{resource}")
    try:
        yield lost
    finally:
        beating.cancel()
        # Not awaited itself, which would take a cancellation of this task for its own.
        await asyncio.wait([beating])
        # One that cannot be let go of lapses.
        with suppress(StoreError):
            await leases.release(lease)


async def _renew(leases: Leases, lease: Lease, seconds: float, lost: asyncio.Event) -> None:
    while True:
        await asyncio.sleep(seconds / 3)
        try:
            await leases.renew(lease, seconds)
        except LeaseLost:
            lost.set()
            return
        except StoreUnavailable:
            # The database may be back before the lease has lapsed.
            continue
