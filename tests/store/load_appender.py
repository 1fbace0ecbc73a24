"""A process that appends by many callers at once, to streams it shares with other processes.

``python -m tests.store.load_appender URL NAME CALLERS APPENDS STREAMS SEED``. It waits for a line
on standard input; each of CALLERS makes APPENDS appends, of one to three events, to one or two of
STREAMS streams. It prints how many events those were, and how many seconds it took.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time

from retold.store import EventStore, open_store
from retold.store.append import Append
from tests.store.events import ANY, events


async def call(store: EventStore, name: str, appends: int, streams: int, seed: str) -> int:
    """Append as one caller; return how many events."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    count = 0
    for number in range(appends):
        chosen = chance.sample(range(streams), chance.choice((1, 1, 1, 2)))
        requests = [
            Append(
                f"shared-{stream}",
                events(*(f"{name}-{number}-{n}" for n in range(chance.randint(1, 3)))),
                ANY,
            )
            for stream in chosen
        ]
        await store.append_many(requests)
        count += sum(len(request.events) for request in requests)
    return count


async def main(url: str, name: str, *, callers: int, appends: int, streams: int, seed: int) -> None:
    """Wait for the start, then append."""
    async with await open_store(url) as store:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        began = time.perf_counter()
        counts = await asyncio.gather(
            *(
                call(store, f"{name}-{caller}", appends, streams, f"{seed}/{name}/{caller}")
                for caller in range(callers)
            )
        )
        sys.stdout.write(f"{sum(counts)} {time.perf_counter() - began}\n")


if __name__ == "__main__":
    url, name, *numbers = sys.argv[1:]
    options = dict(zip(("callers", "appends", "streams", "seed"), map(int, numbers), strict=True))
    asyncio.run(main(url, name, **options))
