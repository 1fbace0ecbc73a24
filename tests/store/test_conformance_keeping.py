"""What any database must do for the log: keep it, apart, unchanged, and at hand."""

from __future__ import annotations

import asyncio
import tracemalloc

import pytest

from retold.errors import (
    RetoldError,
    StoreClosed,
    StoreUnavailable,
)
from retold.store import EventStore, open_store
from retold.store.append import AppendResult
from tests.store.events import (
    append,
    event,
    event_id,
    names,
    numbered,
    read,
    read_all,
    texts,
)
from tests.store.raw import Raw

# Tenants -----------------------------------------------------------------------------------------


async def test_tenants_see_nothing_of_each_other(store_url: str) -> None:
    same = [event("same", event_id=event_id(1), correlation_id="c", metadata={"session": "s"})]
    async with (
        await open_store(store_url, tenant="ä") as one,
        await open_store(store_url, tenant="b") as two,
    ):
        await one.append("note-1", same, expected_version=0)
        assert await two.head("note-1") is None
        assert await read(two, "note-1") == []
        for options in ({}, {"correlation_id": "c"}, {"session": "s"}, {"category": "note"}):
            assert await read_all(two, **options) == []
        assert await names(two) == []
        # The same stream and the same id are another tenant's own.
        result = await two.append("note-1", same, expected_version=0)
        assert not result.duplicate
        await append(two, "note-1", "more")
        assert texts(await read(one, "note-1")) == ["same"]
        assert [event.tenant for event in await read_all(two)] == ["b", "b"]
        assert (await one.verify()).events == 1
        assert (await two.verify()).events == 2
        assert one.database_id == two.database_id
        cursor = two.cursor_of((await read_all(two))[0])
        assert await read_all(one, after=cursor) == []


# Append-only -------------------------------------------------------------------------------------


async def test_the_database_refuses_to_change_events(store_url: str, store: EventStore) -> None:
    await append(store, "note-1", "a", "b")
    before = await read_all(store)
    raw = Raw(store_url)
    for statement in (
        "UPDATE events SET data = '{}'",
        "UPDATE events SET version = version + 1 WHERE version = 2",
        "DELETE FROM events",
        "DELETE FROM events WHERE version = 1",
    ):
        with pytest.raises(raw.error, match=f"append-only: {statement[:6]} refused"):
            await raw.execute(statement)
    assert await read_all(store) == before


@pytest.mark.postgres
async def test_postgresql_refuses_to_truncate_events(migrated_postgres_url: str) -> None:
    async with await open_store(migrated_postgres_url) as store:
        await append(store, "note-1", "a")
        raw = Raw(migrated_postgres_url)
        with pytest.raises(raw.error, match="append-only: TRUNCATE refused"):
            await raw.execute("TRUNCATE events")
        assert len(await read_all(store)) == 1


@pytest.mark.parametrize("taken", ["position", "version", "event_id"])
async def test_sqlite_refuses_to_replace_events(sqlite_url: str, taken: str) -> None:
    """REPLACE deletes what is in its way, and asks no trigger for deletions."""
    async with await open_store(sqlite_url) as store:
        await append(store, "note-1", "a")
        before = await read_all(store)
        own = {"position": "99", "version": "99", "event_id": "x'00'"}
        del own[taken]
        raw = Raw(sqlite_url)
        columns = [name for _, name, *_ in await raw.fetch("PRAGMA table_info(events)")]
        values = [own.get(name, "'{}'" if name == "data" else name) for name in columns]
        with pytest.raises(raw.error, match="append-only: the place or the id is taken"):
            await raw.execute(f"REPLACE INTO events SELECT {', '.join(values)} FROM events")
        assert await read_all(store) == before


# Open and closed ---------------------------------------------------------------------------------


async def test_a_closed_log_says_so(store_url: str) -> None:
    store = await open_store(store_url)
    await append(store, "note-1", "a")
    await store.close()
    await store.close()
    for attempt in (
        lambda: append(store, "note-1", "b"),
        lambda: read(store, "note-1"),
        lambda: read_all(store),
        lambda: store.head("note-1"),
        lambda: names(store),
        store.verify,
    ):
        with pytest.raises(StoreClosed):
            await attempt()


async def test_closing_commits_what_waits(store_url: str) -> None:
    store = await open_store(store_url)
    waiting = [asyncio.create_task(append(store, "note-1", str(n))) for n in range(2_000)]
    await asyncio.sleep(0)
    await asyncio.gather(store.close(), store.close())
    outcomes = await asyncio.gather(*waiting)
    assert len(outcomes) == 2_000
    async with await open_store(store_url) as reopened:
        head = await reopened.head("note-1")
        assert head is not None
        assert head.version == 2_000


async def test_a_cancelled_close_ends_all_the_same(store_url: str) -> None:
    store = await open_store(store_url)
    waiting = [asyncio.create_task(append(store, "note-1", str(n))) for n in range(100)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    assert all(isinstance(one, AppendResult) for one in await asyncio.gather(*waiting))
    await asyncio.wait_for(store.close(), 30)


async def test_when_the_writer_is_stopped_nobody_waits_for_ever(store: EventStore) -> None:
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


async def test_another_event_loop_is_told_to_open_its_own(store: EventStore) -> None:
    await append(store, "note-1", "a")

    def elsewhere() -> list[RetoldError]:
        async def attempts() -> list[RetoldError]:
            errors = []
            for attempt in (
                lambda: append(store, "note-1", "b"),
                lambda: read_all(store),
                store.close,
            ):
                with pytest.raises(StoreUnavailable) as raised:
                    await attempt()
                errors.append(raised.value)
            return list(errors)

        return asyncio.run(attempts())

    for error in await asyncio.to_thread(elsewhere):
        assert "opened in another event loop; open one in each" in str(error)
    await append(store, "note-1", "b")


# Memory ------------------------------------------------------------------------------------------


async def _peaks(store: EventStore, few: int, many: int) -> tuple[int, int]:
    """Return the memory that reading and verifying few and many events takes."""
    for stream, count in (("few-1", few), ("many-1", many - few)):
        for start in range(0, count, 2_000):
            await store.append(stream, numbered(2_000), expected_version=start)

    async def peak(category: str | None, stream: str | None, count: int) -> int:
        seen = 0
        tracemalloc.reset_peak()
        async for _ in store.read_all(category=category):
            seen += 1
        report = await store.verify(stream)
        assert (seen, report.events, report.ok) == (count, count, True)
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        # The first reading also fills caches of statements and types.
        await peak("few", "few-1", few)
        return await peak("few", "few-1", few), await peak(None, None, many)
    finally:
        tracemalloc.stop()


async def test_reading_ten_times_the_events_takes_the_same_memory(store: EventStore) -> None:
    small, large = await _peaks(store, 2_000, 20_000)
    assert large < 1.5 * small


@pytest.mark.stress
@pytest.mark.timeout(1_800)
async def test_a_million_events_are_read_in_constant_memory(store: EventStore) -> None:
    small, large = await _peaks(store, 20_000, 1_000_000)
    assert large < 1.5 * small
    assert large < 150_000_000
