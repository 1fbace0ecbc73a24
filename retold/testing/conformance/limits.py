"""Conformance: what is too large."""

from __future__ import annotations

import pytest

from retold.errors import AppendTooLarge, EventTooLarge
from retold.store import EventStore
from retold.store.append import most_events
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.database import LogDatabase
from retold.testing.conformance.events import append, event, read_all, texts


class LimitTests(ConformanceTests):
    """What is too large."""

    async def test_an_event_over_the_limit_is_refused_and_the_log_unchanged(
        self, database: LogDatabase
    ) -> None:
        async with database.open_store(max_event_bytes=1_000) as store:
            with pytest.raises(EventTooLarge, match="the limit is 1,000") as raised:
                await append(store, "note-1", "x" * 1_000)
            assert (raised.value.stream, raised.value.limit) == ("note-1", 1_000)
            assert raised.value.size > 1_000
            await append(store, "note-1", "x" * 900)
            assert len(await read_all(store)) == 1

    async def test_an_append_of_too_many_events_is_refused_and_the_log_unchanged(
        self, store: EventStore
    ) -> None:
        await append(store, "note-1", "a")
        many = [event()] * (most_events + 1)
        with pytest.raises(AppendTooLarge, match="100,001 events is more than the 100,000"):
            await store.append("note-1", many, expected_version=1)
        assert texts(await read_all(store)) == ["a"]
        assert (await store.verify()).ok
