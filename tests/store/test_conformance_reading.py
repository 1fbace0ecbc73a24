"""What any database must do for the log: reading. Every test runs on each of them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from retold.errors import (
    InvalidCursor,
)
from retold.store import EventStore, open_store
from retold.store.cursor import Cursor
from tests.store.events import (
    append,
    event,
    event_id,
    names,
    numbered,
    read,
    read_all,
    texts,
)
from tests.store.raw import Raw

# What comes back ---------------------------------------------------------------------------------


async def test_an_event_comes_back_as_it_was(store: EventStore) -> None:
    new = event(
        type="note.written",
        data={"deep": [{"a": [1, 2.5, None, True, "x"]}], "": {}},
        metadata={"session": "s", "agent": "a", "free": [1]},
        event_id=event_id(7),
        schema_version=2**31 - 1,
        correlation_id="Grüße",
        causation_id=event_id(6),
        occurred_at=datetime(2025, 8, 1, 16, 18, 0, 123456, tzinfo=UTC),
    )
    before = datetime.now(UTC)
    await store.append("note-1", [new], expected_version=0)
    [recorded] = await read(store, "note-1")
    for name in (
        "type",
        "data",
        "metadata",
        "event_id",
        "schema_version",
        "correlation_id",
        "causation_id",
        "occurred_at",
    ):
        assert getattr(recorded, name) == getattr(new, name)
    assert type(recorded.event_id) is type(new.event_id)
    assert (recorded.stream, recorded.version, recorded.tenant) == ("note-1", 1, "default")
    assert recorded.category == "note"
    assert recorded.recorded_at.tzinfo is UTC
    assert abs(recorded.recorded_at - before) < timedelta(minutes=1)
    assert len(recorded.digest) == 32
    assert await read_all(store) == [recorded]


async def test_times_of_recording_have_microseconds_and_do_not_go_back(store: EventStore) -> None:
    for _ in range(20):
        await append(store, "note-1", "a")
    times = [one.recorded_at for one in await read(store, "note-1")]
    assert times == sorted(times)
    assert len({time.microsecond % 1_000 for time in times}) > 1


json_values: tuple[Any, ...] = (
    "\x00",
    "a\x00b\x00",
    "\u2028\u2029\ufeff\uffff",
    "🦆👩‍👩‍👧‍👦 é e\u0301",
    '"\\/\b\f\n\r\t',
    2**63 - 1,
    -(2**63),
    2**64 - 1,
    1e308,
    5e-324,
    -0.0,
    1.0,
    [],
    {},
    None,
)


async def test_json_comes_back_the_same(store: EventStore) -> None:
    new = [event(data={"value": value}, metadata={"value": value}) for value in json_values]
    await store.append("note-1", new, expected_version=0)
    recorded = await read(store, "note-1")
    # Compared as text, since -0.0 == 0.0 and 1.0 == 1.
    expected = [json.dumps({"value": value}) for value in json_values]
    assert [json.dumps(one.data) for one in recorded] == expected
    assert [json.dumps(one.metadata) for one in recorded] == expected


async def test_the_sources_time_comes_back_in_utc(store: EventStore) -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    just_before_1970 = datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    india = timezone(timedelta(hours=5, minutes=30))
    times: list[tuple[datetime | None, datetime | None]] = [
        (None, None),
        (datetime(2025, 8, 1, 16, 18), datetime(2025, 8, 1, 16, 18, tzinfo=UTC)),  # noqa: DTZ001
        (
            datetime(2025, 8, 1, 16, 18, tzinfo=india),
            datetime(2025, 8, 1, 10, 48, tzinfo=UTC),
        ),
        (first, first),
        (last, last),
        (just_before_1970, just_before_1970),
    ]
    new = [event(occurred_at=given) for given, _ in times]
    await store.append("note-1", new, expected_version=0)
    assert [one.occurred_at for one in await read(store, "note-1")] == [utc for _, utc in times]


# Reading a stream --------------------------------------------------------------------------------


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> int:
    """Make a page of three rows."""
    monkeypatch.setattr("retold.store.log.page_size", 3)
    return 3


@pytest.mark.usefixtures("small_pages")
async def test_a_stream_is_read_whole_over_page_boundaries(store: EventStore) -> None:
    lengths = (0, 1, 2, 3, 4, 6, 7)
    for length in lengths[1:]:
        await store.append(f"note-{length}", numbered(length), expected_version=0)
    for length in lengths:
        expected = [str(number) for number in range(1, length + 1)]
        assert texts(await read(store, f"note-{length}")) == expected
        assert texts(await read(store, f"note-{length}", backwards=True)) == expected[::-1]


@pytest.mark.usefixtures("small_pages")
async def test_a_stream_is_read_from_to_backwards_and_limited(store: EventStore) -> None:
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


async def test_a_reader_in_the_middle_does_not_hinder_appending(store: EventStore) -> None:
    await store.append("note-1", numbered(3), expected_version=0)
    reader = store.read_stream("note-1")
    assert (await anext(reader)).version == 1
    await append(store, "note-1", "4", expected_version=3)
    assert [one.version async for one in reader] == [2, 3]


async def test_cancelled_readers_leave_the_store_usable(store: EventStore) -> None:
    await store.append("note-1", numbered(2_000), expected_version=0)
    for ticks in range(0, 200, 4):
        task = asyncio.create_task(read(store, "note-1"))
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert len(await asyncio.wait_for(read(store, "note-1"), 30)) == 2_000


# Reading everything ------------------------------------------------------------------------------


@pytest.fixture
async def library(store: EventStore) -> EventStore:
    """A log of two categories, two sessions and two correlations: events 1 to 8."""
    one: dict[str, Any] = {"metadata": {"session": "s1"}}
    two: dict[str, Any] = {"metadata": {"session": "s2"}}
    await append(store, "note-1", "1", "2", type="note.written", **one)
    await append(store, "notebook-1", "3", type="book.opened", correlation_id="c1", **one)
    await append(store, "note-2", "4", type="note.written", correlation_id="c1", **two)
    await append(store, "note-1", "5", type="note.erased", correlation_id="c2")
    await append(store, "note-3", "6", type="note.written")
    await append(store, "note-1", "7", type="note.erased", **two)
    await append(store, "a-1", "8", type="note.erased")
    return store


@pytest.mark.usefixtures("small_pages")
async def test_the_log_is_read_in_order_and_filtered(library: EventStore) -> None:
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
    found = [(options, "".join(texts(await read_all(library, **options)))) for options, _ in cases]
    assert found == cases


@pytest.mark.usefixtures("small_pages")
async def test_reading_goes_on_from_any_cursor(library: EventStore) -> None:
    whole = await read_all(library)
    for number, one in enumerate(whole, 1):
        cursor = Cursor.parse(str(library.cursor_of(one)))
        assert await read_all(library, after=cursor) == whole[number:]
        in_category = await read_all(library, after=cursor, category="note")
        assert in_category == [other for other in whole[number:] if other.category == "note"]


async def test_a_cursor_survives_reopening(store_url: str) -> None:
    async with await open_store(store_url) as store:
        await append(store, "note-1", "a")
        cursor = str(store.cursor_of((await read_all(store))[0]))
        await append(store, "note-2", "b")
    async with await open_store(store_url) as store:
        assert texts(await read_all(store, after=Cursor.parse(cursor))) == ["b"]


async def test_a_cursor_of_another_database_is_refused(store: EventStore) -> None:
    cursor = Cursor("00000000", 1, 1, 1)
    with pytest.raises(InvalidCursor, match="given out by another database"):
        await read_all(store, after=cursor)


@pytest.mark.parametrize(
    "text",
    ["", "x", "c1.00000000.1", "c1.00000000.1.1 ", "c1.0000000g.1.1", "c2.00000000.1.1",
     "c1.00000000.-1.1", "c1.00000000.1.9223372036854775808", "c1.00000000.٣.1"],
)  # fmt: skip
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor, match="not of the form"):
        Cursor.parse(text)


async def test_positions_grow_and_are_never_used_again(store_url: str, store: EventStore) -> None:
    await append(store, "note-1", "a", "b")
    await append(store, "note-2", "c")
    positions = [one.position for one in await read_all(store)]
    assert positions == sorted(set(positions))
    raw = Raw(store_url)
    await raw.unprotect()
    await raw.execute("DELETE FROM events WHERE stream = 'note-2'")
    await append(store, "note-3", "d")
    [new] = await read(store, "note-3")
    assert new.position > positions[-1]


# Heads and lists ---------------------------------------------------------------------------------


async def test_a_head_says_how_far_a_stream_goes(store: EventStore) -> None:
    assert await store.head("note-1") is None
    await append(store, "note-1", "a", "b", metadata={"session": "s"})
    await append(store, "note-1", "c")
    last = (await read(store, "note-1"))[-1]
    head = await store.head("note-1")
    assert head is not None
    assert (head.stream, head.version, head.digest, head.session) == (
        "note-1",
        3,
        last.digest,
        "s",
    )


@pytest.mark.usefixtures("small_pages")
async def test_streams_are_listed_by_name_category_and_session(library: EventStore) -> None:
    assert await names(library) == ["a-1", "note-1", "note-2", "note-3", "notebook-1"]
    assert await names(library, category="note") == ["note-1", "note-2", "note-3"]
    assert await names(library, session="s1") == ["note-1", "notebook-1"]
    assert await names(library, category="note", session="s1") == ["note-1"]
    assert await names(library, category="no") == []


@pytest.mark.usefixtures("small_pages")
async def test_names_are_ordered_by_code_point_on_every_database(store: EventStore) -> None:
    streams = [f"note-{one}" for one in ("Z", "a", "é", "z", "ﬀ", "\U0001f986", "Ω", "a b", "a-b")]
    for stream in streams:
        await append(store, stream, "a")
    assert await names(store) == sorted(streams)
    assert (await store.verify()).ok
