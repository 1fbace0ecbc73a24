"""What any database must do for the log: appending. Every test runs on each of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from retold.errors import (
    DuplicateEventId,
    EventTooLarge,
    InvalidEvent,
    InvalidStreamName,
    WrongExpectedVersion,
)
from retold.store import EventStore, open_store
from retold.store.append import Append, AppendResult, ExpectedVersion
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
    assert again == AppendResult("note-1", 1, 2, first.event_id_bytes, duplicate=True)
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
