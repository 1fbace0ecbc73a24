"""A process that works in a consumer group and says what it handled.

``python -m tests.store.consumers.member_child URL PARTITIONS LEASE_SECONDS``. A line
``handled TEXT STREAM VERSION`` on standard output is an event its handler returned from. A line
on standard input stops it in good order.
"""

from __future__ import annotations

import asyncio
import os
import sys

from retold.domain.recorded import RecordedEvent
from retold.store import open_store
from retold.store.consumers import ConsumerGroup


async def handle(event: RecordedEvent) -> None:
    """Say that an event was handled, at once and whole."""
    await asyncio.sleep(0.002)
    os.write(1, f"handled {event.data['text']} {event.stream} {event.version}\n".encode())


async def main(url: str, partitions: int, lease_seconds: float) -> None:
    """Work until told to stop."""
    async with await open_store(url) as store:
        group = ConsumerGroup(store, "mail", partitions=partitions, lease_seconds=lease_seconds)
        until = asyncio.Event()
        asyncio.get_running_loop().add_reader(0, until.set)
        os.write(1, b"ready\n")
        await group.run(handle, until=until, checkpoint_every=10)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
