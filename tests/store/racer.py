"""A process that appends to one stream against others, by the rules.

``python -m tests.store.racer URL NAME COUNT CALLERS``. It waits for a line on standard input,
appends COUNT events by CALLERS callers, each with the exact version it read, reads again and
tries again when somebody was quicker, and prints how often that was.
"""

from __future__ import annotations

import asyncio
import sys

from retold.errors import WrongExpectedVersion
from retold.store import EventStore, open_store
from tests.store.events import append

stream = "race-1"


async def race(store: EventStore, name: str, numbers: range) -> int:
    """Append an event for each number; return how often somebody else was quicker."""
    version = conflicts = 0
    for number in numbers:
        while True:
            try:
                result = await append(store, stream, f"{name}-{number}", expected_version=version)
            except WrongExpectedVersion:
                conflicts += 1
                head = await store.head(stream)
                version = head.version if head else 0
            else:
                version = result.last_version
                break
    return conflicts


async def main(url: str, name: str, total: int, callers: int) -> None:
    """Wait for the start, then race."""
    async with await open_store(url) as store:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        share = total // callers
        conflicts = await asyncio.gather(
            *(
                race(store, name, range(caller * share, (caller + 1) * share))
                for caller in range(callers)
            )
        )
        sys.stdout.write(f"{sum(conflicts)}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
