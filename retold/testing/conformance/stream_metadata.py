"""Conformance: what is said of a stream."""

from __future__ import annotations

from typing import Any

import pytest

from retold.errors import (
    InvalidEvent,
    InvalidExpectedVersion,
    InvalidStreamName,
    StreamNotFound,
    WrongExpectedVersion,
)
from retold.store import EventStore
from retold.store.stream_facts import StreamMetadata
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.events import NO_STREAM, append, names, read, read_all, texts


class StreamMetadataTests(ConformanceTests):
    """What is said of a stream."""

    async def test_what_is_said_replaces_what_was_said_before(self, store: EventStore) -> None:
        await append(store, "note-1", "a")
        assert await store.stream_metadata("note-1") == StreamMetadata(0, {})
        first = await store.set_stream_metadata("note-1", {"a": [1, None], "b": {"c": "é"}})
        assert first == StreamMetadata(1, {"a": [1, None], "b": {"c": "é"}})
        assert await store.stream_metadata("note-1") == first
        second = await store.set_stream_metadata("note-1", {"d": 1}, expected_version=1)
        assert second == StreamMetadata(2, {"d": 1})
        assert await store.stream_metadata("note-1") == second
        # The stream itself is where it was.
        assert texts(await read(store, "note-1")) == ["a"]
        await append(store, "note-1", "b", expected_version=1)

    async def test_somebody_who_was_quicker_is_a_conflict(self, store: EventStore) -> None:
        await append(store, "note-1", "a")
        await store.set_stream_metadata("note-1", {"by": 1}, expected_version=0)
        for expected in (0, 2, NO_STREAM):
            with pytest.raises(WrongExpectedVersion) as raised:
                await store.set_stream_metadata("note-1", {"by": 2}, expected_version=expected)
            assert raised.value.actual == 1
        assert await store.stream_metadata("note-1") == StreamMetadata(1, {"by": 1})

    async def test_it_is_kept_apart_for_each_stream(self, store: EventStore) -> None:
        long = "note-" + "x" * 250
        for stream in ("note-1", "note-2", long):
            await append(store, stream, "a")
            await store.set_stream_metadata(stream, {"of": stream})
        for stream in ("note-1", "note-2", long):
            assert (await store.stream_metadata(stream)).data == {"of": stream}
        assert len(await names(store, category="stream")) == 3

    async def test_of_an_unknown_stream_nothing_can_be_said(self, store: EventStore) -> None:
        with pytest.raises(StreamNotFound):
            await store.set_stream_metadata("note-1", {})
        assert await store.stream_metadata("note-1") == StreamMetadata(0, {})
        with pytest.raises(InvalidStreamName):
            await store.set_stream_metadata("note", {})
        with pytest.raises(InvalidStreamName):
            await store.stream_metadata("note")
        assert await read_all(store) == []

    @pytest.mark.parametrize("wrong", [{"a": float("nan")}, {"a": 2**64}, {"a": "\ud800"}])
    async def test_what_is_not_json_is_refused(
        self, store: EventStore, wrong: dict[str, Any]
    ) -> None:
        await append(store, "note-1", "a")
        with pytest.raises(InvalidEvent):
            await store.set_stream_metadata("note-1", wrong)
        with pytest.raises(InvalidExpectedVersion):
            await store.set_stream_metadata("note-1", {}, expected_version=-1)
        assert await store.stream_metadata("note-1") == StreamMetadata(0, {})

    async def test_a_fork_and_an_end_leave_what_was_said(self, store: EventStore) -> None:
        await append(store, "note-1", "a")
        await store.set_stream_metadata("note-1", {"a": 1})
        await store.fork("note-1", "fork-1")
        assert (await store.stream_metadata("fork-1")).data == {}
        said = await store.set_stream_metadata("fork-1", {"b": 2})
        assert await store.stream_metadata("fork-1") == said
        await store.end_stream("fork-1")
        after = await store.stream_metadata("fork-1")
        assert after.data == {"b": 2}
        # To what it is after the end, more can be said.
        again = await store.set_stream_metadata("fork-1", {"c": 3}, expected_version=after.version)
        assert (await store.stream_metadata("fork-1")) == again
        assert (await store.stream_metadata("note-1")).data == {"a": 1}
