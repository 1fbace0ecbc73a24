"""What only SQLite can do to a log: one lock for all writers, a full disk, a file."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from retold.errors import StoreUnavailable
from retold.store import EventStore, open_store
from retold.store.append import AppendResult
from retold.store.lease import Leases
from retold.store.sqlite import file as sqlite_file
from tests.store.events import append, event, event_id, numbered, read, read_all, texts
from tests.store.raw import Raw


@pytest.fixture
async def store(sqlite_url: str) -> AsyncIterator[EventStore]:
    async with await open_store(sqlite_url) as opened:
        yield opened


@contextmanager
def write_lock(path: Path) -> Iterator[None]:
    """Hold the write lock, as another process would."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a tenth of a second for the write lock."""
    monkeypatch.setattr(sqlite_file, "busy_seconds", 0.1)


async def test_a_writer_waits_for_the_lock(store: EventStore, tmp_path: Path) -> None:
    with write_lock(tmp_path / "log.db"):
        appending = asyncio.create_task(append(store, "note-1", "a"))
        leasing = asyncio.create_task(Leases(store).take("note-1", "me", 60))
        await asyncio.sleep(0.1)
        assert not appending.done()
        assert not leasing.done()
        # Readers wait for nobody.
        assert await read_all(store) == []
    assert (await appending).last_version == 1
    assert (await leasing).token == 1


async def test_a_taker_who_has_gone_takes_no_lease(
    store: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who waits for the lock is not let go of before.
    monkeypatch.setattr(sqlite_file, "busy_seconds", 1.0)
    with write_lock(tmp_path / "log.db"):
        leasing = [asyncio.create_task(Leases(store).take(f"note-{n}", "me", 60)) for n in (1, 2)]
        await asyncio.sleep(0.1)
        for one in leasing:
            one.cancel()
        await asyncio.wait(leasing)
    for n in (1, 2):
        assert (await Leases(store).take(f"note-{n}", "you", 60)).token == 1


@pytest.mark.usefixtures("impatient")
async def test_a_lock_held_too_long_is_an_error_that_wrote_nothing(
    store: EventStore, tmp_path: Path
) -> None:
    with write_lock(tmp_path / "log.db"):
        with pytest.raises(StoreUnavailable, match="database is locked") as raised:
            await append(store, "note-1", "a")
        assert not raised.value.outcome_unknown
        assert "Nothing was written" in str(raised.value)
        with pytest.raises(StoreUnavailable, match=r"Writing failed: .* database is locked"):
            await Leases(store).take("note-1", "me", 60)
        started = time.monotonic()
        outcomes = await asyncio.gather(
            *(append(store, f"note-{number}", "a") for number in range(50)),
            return_exceptions=True,
        )
        # They wait together, not one after the other.
        assert time.monotonic() - started < 2
        assert all(isinstance(outcome, StoreUnavailable) for outcome in outcomes)
        assert len({id(outcome) for outcome in outcomes}) == 50
    assert await read_all(store) == []
    await append(store, "note-1", "a", expected_version=0)
    await Leases(store).take("note-1", "me", 60)


def writer_of(store: EventStore) -> sqlite3.Connection:
    """Return the connection by which a store appends."""
    connection = store.backend._writer._connection  # type: ignore[attr-defined]
    assert isinstance(connection, sqlite3.Connection)
    return connection


async def _pages(store: EventStore, most: str) -> None:
    writer_of(store).execute(f"PRAGMA max_page_count={most}")


async def test_a_full_disk_is_an_error_and_work_goes_on_when_there_is_room(
    store: EventStore, sqlite_url: str
) -> None:
    await store.append("note-1", numbered(10), expected_version=0)
    await _pages(store, "1")  # the pages there are, and no more
    new = [event("x" * 100_000, event_id=event_id(1))]
    with pytest.raises(StoreUnavailable, match="database or disk is full") as raised:
        await store.append("note-2", new, expected_version=0)
    assert not raised.value.outcome_unknown
    assert "Nothing was written." in str(raised.value)
    assert (await store.verify()).events == 10
    await _pages(store, "1000000")
    assert not (await store.append("note-2", new, expected_version=0)).duplicate
    assert (await store.verify()).events == 11
    assert await Raw(sqlite_url).fetch("PRAGMA integrity_check") == [("ok",)]


async def test_a_row_the_database_refuses_fails_alone_in_its_group(
    store: EventStore, sqlite_url: str
) -> None:
    """A stream whose head somebody removed: its next event would be a second version 1."""
    await append(store, "note-1", "a")
    await Raw(sqlite_url).execute("DELETE FROM streams")
    *done, refused = await asyncio.gather(
        *(append(store, f"note-{number}", "b", expected_version=0) for number in range(2, 6)),
        append(store, "note-1", "b", expected_version=0),
        return_exceptions=True,
    )
    assert all(isinstance(outcome, AppendResult) for outcome in done)
    assert isinstance(refused, StoreUnavailable)
    assert "the place or the id is taken" in str(refused)
    assert texts(await read_all(store)) == ["a", "b", "b", "b", "b"]


async def test_the_file_is_as_durable_as_asked_and_one_in_memory_need_not_be(
    store: EventStore, sqlite_url: str
) -> None:
    def pragmas(of: EventStore) -> list[object]:
        connection = writer_of(of)
        return [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("synchronous", "fullfsync", "journal_mode")
        ]

    full, normal, off = 2, 1, 0
    assert pragmas(store) == [full, 1, "wal"]
    async with store.transaction() as connection:
        rows = await connection.exec_driver_sql("PRAGMA synchronous")
        assert rows.scalar_one() == full
    async with await open_store("sqlite:///:memory:") as memory:
        assert pragmas(memory) == [off, 1, "wal"]
    async with await open_store(f"{sqlite_url}.normal", durability="normal") as relaxed:
        assert pragmas(relaxed) == [normal, 1, "wal"]


async def test_a_write_transaction_left_by_an_error_is_undone(store: EventStore) -> None:
    async def fail() -> None:
        async with store.transaction() as connection:
            await connection.exec_driver_sql("INSERT INTO log_info VALUES ('a', 'b')")
            raise KeyError("the caller's own")

    with pytest.raises(KeyError):
        await fail()
    async with store.connection() as connection:
        rows = await connection.exec_driver_sql("SELECT key FROM log_info")
        assert rows.all() == [("database_id",)]
    await append(store, "note-1", "a")


async def test_a_connection_sees_one_state_whatever_is_appended(store: EventStore) -> None:
    await append(store, "note-1", "a")
    async with store.connection() as connection:
        counts = []
        for _ in range(2):
            rows = await connection.exec_driver_sql("SELECT count(*) FROM events")
            counts.append(rows.scalar_one())
            await append(store, "note-1", "b")
    assert counts == [1, 1]
    assert len(await read(store, "note-1")) == 3


async def test_four_writers_of_one_file_share_it(sqlite_url: str) -> None:
    """SQLite's own way of waiting lets one of them have nearly all of it."""
    stores = [await open_store(sqlite_url) for _ in range(4)]
    stop = asyncio.Event()

    async def work(store: EventStore, number: int) -> int:
        done = 0
        while not stop.is_set():
            await append(store, f"note-{number}", "a")
            done += 1
        return done

    working = [asyncio.create_task(work(store, number)) for number, store in enumerate(stores)]
    await asyncio.sleep(1)
    stop.set()
    shares = await asyncio.gather(*working)
    for store in stores:
        await store.close()
    assert min(shares) > 0.1 * max(shares), shares
