"""How the writer of PostgreSQL gets on with locks, isolation, clocks and roles."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from retold.errors import (
    StoreUnavailable,
    WrongExpectedVersion,
)
from retold.store import EventStore, open_store
from retold.store.append import Append
from retold.store.postgres.clock import ServerClock
from retold.store.postgres.locks import lock_key
from tests.store.events import ANY, append, events, read, read_all, texts
from tests.store.raw import Raw
from tests.store.roles import role
from tests.store.writer_watch import (
    locked,
    until,
    waiting,
    watch_ways,
    writer_of,
)

pytestmark = pytest.mark.postgres


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


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return watch_ways(monkeypatch)


# Locks -------------------------------------------------------------------------------------------


async def test_a_stream_that_stays_locked_fails_alone_in_its_group(
    url: str, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retold.store.postgres.connection.lock_seconds", 1)
    async with await open_store(url) as store:
        for known in ("note-1", "note-2"):
            await append(store, known, "known")
        async with locked(raw, "note-1"):
            # The first is alone in its group; the others gather meanwhile.
            began = time.monotonic()
            outcomes = await asyncio.gather(
                append(store, "note-3", "x"),
                append(store, "note-1", "held"),
                append(store, "note-2", "free"),
                store.append_many([Append(s, events("both"), ANY) for s in ("note-1", "note-4")]),
                append(store, "note-5", "free"),
                return_exceptions=True,
            )
            assert time.monotonic() - began < 10
        held = [isinstance(outcome, StoreUnavailable) for outcome in outcomes]
        assert held == [False, True, False, True, False]
        assert "LockNotAvailableError" in str(outcomes[1])
        assert not outcomes[1].outcome_unknown  # type: ignore[union-attr]
        assert texts(await read(store, "note-1")) == ["known"]
        assert await store.head("note-4") is None
        assert texts(await read(store, "note-2")) == ["known", "free"]
        assert (await append(store, "note-1", "now", expected_version=1)).last_version == 2


async def test_a_table_that_stays_locked_fails_all_and_soon(
    url: str, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retold.store.postgres.connection.lock_seconds", 1)
    async with await open_store(url) as store:
        await append(store, "note-1", "known")
        async with raw.connection() as holder, holder.transaction():
            await holder.execute("LOCK TABLE events IN SHARE MODE")
            outcomes = await asyncio.gather(
                *(append(store, f"note-{n}", "x") for n in range(1, 5)), return_exceptions=True
            )
        assert [isinstance(outcome, StoreUnavailable) for outcome in outcomes] == [True] * 4
        assert len(await read_all(store)) == 1


async def test_groups_that_lock_the_same_streams_in_other_orders_do_not_deadlock(url: str) -> None:
    names = [f"note-{number}" for number in range(6)]
    async with await open_store(url) as one, await open_store(url) as two:

        async def write(store: EventStore, order: list[str]) -> None:
            for _ in range(15):
                await store.append_many([Append(name, events("x"), ANY) for name in order])

        await asyncio.gather(write(one, names), write(two, names[::-1]))
        for name in names:
            assert [e.version for e in await read(one, name)] == list(range(1, 31))
        assert (await one.verify()).ok
        ((deadlocks,),) = await Raw(url).fetch(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        assert deadlocks == 0


@pytest.mark.parametrize("way", ["at once", "step by step"])
async def test_a_deadlock_with_somebody_else_is_tried_again(
    store: EventStore, raw: Raw, way: str
) -> None:
    """Whoever takes locks of their own, in an order of their own, may make one."""
    one, two = sorted(("note-1", "note-2"), key=lambda name: lock_key("default", name))
    for stream in (one, two):
        await append(store, stream, "a")
    if way == "step by step":
        writer_of(store)._heads.clear()
    async with raw.connection() as other, other.transaction():
        # The server ends whoever has waited this long first.
        await other.execute("SET deadlock_timeout = '60s'")
        await other.execute("SELECT pg_advisory_xact_lock($1)", lock_key("default", two))
        appending = asyncio.create_task(
            store.append_many([Append(stream, events("b"), ANY) for stream in (one, two)])
        )
        await until(raw, waiting)
        crossing = other.execute("SELECT pg_advisory_xact_lock($1)", lock_key("default", one))
        await asyncio.wait_for(crossing, 20)
    assert [result.last_version for result in await appending] == [2, 2]


# Isolation, clock, rights ------------------------------------------------------------------------


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
async def test_a_stricter_isolation_by_default_changes_nothing(
    url: str, raw: Raw, isolation: str, ways: list[str]
) -> None:
    """A snapshot from before a lock was given would see an old head, and an old epoch."""
    database = url.rpartition("/")[2]
    await raw.execute(
        f"ALTER DATABASE {database} SET default_transaction_isolation = '{isolation}'"
    )
    async with await open_store(url) as store:
        await append(store, "note-1", "a")
        ways.clear()
        async with raw.connection() as holder:
            async with holder.transaction():
                await holder.execute("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE")
                appending = asyncio.create_task(append(store, "note-1", "b", expected_version=1))
                await until(raw, "wait_event_type = 'Lock' AND wait_event = 'relation'")
                await holder.execute("INSERT INTO epochs VALUES (2, 'here', 0)")
            await appending
        assert ways == ["at once"]
        assert [e.epoch for e in await read_all(store)] == [1, 2]


@pytest.mark.parametrize("way", ["at once", "step by step"])
async def test_a_schema_touched_while_a_store_is_open_changes_nothing(
    store: EventStore, raw: Raw, way: str, ways: list[str]
) -> None:
    """The driver keeps statements prepared, and the server their plans."""
    for number in range(7):  # after five the server plans no more
        await append(store, "note-1", str(number))
    ((source,),) = await raw.fetch("SELECT pg_get_functiondef('retold_append'::regproc)")
    await raw.execute("ALTER TABLE events ADD COLUMN more text, ALTER COLUMN type SET STATISTICS 5")
    await raw.execute("ALTER TABLE streams ADD COLUMN more text")
    await raw.execute("DROP FUNCTION retold_append")
    async with raw.connection() as connection:
        await connection.execute(source)
    if way == "step by step":
        writer_of(store)._heads.clear()
    ways.clear()
    assert (await append(store, "note-1", "after", expected_version=ANY)).last_version == 8
    assert ways == [way]
    assert len(await read_all(store)) == 8
    assert (await store.verify()).ok


async def test_own_appends_are_waited_for_in_a_log_that_was_empty(
    url: str, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await open_store(url) as store:
        # The clock is learnt, and nothing appended.
        with pytest.raises(WrongExpectedVersion):
            await append(store, "note-1", "x", expected_version=7)
        async with raw.connection() as other:
            held = other.transaction()
            await held.start()
            await other.execute("SELECT pg_current_xact_id()")
            await append(store, "note-1", "a", expected_version=0)
            reading = asyncio.create_task(read_all(store))
            await asyncio.sleep(0.2)
            assert not reading.done()
            await held.rollback()
        assert texts(await reading) == ["a"]


async def test_times_come_from_the_server_and_do_not_go_back(
    store: EventStore, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A machine whose own clock is an hour slow.
    wall = time.time
    monkeypatch.setattr(time, "time", lambda: wall() - 3_600)
    ((before,),) = await raw.fetch("SELECT clock_timestamp()")
    for version in range(20):
        await append(store, "note-1", "a", expected_version=version)
    ((after,),) = await raw.fetch("SELECT clock_timestamp()")
    times = [one.recorded_at for one in await read(store, "note-1")]
    assert times == sorted(times)
    # To within a round trip.
    assert (before - times[0]).total_seconds() < 0.5
    assert times[-1] <= after


def test_a_clock_is_asked_again_when_the_machine_slept(monkeypatch: pytest.MonkeyPatch) -> None:
    monotonic, wall = 1_000.0, 5_000.0
    monkeypatch.setattr(time, "monotonic", lambda: monotonic)
    monkeypatch.setattr(time, "time", lambda: wall)
    clock = ServerClock()
    assert not clock.is_set
    clock.set(7_000_000_000)
    assert clock.is_set
    assert clock.now() == 7_000_000_000
    monotonic, wall = 1_010.0, 5_010.0
    assert clock.is_set
    assert clock.now() == 7_010_000_000
    # Ten minutes of sleep, which the monotonic clock does not count.
    monotonic, wall = 1_011.0, 5_611.0
    assert not clock.is_set
    clock.set(7_611_000_000)
    assert clock.now() == 7_611_000_000
    # The server's clock was set back.
    clock.set(7_000_000_000)
    assert clock.now() == 7_611_000_000
    monotonic, wall = 1_072.0, 5_672.0
    assert not clock.is_set


async def test_a_plain_role_needs_no_more_than_rights_on_tables(url: str) -> None:
    rights = (
        "SELECT ON ALL TABLES IN SCHEMA public",
        "INSERT ON events",
        "INSERT, UPDATE ON streams",
    )
    async with role(url, *rights) as (_, plain_url), await open_store(plain_url) as store:
        await append(store, "note-1", "a")
        await append(store, "note-1", "b", expected_version=1)
        assert texts(await read_all(store)) == ["a", "b"]


async def test_a_role_that_may_not_see_the_cluster_reads_and_is_told_when_it_appends(
    url: str, raw: Raw
) -> None:
    await raw.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    try:
        async with role(url, "ALL ON ALL TABLES IN SCHEMA public") as (name, blind_url):
            async with await open_store(url) as owner:
                await append(owner, "note-1", "a")
            async with await open_store(blind_url) as store:
                assert texts(await read_all(store)) == ["a"]
                with pytest.raises(StoreUnavailable, match=r"grant it EXECUTE on pg_control_sys"):
                    await append(store, "note-1", "b")
                await raw.execute(f"GRANT EXECUTE ON FUNCTION pg_control_system() TO {name}")
                await append(store, "note-1", "b", expected_version=1)
                assert texts(await read_all(store)) == ["a", "b"]
    finally:
        await raw.execute("GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC")


async def test_a_database_that_is_read_only_by_default_can_be_read(url: str, raw: Raw) -> None:
    async with await open_store(url) as store:
        await append(store, "note-1", "a")
    database = url.rpartition("/")[2]
    await raw.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    async with await open_store(url) as store:
        assert texts(await read_all(store)) == ["a"]
        assert (await store.verify()).ok
        with pytest.raises(StoreUnavailable, match="ReadOnlySQLTransactionError") as raised:
            await append(store, "note-1", "b")
        assert not raised.value.outcome_unknown
