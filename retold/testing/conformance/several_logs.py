"""Conformance: several logs open on one database, as in several processes."""

from __future__ import annotations

import asyncio

import pytest

from retold.errors import DuplicateEventId, StreamNotFound, WrongExpectedVersion
from retold.store.append import AppendResult
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.database import LogDatabase
from retold.testing.conformance.events import ANY, append, event, event_id, names, read, texts


class SeveralLogsTests(ConformanceTests):
    """Several logs open on one database, as in several processes."""

    async def test_what_one_appends_the_other_reads_and_goes_on_from(
        self, database: LogDatabase
    ) -> None:
        async with database.open_store() as one, database.open_store() as two:
            assert one.database_id == two.database_id
            with pytest.raises(StreamNotFound):
                await anext(two.read_stream("note-1"))
            await append(one, "note-1", "a", expected_version=0)
            assert texts(await read(two, "note-1")) == ["a"]
            await append(two, "note-1", "b", expected_version=1)
            await append(one, "note-1", "c", expected_version=2)
            assert texts(await read(two, "note-1")) == ["a", "b", "c"]
            assert await one.head("note-1") == await two.head("note-1")
            assert await names(two) == ["note-1"]
            assert (await two.verify()).events == 3

    async def test_both_racing_for_one_version_have_one_winner(self, database: LogDatabase) -> None:
        async with database.open_store() as one, database.open_store() as two:
            for version in range(10):
                outcomes = await asyncio.gather(
                    *(append(log, "note-1", "a", expected_version=version) for log in (one, two)),
                    return_exceptions=True,
                )
                assert {type(outcome) for outcome in outcomes} == {
                    AppendResult,
                    WrongExpectedVersion,
                }
            assert [event.version for event in await read(two, "note-1")] == [*range(1, 11)]
            assert (await one.verify()).ok

    async def test_the_same_event_by_both_is_one(self, database: LogDatabase) -> None:
        new = [event("a", event_id=event_id(1))]
        async with database.open_store() as one, database.open_store() as two:
            results = await asyncio.gather(
                *(log.append("note-1", new, expected_version=0) for log in (one, two))
            )
            assert sorted(result.duplicate for result in results) == [False, True]
            with pytest.raises(DuplicateEventId):
                await two.append("note-2", new, expected_version=ANY)
            assert texts(await read(one, "note-1")) == ["a"]

    async def test_one_that_is_closed_leaves_the_other_open(self, database: LogDatabase) -> None:
        async with database.open_store() as one:
            async with database.open_store() as two:
                await append(two, "note-1", "a")
            await append(one, "note-1", "b")
            assert texts(await read(one, "note-1")) == ["a", "b"]
