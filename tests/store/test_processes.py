"""Several processes on one log at once."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

from retold.store import open_store
from tests.forking import start
from tests.store.events import read_all
from tests.store.raw import Raw

repository = Path(__file__).parents[2]


async def _race(url: str, *, total: int, callers: int) -> list[int]:
    """Let two processes append ``total`` events each; return their conflicts."""
    racers = [
        await start(
            "-m", "tests.store.racer", url, name, str(total), str(callers),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=repository,
        )
        for name in ("one", "two")
    ]  # fmt: skip
    for racer in racers:
        assert racer.stdout is not None
        assert await racer.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(racer.communicate(b"go\n") for racer in racers))
    assert [racer.returncode for racer in racers] == [0, 0]
    return [int(output) for output, _ in outputs]


async def test_two_processes_append_1000_events_each_to_one_stream(store_url: str) -> None:
    """Each append names the exact version it read, and is tried again when it was too late."""
    conflicts = await _race(store_url, total=1_000, callers=1)
    async with await open_store(store_url) as store:
        recorded = await read_all(store)
        report = await store.verify()
    assert [one.version for one in recorded] == list(range(1, 2_001))
    written = [one.data["text"] for one in recorded]
    for name in ("one", "two"):
        # Nothing lost, nothing doubled, and each process's events in the order it appended them.
        own = [text for text in written if text.startswith(name)]
        assert own == [f"{name}-{number}" for number in range(1_000)]
    assert report.faults == ()
    assert (report.events, report.streams) == (2_000, 1)
    # They did get into each other's way, or this would have shown nothing.
    assert sum(conflicts) > 0
    raw = Raw(store_url)
    if raw.kind == "sqlite":
        assert await raw.fetch("PRAGMA integrity_check") == [("ok",)]


async def test_two_processes_of_many_callers_each_append_to_one_stream(store_url: str) -> None:
    await _race(store_url, total=40, callers=4)
    async with await open_store(store_url) as store:
        recorded = await read_all(store)
        assert (await store.verify()).ok
    assert [one.version for one in recorded] == list(range(1, 81))
    expected = {f"{name}-{number}" for name in ("one", "two") for number in range(40)}
    assert sorted(one.data["text"] for one in recorded) == sorted(expected)
