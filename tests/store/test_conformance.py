"""What any database must do for the log; every test runs on each of them."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from retold.errors import (
    DuplicateEventId,
    EventTooLarge,
    InvalidCursor,
    InvalidEvent,
    InvalidStreamName,
    RetoldError,
    StoreClosed,
    StoreUnavailable,
    WrongExpectedVersion,
)
from retold.store import EventStore, open_store
from retold.store.append import Append, AppendResult, ExpectedVersion
from retold.store.cursor import Cursor
from tests.store.events import (
    ANY,
    NO_STREAM,
    STREAM_EXISTS,
    append,
    event,
    event_id,
    events,
    names,
    numbered,
    read,
    read_all,
    texts,
)
from tests.store.raw import Raw

# Appending ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("expected", [0, NO_STREAM, ANY])
async def test_a_stream_begins(store: EventStore, expected: int | ExpectedVersion) -> None:
    result = await append(store, "note-1", "a", "b", expected_version=expected)
    assert (result.stream, result.first_version, result.last_version) == ("note-1", 1, 2)
    assert not result.duplicate
    recorded = await read(store, "note-1")
    assert [one.version for one in recorded] == [1, 2]
    assert texts(recorded) == ["a", "b"]
    assert tuple(one.event_id for one in recorded) == result.event_ids


@pytest.mark.parametrize("expected", [2, STREAM_EXISTS, ANY])
async def test_a_stream_goes_on(store: EventStore, expected: int | ExpectedVersion) -> None:
    await append(store, "note-1", "a", "b")
    result = await append(store, "note-1", "c", expected_version=expected)
    assert (result.first_version, result.last_version) == (3, 3)
    assert texts(await read(store, "note-1")) == ["a", "b", "c"]


async def test_another_version_than_expected_is_refused(store: EventStore) -> None:
    await append(store, "note-1", "a", "b")
    cases: list[tuple[str, int | ExpectedVersion, int | str, int]] = [
        ("note-1", 0, 0, 2),
        ("note-1", 1, 1, 2),
        ("note-1", 3, 3, 2),
        ("note-1", NO_STREAM, "no_stream", 2),
        ("note-2", 1, 1, 0),
        ("note-2", STREAM_EXISTS, "stream_exists", 0),
    ]
    for stream, expected, shown, actual in cases:
        with pytest.raises(WrongExpectedVersion) as raised:
            await append(store, stream, "c", expected_version=expected)
        error = raised.value
        assert (error.stream, error.expected, error.actual) == (stream, shown, actual)
    assert texts(await read_all(store)) == ["a", "b"]


async def test_many_events_are_all_or_nothing(store: EventStore) -> None:
    with pytest.raises(InvalidEvent):
        await store.append("note-1", [*numbered(500), event(data={"x": {1}})], expected_version=0)
    assert await store.head("note-1") is None
    await store.append("note-1", numbered(1_500), expected_version=0)
    head = await store.head("note-1")
    assert head is not None
    assert head.version == 1_500


async def test_several_streams_are_all_or_nothing(store: EventStore) -> None:
    await append(store, "note-1", "a")
    with pytest.raises(WrongExpectedVersion, match="'note-1' is at version 1, expected 0"):
        await store.append_many(
            [Append("note-2", events("refused"), 0), Append("note-1", events("refused"), 0)]
        )
    assert texts(await read_all(store)) == ["a"]
    results = await store.append_many(
        [Append("note-2", events("b", "c"), 0), Append("note-1", events("d"), 1)]
    )
    assert [(one.stream, one.first_version, one.last_version) for one in results] == [
        ("note-2", 1, 2),
        ("note-1", 2, 2),
    ]
    assert texts(await read_all(store)) == ["a", "b", "c", "d"]


async def test_the_same_events_again_get_the_first_result(store: EventStore) -> None:
    new = [event("a", event_id=event_id(1)), event("b", event_id=event_id(2))]
    first = await store.append("note-1", new, expected_version=0)
    await append(store, "note-1", "later")
    before = await read_all(store)
    again = await store.append("note-1", new, expected_version=0)
    assert again == AppendResult("note-1", 1, 2, first.event_ids, duplicate=True)
    assert await read_all(store) == before


async def test_the_same_events_at_once_are_appended_once(store: EventStore) -> None:
    new = [event("a", event_id=event_id(1))]
    results = await asyncio.gather(
        *(store.append("note-1", new, expected_version=0) for _ in range(10))
    )
    assert [result.first_version for result in results] == [1] * 10
    assert sorted(result.duplicate for result in results) == [False] + [True] * 9
    assert texts(await read_all(store)) == ["a"]


async def test_every_field_of_an_event_makes_it_another(store: EventStore) -> None:
    whole: dict[str, Any] = {
        "type": "test.happened",
        "schema_version": 1,
        "data": {"a": 1},
        "metadata": {"b": 1},
        "correlation_id": "c",
        "causation_id": event_id(9),
        "occurred_at": datetime(2025, 1, 1, tzinfo=UTC),
    }
    others: dict[str, Any] = {
        "type": "test.other",
        "schema_version": 2,
        "data": {"a": 2},
        "metadata": {"b": None},
        "correlation_id": None,
        "causation_id": event_id(8),
        "occurred_at": datetime(2025, 1, 1, microsecond=1, tzinfo=UTC),
    }
    taken = event_id(1)
    await store.append("note-1", [event(**whole, event_id=taken)], expected_version=0)
    for name, other in others.items():
        with pytest.raises(DuplicateEventId) as raised:
            await store.append(
                "note-1", [event(**{**whole, name: other}, event_id=taken)], expected_version=ANY
            )
        assert (raised.value.event_id, raised.value.recorded_in, raised.value.version) == (
            taken,
            "note-1",
            1,
        )
    again = await store.append("note-1", [event(**whole, event_id=taken)], expected_version=ANY)
    assert again.duplicate


async def test_an_id_in_another_stream_or_partly_new_is_refused(store: EventStore) -> None:
    await store.append("note-1", [event("a", event_id=event_id(1))], expected_version=0)
    for stream, new in (
        ("note-2", [event("a", event_id=event_id(1))]),
        ("note-1", [event("a", event_id=event_id(1)), event("b")]),
    ):
        with pytest.raises(DuplicateEventId, match="recorded before, as version 1 of 'note-1'"):
            await store.append(stream, new, expected_version=ANY)
    assert texts(await read_all(store)) == ["a"]


async def test_one_conflict_among_many_at_once_fails_alone(store: EventStore) -> None:
    await append(store, "note-taken", "a")
    outcomes = await asyncio.gather(
        *(append(store, f"note-{number}", "b", expected_version=0) for number in range(50)),
        append(store, "note-taken", "refused", expected_version=0),
        store.append("note-x", [event(data={"x": {1}})], expected_version=0),
        return_exceptions=True,
    )
    assert all(isinstance(outcome, AppendResult) for outcome in outcomes[:50])
    assert isinstance(outcomes[50], WrongExpectedVersion)
    assert isinstance(outcomes[51], InvalidEvent)
    assert len(await read_all(store)) == 51


async def test_callers_at_once_are_served_in_groups(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    commit = store._writer._commit

    async def counting(requests: Any) -> Any:
        sizes.append(len(requests))
        return await commit(requests)

    monkeypatch.setattr(store._writer, "_commit", counting)
    await asyncio.gather(*(append(store, f"note-{number}", "a") for number in range(200)))
    assert sum(sizes) == 200
    assert len(sizes) <= 4


async def test_racing_appenders_of_one_version_have_one_winner(store: EventStore) -> None:
    outcomes = await asyncio.gather(
        *(append(store, "note-1", str(number), expected_version=0) for number in range(20)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, AppendResult) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, WrongExpectedVersion) for outcome in outcomes) == 19


async def test_a_cancelled_caller_takes_nobody_else_with_it(store: EventStore) -> None:
    tasks = [
        asyncio.create_task(append(store, "note-1", str(number), event_id=event_id(number)))
        for number in range(100)
    ]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    kept = [number for number in range(100) if number % 3]
    assert all(isinstance(outcomes[number], AppendResult) for number in kept)
    recorded = [int(text) for text in texts(await read(store, "note-1"))]
    assert [number for number in recorded if number % 3] == kept
    assert len(set(recorded)) == len(recorded)
    assert (await store.verify()).ok


async def test_a_caller_cancelled_at_any_moment_has_appended_once_or_not(
    store: EventStore,
) -> None:
    for number in range(40):
        new = [event(str(number), event_id=event_id(number))]
        task = asyncio.create_task(store.append("note-1", new, expected_version=ANY))
        for _ in range(number):
            await asyncio.sleep(0)
        task.cancel()
        outcome = (await asyncio.gather(task, return_exceptions=True))[0]
        again = await store.append("note-1", new, expected_version=ANY)
        if isinstance(outcome, AppendResult):
            assert again.duplicate
    assert texts(await read(store, "note-1")) == [str(number) for number in range(40)]


async def test_an_event_over_the_limit_is_refused_and_the_log_unchanged(store_url: str) -> None:
    async with await open_store(store_url, max_event_bytes=1_000) as store:
        with pytest.raises(EventTooLarge, match="the limit is 1,000") as raised:
            await append(store, "note-1", "x" * 1_000)
        assert (raised.value.stream, raised.value.limit) == ("note-1", 1_000)
        assert raised.value.size > 1_000
        await append(store, "note-1", "x" * 900)
        assert len(await read_all(store)) == 1


async def test_a_large_event_comes_back(store: EventStore) -> None:
    text = "é" * 2_000_000
    await append(store, "note-1", text)
    assert texts(await read(store, "note-1")) == [text]


@pytest.mark.parametrize("stream", ["note", "Note-1", "note-a\x00b", "note-"])
async def test_a_wrong_stream_name_is_refused_everywhere(store: EventStore, stream: str) -> None:
    for attempt in (
        lambda: append(store, stream, "a"),
        lambda: store.append_many([Append("note-1", events("a"), 0), Append(stream, [event()], 0)]),
        lambda: read(store, stream),
        lambda: store.head(stream),
        lambda: store.verify(stream),
    ):
        with pytest.raises(InvalidStreamName):
            await attempt()
    assert await read_all(store) == []


async def test_a_stream_name_is_just_a_name(store: EventStore) -> None:
    odd = ["note-'; DROP TABLE events; --", "note-100%_?*[a]", "note-🦆 Grüße", "note-$1 :x"]
    for stream in odd:
        await append(store, stream, "a")
    assert await names(store) == sorted(odd)
    for stream in odd:
        assert [one.stream for one in await read(store, stream)] == [stream]


# What comes back ---------------------------------------------------------------------------------


async def test_an_event_comes_back_as_it_was(store: EventStore) -> None:
    new = event(
        type="turn.started",
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
    cursor = Cursor("00000000", 1, 1)
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


# Tenants -----------------------------------------------------------------------------------------


async def test_tenants_see_nothing_of_each_other(store_url: str) -> None:
    same = [event("same", event_id=event_id(1), correlation_id="c", metadata={"session": "s"})]
    async with (
        await open_store(store_url, tenant="ä") as one,
        await open_store(store_url, tenant="b") as two,
    ):
        await one.append("note-1", same, expected_version=0)
        assert await two.head("note-1") is None
        assert await read(two, "note-1") == []
        for options in ({}, {"correlation_id": "c"}, {"session": "s"}, {"category": "note"}):
            assert await read_all(two, **options) == []
        assert await names(two) == []
        # The same stream and the same id are another tenant's own.
        result = await two.append("note-1", same, expected_version=0)
        assert not result.duplicate
        await append(two, "note-1", "more")
        assert texts(await read(one, "note-1")) == ["same"]
        assert [event.tenant for event in await read_all(two)] == ["b", "b"]
        assert (await one.verify()).events == 1
        assert (await two.verify()).events == 2
        assert one.database_id == two.database_id
        cursor = two.cursor_of((await read_all(two))[0])
        assert await read_all(one, after=cursor) == []


# Append-only -------------------------------------------------------------------------------------


async def test_the_database_refuses_to_change_events(store_url: str, store: EventStore) -> None:
    await append(store, "note-1", "a", "b")
    before = await read_all(store)
    raw = Raw(store_url)
    for statement in (
        "UPDATE events SET data = '{}'",
        "UPDATE events SET version = version + 1 WHERE version = 2",
        "DELETE FROM events",
        "DELETE FROM events WHERE version = 1",
    ):
        with pytest.raises(raw.error, match=f"append-only: {statement[:6]} refused"):
            await raw.execute(statement)
    assert await read_all(store) == before


@pytest.mark.postgres
async def test_postgresql_refuses_to_truncate_events(migrated_postgres_url: str) -> None:
    async with await open_store(migrated_postgres_url) as store:
        await append(store, "note-1", "a")
        raw = Raw(migrated_postgres_url)
        with pytest.raises(raw.error, match="append-only: TRUNCATE refused"):
            await raw.execute("TRUNCATE events")
        assert len(await read_all(store)) == 1


@pytest.mark.parametrize("taken", ["position", "version", "event_id"])
async def test_sqlite_refuses_to_replace_events(sqlite_url: str, taken: str) -> None:
    """REPLACE deletes what is in its way, and asks no trigger for deletions."""
    async with await open_store(sqlite_url) as store:
        await append(store, "note-1", "a")
        before = await read_all(store)
        own = {"position": "99", "version": "99", "event_id": "x'00'"}
        del own[taken]
        raw = Raw(sqlite_url)
        columns = [name for _, name, *_ in await raw.fetch("PRAGMA table_info(events)")]
        values = [own.get(name, "'{}'" if name == "data" else name) for name in columns]
        with pytest.raises(raw.error, match="append-only: the place or the id is taken"):
            await raw.execute(f"REPLACE INTO events SELECT {', '.join(values)} FROM events")
        assert await read_all(store) == before


# Open and closed ---------------------------------------------------------------------------------


async def test_a_closed_log_says_so(store_url: str) -> None:
    store = await open_store(store_url)
    await append(store, "note-1", "a")
    await store.close()
    await store.close()
    for attempt in (
        lambda: append(store, "note-1", "b"),
        lambda: read(store, "note-1"),
        lambda: read_all(store),
        lambda: store.head("note-1"),
        lambda: names(store),
        store.verify,
    ):
        with pytest.raises(StoreClosed):
            await attempt()


async def test_closing_commits_what_waits(store_url: str) -> None:
    store = await open_store(store_url)
    waiting = [asyncio.create_task(append(store, "note-1", str(n))) for n in range(2_000)]
    await asyncio.sleep(0)
    await asyncio.gather(store.close(), store.close())
    outcomes = await asyncio.gather(*waiting)
    assert len(outcomes) == 2_000
    async with await open_store(store_url) as reopened:
        head = await reopened.head("note-1")
        assert head is not None
        assert head.version == 2_000


async def test_a_cancelled_close_ends_all_the_same(store_url: str) -> None:
    store = await open_store(store_url)
    waiting = [asyncio.create_task(append(store, "note-1", str(n))) for n in range(100)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    assert all(isinstance(one, AppendResult) for one in await asyncio.gather(*waiting))
    await asyncio.wait_for(store.close(), 30)


async def test_when_the_writer_is_stopped_nobody_waits_for_ever(store: EventStore) -> None:
    await append(store, "note-1", "a")
    waiting = [asyncio.create_task(append(store, "note-1", str(n))) for n in range(1_000)]
    await asyncio.sleep(0)
    [writer] = [task for task in asyncio.all_tasks() if task.get_name() == "retold-writer"]
    await asyncio.sleep(0)
    writer.cancel()
    outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 30)
    for outcome in outcomes:
        assert isinstance(outcome, StoreUnavailable | StoreClosed)
        if isinstance(outcome, StoreUnavailable):
            assert outcome.outcome_unknown
    with pytest.raises(StoreClosed):
        await append(store, "note-1", "b")
    await asyncio.wait_for(store.close(), 30)


async def test_another_event_loop_is_told_to_open_its_own(store: EventStore) -> None:
    await append(store, "note-1", "a")

    def elsewhere() -> list[RetoldError]:
        async def attempts() -> list[RetoldError]:
            errors = []
            for attempt in (
                lambda: append(store, "note-1", "b"),
                lambda: read_all(store),
                store.close,
            ):
                with pytest.raises(StoreUnavailable) as raised:
                    await attempt()
                errors.append(raised.value)
            return list(errors)

        return asyncio.run(attempts())

    for error in await asyncio.to_thread(elsewhere):
        assert "opened in another event loop; open one in each" in str(error)
    await append(store, "note-1", "b")


# Memory ------------------------------------------------------------------------------------------


async def _peaks(store: EventStore, few: int, many: int) -> tuple[int, int]:
    """Return the memory that reading and verifying few and many events takes."""
    for stream, count in (("few-1", few), ("many-1", many - few)):
        for start in range(0, count, 2_000):
            await store.append(stream, numbered(2_000), expected_version=start)

    async def peak(category: str | None, stream: str | None, count: int) -> int:
        seen = 0
        tracemalloc.reset_peak()
        async for _ in store.read_all(category=category):
            seen += 1
        report = await store.verify(stream)
        assert (seen, report.events, report.ok) == (count, count, True)
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        # The first reading also fills caches of statements and types.
        await peak("few", "few-1", few)
        return await peak("few", "few-1", few), await peak(None, None, many)
    finally:
        tracemalloc.stop()


async def test_reading_ten_times_the_events_takes_the_same_memory(store: EventStore) -> None:
    small, large = await _peaks(store, 2_000, 20_000)
    assert large < 1.5 * small


@pytest.mark.stress
@pytest.mark.timeout(1_800)
async def test_a_million_events_are_read_in_constant_memory(store: EventStore) -> None:
    small, large = await _peaks(store, 20_000, 1_000_000)
    assert large < 1.5 * small
    assert large < 150_000_000
