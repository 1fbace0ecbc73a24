"""Conformance: callers at once, and callers who leave."""

from __future__ import annotations

import asyncio

from retold.errors import (
    InvalidEvent,
    WrongExpectedVersion,
)
from retold.store import EventStore
from retold.store.append import AppendResult
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.events import (
    ANY,
    append,
    event,
    event_id,
    read,
    read_all,
    texts,
)


class GroupTests(ConformanceTests):
    """Callers at once, and callers who leave."""

    async def test_one_conflict_among_many_at_once_fails_alone(self, store: EventStore) -> None:
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

    async def test_callers_at_once_are_served_in_groups(self, store: EventStore) -> None:
        before = store.changes.count
        results = await asyncio.gather(
            *(append(store, f"note-{number}", "a") for number in range(200))
        )
        assert [result.last_version for result in results] == [1] * 200
        # The log changes once with each group.
        assert 1 <= store.changes.count - before <= 4

    async def test_a_cancelled_caller_takes_nobody_else_with_it(self, store: EventStore) -> None:
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
        self,
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
