"""Conformance: heads and lists of streams."""

from __future__ import annotations

import pytest

from retold.store import EventStore
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.events import (
    append,
    names,
    read,
)


class StreamTests(ConformanceTests):
    """Heads and lists of streams."""

    async def test_a_head_says_how_far_a_stream_goes(self, store: EventStore) -> None:
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
    async def test_streams_are_listed_by_name_category_and_session(
        self, library: EventStore
    ) -> None:
        assert await names(library) == ["a-1", "note-1", "note-2", "note-3", "notebook-1"]
        assert await names(library, category="note") == ["note-1", "note-2", "note-3"]
        assert await names(library, session="s1") == ["note-1", "notebook-1"]
        assert await names(library, category="note", session="s1") == ["note-1"]
        assert await names(library, category="no") == []

    @pytest.mark.usefixtures("small_pages")
    async def test_names_are_ordered_by_code_point_on_every_database(
        self, store: EventStore
    ) -> None:
        streams = [
            f"note-{one}" for one in ("Z", "a", "é", "z", "ﬀ", "\U0001f986", "Ω", "a b", "a-b")
        ]
        for stream in streams:
            await append(store, stream, "a")
        assert await names(store) == sorted(streams)
        assert (await store.verify()).ok
