"""What only PostgreSQL can do to a subscription: old transactions, hints by NOTIFY, lost ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import text

from retold.store import EventStore, open_store
from retold.store.postgres import connection as connections, listener, notifier
from retold.store.postgres.backend import PostgresBackend
from retold.store.postgres.listener import Listener, channel_of
from retold.store.postgres.notifier import Notifier
from retold.store.queries import Queries, Query
from retold.store.selection import Partition, Selection
from retold.store.url import Durability
from tests.store.events import append, texts
from tests.store.raw import PostgresConnection, Raw
from tests.store.subscribing import caught_up, count_readings, never, patience, take, until

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


@asynccontextmanager
async def older_transaction(raw: Raw) -> AsyncIterator[PostgresConnection]:
    """Hold a transaction open, and end it on the way out without a word."""
    async with raw.connection() as connection, connection.transaction():
        await connection.execute("SELECT pg_current_xact_id()")
        yield connection


@asynccontextmanager
async def hearing(raw: Raw, store: EventStore) -> AsyncIterator[list[int]]:
    """Collect who sent each notification of a log."""
    heard: list[int] = []
    async with raw.connection() as connection:
        await connection.add_listener(
            channel_of(store.database_id), lambda _, pid, *__: heard.append(pid)
        )
        yield heard


def parts(store: EventStore) -> tuple[Notifier, Listener]:
    """Return what tells others, and what hears of them."""
    backend = store.backend
    assert isinstance(backend, PostgresBackend)
    assert backend._notifier is not None
    assert backend._listener is not None
    return backend._notifier, backend._listener


async def pids(raw: Raw, query: str) -> list[int]:
    """Return the server's processes whose last statement is like ``query``."""
    found = await raw.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE ?"
        " AND pid <> pg_backend_pid()",
        query,
    )
    return [pid for (pid,) in found]


async def listeners(raw: Raw) -> list[int]:
    """Return who listens, waiting until somebody does."""
    async with asyncio.timeout(patience):
        while True:
            found = await pids(raw, "LISTEN%")
            if found:
                return found
            await asyncio.sleep(0.01)


# Transactions that are open ----------------------------------------------------------------------


async def test_events_come_when_an_older_transaction_ends_though_nobody_tells(
    store: EventStore, raw: Raw
) -> None:
    async with store.subscribe(poll_seconds=0.2) as subscription:
        await caught_up(subscription)
        async with older_transaction(raw):
            await append(store, "note-1", "held", "back")
            waiting = asyncio.create_task(take(subscription, 2))
            await asyncio.sleep(0.3)
            assert not waiting.done()
            assert subscription.live
        assert texts(await waiting) == ["held", "back"]


async def test_the_cursor_stays_before_what_an_older_transaction_may_still_append(
    store: EventStore, url: str, raw: Raw
) -> None:
    """A transaction begins, others append after it, and it appends last."""
    async with await open_store(url) as other, raw.connection() as early:
        lock = early.transaction()
        await lock.start()
        await early.execute("SELECT pg_current_xact_id()")
        await append(other, "note-1", "later")
        async with store.subscribe(category="task", poll_seconds=0.05) as subscription:
            assert await caught_up(subscription) == []
            cursor = subscription.cursor
            await early.execute(
                "INSERT INTO events (epoch, tenant, stream, version, event_id, type,"
                " schema_version, data, metadata, recorded_at, digest)"
                " SELECT epoch, tenant, 'task-1', 1, gen_random_uuid(), type, schema_version,"
                ' \'{"text":"earlier"}\', metadata, recorded_at, digest FROM events'
            )
            await lock.commit()
            assert texts(await take(subscription, 1)) == ["earlier"]
        async with store.subscribe(after=cursor) as subscription:
            assert texts(await take(subscription, 2)) == ["earlier", "later"]


async def test_while_an_old_transaction_is_open_a_subscriber_asks_ever_less_often(
    store: EventStore, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with store.subscribe(poll_seconds=0.25) as subscription:
        await caught_up(subscription)
        async with older_transaction(raw):
            await append(store, "note-1", "a")
            waiting = asyncio.create_task(take(subscription, 1))
            await until(lambda: subscription._pause == 0.25)
            counts = count_readings(store, monkeypatch)
            loop = asyncio.get_running_loop()
            began = loop.time()
            await until(lambda: counts["frontier"] >= 3)
            # However slow the machine is, there is a poll between two questions.
            assert counts["frontier"] <= (loop.time() - began) / 0.25 + 2
            # Tests beside this one end transactions, and the frontier moves.
            assert counts["page"] <= counts["frontier"]
        assert texts(await waiting) == ["a"]


# Notifications -----------------------------------------------------------------------------------


async def test_there_are_no_more_notifications_than_groups(
    store: EventStore, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = 0
    sender, _ = parts(store)
    notify = sender.notify

    def counted() -> None:
        nonlocal told
        told += 1
        notify()

    monkeypatch.setattr(sender, "notify", counted)
    async with hearing(raw, store) as heard:
        for _ in range(5):
            await asyncio.gather(*(append(store, f"note-{n}", "x") for n in range(40)))
        await append(store, "note-1", "last")
        await until(lambda: bool(heard) and not sender._sending)
        await asyncio.sleep(0.1)
    # Appends made at once share groups, and groups share notifications.
    assert 6 <= told <= 201
    assert 1 <= len(heard) <= told
    # All by one connection, which is not the one that appends.
    assert set(heard) == {sender.pid}
    backend = store.backend
    assert isinstance(backend, PostgresBackend)
    assert backend._writer._connection is not None
    assert sender.pid != backend._writer._connection.get_server_pid()


async def test_groups_committed_while_one_is_sent_are_told_of_by_one_notification(
    store: EventStore, raw: Raw
) -> None:
    sender, _ = parts(store)
    async with hearing(raw, store) as heard:
        for _ in range(50):
            sender.notify()
        await until(lambda: bool(heard))
        await asyncio.sleep(0.1)
        assert len(heard) == 1


async def test_its_own_notifications_wake_nobody(store: EventStore, raw: Raw) -> None:
    async with store.subscribe(poll_seconds=never) as subscription:
        await caught_up(subscription)
        await listeners(raw)
        await append(store, "note-1", "first")
        await take(subscription, 1)
        await asyncio.sleep(0.1)
        count = store.changes.count
        async with hearing(raw, store) as heard:
            await append(store, "note-1", "second")
            await until(lambda: len(heard) == 1)
            await asyncio.sleep(0.05)
        assert store.changes.count == count + 1


async def test_closing_sends_what_is_still_to_be_sent(
    store: EventStore, url: str, raw: Raw
) -> None:
    async with store.subscribe(poll_seconds=never) as subscription:
        await caught_up(subscription)
        waiting = asyncio.create_task(take(subscription, 1))
        await listeners(raw)
        async with await open_store(url) as other:
            await append(other, "note-1", "the only one")
        assert texts(await waiting) == ["the only one"]


async def test_an_append_neither_waits_for_nor_fails_with_a_notification(
    store: EventStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refused = asyncio.Event()

    async def refuse(*_: object) -> None:
        refused.set()
        raise asyncpg.TooManyConnectionsError("no")

    monkeypatch.setattr(notifier, "dial", refuse)
    for number in range(5):
        result = await append(store, "note-1", str(number))
        assert result.last_version == number + 1
    async with asyncio.timeout(patience):
        await refused.wait()
    await asyncio.sleep(0)
    assert "cannot notify" in caplog.text
    assert "TooManyConnectionsError" in caplog.text


async def test_a_notification_that_failed_is_sent_by_another_connection(
    store: EventStore, raw: Raw
) -> None:
    sender, _ = parts(store)
    async with hearing(raw, store) as heard:
        await append(store, "note-1", "a")
        await until(lambda: len(heard) == 1)
        first = sender.pid
        await raw.execute("SELECT pg_terminate_backend(?)", first)
        await append(store, "note-1", "b")
        await until(lambda: len(heard) == 2)
        assert sender.pid not in (None, first)


# Listening ---------------------------------------------------------------------------------------


async def test_a_subscription_goes_on_when_its_listener_is_killed(
    store: EventStore, url: str, raw: Raw, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        await open_store(url) as other,
        store.subscribe(poll_seconds=never) as subscription,
    ):
        await caught_up(subscription)
        for round_ in range(3):
            waiting = asyncio.create_task(take(subscription, 1))
            (pid,) = await listeners(raw)
            await raw.execute("SELECT pg_terminate_backend(?)", pid)
            await append(other, "note-1", str(round_))
            assert texts(await waiting) == [str(round_)]
            async with asyncio.timeout(patience):
                while await listeners(raw) == [pid]:  # noqa: ASYNC110 - the server tells nobody
                    await asyncio.sleep(0.01)
    assert caplog.text.count("the connection that listens was lost") == 3


async def test_listening_is_tried_again_until_it_works(
    store: EventStore,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    attempts = 0

    async def sometimes(dsn: str | None, durability: Durability) -> connections.Connection:
        nonlocal attempts
        attempts += 1
        if attempts <= 3:
            raise ConnectionRefusedError
        return await connections.dial(dsn, durability)

    monkeypatch.setattr(listener, "dial", sometimes)
    async with (
        await open_store(url) as other,
        store.subscribe(poll_seconds=never) as subscription,
    ):
        await caught_up(subscription)
        waiting = asyncio.create_task(take(subscription, 1))
        await append(other, "note-1", "a")
        assert texts(await waiting) == ["a"]
        assert attempts >= 4
    assert caplog.text.count("cannot listen") == 3


async def test_there_is_one_listener_a_log_and_none_without_a_subscription(
    store: EventStore, raw: Raw
) -> None:
    await append(store, "note-1", "a")
    assert await pids(raw, "LISTEN%") == []
    async with store.subscribe() as one, store.subscribe() as two:
        await caught_up(one)
        await caught_up(two)
        assert len(await listeners(raw)) == 1
    async with asyncio.timeout(patience):
        while await pids(raw, "LISTEN%"):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)


# How the log is read ---------------------------------------------------------------------------


async def plan_of(store: EventStore, query: Query) -> str:
    """Return what the server says it will do."""
    async with store.connection() as connection:
        rows = await connection.execute(text(f"EXPLAIN {query.sql}"), query.values)
        return "\n".join(str(line) for (line,) in rows)


@pytest.mark.parametrize("analyzed", [False, True], ids=["new", "analyzed"])
@pytest.mark.parametrize(
    "wanted",
    [
        Selection(),
        Selection(every_tenant=True),
        Selection(category="note"),
        Selection(stream_prefix="note-1"),
        Selection(types=["test.rare"]),
        Selection(partition=Partition(0, 4)),
    ],
    ids=["tenant", "everything", "category", "prefix", "types", "partition"],
)
async def test_a_page_is_read_by_its_order_and_never_sorted(
    store: EventStore, raw: Raw, wanted: Selection, analyzed: bool
) -> None:
    """By any other index, every page and every waking would read and sort the whole log."""
    await append(store, "note-1", "a")
    await raw.execute(
        "INSERT INTO events (epoch, tenant, stream, version, event_id, type, schema_version, data,"
        " metadata, recorded_at, digest)"
        " SELECT epoch, tenant, stream, n, gen_random_uuid(), type, schema_version, data,"
        " metadata, recorded_at, digest FROM events, generate_series(2, 10000) AS n"
    )
    if analyzed:
        await raw.execute("ANALYZE events")
    queries = Queries(store.tenant, "postgresql")
    newest = await store.backend.newest()
    for query in (
        queries.in_global_order(None, wanted, 50),
        queries.in_global_order(newest, wanted, 50),
        queries.newest(),
    ):
        plan = await plan_of(store, query)
        assert "ix_events_order on events" in plan, plan
        assert "Sort" not in plan, plan
