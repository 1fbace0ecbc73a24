"""A write transaction whose task is cancelled lets go of SQLite's write lock at once."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from retold.store import EventStore, open_store

rows = [(number,) for number in range(200_000)]


async def write_rows(store: EventStore, begun: asyncio.Event) -> None:
    async with store.transaction() as connection:
        await connection.execute(text("CREATE TABLE scratch (number INTEGER)"))
        begun.set()
        await connection.exec_driver_sql("INSERT INTO scratch VALUES (?)", rows)
        pytest.fail("it was cancelled before it came here")


async def test_others_write_while_the_error_is_still_on_its_way(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    async with await open_store(sqlite_url) as store:
        begun = asyncio.Event()
        writing = asyncio.create_task(write_rows(store, begun))
        await begun.wait()
        # The connection's thread is in the middle of them.
        await asyncio.sleep(0.03)
        writing.cancel()
        try:
            await writing
        except asyncio.CancelledError:
            # The frames of the error hold what they held; the lock is not among it.
            with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                assert (
                    other.execute("SELECT 1 FROM sqlite_master WHERE name='scratch'").fetchall()
                    == []
                )
                other.execute("ROLLBACK")
        assert writing.cancelled()
