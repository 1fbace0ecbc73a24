"""What the command line recorded of its readers."""

from __future__ import annotations

import asyncio

from retold.projections.access_log import Access, accesses
from retold.store import open_store


def accessed(url: str) -> list[Access]:
    """Return what was recorded of readers, the oldest first."""

    async def read() -> list[Access]:
        async with await open_store(url) as store:
            return await accesses(store)

    return asyncio.run(read())[::-1]
