"""Eight tasks in each of two processes ask by meaning, and one of them is killed at it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import retold
from tests.agents.caching.asked import ask, cache_events
from tests.agents.caching.meaning_process import steady
from tests.agents.caching.meant import Knowing, known_answer
from tests.agents.resilience.test_two_processes import Process, processes

repository = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def host() -> Iterator[subprocess.Popen[str]]:
    """What forks them."""
    command = [sys.executable, "-m", "tests.agents.caching.meaning_process"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, cwd=repository) as process:
        yield process
        process.kill()


async def heard(process: Process, told: str, *, kill_after: int | None = None) -> list[str]:
    """Tell a process what to do, and return what it wrote until it was done, or while it lived."""
    lines = [await process.say(told)]
    while lines[-1] and lines[-1] != "done" and not lines[-1].startswith("wrong"):
        if len(lines) == kill_after:
            process.kill()
        lines.append(await asyncio.to_thread(process._hear))
    return [line for line in lines if line]


@pytest.mark.crash
@pytest.mark.parametrize(
    "seconds", [pytest.param(1, id="sample"), pytest.param(60, marks=pytest.mark.stress)]
)
async def test_nothing_is_wrong_or_lost_while_many_ask_and_one_is_killed(
    host: subprocess.Popen[str], store_url: str, tmp_path: Path, seconds: int
) -> None:
    async with retold.open(store_url) as log:
        with processes(host, store_url, 2, tmp_path) as (one, other):
            lived, killed = await asyncio.gather(
                heard(one, f"{seconds} 1"), heard(other, f"{seconds} 2", kill_after=4 * seconds)
            )
        assert lived[-1] == "done", lived[-1]
        assert killed[-1] != "done"
        assert not killed[-1].startswith("wrong"), killed[-1]
        acknowledged = list(dict.fromkeys(lived[:-1] + killed))
        assert len(acknowledged) > 4
        # Each is served, by a process that has only read the log.
        model = Knowing()
        config = log.cached(model, steady())
        for number, text in enumerate(acknowledged[-20:]):
            said = await ask(log, config, session=f"after-{number}", text=text)
            assert said == known_answer(text)
        assert model.asked == 0
        await log.cache.clear_expired()
        happened = {event.type for event in await cache_events(log, "cache-")}
        assert {"cache.entry_stored", "cache.entry_embedded", "cache.expired"} <= happened
        assert (await log.verify()).ok
