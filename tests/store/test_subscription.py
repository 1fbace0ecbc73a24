"""Subscriptions: catching up, then following, on both databases."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from retold.domain.recorded import RecordedEvent
from retold.errors import CorruptEvent, InvalidCursor, StoreClosed
from retold.store import EventStore, open_store
from retold.store.cursor import Cursor
from retold.store.selection import Partition, partition_of
from retold.store.subscription import Subscription
from tests.store.events import ANY, append, event, numbered, read_all, texts
from tests.store.raw import Raw

repository = Path(__file__).parents[2]
# Far longer than anything here takes: a test that waits so long fails.
patience = 30.0
# So long that what is seen before was told by a hint.
never = 3_600.0


async def take(subscription: Subscription, count: int) -> list[RecordedEvent]:
    """Return the next events, waiting for them."""
    async with asyncio.timeout(patience):
        return [await anext(subscription) for _ in range(count)]


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(patience):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.005)


async def caught_up(subscription: Subscription) -> list[RecordedEvent]:
    """Return everything up to the page that says that there is no more."""
    found: list[RecordedEvent] = []
    async with asyncio.timeout(patience):
        async for page in subscription.pages():
            if not page:
                break
            found += page
    return found


@asynccontextmanager
async def appender(url: str) -> AsyncIterator[Callable[[str, str], Any]]:
    """Start a process that appends what it is told to."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.store.appender", url,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=repository,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None

    async def tell(stream: str, text: str) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{stream} {text}\n".encode())
        assert await process.stdout.readline() == b"appended\n"

    assert await process.stdout.readline() == b"ready\n"
    yield tell
    process.stdin.close()
    assert await process.wait() == 0


def count_readings(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Count how often the log is asked, and for what."""
    counts = dict.fromkeys(("page", "frontier", "newest"), 0)
    for name in counts:
        ask = getattr(store.backend, name)

        async def counted(*args: Any, name: str = name, ask: Any = ask) -> Any:
            counts[name] += 1
            return await ask(*args)

        monkeypatch.setattr(store.backend, name, counted)
    return counts


# Catching up, then following ---------------------------------------------------------------------


async def test_a_subscription_reads_what_there_is_then_what_comes(store: EventStore) -> None:
    await append(store, "note-1", "a", "b")
    async with store.subscribe() as subscription:
        assert texts(await take(subscription, 2)) == ["a", "b"]
        assert subscription.live
        await append(store, "note-2", "c")
        assert texts(await take(subscription, 1)) == ["c"]


async def test_what_is_appended_here_wakes_who_waits_without_polling(store: EventStore) -> None:
    async with store.subscribe(poll_seconds=never) as subscription:
        for number in range(5):
            waiting = asyncio.create_task(take(subscription, 1))
            await asyncio.sleep(0.02)
            assert not waiting.done()
            await append(store, "note-1", str(number))
            assert texts(await waiting) == [str(number)]


async def test_a_subscription_from_the_end_reads_only_what_comes(store: EventStore) -> None:
    await append(store, "note-1", "before")
    await settled(store)
    async with store.subscribe(after=await store.end()) as subscription:
        assert await caught_up(subscription) == []
        await append(store, "note-1", "after")
        assert texts(await take(subscription, 1)) == ["after"]


async def settled(store: EventStore) -> None:
    """Wait until everything committed can be read; tests beside this one hold transactions."""
    newest = await store.backend.newest()
    while newest is not None and await store.backend.frontier() < newest:  # noqa: ASYNC110
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_is_missed_and_nothing_comes_twice_while_eight_writers_append(
    store: EventStore, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    writers, each = 8, 25
    total = writers * each
    await store.append("note-early", numbered(10), expected_version=ANY)

    async def write(writer: int) -> None:
        for number in range(each):
            await append(store, f"note-{writer % 3}", f"{writer}-{number}")
            await asyncio.sleep(chance.choice((0, 0, 0.001)))

    async def follow(size: int) -> list[RecordedEvent]:
        """Read by a few subscriptions in turn, each from the cursor of the one before."""
        found: list[RecordedEvent] = []
        cursor: str | None = None
        while len(found) < total + 10:
            async with store.subscribe(after=cursor, batch_size=size) as subscription:
                wanted = min(total + 10 - len(found), chance.randint(1, 60))
                found += await take(subscription, wanted)
                cursor = subscription.cursor
        return found

    sizes = [1, *(chance.randint(2, 40) for _ in range(3))]
    *found, _ = await asyncio.gather(
        *map(follow, sizes), asyncio.gather(*(write(writer) for writer in range(writers)))
    )
    everything = await read_all(store)
    assert len(everything) == total + 10
    for seen in found:
        assert seen == everything


async def test_reading_goes_on_from_the_cursor_after_every_event(store: EventStore) -> None:
    for number in range(12):
        await append(store, f"note-{number % 2}", str(number))
    cursors: list[str | None] = [None]
    async with store.subscribe(batch_size=5) as subscription:
        assert subscription.cursor is None
        for _ in range(12):
            await take(subscription, 1)
            cursors.append(subscription.cursor)
    for number, cursor in enumerate(cursors):
        async with store.subscribe(after=cursor) as subscription:
            rest = texts(await caught_up(subscription))
        assert rest == [str(later) for later in range(number, 12)]


async def test_an_iteration_that_was_left_goes_on_with_the_next_event(store: EventStore) -> None:
    await store.append("note-1", numbered(5), expected_version=0)
    async with store.subscribe() as subscription:
        async for first in subscription:
            assert first.version == 1
            break
        assert not subscription.live
        assert texts(await take(subscription, 1)) == ["2"]
        assert texts(await caught_up(subscription)) == ["3", "4", "5"]


# Pages -------------------------------------------------------------------------------------------


async def test_pages_are_full_until_an_empty_one_says_that_it_is_live(store: EventStore) -> None:
    await store.append("note-1", numbered(7), expected_version=0)
    await settled(store)
    sizes: list[int] = []
    lives: list[bool] = []
    async with store.subscribe(batch_size=3) as subscription, asyncio.timeout(patience):
        async for page in subscription.pages():
            sizes.append(len(page))
            lives.append(subscription.live)
            if not page:
                break
    assert sizes == [3, 3, 1, 0]
    assert lives == [False, False, True, True]


async def test_a_live_subscription_says_so_again_only_after_more_than_a_page(
    store: EventStore,
) -> None:
    sizes: list[int] = []

    async def follow() -> None:
        async for page in subscription.pages():
            sizes.append(len(page))  # noqa: PERF401 - it never ends

    async with store.subscribe(batch_size=3) as subscription:
        following = asyncio.create_task(follow())
        await until(lambda: sizes == [0])
        await append(store, "note-1", "a")
        await until(lambda: sizes == [0, 1])
        await store.append("note-1", numbered(4), expected_version=ANY)
        await until(lambda: sizes == [0, 1, 3, 1, 0])
        following.cancel()
        await asyncio.wait([following])


async def test_the_cursor_of_a_page_is_the_one_after_it(store: EventStore) -> None:
    await store.append("note-1", numbered(7), expected_version=0)
    await settled(store)
    async with store.subscribe(batch_size=3) as subscription, asyncio.timeout(patience):
        async for page in subscription.pages():
            assert subscription.cursor == str(store.cursor_of(page[-1]))
            break
        cursor = subscription.cursor
    async with store.subscribe(after=cursor) as subscription:
        assert texts(await caught_up(subscription)) == ["4", "5", "6", "7"]


# Filters -----------------------------------------------------------------------------------------

filters: list[tuple[dict[str, Any], list[str]]] = [
    ({"category": "note"}, ["a", "b", "d"]),
    ({"stream_prefix": "note-1"}, ["a", "d"]),
    ({"types": ["test.other", "test.third"]}, ["b", "c"]),
    ({"types": []}, []),
    ({"session": "root"}, ["c"]),
    ({"correlation_id": "work"}, ["b", "d"]),
    ({"category": "note", "correlation_id": "work", "stream_prefix": "note-2"}, ["b"]),
    ({"every_tenant": True}, ["a", "b", "c", "d", "foreign"]),
    ({"every_tenant": True, "category": "note"}, ["a", "b", "d", "foreign"]),
    ({}, ["a", "b", "c", "d"]),
]


async def write_for_filters(store: EventStore, other: EventStore, round_: int) -> None:
    await append(store, f"note-1{round_}", "a")
    await append(store, f"note-2{round_}", "b", type="test.other", correlation_id="work")
    await store.append(
        f"task-1{round_}",
        [event("c", type="test.third", metadata={"session": "root"})],
        expected_version=0,
    )
    await append(store, f"note-1{round_}", "d", correlation_id="work")
    await append(other, f"note-1{round_}", "foreign")


@pytest.mark.parametrize(
    ("wanted", "expected"), filters, ids=["-".join(wanted) or "everything" for wanted, _ in filters]
)
async def test_a_filter_holds_for_what_there_is_and_for_what_comes(
    store_url: str, wanted: dict[str, Any], expected: list[str]
) -> None:
    async with (
        await open_store(store_url) as store,
        await open_store(store_url, tenant="other") as other,
    ):
        await write_for_filters(store, other, 1)
        await settled(store)
        async with store.subscribe(**wanted) as subscription:
            assert texts(await caught_up(subscription)) == expected
            await write_for_filters(store, other, 2)
            assert texts(await take(subscription, len(expected))) == expected
            # The cursor moves beyond what is not wanted, so nobody reads it again.
            newest = await store.backend.newest()
            assert newest is not None
            end = newest
            waiting = asyncio.create_task(take(subscription, 1))
            await until(lambda: Cursor.parse(str(subscription.cursor)) >= end)
            assert not waiting.done()
            waiting.cancel()
            await asyncio.wait([waiting])


async def test_partitions_share_the_streams(store: EventStore) -> None:
    streams = [f"note-{number}" for number in range(20)]
    for stream in streams:
        await append(store, stream, stream)
    await settled(store)
    found = []
    for number in range(3):
        async with store.subscribe(partition=Partition(number, 3)) as subscription:
            share = texts(await caught_up(subscription))
        assert share == [stream for stream in streams if partition_of(stream, 3) == number]
        found += share
    assert sorted(found) == sorted(streams)


async def test_a_filtered_cursor_moves_beyond_unwanted_events_before_anything_is_wanted(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.append("task-1", numbered(30), expected_version=0)
    await settled(store)
    async with store.subscribe(category="note", batch_size=10) as subscription:
        assert await caught_up(subscription) == []
        cursor = subscription.cursor
    assert cursor is not None
    assert Cursor.parse(cursor) >= store.cursor_of((await read_all(store))[-1])
    async with store.subscribe(after=cursor) as subscription:
        assert await caught_up(subscription) == []
        await append(store, "note-1", "wanted")
        assert texts(await take(subscription, 1)) == ["wanted"]


# Cursors -----------------------------------------------------------------------------------------


async def test_a_cursor_of_another_database_is_refused(store: EventStore) -> None:
    with pytest.raises(InvalidCursor, match="another database"):
        store.subscribe(after="c2.00000000.1.0.5")


@pytest.mark.parametrize("text", ["", "5", "c2", "c3.00000000.1.0.5", "c2.0.1.0.5", "\x00", "ü"])
async def test_text_that_is_no_cursor_is_refused(store: EventStore, text: str) -> None:
    with pytest.raises(InvalidCursor, match="not of the form"):
        store.subscribe(after=text)


async def test_a_cursor_beyond_the_end_is_refused(store: EventStore) -> None:
    await append(store, "note-1", "a")
    last = store.cursor_of((await read_all(store))[-1])
    if store.kind == "sqlite":
        beyond = [Cursor(last.database, 1, 0, last.position + 1)]
    else:
        beyond = [
            Cursor(last.database, last.epoch, last.transaction_id + 1_000_000_000, 1),
            Cursor(last.database, last.epoch + 1, 0, 0),
        ]
    for cursor in beyond:
        with pytest.raises(InvalidCursor, match="beyond the end"):
            async with store.subscribe(after=str(cursor)):
                pass
    assert store.changes._followers == 0


async def test_the_cursor_after_an_event_that_is_not_settled_yet_is_taken(
    store: EventStore,
) -> None:
    await append(store, "note-1", "a")
    (first,) = [one async for one in store.read_stream("note-1")]
    async with store.subscribe(after=store.cursor_of(first)) as subscription:
        await append(store, "note-1", "b")
        assert texts(await take(subscription, 1)) == ["b"]


async def test_an_empty_log_has_a_cursor_too(store: EventStore) -> None:
    async with store.subscribe() as subscription:
        assert await caught_up(subscription) == []
        cursor = subscription.cursor
    assert cursor is not None
    await append(store, "note-1", "a")
    async with store.subscribe(after=cursor) as subscription:
        assert texts(await take(subscription, 1)) == ["a"]


@pytest.mark.parametrize("options", [{"poll_seconds": 0}, {"batch_size": 0}])
async def test_numbers_that_mean_nothing_are_refused(
    store: EventStore, options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="positive"):
        store.subscribe(**options)


async def test_a_subscription_that_was_not_entered_says_so(store: EventStore) -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await anext(store.subscribe())


# A corrupt event ---------------------------------------------------------------------------------


async def test_a_corrupt_event_stops_the_reader_before_it(store_url: str) -> None:
    raw = Raw(store_url)
    async with await open_store(store_url) as store:
        await store.append("note-1", numbered(9), expected_version=0)
        await settled(store)
        await raw.unprotect()
        await raw.execute("UPDATE events SET data = 'x' WHERE version = 6")
        async with store.subscribe() as subscription:
            assert texts(await take(subscription, 5)) == ["1", "2", "3", "4", "5"]
            cursor = subscription.cursor
            for _ in range(2):
                with pytest.raises(CorruptEvent) as caught:
                    await anext(subscription)
                assert caught.value.version == 6
                assert subscription.cursor == cursor
            await raw.execute('UPDATE events SET data = \'{"text":"6"}\' WHERE version = 6')
            assert texts(await take(subscription, 4)) == ["6", "7", "8", "9"]


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
        await asyncio.sleep(1.0)
        assert 1 <= counts["newest"] <= 11
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
