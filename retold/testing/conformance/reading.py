"""Conformance: reading a stream."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from retold.errors import StreamNotFound
from retold.store import EventStore
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.events import (
    append,
    event_id,
    numbered,
    read,
    texts,
)


class ReadingTests(ConformanceTests):
    """Reading a stream."""

    @pytest.mark.usefixtures("small_pages")
    async def test_a_stream_is_read_whole_over_page_boundaries(self, store: EventStore) -> None:
        lengths = (0, 1, 2, 3, 4, 6, 7)
        for length in lengths[1:]:
            await store.append(f"note-{length}", numbered(length), expected_version=0)
        for length in lengths:
            expected = [str(number) for number in range(1, length + 1)]
            assert texts(await read(store, f"note-{length}")) == expected
            assert texts(await read(store, f"note-{length}", backwards=True)) == expected[::-1]

    async def test_an_event_is_found_by_its_id_wherever_it_is(self, store: EventStore) -> None:
        await append(store, "note-1", "a", "b")
        await append(store, "other-1", "c", event_id=event_id(1))
        for stream in ("note-1", "other-1"):
            for one in await read(store, stream):
                assert await store.find_event(one.event_id) == one
        found = await store.find_event(event_id(1))
        assert found is not None
        assert (found.stream, found.data) == ("other-1", {"text": "c"})
        assert await store.find_event(event_id(2)) is None

    @pytest.mark.usefixtures("small_pages")
    async def test_a_stream_is_read_from_to_backwards_and_limited(self, store: EventStore) -> None:
        await store.append("note-1", numbered(7), expected_version=0)
        cases: list[tuple[dict[str, Any], list[int]]] = [
            ({"from_version": 4}, [4, 5, 6, 7]),
            ({"from_version": 1}, [1, 2, 3, 4, 5, 6, 7]),
            ({"from_version": 0}, [1, 2, 3, 4, 5, 6, 7]),
            ({"from_version": 8}, []),
            ({"to_version": 3}, [1, 2, 3]),
            ({"to_version": 99}, [1, 2, 3, 4, 5, 6, 7]),
            ({"from_version": -(2**80), "to_version": 2**80}, [1, 2, 3, 4, 5, 6, 7]),
            ({"from_version": 2**80}, []),
            ({"to_version": -(2**80)}, []),
            ({"to_version": 0}, []),
            ({"from_version": 3, "to_version": 6}, [3, 4, 5, 6]),
            ({"from_version": 5, "to_version": 5}, [5]),
            ({"from_version": 6, "to_version": 5}, []),
            ({"limit": 0}, []),
            ({"limit": 3}, [1, 2, 3]),
            ({"limit": 4}, [1, 2, 3, 4]),
            ({"limit": 7}, [1, 2, 3, 4, 5, 6, 7]),
            ({"limit": 8}, [1, 2, 3, 4, 5, 6, 7]),
            ({"backwards": True, "limit": 1}, [7]),
            ({"backwards": True, "limit": 4}, [7, 6, 5, 4]),
            ({"backwards": True, "from_version": 3, "to_version": 6}, [6, 5, 4, 3]),
            ({"backwards": True, "from_version": 2, "to_version": 6, "limit": 4}, [6, 5, 4, 3]),
        ]
        found = [
            (options, [one.version for one in await read(store, "note-1", **options)])
            for options, _ in cases
        ]
        assert found == cases

    async def test_a_reader_in_the_middle_does_not_hinder_appending(
        self, store: EventStore
    ) -> None:
        await store.append("note-1", numbered(3), expected_version=0)
        reader = store.read_stream("note-1")
        assert (await anext(reader)).version == 1
        await append(store, "note-1", "4", expected_version=3)
        assert [one.version async for one in reader] == [2, 3]

    async def test_cancelled_readers_leave_the_store_usable(self, store: EventStore) -> None:
        await store.append("note-1", numbered(2_000), expected_version=0)
        for ticks in range(0, 200, 4):
            task = asyncio.create_task(read(store, "note-1"))
            for _ in range(ticks):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert len(await asyncio.wait_for(read(store, "note-1"), 30)) == 2_000

    async def test_a_stream_that_does_not_exist_is_an_error_unless_it_may_be_missing(
        self, store: EventStore
    ) -> None:
        await append(store, "note-2", "a")
        cases: list[dict[str, Any]] = [{}, {"limit": 0}, {"backwards": True}, {"from_version": 5}]
        for options in cases:
            with pytest.raises(StreamNotFound) as raised:
                await anext(store.read_stream("note-1", **options))
            assert raised.value.stream == "note-1"
            found = [one async for one in store.read_stream("note-1", missing_ok=True, **options)]
            assert found == []
        # There is one, though none of its events is asked for.
        assert [one async for one in store.read_stream("note-2", from_version=2)] == []
        await append(store, "note-1", "b")
        assert texts([one async for one in store.read_stream("note-1")]) == ["b"]
