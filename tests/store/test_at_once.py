"""Appends in the event loop: alone, where no disk is waited for, and when nobody else writes."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from retold.errors import LeaseHeld, StoreClosed, WrongExpectedVersion
from retold.store import EventStore, open_store
from retold.store.append import Append, Outcome, Request
from retold.store.lease import Leases
from retold.store.sqlite.writer import SqliteWriter
from retold.store.threaded_writer import ThreadedGroupCommit
from retold.store.url import Durability
from tests.store.events import ANY, append, event, read


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the groups that the thread commits."""
    found: list[int] = []
    commit = SqliteWriter.commit

    def noting(self: SqliteWriter, requests: Sequence[Request]) -> Sequence[Outcome]:
        found.append(len(requests))
        return commit(self, requests)

    monkeypatch.setattr(SqliteWriter, "commit", noting)
    return found


@pytest.fixture
async def store(path: Path, groups: list[int]) -> AsyncIterator[EventStore]:
    async with await open_store(f"sqlite:///{path}", durability="normal") as opened:
        yield opened


def thread_of(store: EventStore) -> Any:
    """Return the thread that commits; None when it was never needed."""
    group_commit: ThreadedGroupCommit = store.backend._group_commit  # type: ignore[attr-defined]
    return group_commit._thread


async def test_one_append_after_the_other_needs_no_thread(store: EventStore) -> None:
    for number in range(3):
        await append(store, "note-1", str(number), expected_version=number)
    assert [one.data["text"] for one in await read(store, "note-1")] == ["0", "1", "2"]
    assert thread_of(store) is None


@pytest.mark.parametrize("durability", ["full", "normal"])
async def test_where_the_disk_is_waited_for_the_thread_waits(
    path: Path, durability: Durability
) -> None:
    async with await open_store(f"sqlite:///{path}", durability=durability) as store:
        await append(store, "note-1", "a")
        assert (thread_of(store) is not None) == (durability == "full")


async def test_appends_at_the_same_time_are_one_group(store: EventStore, groups: list[int]) -> None:
    await asyncio.gather(*(append(store, f"note-{n}", "a") for n in range(5)))
    # The first found nobody who waited.
    assert groups == [4]
    await asyncio.gather(*(append(store, f"note-{n}", "b") for n in range(5)))
    # Where several came, several are waited for.
    assert groups == [4, 5]


async def test_who_appends_again_and_again_lets_others_have_the_loop(store: EventStore) -> None:
    ticks = 0

    async def ticking() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(ticking())
    for number in range(20):
        await append(store, "note-1", str(number))
    other.cancel()
    assert ticks >= 10


async def test_leases_are_taken_and_given_back_without_a_thread(store: EventStore) -> None:
    leases = Leases(store)
    lease = await leases.take("note-1", "me", 60)
    with pytest.raises(LeaseHeld):
        await leases.take("note-1", "you", 60)
    await leases.renew(lease, 60)
    await leases.release(lease)
    assert (await leases.take("note-1", "you", 60)).token == 2
    assert thread_of(store) is None


async def test_who_is_refused_hears_of_it_and_the_next_is_appended(store: EventStore) -> None:
    await append(store, "note-1", "a", expected_version=0)
    with pytest.raises(WrongExpectedVersion):
        await append(store, "note-1", "b", expected_version=0)
    await append(store, "note-1", "c", expected_version=1)
    assert thread_of(store) is None


async def test_while_another_writes_the_thread_waits_and_the_loop_does_not(
    store: EventStore, path: Path, groups: list[int]
) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    appending = asyncio.create_task(append(store, "note-1", "a"))
    # Both would wait for the lock for ever if the loop did.
    for _ in range(5):
        await asyncio.sleep(0.001)
    assert not appending.done()
    other.execute("COMMIT")
    other.close()
    await appending
    assert groups == [1]


async def test_who_is_cancelled_before_its_turn_is_not_appended(store: EventStore) -> None:
    await append(store, "note-1", "a")
    first, second = (
        asyncio.create_task(store.backend.submit([Append("note-1", [event()], ANY)]))
        for _ in range(2)
    )
    await asyncio.sleep(0)
    assert first.done()
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    await append(store, "note-1", "c", expected_version=2)


async def test_closing_commits_what_was_asked_for_and_refuses_the_rest(path: Path) -> None:
    store = await open_store(f"sqlite:///{path}", durability="normal")
    asked = asyncio.create_task(append(store, "note-1", "a"))
    await asyncio.sleep(0)
    await store.close()
    assert (await asked).last_version == 1
    with pytest.raises(StoreClosed):
        await append(store, "note-1", "b")


async def test_a_checkpoint_is_left_to_the_thread(store: EventStore, groups: list[int]) -> None:
    await append(store, "note-1", "a")
    writer: SqliteWriter = store.backend._writer  # type: ignore[attr-defined]
    writer.ask_for_checkpoint()
    await append(store, "note-1", "b")
    assert groups == [1]
    # It is made after the caller knows the outcome.
    await append(store, "note-1", "c")
    assert not writer._checkpoint_asked_for


async def test_a_large_event_is_encoded_and_committed_by_the_thread(
    store: EventStore, groups: list[int]
) -> None:
    await append(store, "note-1", "x" * 100_000)
    assert groups == [1]


async def test_a_disk_that_is_slow_twice_is_left_to_the_thread(
    store: EventStore, groups: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    slowly = [0.01, 0.01]
    group_commit: ThreadedGroupCommit = store.backend._group_commit  # type: ignore[attr-defined]
    commit_at_once = group_commit._at_once
    assert commit_at_once is not None

    def slow(request: Request) -> Outcome:
        nonlocal now
        now += slowly.pop() if slowly else 0.0
        return commit_at_once(request)

    monkeypatch.setattr(group_commit, "_at_once", slow)
    monkeypatch.setattr("retold.store.threaded_writer.time", SimpleNamespace(monotonic=lambda: now))
    await append(store, "note-1", "a")
    await append(store, "note-1", "b")
    assert groups == []
    await append(store, "note-1", "c")
    assert groups == [1]
    now += 0.21
    await append(store, "note-1", "d")
    assert groups == [1]


async def test_who_has_read_everything_need_not_ask_again(
    store: EventStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await append(store, "note-1", "a")
    await read(store, "note-1")
    reader = store.backend._reader  # type: ignore[attr-defined]
    asked: list[Any] = []
    fetch = reader.fetch

    async def noting(query: Any, decode: Any) -> Any:
        asked.append(query)
        return await fetch(query, decode)

    monkeypatch.setattr(reader, "fetch", noting)

    async def read_on() -> list[str]:
        return [one.data["text"] async for one in store.read_stream("note-1", from_version=2)]

    assert await read_on() == []
    assert asked == []
    async with await open_store(f"sqlite:///{path}") as other:
        await append(other, "note-1", "b")
        assert await read_on() == ["b"]
    assert asked != []
