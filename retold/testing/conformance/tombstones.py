"""Conformance: streams that end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from retold.errors import (
    InvalidExpectedVersion,
    InvalidStreamName,
    StreamNotFound,
    StreamTombstoned,
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
    read,
    read_all,
    texts,
)


class TombstoneTests(ConformanceTests):
    """Streams that end."""

    async def test_nothing_can_be_done_to_a_stream_that_ended(self, store: EventStore) -> None:
        await append(store, "note-1", "a", "b")
        await store.end_stream("note-1")
        before = await read_all(store)
        for attempt in (
            lambda: append(store, "note-1", "c"),
            lambda: append(store, "note-1", "c", expected_version=2),
            lambda: append(store, "note-1", "c", expected_version=NO_STREAM),
            lambda: store.append_many(
                [Append("note-2", events("c"), 0), Append("note-1", events("c"), 2)]
            ),
            lambda: store.fork("note-1", "fork-1", at=1),
            lambda: store.end_stream("note-1"),
            lambda: store.end_stream("note-1", expected_version=2),
        ):
            with pytest.raises(StreamTombstoned) as raised:
                await attempt()
            assert (raised.value.stream, raised.value.version) == ("note-1", 2)
        assert await read_all(store) == before
        assert await store.head("note-2") is None

    async def test_a_stream_that_ended_is_read_and_verified(self, store: EventStore) -> None:
        await append(store, "note-1", "a", "b")
        before = datetime.now(UTC)
        await store.end_stream("note-1")
        assert texts(await read(store, "note-1")) == ["a", "b"]
        assert texts(await read(store, "note-1", backwards=True)) == ["b", "a"]
        assert texts(await read_all(store, category="note")) == ["a", "b"]
        head = await store.head("note-1")
        assert head is not None
        assert head.tombstoned_at is not None
        assert head.tombstoned_at.tzinfo is UTC
        assert abs(head.tombstoned_at - before) < timedelta(minutes=1)
        report = await store.verify()
        assert (report.ok, report.events) == (True, 3)

    @pytest.mark.usefixtures("small_pages")
    async def test_streams_that_ended_are_listed_when_asked_for(self, store: EventStore) -> None:
        for number in range(8):
            await append(store, f"note-{number}", "a", metadata={"session": f"s{number % 2}"})
        for number in (0, 3, 4, 5):
            await store.end_stream(f"note-{number}")
        every = [f"note-{number}" for number in range(8)]
        assert await names(store, category="note") == ["note-1", "note-2", "note-6", "note-7"]
        assert await names(store, category="note", tombstoned=True) == every
        assert await names(store, session="s1") == ["note-1", "note-7"]
        assert await names(store, session="s1", tombstoned=True) == every[1::2]

    async def test_the_end_is_an_event_beside_the_stream(self, store: EventStore) -> None:
        await append(store, "note-1", "a", "b")
        await store.end_stream("note-1", reason="asked to")
        [ended] = await read(store, "stream-note-1")
        assert (ended.type, ended.data) == (
            "stream.ended",
            {"stream": "note-1", "version": 2, "reason": "asked to"},
        )

    @pytest.mark.parametrize("expected", [2, STREAM_EXISTS, ANY])
    async def test_a_stream_ends_at_the_version_expected(
        self, store: EventStore, expected: int | ExpectedVersion
    ) -> None:
        await append(store, "note-1", "a", "b")
        await store.end_stream("note-1", expected_version=expected)
        assert await names(store, category="note") == []

    @pytest.mark.parametrize("expected", [0, 1, 3, NO_STREAM])
    async def test_a_stream_does_not_end_at_another_version(
        self, store: EventStore, expected: int | ExpectedVersion
    ) -> None:
        await append(store, "note-1", "a", "b")
        with pytest.raises(WrongExpectedVersion) as raised:
            await store.end_stream("note-1", expected_version=expected)
        assert raised.value.actual == 2
        await append(store, "note-1", "c")
        assert len(await read_all(store)) == 3

    async def test_what_cannot_end_is_refused(self, store: EventStore) -> None:
        with pytest.raises(StreamNotFound):
            await store.end_stream("note-1")
        with pytest.raises(InvalidStreamName):
            await store.end_stream("note")
        await append(store, "note-1", "a")
        with pytest.raises(InvalidExpectedVersion):
            await store.end_stream("note-1", expected_version=-1)
        assert await names(store) == ["note-1"]

    async def test_a_fork_without_events_of_its_own_ends(self, store: EventStore) -> None:
        await append(store, "note-1", "a", "b")
        await store.fork("note-1", "fork-1", at=1)
        await store.end_stream("fork-1")
        with pytest.raises(StreamTombstoned):
            await append(store, "fork-1", "B")
        await append(store, "note-1", "c")
        assert texts(await read(store, "fork-1")) == ["a"]
        assert (await store.verify()).ok

    async def test_what_was_appended_before_is_no_error_after_the_end(
        self, store: EventStore
    ) -> None:
        new = [event("a", event_id=event_id(1))]
        await store.append("note-1", new, expected_version=0)
        await store.end_stream("note-1")
        again = await store.append("note-1", new, expected_version=0)
        assert again.duplicate
