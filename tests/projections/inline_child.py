"""A process that appends with rows inline, until it is killed.

It says a line for each append that was acknowledged: how many events, 0 when it was refused.
"""

from __future__ import annotations

import asyncio
import sys

from retold.errors import RetoldError
from retold.store import open_store
from tests.projections.histories import dice
from tests.projections.tallies import added, tallies
from tests.store.events import ANY


async def main(url: str, seed: int) -> None:
    """Append with eight callers at once."""
    chance = dice(seed)
    async with await open_store(url, inline=[tallies()]) as store:

        async def caller() -> None:
            while True:
                count = chance.randrange(1, 4)
                news = [added(bad=chance.random() < 0.05) for _ in range(count)]
                try:
                    await store.append(f"note-{chance.randrange(5)}", news, expected_version=ANY)
                except RetoldError:
                    count = 0
                sys.stdout.write(f"{count}\n")
                sys.stdout.flush()

        await asyncio.gather(*(caller() for _ in range(8)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
