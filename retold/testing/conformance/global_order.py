"""Conformance: reading the whole log, in its order, filtered, and on from a cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import pytest

from retold.errors import (
    InvalidCursor,
)
from retold.store import EventStore
from retold.store.cursor import Cursor
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.database import LogDatabase
from retold.testing.conformance.events import (
    append,
    read,
    read_all,
    texts,
)


class GlobalOrderTests(ConformanceTests):
    """Reading the whole log, in its order, filtered, and on from a cursor."""

    @pytest.mark.usefixtures("small_pages")
    async def test_the_log_is_read_in_order_and_filtered(self, library: EventStore) -> None:
        cases: list[tuple[dict[str, Any], str]] = [
            ({}, "12345678"),
            ({"category": "note"}, "124567"),
            ({"category": "notebook"}, "3"),
            ({"category": "not"}, ""),
            ({"category": "n%"}, ""),
            ({"types": ["note.written"]}, "1246"),
            ({"types": {"note.erased", "book.opened"}}, "3578"),
            ({"types": []}, ""),
            # A stream belongs to the session of its first event, with all of its events.
            ({"session": "s1"}, "12357"),
            ({"session": "s2"}, "4"),
            ({"session": "s3"}, ""),
            ({"correlation_id": "c1"}, "34"),
            ({"correlation_id": "c2"}, "5"),
            ({"category": "note", "types": ["note.erased"], "session": "s1"}, "57"),
            ({"category": "note", "correlation_id": "c1"}, "4"),
            ({"limit": 0}, ""),
            ({"limit": 4}, "1234"),
            ({"category": "note", "limit": 4}, "1245"),
        ]
        found = [
            (options, "".join(texts(await read_all(library, **options)))) for options, _ in cases
        ]
        assert found == cases

    @pytest.mark.usefixtures("small_pages")
    async def test_reading_goes_on_from_any_cursor(self, library: EventStore) -> None:
        whole = await read_all(library)
        for number, one in enumerate(whole, 1):
            cursor = Cursor.parse(str(library.cursor_of(one)))
            assert await read_all(library, after=cursor) == whole[number:]
            in_category = await read_all(library, after=cursor, category="note")
            assert in_category == [other for other in whole[number:] if other.category == "note"]

    async def test_a_cursor_survives_reopening(self, database: LogDatabase) -> None:
        async with database.open_store() as store:
            await append(store, "note-1", "a")
            cursor = str(store.cursor_of((await read_all(store))[0]))
            await append(store, "note-2", "b")
        async with database.open_store() as store:
            assert texts(await read_all(store, after=Cursor.parse(cursor))) == ["b"]

    async def test_a_cursor_of_another_database_is_refused(self, store: EventStore) -> None:
        cursor = Cursor("00000000", 1, 1, 1)
        with pytest.raises(InvalidCursor, match="given out by another database"):
            await read_all(store, after=cursor)

    async def test_positions_grow_and_are_never_used_again(
        self, database: LogDatabase, store: EventStore
    ) -> None:
        await append(store, "note-1", "a", "b")
        await append(store, "note-2", "c")
        positions = [one.position for one in await read_all(store)]
        assert positions == sorted(set(positions))
        await database.remove_event("note-2", 1)
        await append(store, "note-3", "d")
        [new] = await read(store, "note-3")
        assert new.position > positions[-1]

    @pytest.mark.usefixtures("small_pages")
    async def test_a_prefix_is_of_the_whole_name_and_just_text(self, store: EventStore) -> None:
        streams = ["note-a", "note-a%", "note-ab", "note-a_", "note-é", "note-éa", "notes-a", "o-a"]
        for number, stream in enumerate(streams):
            await append(store, stream, str(number), type="note.written" if number % 2 else "a.b")
        cases: list[tuple[dict[str, Any], str]] = [
            ({"stream_prefix": ""}, "01234567"),
            ({"stream_prefix": "n"}, "0123456"),
            ({"stream_prefix": "note-a"}, "0123"),
            ({"stream_prefix": "note-a%"}, "1"),
            ({"stream_prefix": "note-a_"}, "3"),
            ({"stream_prefix": "note-é"}, "45"),
            ({"stream_prefix": "note-A"}, ""),
            ({"stream_prefix": "note-aba"}, ""),
            ({"stream_prefix": "note-a", "types": ["note.written"]}, "13"),
            ({"stream_prefix": "note-a", "category": "notes"}, ""),
            ({"stream_prefix": "no", "category": "notes"}, "6"),
            ({"stream_prefix": "note-", "limit": 4}, "0123"),
        ]
        found = [(one, "".join(texts(await read_all(store, **one)))) for one, _ in cases]
        assert found == cases

    @pytest.mark.parametrize("none", [[], (), set(), {}.keys()])
    async def test_no_types_are_no_events(self, library: EventStore, none: Collection[str]) -> None:
        assert await read_all(library, types=none) == []
        assert await read_all(library, types=none, every_tenant=True) == []

    @pytest.mark.usefixtures("small_pages")
    async def test_a_backend_says_how_far_the_log_goes(self, store: EventStore) -> None:
        begin = await store.backend.frontier()
        assert await store.backend.newest() is None
        assert await read_all(store, after=begin) == []
        await append(store, "note-1", "a", "b")
        whole = await read_all(store)
        newest = await store.backend.newest()
        assert newest is not None
        assert newest == store.cursor_of(whole[-1])
        assert texts(await read_all(store, after=begin)) == ["a", "b"]
        assert newest <= await store.backend.frontier()
        assert await read_all(store, after=newest) == []

    async def test_who_waits_for_changes_is_woken(self, store: EventStore) -> None:
        count = store.changes.count
        assert not await store.changes.wait(count, 0.01)
        waiting = asyncio.create_task(store.changes.wait(count, 30))
        await asyncio.sleep(0)
        await append(store, "note-1", "a")
        assert await asyncio.wait_for(waiting, 20)
