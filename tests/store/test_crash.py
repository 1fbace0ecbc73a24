"""Processes killed at one moment of an append, and what the log holds when it is opened again.

Random moments are in test_crash_matrix.py.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from retold.store import open_store
from tests.forking import Process
from tests.store.events import append, event, event_id, read, read_all
from tests.store.raw import Raw

pytestmark = pytest.mark.crash

repository = Path(__file__).parents[2]


@contextmanager
def child(url: str, moment: str, durability: str) -> Iterator[Process]:
    """Start a process that appends; it is gone afterwards."""
    process = Process(
        "-m",
        "tests.store.crash_child",
        url,
        moment,
        durability,
        stdout=subprocess.PIPE,
        cwd=repository,
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
        # What was asked for and not acknowledged is at most the one its caller waited for.
        assert len(held) - len(events) <= 1
        result = await append(store, "after-1", "0", expected_version=0)
        assert result.last_version == 1
    raw = Raw(url)
    if raw.kind == "sqlite":
        assert await raw.fetch("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("durability", ["full", "normal"])
@pytest.mark.parametrize(("moment", "held"), [("before", 1), ("inside", 1), ("committed", 2)])
async def test_killed_at_a_moment_of_an_append(
    store_url: str, moment: str, held: int, durability: str
) -> None:
    with child(store_url, moment, durability) as process:
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
