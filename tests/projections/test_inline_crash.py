"""Writers killed at any moment leave events, rows and checkpoint in step."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from retold.store import open_store
from tests.forking import start
from tests.projections.histories import dice
from tests.projections.tallies import added, as_they_are, expected, tallies
from tests.store.events import ANY, read_all

pytestmark = pytest.mark.crash

repository = Path(__file__).parents[2]


async def appended_by_a_killed_process(url: str, seed: int, seconds: float) -> int:
    """Let a process append for a while, then kill it; return how many events were acknowledged."""
    process = await start(
        *("-m", "tests.projections.inline_child", url, str(seed)),
        stdout=asyncio.subprocess.PIPE,
        cwd=repository,
    )
    assert process.stdout is not None
    try:
        # It has opened the log, and is in the middle of its appends.
        first = int(await process.stdout.readline())
        await asyncio.sleep(seconds)
    finally:
        process.kill()
        rest = await process.stdout.read()
        await process.wait()
    return first + sum(int(line) for line in rest.split(b"\n")[:-1] if line)


async def prove(url: str, rounds: int, seed: int) -> None:
    """Kill two writers at once, again and again, and look at what they left."""
    chance = dice(seed)
    tally = tallies()
    acknowledged = 0
    for number in range(rounds):
        acknowledged += sum(
            await asyncio.gather(
                *(
                    appended_by_a_killed_process(
                        url, seed + 10 * number + child, chance.uniform(0.02, 0.25)
                    )
                    for child in range(2)
                )
            )
        )
        # Who only looks brings nothing up to date.
        async with await open_store(url) as store:
            assert await as_they_are(store, tally) == await expected(store, tally)
            assert len(await read_all(store)) >= acknowledged
            assert (await store.verify()).ok
    assert acknowledged > 0
    async with await open_store(url, inline=[tally]) as store:
        await store.append("note-1", [added()], expected_version=ANY)
        assert await as_they_are(store, tally) == await expected(store, tally)


async def test_killed_writers_leave_the_rows_of_what_they_appended(store_url: str) -> None:
    await prove(store_url, 2, seed=40)


@pytest.mark.stress
@pytest.mark.timeout(600)
async def test_killed_writers_leave_the_rows_of_what_they_appended_for_long(
    store_url: str,
) -> None:
    await prove(store_url, 25, seed=41)
