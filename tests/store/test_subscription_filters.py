"""What a subscription wants: filters and partitions, for what there is and what comes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from retold.store import EventStore, open_store
from retold.store.cursor import Cursor
from retold.store.selection import Partition, partition_of
from tests.store.events import append, event, numbered, read_all, texts
from tests.store.subscribing import (
    caught_up,
    settled,
    take,
    until,
)

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
