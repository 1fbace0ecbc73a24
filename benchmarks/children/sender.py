"""A process that sends timed events: ``sender URL COUNT PAUSE``."""

from __future__ import annotations

import asyncio
import sys

from benchmarks.child import report, wait_for_start
from benchmarks.log import open_log
from benchmarks.timed import send


async def main(url: str, count: int, pause: float) -> None:
    """Wait for the start, then send."""
    async with await open_log(url) as store:
        wait_for_start()
        await send(store, count, pause)
    report({"sent": count})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
