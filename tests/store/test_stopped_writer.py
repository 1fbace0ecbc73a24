"""The writer's task is cancelled under those who wait for it, as the end of ``asyncio.run`` does.

On SQLite the writer is a thread, which nobody can cancel.
"""

from __future__ import annotations

import asyncio

import pytest

from retold.errors import StoreClosed, StoreUnavailable
from retold.testing import MemoryDatabase
from retold.testing.conformance import LogDatabase
from tests.store.databases import SqlDatabase
from tests.store.events import append


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> LogDatabase:
    """An empty database whose writer is a task."""
    if request.param == "memory":
        return MemoryDatabase()
    return SqlDatabase(request.getfixturevalue("migrated_postgres_url"))


async def test_when_the_writer_is_stopped_nobody_waits_for_ever(database: LogDatabase) -> None:
    async with database.open_store() as store:
        await append(store, "note-1", "a")
        waiting = [asyncio.create_task(append(store, "note-1", str(n))) for n in range(1_000)]
        await asyncio.sleep(0)
        [writer] = [task for task in asyncio.all_tasks() if task.get_name() == "retold-writer"]
        await asyncio.sleep(0)
        writer.cancel()
        outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 30)
        for outcome in outcomes:
            assert isinstance(outcome, StoreUnavailable | StoreClosed)
            if isinstance(outcome, StoreUnavailable):
                assert outcome.outcome_unknown
        with pytest.raises(StoreClosed):
            await append(store, "note-1", "b")
        await asyncio.wait_for(store.close(), 30)
