"""A process that stores an entry for each number it is told, and expires the one before."""

from __future__ import annotations

import asyncio
import sys

from retold.domain.cache.events import cache_stream
from retold.store import open_store
from retold.store.append import ExpectedVersion
from tests.projections.semantic_index.vectors import clustered, embedded, expired, stored


async def main(url: str) -> None:
    """Do so until there are no more numbers."""
    vectors = clustered(60)
    async with await open_store(url) as store:
        while line := await asyncio.to_thread(sys.stdin.readline):
            number = int(line)
            entry, key = f"e{number}", f"k{number}"
            told = {key: [stored(entry, key), embedded(entry, vectors[number])]}
            if number:
                told[f"k{number - 1}"] = [expired(f"e{number - 1}")]
            for of, events in told.items():
                news = [event.to_new_event() for event in events]
                await store.append(cache_stream(of), news, expected_version=ExpectedVersion.ANY)
            sys.stdout.write("done\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
