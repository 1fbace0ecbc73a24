"""When an epoch begins while others append: every event is in the one or the other, in order.

That a database came from another cluster is made believe here; see test_restore for real ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from retold.errors import StoreUnavailable
from retold.store import EventStore, open_store
from retold.store.postgres import epoch, statements
from retold.store.postgres.epoch import enter_epoch
from tests.store.events import append, read_all, texts
from tests.store.raw import Raw
from tests.store.roles import role
from tests.store.writer_watch import until, watch_ways, writer_of

pytestmark = pytest.mark.postgres

both_ways = pytest.mark.parametrize("way", ["at once", "step by step"])


@pytest.fixture
def url(migrated_postgres_url: str) -> str:
    return migrated_postgres_url


@pytest.fixture
def raw(url: str) -> Raw:
    return Raw(url)


@pytest.fixture
async def store(url: str) -> AsyncIterator[EventStore]:
    async with await open_store(url) as opened:
        yield opened


async def epochs(raw: Raw) -> list[int]:
    return [number for (number,) in await raw.fetch("SELECT epoch FROM epochs ORDER BY epoch")]


async def come_from_elsewhere(raw: Raw) -> None:
    await raw.execute("UPDATE epochs SET cluster = '1/1'")


async def test_a_log_that_stays_where_it_is_stays_in_its_epoch(url: str, raw: Raw) -> None:
    for _ in range(3):
        async with await open_store(url) as store:
            await append(store, "note-1", "a")
    assert await epochs(raw) == [1]


async def test_it_is_told_by_the_control_file_where_the_log_is_hidden(url: str, raw: Raw) -> None:
    """Both ways tell the same cluster, so that no epoch begins for want of the first."""
    function = "pg_walfile_name(pg_lsn)"
    await raw.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
    try:
        async with (
            role(url, "ALL ON ALL TABLES IN SCHEMA public") as (name, _),
            raw.connection() as connection,
        ):
            await connection.execute(f"SET ROLE {name}")
            assert await enter_epoch(connection) == epoch.Epoch(1)
            assert await epochs(raw) == [1]
            await come_from_elsewhere(raw)
            assert await enter_epoch(connection) == epoch.Epoch(2)
    finally:
        await raw.execute(f"GRANT EXECUTE ON FUNCTION {function} TO PUBLIC")
    async with await open_store(url):
        assert await epochs(raw) == [1, 2]


@both_ways
async def test_an_append_under_way_is_of_the_epoch_before(
    url: str, raw: Raw, store: EventStore, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever begins an epoch waits for it."""
    await append(store, "note-1", "known")
    cursor = store.cursor_of((await read_all(store))[-1])
    await come_from_elsewhere(raw)
    await raw.execute(
        """CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$"""
    )
    await raw.execute(
        "CREATE TRIGGER pause BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION pause()"
    )
    if way == "step by step":
        writer_of(store)._heads.clear()
    ways = watch_ways(monkeypatch)
    async with raw.connection() as holder, holder.transaction():
        await holder.execute("SELECT pg_advisory_xact_lock(4711)")
        appending = asyncio.create_task(append(store, "note-1", "under way"))
        await until(raw, "wait_event = 'advisory'")
        opening = asyncio.create_task(open_store(url))
        await until(raw, "wait_event = 'relation'")
        # Nothing is read past what is not there yet.
        assert await epochs(raw) == [1]
        assert not opening.done()
    await appending
    async with await opening as other:
        assert await epochs(raw) == [1, 2]
        await append(other, "note-1", "after", expected_version=2)
        for reader in (store, other):
            found = await read_all(reader, after=cursor)
            assert [(e.data["text"], e.epoch) for e in found] == [("under way", 1), ("after", 2)]
    assert ways[0] == way


@both_ways
async def test_an_append_that_comes_while_an_epoch_begins_is_of_the_new_one(
    url: str, raw: Raw, store: EventStore, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for the epoch, and then reads which one it is."""
    await append(store, "note-1", "known")
    if way == "step by step":
        writer_of(store)._heads.clear()
    ways = watch_ways(monkeypatch)
    async with raw.connection() as beginner, beginner.transaction():
        await beginner.execute(statements.lock_events)
        appending = asyncio.create_task(append(store, "note-1", "new"))
        await until(raw, "wait_event = 'relation'")
        await beginner.execute(statements.begin_epoch, "1/1")
        await asyncio.sleep(0.05)
        assert not appending.done()
    await appending
    assert ways[0] == way
    assert [event.epoch for event in await read_all(store)] == [1, 2]
    assert (await store.verify()).ok


async def test_an_epoch_begins_once_however_many_find_it_missing(url: str, raw: Raw) -> None:
    await come_from_elsewhere(raw)
    async with raw.connection() as holder:
        async with holder.transaction():
            # All have seen that it is missing before the first may begin it.
            await holder.execute("LOCK TABLE events IN ROW EXCLUSIVE MODE")
            opening = [asyncio.create_task(open_store(url)) for _ in range(6)]
            waiting = (
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            while await raw.fetch(waiting) != [(6,)]:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)
        stores = await asyncio.gather(*opening)
    assert await epochs(raw) == [1, 2]
    for store in stores:
        await append(store, "note-1", "x")
        await store.close()


async def test_a_role_that_may_append_but_not_begin_an_epoch_waits_for_who_may(
    url: str, raw: Raw
) -> None:
    rights = (
        "SELECT ON ALL TABLES IN SCHEMA public",
        "INSERT ON events",
        "INSERT, UPDATE ON streams",
    )
    async with await open_store(url) as owner:
        await append(owner, "note-1", "old")
    await come_from_elsewhere(raw)
    async with role(url, *rights) as (_, theirs), await open_store(theirs) as store:
        assert texts(await read_all(store)) == ["old"]
        with pytest.raises(StoreUnavailable, match="may not begin an epoch") as raised:
            await append(store, "note-1", "too early")
        assert "Nothing was written" in str(raised.value)
        async with await open_store(url):
            assert await epochs(raw) == [1, 2]
        await append(store, "note-1", "new", expected_version=1)
        assert [event.epoch for event in await read_all(store)] == [1, 2]
