"""Conformance: what an append writes, and that it is all or nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from retold.errors import (
    InvalidEvent,
    InvalidStreamName,
    WrongExpectedVersion,
)
from retold.store import EventStore
from retold.store.append import Append, ExpectedVersion
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.events import (
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


class AppendingTests(ConformanceTests):
    """What an append writes, and that it is all or nothing."""

    @pytest.mark.parametrize("expected", [0, NO_STREAM, ANY])
    async def test_a_stream_begins(
        self, store: EventStore, expected: int | ExpectedVersion
    ) -> None:
        result = await append(store, "note-1", "a", "b", expected_version=expected)
        assert (result.stream, result.first_version, result.last_version) == ("note-1", 1, 2)
        assert not result.duplicate
        recorded = await read(store, "note-1")
        assert [one.version for one in recorded] == [1, 2]
        assert texts(recorded) == ["a", "b"]
        assert tuple(one.event_id for one in recorded) == result.event_ids

    @pytest.mark.parametrize("expected", [2, STREAM_EXISTS, ANY])
    async def test_a_stream_goes_on(
        self, store: EventStore, expected: int | ExpectedVersion
    ) -> None:
        await append(store, "note-1", "a", "b")
        result = await append(store, "note-1", "c", expected_version=expected)
        assert (result.first_version, result.last_version) == (3, 3)
        assert texts(await read(store, "note-1")) == ["a", "b", "c"]

    async def test_many_events_are_all_or_nothing(self, store: EventStore) -> None:
        with pytest.raises(InvalidEvent):
            await store.append(
                "note-1", [*numbered(500), event(data={"x": {1}})], expected_version=0
            )
        assert await store.head("note-1") is None
        await store.append("note-1", numbered(1_500), expected_version=0)
        head = await store.head("note-1")
        assert head is not None
        assert head.version == 1_500

    async def test_several_streams_are_all_or_nothing(self, store: EventStore) -> None:
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

    async def test_a_large_event_comes_back(self, store: EventStore) -> None:
        text = "é" * 2_000_000
        await append(store, "note-1", text)
        assert texts(await read(store, "note-1")) == [text]

    @pytest.mark.parametrize("stream", ["note", "Note-1", "note-a\x00b", "note-"])
    async def test_a_wrong_stream_name_is_refused_everywhere(
        self, store: EventStore, stream: str
    ) -> None:
        for attempt in (
            lambda: append(store, stream, "a"),
            lambda: store.append_many(
                [Append("note-1", events("a"), 0), Append(stream, [event()], 0)]
            ),
            lambda: read(store, stream),
            lambda: store.head(stream),
            lambda: store.verify(stream),
        ):
            with pytest.raises(InvalidStreamName):
                await attempt()
        assert await read_all(store) == []

    async def test_a_stream_name_is_just_a_name(self, store: EventStore) -> None:
        odd = ["note-'; DROP TABLE events; --", "note-100%_?*[a]", "note-🦆 Grüße", "note-$1 :x"]
        for stream in odd:
            await append(store, stream, "a")
        assert await names(store) == sorted(odd)
        for stream in odd:
            assert [one.stream for one in await read(store, stream)] == [stream]

    async def test_an_event_comes_back_as_it_was(self, store: EventStore) -> None:
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

    async def test_json_comes_back_the_same(self, store: EventStore) -> None:
        new = [event(data={"value": value}, metadata={"value": value}) for value in json_values]
        await store.append("note-1", new, expected_version=0)
        recorded = await read(store, "note-1")
        # Compared as text, since -0.0 == 0.0 and 1.0 == 1.
        expected = [json.dumps({"value": value}) for value in json_values]
        assert [json.dumps(one.data) for one in recorded] == expected
        assert [json.dumps(one.metadata) for one in recorded] == expected
