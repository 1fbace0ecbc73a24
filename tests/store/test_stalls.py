"""What holds readers of the whole log back is shown, with whom to ask about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from retold.errors import StoreClosed
from retold.store import EventStore, open_store
from retold.store.stall import Stall
from tests.store.clusters import cluster_at, new_database, new_log
from tests.store.events import append, read_all, texts
from tests.store.postgres_cluster import Cluster
from tests.store.raw import PostgresConnection, Raw


async def test_nothing_holds_readers_of_sqlite_back(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        await append(store, "note-1", "a")
        async with store.transaction():
            assert await store.stalls() == ()
    with pytest.raises(StoreClosed):
        await store.stalls()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    # Its ids are beyond the 32 bits that locks show of them.
    with cluster_at(2) as made:
        yield made


@pytest.fixture
async def url(cluster: Cluster) -> str:
    return await new_log(cluster)


@pytest.fixture
async def store(url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EventStore]:
    monkeypatch.setattr("retold.store.log.own_writes_seconds", 0.05)
    async with await open_store(url) as opened:
        yield opened


@asynccontextmanager
async def transaction(
    url: str, statement: str = "SELECT pg_current_xact_id()"
) -> AsyncIterator[PostgresConnection]:
    """Give a connection with a transaction that has run a statement."""
    connection: PostgresConnection = await asyncpg.connect(
        url, server_settings={"application_name": "forgetful"}
    )
    try:
        held = connection.transaction()
        await held.start()
        await connection.execute(statement)
        yield connection
        await held.rollback()
    finally:
        await connection.close()


async def one_stall(store: EventStore) -> Stall:
    (stall,) = await store.stalls()
    return stall


@pytest.mark.postgres
async def test_a_transaction_in_another_database_is_shown_with_pid_database_and_age(
    cluster: Cluster, store: EventStore
) -> None:
    other = await new_database(cluster)
    await append(store, "note-1", "before")
    assert await store.stalls() == ()
    async with transaction(other) as connection:
        await append(store, "note-1", "one", "two", expected_version=1)
        await append(store, "note-2", "three")
        await asyncio.sleep(0.2)
        stall = await one_stall(store)
        assert stall.pid == connection.get_server_pid()
        assert stall.database == other.rpartition("/")[2]
        assert (stall.user, stall.application) == ("postgres", "forgetful")
        assert stall.state == "idle in transaction"
        assert stall.prepared is None
        assert stall.age_seconds is not None
        assert 0.2 <= stall.age_seconds < 60
        # It is what readers wait for, and by how much.
        assert stall.holds_back == 3
        assert await store.backend.held_back() == 3  # type: ignore[attr-defined]
        assert texts(await read_all(store)) == ["before"]
        assert stall.remedy.endswith(f"SELECT pg_terminate_backend({stall.pid})")
    assert await store.stalls() == ()
    assert len(await read_all(store)) == 4


@pytest.mark.postgres
async def test_what_the_remedy_says_lets_readers_go_on(url: str, store: EventStore) -> None:
    with pytest.raises(asyncpg.InterfaceError):  # noqa: PT012 - the end of the block is cut off
        async with transaction(url) as connection:
            await append(store, "note-1", "a")
            stall = await one_stall(store)
            await Raw(url).execute(stall.remedy[stall.remedy.index("SELECT") :])
            async with asyncio.timeout(20):
                while await store.stalls():  # noqa: ASYNC110 - the server tells nobody
                    await asyncio.sleep(0.01)
            assert texts(await read_all(store)) == ["a"]
            await connection.execute("SELECT 1")


@pytest.mark.postgres
@pytest.mark.parametrize("statement", ["SELECT 1", "LOCK TABLE epochs IN SHARE MODE"])
async def test_a_transaction_without_an_id_holds_nobody_back_and_is_not_shown(
    url: str, store: EventStore, statement: str
) -> None:
    async with transaction(url, statement):
        await append(store, "note-1", "a")
        assert await store.stalls() == ()
        assert texts(await read_all(store)) == ["a"]


@pytest.mark.postgres
async def test_the_oldest_comes_first_and_each_says_what_came_after_it(
    url: str, store: EventStore
) -> None:
    async with transaction(url) as first:
        await append(store, "note-1", "a", "b")
        async with transaction(url) as second:
            await append(store, "note-1", "c")
            stalls = await store.stalls()
    assert [(stall.pid, stall.holds_back) for stall in stalls] == [
        (first.get_server_pid(), 3),
        (second.get_server_pid(), 1),
    ]


@pytest.mark.postgres
async def test_a_transaction_with_savepoints_is_shown_once(url: str, store: EventStore) -> None:
    async with transaction(url) as connection, connection.transaction():
        await connection.execute("CREATE TEMPORARY TABLE scratch (a integer)")
        async with connection.transaction():
            await connection.execute("INSERT INTO scratch VALUES (1)")
            assert (await one_stall(store)).pid == connection.get_server_pid()


@pytest.mark.postgres
async def test_a_prepared_transaction_is_shown_by_its_name(url: str, store: EventStore) -> None:
    async with Raw(url).connection() as connection:
        await connection.execute(
            "BEGIN; INSERT INTO log_info VALUES ('x', 'y'); PREPARE TRANSACTION 'it''s mine'"
        )
    try:
        await append(store, "note-1", "a")
        stall = await one_stall(store)
        assert stall.prepared == "it's mine"
        assert (stall.pid, stall.state, stall.application) == (None, None, None)
        assert (stall.database, stall.user) == (url.rpartition("/")[2], "postgres")
        assert stall.age_seconds is not None
        assert stall.holds_back == 1
        assert await read_all(store) == []
    finally:
        # It stands in the remedy, after the other way out.
        await Raw(url).execute(stall.remedy.rpartition(", or ")[2])
    assert await store.stalls() == ()
    assert texts(await read_all(store)) == ["a"]


@pytest.mark.postgres
async def test_a_role_without_rights_sees_whose_transaction_it_is(
    url: str, store: EventStore
) -> None:
    """Not since when, nor in which state: that takes pg_read_all_stats."""
    raw = Raw(url)
    await raw.execute("CREATE ROLE plain LOGIN")
    await raw.execute("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO plain")
    plain_url = url.replace("postgres@", "plain@")
    await append(store, "note-1", "a")
    try:
        async with await open_store(plain_url) as plain:
            async with transaction(url) as others:
                await append(plain, "note-1", "b")
                stall = await one_stall(plain)
                assert stall.pid == others.get_server_pid()
                assert stall.database == url.rpartition("/")[2]
                assert (stall.user, stall.application) == ("postgres", "forgetful")
                assert (stall.age_seconds, stall.state) == (None, None)
                assert stall.holds_back == 1
            async with transaction(plain_url) as own:
                stall = await one_stall(plain)
                assert stall.pid == own.get_server_pid()
                assert stall.age_seconds is not None
                assert stall.state == "idle in transaction"
    finally:
        await raw.execute("DROP OWNED BY plain")
        await raw.execute("DROP ROLE plain")
