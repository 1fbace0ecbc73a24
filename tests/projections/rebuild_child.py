"""A process that rebuilds the session list, to be killed: ``rebuild_child URL WORKERS``.

It prints the ids of the worker processes it starts, a line each.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import Process
from typing import Any

import pytest

from retold.projections.keeping import rebuild as rebuilding
from retold.projections.keeping.processes import Processes
from retold.projections.keeping.rebuild import rebuild
from retold.projections.models.session_list import session_list
from retold.store import open_store

batch_size = 2
# Whoever comes after a process that was killed waits for so long.
hold_seconds = 0.5

start = asyncio.create_subprocess_exec


async def started(*arguments: Any, **options: Any) -> Process:
    """Start a process, and say which."""
    process = await start(*arguments, **options)
    sys.stdout.write(f"{process.pid}\n")
    sys.stdout.flush()
    return process


async def main(url: str, workers: int) -> None:
    """Rebuild, a few events at a time."""
    by = Processes(url, batch_size=batch_size) if workers > 1 else None
    async with await open_store(url) as store:
        await rebuild(store, session_list, workers=workers, run_workers=by, batch_size=batch_size)


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rebuilding, "hold_seconds", hold_seconds)
        patch.setattr(asyncio, "create_subprocess_exec", started)
        asyncio.run(main(sys.argv[1], int(sys.argv[2])))
