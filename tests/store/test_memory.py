"""What is peculiar to the log in memory; that it is a log is in test_conformance.py."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from retold.errors import InvalidTenant, StoreUnavailable
from retold.store.append import AppendResult
from retold.store.backend import Backend, is_sql
from retold.store.lease import Leases
from retold.testing import MemoryDatabase, memory_store
from retold.testing.memory import MemoryBackend
from tests.store.events import append, read, read_all, texts

root = Path(__file__).parents[2]


async def test_a_log_of_its_own_goes_with_the_block() -> None:
    async with memory_store() as one, memory_store() as two:
        await append(one, "note-1", "a")
        assert await read_all(two) == []
        assert one.database_id != two.database_id


async def test_logs_on_one_database_read_the_same_events() -> None:
    database = MemoryDatabase()
    async with memory_store(database) as one:
        await append(one, "note-1", "a")
    async with memory_store(database) as again, memory_store(database, tenant="b") as other:
        assert texts(await read(again, "note-1")) == ["a"]
        assert await read_all(other) == []
        assert texts(await read_all(other, every_tenant=True)) == ["a"]


@pytest.mark.parametrize("tenant", ["", "a\n", "x" * 256])
async def test_a_wrong_tenant_is_refused(tenant: str) -> None:
    with pytest.raises(InvalidTenant):
        await memory_store(tenant=tenant).__aenter__()


async def test_what_needs_sql_says_that_there_is_none() -> None:
    async with memory_store() as store:
        assert not is_sql(store.backend)
        with pytest.raises(StoreUnavailable, match="kept in memory, without a database"):
            async with store.connection():
                pass
        with pytest.raises(StoreUnavailable, match="kept in memory, without a database"):
            async with store.transaction():
                pass
        with pytest.raises(StoreUnavailable, match="kept in memory, without a database"):
            await Leases(store).take("x", "me", 1.0)


async def test_whoever_waits_hears_of_what_another_log_appends() -> None:
    database = MemoryDatabase()
    async with memory_store(database) as one, memory_store(database, tenant="b") as two:
        waiting = asyncio.create_task(two.changes.wait(two.changes.count, 30))
        await asyncio.sleep(0)
        await append(one, "note-1", "a")
        assert await asyncio.wait_for(waiting, 10)


async def test_logs_in_the_loops_of_several_threads_share_a_database() -> None:
    database = MemoryDatabase()

    async def appending(stream: str) -> list[AppendResult]:
        async with memory_store(database) as store:
            return [await append(store, stream, "a", expected_version=n) for n in range(50)]

    async with memory_store(database) as store:
        count = store.changes.count
        await asyncio.gather(
            *(asyncio.to_thread(asyncio.run, appending(f"note-{n}")) for n in range(4))
        )
        assert await store.changes.wait(count, 10)
        recorded = await read_all(store)
        assert len(recorded) == 200
        assert [one.position for one in recorded] == [*range(1, 201)]
        assert (await store.verify()).ok


async def test_events_that_are_not_there_cannot_be_tampered_with() -> None:
    database = MemoryDatabase()
    async with memory_store(database) as store:
        await append(store, "note-1", "a")
    for stream, version in (("note-1", 2), ("note-1", 0), ("note-2", 1)):
        with pytest.raises(KeyError):
            await database.alter_event(stream, version, "{}")
        with pytest.raises(KeyError):
            await database.remove_event(stream, version)


def test_the_log_in_memory_needs_neither_pytest_nor_ag2() -> None:
    program = (
        "import sys, retold.testing; print({'pytest', 'pytest_asyncio', 'ag2'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.strip() == "set()"


def test_the_backend_has_the_signatures_of_the_protocol() -> None:
    names = [name for name in vars(Backend) if not name.startswith("_")]
    methods = [name for name in names if inspect.isfunction(vars(Backend)[name])]
    assert len(methods) >= 11
    for name in methods:
        own = inspect.signature(getattr(MemoryBackend, name))
        assert own == inspect.signature(getattr(Backend, name)), name
