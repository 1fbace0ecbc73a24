"""Conformance: following the log."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from retold.domain.recorded import RecordedEvent
from retold.errors import CorruptEvent, InvalidCursor, StoreClosed
from retold.store import EventStore
from retold.store.selection import Partition, partition_of
from retold.store.subscription import Subscription
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.database import LogDatabase
from retold.testing.conformance.events import append, numbered, read_all, texts

# Far longer than anything here takes.
patience = 30.0
# Whoever polls so seldom has been woken.
never = 3_600.0


async def take(subscription: Subscription, count: int) -> list[RecordedEvent]:
    """Return the next events, waiting for them."""
    async with asyncio.timeout(patience):
        return [await anext(subscription) for _ in range(count)]


class SubscriptionTests(ConformanceTests):
    """Following the log."""

    async def test_a_subscription_reads_what_there_is_then_what_comes(
        self, store: EventStore
    ) -> None:
        await append(store, "note-1", "a", "b")
        async with store.subscribe(poll_seconds=never) as subscription:
            assert texts(await take(subscription, 2)) == ["a", "b"]
            for text in "cde":
                waiting = asyncio.create_task(take(subscription, 1))
                await asyncio.sleep(0.01)
                assert not waiting.done()
                await append(store, f"note-{text}", text)
                assert texts(await waiting) == [text]

    async def test_what_another_log_appends_is_told_without_polling(
        self, database: LogDatabase
    ) -> None:
        async with (
            database.open_store() as store,
            database.open_store() as other,
            store.subscribe(poll_seconds=never) as subscription,
        ):
            for text in "abc":
                waiting = asyncio.create_task(take(subscription, 1))
                await asyncio.sleep(0.05)
                await append(other, "note-1", text)
                assert texts(await waiting) == [text]

    async def test_polling_finds_what_no_hint_told_of(
        self, database: LogDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with database.open_store() as store, database.open_store() as other:
            monkeypatch.setattr(store.changes, "watcher", None)
            monkeypatch.setattr(store.changes, "notify", lambda: None)
            async with store.subscribe(poll_seconds=0.02) as subscription:
                waiting = asyncio.create_task(take(subscription, 1))
                await asyncio.sleep(0.1)
                await append(other, "note-1", "a")
                assert texts(await waiting) == ["a"]

    async def test_nothing_is_missed_and_nothing_comes_twice_while_several_append(
        self, database: LogDatabase
    ) -> None:
        async with database.open_store() as one, database.open_store() as two:

            async def write(log: EventStore, stream: str) -> None:
                for number in range(20):
                    await append(log, stream, f"{stream} {number}")

            async def follow(size: int) -> list[RecordedEvent]:
                """Read by several subscriptions, each from the cursor of the one before."""
                found: list[RecordedEvent] = []
                cursor: str | None = None
                while len(found) < 120:
                    async with one.subscribe(after=cursor, batch_size=size) as subscription:
                        found += await take(subscription, min(13, 120 - len(found)))
                        cursor = subscription.cursor
                return found

            writing = [write(log, f"note-{n}") for n in range(3) for log in (one, two)]
            *found, _ = await asyncio.gather(follow(1), follow(7), asyncio.gather(*writing))
            everything = await read_all(two)
            assert len(everything) == 120
            assert found == [everything, everything]

    async def test_a_subscription_from_the_end_reads_only_what_comes(
        self, store: EventStore
    ) -> None:
        await append(store, "note-1", "before")
        assert texts(await read_all(store)) == ["before"]
        async with store.subscribe(after=await store.end()) as subscription:
            await append(store, "note-1", "after")
            assert texts(await take(subscription, 1)) == ["after"]

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            ({"category": "note"}, "124567"),
            ({"stream_prefix": "note"}, "1234567"),
            ({"types": ["note.erased"]}, "578"),
            ({"session": "s1"}, "12357"),
            ({"correlation_id": "c1"}, "34"),
        ],
    )
    async def test_only_what_is_wanted_comes(
        self, library: EventStore, wanted: dict[str, Any], expected: str
    ) -> None:
        async with library.subscribe(**wanted, batch_size=2) as subscription:
            assert "".join(texts(await take(subscription, len(expected)))) == expected

    async def test_partitions_share_the_streams(self, store: EventStore) -> None:
        streams = [f"note-{number}" for number in range(20)]
        for stream in streams:
            await append(store, stream, stream)
        for number in range(3):
            share = [stream for stream in streams if partition_of(stream, 3) == number]
            assert share
            async with store.subscribe(partition=Partition(number, 3)) as subscription:
                assert texts(await take(subscription, len(share))) == share

    async def test_a_cursor_of_another_database_or_beyond_the_end_is_refused(
        self, store: EventStore
    ) -> None:
        await append(store, "note-1", "a")
        [event] = await read_all(store)
        with pytest.raises(InvalidCursor, match="another database"):
            store.subscribe(after="c2.00000000.1.0.1")
        beyond = event._replace(
            transaction_id=event.transaction_id and event.transaction_id + 10**9,
            position=event.position + 1,
        )
        with pytest.raises(InvalidCursor, match="beyond the end"):
            async with store.subscribe(after=store.cursor_of(beyond)):
                pass

    async def test_a_corrupt_event_stops_the_reader_before_it(
        self, store: EventStore, database: LogDatabase
    ) -> None:
        await store.append("note-1", numbered(5), expected_version=0)
        await database.alter_event("note-1", 3, "x")
        async with store.subscribe() as subscription:
            assert texts(await take(subscription, 2)) == ["1", "2"]
            for _ in range(2):
                with pytest.raises(CorruptEvent):
                    await take(subscription, 1)
            await database.alter_event("note-1", 3, '{"text":"3"}')
            assert texts(await take(subscription, 3)) == ["3", "4", "5"]

    async def test_whoever_is_cancelled_as_the_log_changes_is_gone(self, store: EventStore) -> None:
        async def follow() -> None:
            async with store.subscribe(poll_seconds=never) as subscription:
                await take(subscription, 1_000)

        for number in range(5):
            consumers = [asyncio.create_task(follow()) for _ in range(10)]
            await asyncio.sleep(0.05)
            await append(store, "note-1", str(number))
            for consumer in consumers:
                consumer.cancel()
            _, left = await asyncio.wait(consumers, timeout=patience)
            assert not left
            assert all(consumer.cancelled() for consumer in consumers)

    async def test_closing_the_log_ends_who_waits(self, database: LogDatabase) -> None:
        async with database.open_store() as store:

            async def follow() -> None:
                async with store.subscribe(poll_seconds=never) as subscription:
                    await take(subscription, 1)

            waiting = [asyncio.create_task(follow()) for _ in range(5)]
            await asyncio.sleep(0.05)
            await store.close()
            async with asyncio.timeout(patience):
                ends = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(end) for end in ends] == [StoreClosed] * 5
