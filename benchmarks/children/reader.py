"""A process that reads a whole log and watches its own memory: ``reader URL EVENTS``."""

from __future__ import annotations

import asyncio
import resource
import sys
from pathlib import Path

from benchmarks.child import report, wait_for_start
from benchmarks.log import open_log


def peak_bytes() -> int:
    """Return the most memory this process has had resident so far."""
    status = Path("/proc/self/status")
    if status.exists():
        # Linux hands ru_maxrss on to the program that a process starts; this is its own.
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


async def main(url: str, events: int) -> None:
    """Read, and report how much memory a tenth of it took, and all of it."""
    count = after_a_tenth = 0
    async with await open_log(url) as store:
        wait_for_start()
        async for _ in store.read_all():
            count += 1
            if count == events // 10:
                after_a_tenth = peak_bytes()
    report({"events": count, "peak_after_a_tenth": after_a_tenth, "peak": peak_bytes()})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
