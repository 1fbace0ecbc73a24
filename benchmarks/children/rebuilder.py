"""A process that rebuilds a projection: ``rebuilder URL PROJECTION WORKERS``."""

from __future__ import annotations

import asyncio
import sys

from benchmarks.child import report, wait_for_start
from benchmarks.children.reader import peak_bytes
from benchmarks.log import open_log
from retold.projections.keeping.control import drop_others
from retold.projections.keeping.processes import Processes
from retold.projections.keeping.rebuild import rebuild
from retold.projections.shipped import shipped


async def main(url: str, name: str, workers: int) -> None:
    """Rebuild, and report how many events were folded, how long it took and the memory of it."""
    projection = shipped.get(name)
    async with await open_log(url) as store:
        wait_for_start()
        by = Processes(url) if workers > 1 else None
        rebuilt = await rebuild(store, projection, workers=workers, run_workers=by)
        peak = peak_bytes()
        await drop_others(store, projection, shipped)
    report({"events": rebuilt.events, "seconds": rebuilt.seconds, "peak": peak})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
