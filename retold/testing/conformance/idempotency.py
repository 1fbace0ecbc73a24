"""Conformance: the same events again change nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from retold.errors import (
    DuplicateEventId,
)
from retold.store import EventStore
from retold.store.append import AppendResult
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.events import (
    ANY,
    append,
    event,
    event_id,
    read_all,
    texts,
)


class IdempotencyTests(ConformanceTests):
    """The same events again change nothing."""

    async def test_the_same_events_again_get_the_first_result(self, store: EventStore) -> None:
        new = [event("a", event_id=event_id(1)), event("b", event_id=event_id(2))]
        first = await store.append("note-1", new, expected_version=0)
        await append(store, "note-1", "later")
        before = await read_all(store)
        again = await store.append("note-1", new, expected_version=0)
        assert again == AppendResult("note-1", 1, 2, first.event_id_bytes, duplicate=True)
        assert await read_all(store) == before

    async def test_the_same_events_at_once_are_appended_once(self, store: EventStore) -> None:
        new = [event("a", event_id=event_id(1))]
        results = await asyncio.gather(
            *(store.append("note-1", new, expected_version=0) for _ in range(10))
        )
        assert [result.first_version for result in results] == [1] * 10
        assert sorted(result.duplicate for result in results) == [False] + [True] * 9
        assert texts(await read_all(store)) == ["a"]

    async def test_every_field_of_an_event_makes_it_another(self, store: EventStore) -> None:
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
                    "note-1",
                    [event(**{**whole, name: other}, event_id=taken)],
                    expected_version=ANY,
                )
            assert (raised.value.event_id, raised.value.recorded_in, raised.value.version) == (
                taken,
                "note-1",
                1,
            )
        again = await store.append("note-1", [event(**whole, event_id=taken)], expected_version=ANY)
        assert again.duplicate

    async def test_an_id_in_another_stream_or_partly_new_is_refused(
        self, store: EventStore
    ) -> None:
        await store.append("note-1", [event("a", event_id=event_id(1))], expected_version=0)
        for stream, new in (
            ("note-2", [event("a", event_id=event_id(1))]),
            ("note-1", [event("a", event_id=event_id(1)), event("b")]),
        ):
            with pytest.raises(DuplicateEventId, match="recorded before, as version 1 of 'note-1'"):
                await store.append(stream, new, expected_version=ANY)
        assert texts(await read_all(store)) == ["a"]
