"""Conformance: finding that a log was tampered with."""

from __future__ import annotations

import asyncio

import pytest

from retold.errors import CorruptEvent
from retold.store import EventStore
from retold.store.integrity import FaultKind, VerifyReport
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.database import LogDatabase
from retold.testing.conformance.events import append, numbered, read, read_all, texts


async def faults(store: EventStore, stream: str | None = None) -> list[tuple[str, int, FaultKind]]:
    """Return stream, version and kind of each fault."""
    report = await store.verify(stream)
    assert report.ok == (not report.faults)
    return [(one.stream, one.version, one.kind) for one in report.faults]


class IntegrityTests(ConformanceTests):
    """Finding that a log was tampered with."""

    async def test_an_empty_log_and_an_unknown_stream_are_in_order(self, store: EventStore) -> None:
        assert await store.verify() == VerifyReport(0, 0, ())
        assert await store.verify("note-1") == VerifyReport(0, 0, ())

    async def test_what_was_appended_is_in_order(self, library: EventStore) -> None:
        assert await library.verify() == VerifyReport(8, 5, ())
        assert await library.verify("note-1") == VerifyReport(4, 1, ())

    async def test_each_event_is_chained_to_the_one_before(self, store: EventStore) -> None:
        for stream in ("note-1", "note-2"):
            await append(store, stream, "a", "a")
        digests = {one.digest for one in await read_all(store)}
        assert len(digests) == 4

    @pytest.mark.parametrize("version", [1, 3, 5])
    async def test_an_altered_event_is_found(
        self, store: EventStore, database: LogDatabase, version: int
    ) -> None:
        for stream in ("note-1", "note-2", "note-3"):
            await store.append(stream, numbered(5), expected_version=0)
        altered = (await read(store, "note-2"))[version - 1]
        # The same value in other bytes is another event.
        await database.alter_event("note-2", version, f'{{"text": "{version}"}}')
        [fault] = (await store.verify()).faults
        assert (fault.stream, fault.version, fault.kind, fault.position) == (
            "note-2",
            version,
            FaultKind.ALTERED,
            altered.position,
        )
        assert await faults(store, "note-2") == [("note-2", version, FaultKind.ALTERED)]
        assert await faults(store, "note-1") == []
        await database.alter_event("note-2", version, f'{{"text":"{version}"}}')
        assert (await store.verify()).ok

    async def test_missing_events_are_found(self, store: EventStore, database: LogDatabase) -> None:
        for number in range(1, 5):
            await store.append(f"note-{number}", numbered(3), expected_version=0)
        await database.remove_event("note-1", 1)
        await database.remove_event("note-2", 2)
        await database.remove_event("note-3", 3)
        assert sorted(await faults(store)) == [
            ("note-1", 1, FaultKind.REMOVED),
            ("note-2", 2, FaultKind.REMOVED),
            ("note-3", 3, FaultKind.TRUNCATED),
        ]
        for version in (1, 2):
            await database.remove_event("note-3", version)
        assert await faults(store, "note-3") == [("note-3", 1, FaultKind.TRUNCATED)]
        assert ("note-3", 1, FaultKind.TRUNCATED) in await faults(store)

    @pytest.mark.parametrize("data", ["", "{", "[]", "null", '"text"'])
    async def test_a_payload_that_is_none_is_not_read(
        self, store: EventStore, database: LogDatabase, data: str
    ) -> None:
        await append(store, "note-1", "a", "b", "c")
        await append(store, "book-1", "d")
        await database.alter_event("note-1", 2, data)
        with pytest.raises(CorruptEvent) as raised:
            await read(store, "note-1")
        assert (raised.value.stream, raised.value.version) == ("note-1", 2)
        with pytest.raises(CorruptEvent) as raised:
            await read_all(store)
        assert (raised.value.stream, raised.value.version) == ("note-1", 2)
        # Whoever does not want it reads on.
        assert texts(await read(store, "note-1", from_version=3)) == ["c"]
        assert texts(await read_all(store, category="book")) == ["d"]
        assert await faults(store) == [("note-1", 2, FaultKind.ALTERED)]

    async def test_verifying_sees_one_state_while_others_append(self, store: EventStore) -> None:
        async def appending() -> None:
            for number in range(30):
                await store.append(
                    f"note-{number % 3}", numbered(5), expected_version=number // 3 * 5
                )

        task = asyncio.create_task(appending())
        seen = set()
        while not task.done():
            report = await store.verify()
            assert report.ok
            assert report.events % 5 == 0
            seen.add(report.events)
        await task
        assert (await store.verify()).events == 150
