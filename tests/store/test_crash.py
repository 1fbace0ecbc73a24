"""Processes killed with SIGKILL, and what the log holds when it is opened again."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from retold.store import open_store
from tests.store.events import append, event, event_id, read, read_all
from tests.store.raw import Raw

pytestmark = pytest.mark.crash

repository = Path(__file__).parents[2]


@contextmanager
def child(url: str, moment: str, first_number: int = 1) -> Iterator[subprocess.Popen[str]]:
    """Start a process that appends; it is gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.store.crash_child", url, moment],
        stdout=subprocess.PIPE,
        text=True,
        cwd=repository,
        env={**os.environ, "FIRST_NUMBER": str(first_number)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def acknowledged(lines: IO[str] | list[str]) -> list[tuple[str, int, int]]:
    """Return stream, version and number of the acknowledged events."""
    found = []
    for line in lines:
        if line != "here\n":
            stream, version, number = line.split()
            found.append((stream, int(version), int(number)))
    return found


async def check(url: str, events: list[tuple[str, int, int]]) -> None:
    """Open the log and see that it is whole and holds these events."""
    async with await open_store(url) as store:
        report = await store.verify()
        assert report.faults == ()
        held = {
            (one.stream, one.version, int(one.data["text"])): one.event_id
            for one in await read_all(store)
        }
        for acked in events:
            assert held.get(acked) == event_id(acked[2]), acked
        assert report.events == len(held)
        # What was asked for and not acknowledged is at most the one each caller waited for.
        assert len(held) - len(events) <= 8
        result = await append(store, "after-1", "0", expected_version=0)
        assert result.last_version == 1
    raw = Raw(url)
    if raw.kind == "sqlite":
        assert await raw.fetch("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize(("moment", "held"), [("before", 1), ("inside", 1), ("committed", 2)])
async def test_killed_at_a_moment_of_an_append(store_url: str, moment: str, held: int) -> None:
    with child(store_url, moment) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        assert lines == ["one-1 1 0\n", "here\n"]
        process.send_signal(signal.SIGKILL)
        process.wait()
    await check(store_url, acknowledged(lines))
    async with await open_store(store_url) as store:
        assert len(await read(store, "one-1")) == held
        # The caller who was told nothing tries again: it is there once, whatever had happened.
        again = await store.append("one-1", [event("1", event_id=event_id(1))], expected_version=1)
        assert (again.last_version, again.duplicate) == (2, moment == "committed")
        assert [one.data["text"] for one in await read(store, "one-1")] == ["0", "1"]


def seeded(seed: int) -> random.Random:
    """Return the same chances for the same seed."""
    return random.Random(seed)  # noqa: S311 - a moment, not a secret


async def kill_under_load(url: str, chance: random.Random, first_number: int = 1) -> int:
    """Kill a process somewhere in its work; return how many appends it had acknowledged."""
    with child(url, "load", first_number) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(chance.randint(1, 300))]
        await asyncio.sleep(chance.random() * 0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        lines += process.stdout.readlines()
    events = acknowledged(lines)
    await check(url, events)
    return len(events)


@pytest.mark.parametrize("seed", range(6))
async def test_killed_under_load_no_acknowledged_event_is_lost(store_url: str, seed: int) -> None:
    assert await kill_under_load(store_url, seeded(seed)) > 0


@pytest.mark.stress
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("first_seed", range(1_000, 1_200, 10))
async def test_killed_at_200_moments_on_sqlite(tmp_path: Path, first_seed: int) -> None:
    for seed in range(first_seed, first_seed + 10):
        url = f"sqlite:///{tmp_path}/{seed}.db"
        assert await kill_under_load(url, seeded(seed)) > 0


@pytest.mark.stress
@pytest.mark.postgres
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", range(2_000, 2_050))
async def test_killed_at_50_moments_on_postgresql(migrated_postgres_url: str, seed: int) -> None:
    assert await kill_under_load(migrated_postgres_url, seeded(seed)) > 0


async def test_killed_again_and_again_on_one_log(sqlite_url: str) -> None:
    """Each process goes on where the one before was killed, over its write-ahead log."""
    chance = seeded(3)
    total = 0
    for generation in range(3):
        with child(sqlite_url, "load", 1 + generation * 1_000_000) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(chance.randint(50, 200))]
            process.send_signal(signal.SIGKILL)
            process.wait()
            lines += process.stdout.readlines()
        total += len(acknowledged(lines))
        async with await open_store(sqlite_url) as store:
            report = await store.verify()
            assert report.ok
            assert total <= report.events <= total + 8 * (generation + 1)
