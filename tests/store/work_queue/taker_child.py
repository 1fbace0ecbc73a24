"""A process that works through a queue: ``taker_child URL SECONDS``; it says what it did.

It says ``ready``, waits for a line, then takes, says ``taken``, finishes and says ``done``. It
ends when the queue is empty.
"""

from __future__ import annotations

import asyncio
import os
import sys

from retold.errors import WorkItemLost
from retold.store import open_store
from retold.store.work_queue import TakenWorkItem, WorkQueue


def _say(what: str, item: TakenWorkItem | None = None) -> None:
    """Write a line at once: it is read before this process is killed."""
    said = what if item is None else f"{what} {item.id} {item.token}"
    sys.stdout.write(said + "\n")
    sys.stdout.flush()


async def main(url: str, seconds: float) -> None:
    """Work until nothing waits and nothing is taken."""
    async with await open_store(url, durability="normal") as store:
        queue = WorkQueue(store, "steps")
        _say("ready")
        await asyncio.to_thread(sys.stdin.readline)
        owner = f"taker-{os.getpid()}"
        async with queue.sweeping(every=0.2):
            while True:
                taken = await queue.take(owner, seconds=seconds, limit=8)
                for item in taken:
                    _say("taken", item)
                for item in taken:
                    try:
                        await queue.finish(item)
                        _say("done", item)
                    except WorkItemLost:
                        _say("lost", item)
                if not taken:
                    figures = await queue.figures()
                    if not figures.ready + figures.taken:
                        return
                    await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
