"""Processes on one log share one cache, also when one of them is killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import retold
from retold.store.lease import Leases
from tests.agents.caching.asked import Model, answer, ask, cache_events, happened
from tests.agents.resilience.test_two_processes import processes

repository = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def host() -> Iterator[subprocess.Popen[str]]:
    """What forks them."""
    command = [sys.executable, "-m", "tests.agents.caching.cache_process"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, cwd=repository) as process:
        yield process
        process.kill()


@pytest.mark.crash
async def test_what_one_process_stored_another_serves_and_a_dead_leader_hands_over(
    host: subprocess.Popen[str], store_url: str, tmp_path: Path
) -> None:
    async with retold.open(store_url) as log:
        with processes(host, store_url, 2, tmp_path) as (one, other):
            said = await one.say("a")
            assert said.endswith("to a, asked 1")
            assert await other.say("a") == said.replace("asked 1", "asked 0")
            assert await one.say("wait b") == "waiting"
            # It waits for the first one, which dies: once its lease lapsed, it asks itself.
            waiting = asyncio.create_task(other.say("b"))
            assert await leases(log) == 1
            one.kill()
            assert (await waiting).endswith(f"{other.pid} to b, asked 1")
        decided = await happened(log)
        assert decided.count("hit") == 1
        assert decided.count("entry_stored") == 2
        assert (await log.verify()).ok


async def leases(log: retold.Log) -> int:
    """Return how many requests are under way in all processes."""
    return len(await Leases(log.store).held("cache:"))


@pytest.mark.crash
async def test_what_was_stored_before_a_kill_is_served_after_it(
    host: subprocess.Popen[str], store_url: str, tmp_path: Path
) -> None:
    async with retold.open(store_url) as log:
        with processes(host, store_url, 1, tmp_path) as (one,):
            acknowledged = [await one.say("store")]
            while len(acknowledged) < 5:
                acknowledged.append(await asyncio.to_thread(one._hear))
            one.kill()
            while line := await asyncio.to_thread(one._hear):
                acknowledged.append(line)
        model = Model.of(answer("asked again"))
        config = log.cached(model)
        for number in acknowledged:
            text = await ask(log, config, session=f"after-{number}", text=f"q{number}")
            assert text == f"{one.pid} to q{number}"
        assert model.asked == 0
        # What was stored and not acknowledged by then is there as a whole, or not at all.
        stored = [e for e in await cache_events(log) if e.type == "cache.entry_stored"]
        assert len(acknowledged) <= len(stored) <= len(acknowledged) + 1
        assert (await log.verify()).ok
