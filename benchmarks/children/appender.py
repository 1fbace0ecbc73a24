"""A process that appends for a fixed time: ``appender URL NAME CALLERS SECONDS [DURABILITY]``."""

from __future__ import annotations

import asyncio
import sys
import time

from benchmarks.chat import chat_event
from benchmarks.child import report, wait_for_start
from benchmarks.log import Durability, open_log
from retold.store import EventStore


async def append_until(store: EventStore, stream: str, end: float) -> list[float]:
    """Append to a stream of one's own until ``end``; return the seconds each append took."""
    waits: list[float] = []
    while True:
        begin = time.monotonic()
        if begin >= end:
            return waits
        version = len(waits)
        new = chat_event(version, stream)
        await store.append(stream, [new], expected_version=version)
        waits.append(time.monotonic() - begin)


async def main(
    url: str, name: str, callers: int, seconds: float, durability: Durability = "full"
) -> None:
    """Append, and report how many appends there were and the longest of them."""
    async with await open_log(url, durability) as store:
        wait_for_start()
        end = time.monotonic() + seconds
        waits = await asyncio.gather(
            *(append_until(store, f"chat-{name}-{caller}", end) for caller in range(callers))
        )
    every = [wait for of_caller in waits for wait in of_caller]
    report({"appended": len(every), "longest_seconds": max(every)})


if __name__ == "__main__":
    url, name, callers, seconds, *durability = sys.argv[1:]
    asyncio.run(
        main(
            url, name, int(callers), float(seconds), "normal" if "normal" in durability else "full"
        )
    )
