"""A process that rebuilds one projection after the other until its input ends: ``... URL``."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

from benchmarks.child import report, wait_for_start
from benchmarks.log import open_log
from retold.projections.keeping.control import drop_others
from retold.projections.keeping.rebuild import rebuild
from retold.projections.shipped import shipped
from retold.store import EventStore


async def rebuild_on(store: EventStore) -> None:
    """Rebuild on and on."""
    while True:
        for projection in shipped:
            await rebuild(store, projection)
            await drop_others(store, projection, shipped)


async def main(url: str) -> None:
    """Rebuild until the input ends."""
    async with await open_log(url) as store:
        wait_for_start()
        rebuilding = asyncio.create_task(rebuild_on(store))
        ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        await asyncio.wait({rebuilding, ended}, return_when=asyncio.FIRST_COMPLETED)
        # It lets go of what it holds, so that the next one need not wait.
        rebuilding.cancel()
        with suppress(asyncio.CancelledError):
            await rebuilding
    report({})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
