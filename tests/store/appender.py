"""A process that appends to a log that others follow.

``python -m tests.store.appender URL``. It says when it is ready; then, for each line
``STREAM TEXT`` on standard input, it appends an event and prints a line.
"""

from __future__ import annotations

import asyncio
import sys

from retold.store import open_store
from tests.store.events import append


async def main(url: str) -> None:
    """Append what is asked for, until the input ends."""
    async with await open_store(url) as store:
        say("ready")
        while line := await asyncio.to_thread(sys.stdin.readline):
            stream, text = line.split()
            await append(store, stream, text)
            say("appended")


def say(word: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
