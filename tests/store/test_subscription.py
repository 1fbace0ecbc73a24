"""Subscriptions: catching up, then following, on both databases."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from retold.domain.recorded import RecordedEvent
from retold.errors import CorruptEvent, InvalidCursor
from retold.store import EventStore, open_store
from retold.store.cursor import Cursor
from tests.store.events import ANY, append, numbered, read_all, texts
from tests.store.raw import Raw
from tests.store.subscribing import (
    caught_up,
    never,
    patience,
    settled,
    take,
    until,
)

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
