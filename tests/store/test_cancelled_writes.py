"""Whoever is cancelled while it writes, leaves a SQLite file that others can write to at once."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from retold.agents.knowledge import KnowledgeStore
from retold.errors import LeaseHeld
from retold.store import EventStore, open_store
from retold.store.lease import Leases
from retold.store.work_queue import NewWorkItem, WorkQueue
from tests.empty_logs import make_log


async def take_work(store: EventStore) -> None:
    """Put and take items."""
    queue = WorkQueue(store, "steps")
    await queue.put([NewWorkItem(id=str(number)) for number in range(3)])
    while True:
        await queue.take("me", seconds=60)


async def take_leases(store: EventStore) -> None:
    """Take leases, or be told who has them."""
    while True:
        try:
            lease = await Leases(store).take("note-1", "me", 60)
            await Leases(store).release(lease)
        except LeaseHeld:
            await asyncio.sleep(0)


async def append_to_files(store: EventStore) -> None:
    """Append to a file."""
    while True:
        await KnowledgeStore(store, "hub").append("/wal", "a line\n")


@pytest.mark.parametrize("write", [take_work, take_leases, append_to_files])
async def test_a_cancelled_writer_leaves_no_lock(
    tmp_path: Path, write: Callable[[EventStore], Awaitable[None]]
) -> None:
    chosen = random.Random(7)  # noqa: S311 - no secret
    for number in range(30):
        path = tmp_path / f"{number}.db"
        async with await open_store(make_log(path)) as store:
            writers = [asyncio.ensure_future(write(store)) for _ in range(2)]
            await asyncio.sleep(chosen.random() * 0.02)
            # Once more while it cleans up, as by a timeout around a timeout.
            for _ in range(chosen.choice([1, 2, 3])):
                for writer in writers:
                    writer.cancel()
                await asyncio.sleep(chosen.choice([0, 0.0003, 0.001]))
            await asyncio.gather(*writers, return_exceptions=True)
        other = sqlite3.connect(path, timeout=1, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.close()
