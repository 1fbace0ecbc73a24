"""A process killed while it keeps rows up to date leaves rows and checkpoint in step."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from retold.projections.keeping.catch_up import catch_up
from retold.projections.models.session_list import session_list
from retold.store import open_store
from tests.forking import start
from tests.projections.histories import dice
from tests.projections.test_catch_up import fill, log, place, rows, scratch

child = """
import asyncio, sys
from retold.projections.keeping.catch_up import catch_up
from retold.projections.models.session_list import session_list
from retold.store import open_store

async def main():
    async with await open_store(sys.argv[1]) as store:
        print("ready", flush=True)
        await catch_up(store, session_list, batch_size=2)

asyncio.run(main())
"""


async def killed_while_it_catches_up(url: str, seconds: float) -> None:
    process = await start(
        "-c", child, url, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    await asyncio.sleep(seconds)
    process.kill()
    await process.wait()


@pytest.mark.crash
async def test_killed_at_any_moment_the_rows_match_the_checkpoint(sqlite_url: str) -> None:
    chance = dice(20)
    async with await open_store(sqlite_url) as store:
        await fill(store, 20, 400)
        events = await log(store)
        cursors = [str(store.cursor_of(event)) for event in events]
        reached = [0]
        for _ in range(4):
            await killed_while_it_catches_up(sqlite_url, chance.uniform(0.05, 0.3))
            at = await place(store)
            done = 0 if at is None or at.cursor is None else cursors.index(at.cursor) + 1
            assert await rows(store) == scratch(events[:done])
            reached.append(done)
        assert reached == sorted(reached)
        assert reached[-1] > 0
        await catch_up(store, session_list)
        assert await rows(store) == scratch(events)
