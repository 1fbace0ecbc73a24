"""Subscribers that wait: what wakes them, what they cost, and what ends them."""

from __future__ import annotations

import asyncio
import threading

import pytest

from retold.errors import StoreClosed
from retold.store import EventStore, open_store
from tests.store.events import append, numbered, texts
from tests.store.raw import Raw
from tests.store.subscribing import (
    appender,
    caught_up,
    count_readings,
    never,
    patience,
    take,
    until,
)

# Consumers and writers ---------------------------------------------------------------------------


async def test_writers_go_on_while_a_consumer_holds_its_first_event(store: EventStore) -> None:
    await append(store, "note-1", "first")
    async with store.subscribe(batch_size=1) as subscription:
        assert texts(await take(subscription, 1)) == ["first"]
        results = await asyncio.gather(
            *(append(store, f"note-{number % 5}", str(number)) for number in range(200))
        )
        assert len(results) == 200
        # Nothing was read ahead for the consumer meanwhile.
        assert not subscription._unread
        assert len(await take(subscription, 200)) == 200


async def test_an_append_wakes_a_subscriber_for_one_reading_at_the_most(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = 20
    async with store.subscribe(poll_seconds=never) as subscription:
        await caught_up(subscription)
        following = asyncio.create_task(take(subscription, groups))
        await asyncio.sleep(0.2)
        counts = count_readings(store, monkeypatch)
        for number in range(groups):
            await append(store, "note-1", str(number))
            await asyncio.sleep(0.01)
        assert len(await following) == groups
    # On PostgreSQL transactions of the tests beside this one hold back an event now and then.
    most = 1 if store.kind == "sqlite" else 4
    assert counts["page"] <= most * groups + 1
    # SQLite's newest event is its frontier.
    assert counts["frontier"] <= (most + 1) * groups + 2


async def test_an_idle_subscriber_asks_once_a_poll(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with store.subscribe(poll_seconds=0.1) as subscription:
        await caught_up(subscription)
        idle = asyncio.create_task(anext(subscription))
        await asyncio.sleep(0.2)
        counts = count_readings(store, monkeypatch)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await until(lambda: counts["newest"] >= 4)
        # However slow the machine is, there is a poll between two questions.
        assert counts["newest"] <= (loop.time() - began) / 0.1 + 1
        assert counts["page"] == 0
        idle.cancel()
        await asyncio.wait([idle])


async def test_polling_finds_what_no_hint_told_of(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await open_store(store_url) as store, await open_store(store_url) as other:
        store.changes.watcher = None
        async with store.subscribe(poll_seconds=0.05) as subscription:
            waiting = asyncio.create_task(take(subscription, 1))
            await asyncio.sleep(0.2)
            await append(other, "note-1", "a")
            assert texts(await waiting) == ["a"]


# Other processes ---------------------------------------------------------------------------------


async def test_what_another_process_appends_is_told_without_polling(store_url: str) -> None:
    async with (
        await open_store(store_url) as store,
        appender(store_url) as tell,
        store.subscribe(poll_seconds=never) as subscription,
    ):
        for number in range(5):
            waiting = asyncio.create_task(take(subscription, 1))
            await asyncio.sleep(0.05)
            await tell("note-1", str(number))
            assert texts(await waiting) == [str(number)]


async def test_what_was_appended_between_reading_and_watching_is_found(store_url: str) -> None:
    async with (
        await open_store(store_url) as store,
        await open_store(store_url) as other,
        store.subscribe(poll_seconds=never) as subscription,
    ):
        assert await caught_up(subscription) == []
        # Nobody waits now, so nobody watches.
        await append(other, "note-1", "a")
        assert texts(await take(subscription, 1)) == ["a"]


# Ending ------------------------------------------------------------------------------------------


async def test_closing_the_log_ends_who_waits(store_url: str) -> None:
    store = await open_store(store_url)

    async def follow() -> None:
        async with store.subscribe(poll_seconds=never) as subscription:
            async for _ in subscription:
                pass

    waiting = [asyncio.create_task(follow()) for _ in range(5)]
    await asyncio.sleep(0.2)
    await store.close()
    async with asyncio.timeout(patience):
        ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(end) for end in ends] == [StoreClosed] * 5
    with pytest.raises(StoreClosed):
        async with store.subscribe():
            pass


async def test_closing_the_log_ends_who_reads(store_url: str) -> None:
    store = await open_store(store_url)
    await store.append("note-1", numbered(500), expected_version=0)

    async def follow() -> None:
        while True:
            async with store.subscribe(batch_size=3) as subscription:
                await take(subscription, 500)

    reading = [asyncio.create_task(follow()) for _ in range(5)]
    await asyncio.sleep(0.1)
    await store.close()
    async with asyncio.timeout(patience):
        ends = await asyncio.gather(*reading, return_exceptions=True)
    assert [type(end) for end in ends] == [StoreClosed] * 5


def watching() -> list[str]:
    """Return what runs for the sake of subscriptions: threads and tasks."""
    threads = [one.name for one in threading.enumerate() if one.name == "retold-watcher"]
    tasks = [one.get_name() for one in asyncio.all_tasks() if one.get_name() == "retold-listener"]
    return threads + tasks


async def test_cancelled_consumers_leave_nothing_running(store_url: str) -> None:
    async with await open_store(store_url) as store:

        async def follow() -> None:
            async with store.subscribe() as subscription:
                async for _ in subscription:
                    pass

        for round_ in range(4):
            consumers = [asyncio.create_task(follow()) for _ in range(40)]
            await asyncio.sleep(0.05 * round_)
            await append(store, "note-1", "a")
            assert len(watching()) <= 2
            for consumer in consumers:
                consumer.cancel()
            await asyncio.wait(consumers)
            assert all(consumer.cancelled() for consumer in consumers)
        await until(lambda: not watching())
        assert not store.changes._waiting
        assert store.changes._followers == 0
    if Raw(store_url).kind == "postgresql":
        left = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        async with asyncio.timeout(patience):
            while await Raw(store_url).fetch(left) != [(1,)]:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)


async def test_nobody_watches_while_nobody_waits(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        assert watching() == []
        async with store.subscribe() as subscription:
            await caught_up(subscription)
            watcher = store.changes.watcher
            thread = watcher._threads[-1]  # type: ignore[union-attr]
            assert not thread._waited_for.is_set()
            waiting = asyncio.create_task(take(subscription, 1))
            await until(thread._waited_for.is_set)
            await append(store, "note-1", "a")
            await waiting
            assert not thread._waited_for.is_set()
