"""Conformance: tenants are apart."""

from __future__ import annotations

from typing import Any

import pytest

from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.database import LogDatabase
from retold.testing.conformance.events import (
    append,
    event,
    event_id,
    names,
    read,
    read_all,
    texts,
)


class TenantTests(ConformanceTests):
    """Tenants are apart."""

    async def test_tenants_see_nothing_of_each_other(self, database: LogDatabase) -> None:
        same = [event("same", event_id=event_id(1), correlation_id="c", metadata={"session": "s"})]
        async with (
            database.open_store(tenant="ä") as one,
            database.open_store(tenant="b") as two,
        ):
            await one.append("note-1", same, expected_version=0)
            assert await two.head("note-1") is None
            assert await read(two, "note-1") == []
            assert await two.find_event(event_id(1)) is None
            for options in ({}, {"correlation_id": "c"}, {"session": "s"}, {"category": "note"}):
                assert await read_all(two, **options) == []
            assert await names(two) == []
            # The same stream and the same id are another tenant's own.
            result = await two.append("note-1", same, expected_version=0)
            assert not result.duplicate
            await append(two, "note-1", "more")
            assert texts(await read(one, "note-1")) == ["same"]
            assert [event.tenant for event in await read_all(two)] == ["b", "b"]
            assert (await one.verify()).events == 1
            assert (await two.verify()).events == 2
            assert one.database_id == two.database_id
            cursor = two.cursor_of((await read_all(two))[0])
            assert await read_all(one, after=cursor) == []

    @pytest.mark.usefixtures("small_pages")
    async def test_an_operator_reads_every_tenants_events(self, database: LogDatabase) -> None:
        async with (
            database.open_store(tenant="a") as one,
            database.open_store(tenant="b") as two,
        ):
            await append(one, "note-1", "1", metadata={"session": "s"})
            await append(two, "note-1", "2", type="test.other")
            await append(one, "book-1", "3", correlation_id="c")
            await append(two, "book-1", "4", metadata={"session": "s"})
            await append(one, "note-1", "5")
            await append(two, "note-2", "6", correlation_id="c")
            cases: list[tuple[dict[str, Any], str]] = [
                ({}, "123456"),
                ({"category": "note"}, "1256"),
                ({"stream_prefix": "note-1"}, "125"),
                ({"types": ["test.other"]}, "2"),
                # The stream of that name is another tenant's another one.
                ({"session": "s"}, "145"),
                ({"correlation_id": "c"}, "36"),
                ({"limit": 4}, "1234"),
            ]
            # The last of the two to append has seen both.
            found = [
                (options, "".join(texts(await read_all(two, every_tenant=True, **options))))
                for options, _ in cases
            ]
            assert found == cases
            every = await read_all(two, every_tenant=True)
            assert [event.tenant for event in every] == ["a", "b", "a", "b", "a", "b"]
            after = await read_all(two, every_tenant=True, after=two.cursor_of(every[2]))
            assert after == every[3:]

    async def test_forks_ends_and_metadata_are_a_tenants_own(self, database: LogDatabase) -> None:
        async with (
            database.open_store(tenant="a") as one,
            database.open_store(tenant="b") as two,
        ):
            await append(one, "note-1", "a", "b")
            await append(two, "note-1", "c")
            await one.fork("note-1", "fork-1", at=1)
            await one.set_stream_metadata("note-1", {"a": 1})
            await one.end_stream("note-1")
            assert await two.head("fork-1") is None
            assert (await two.stream_metadata("note-1")).data == {}
            await append(two, "note-1", "d", expected_version=1)
            await two.fork("note-1", "fork-1", at=2)
            assert texts(await read(one, "fork-1")) == ["a"]
            assert texts(await read(two, "fork-1")) == ["c", "d"]
            assert (await one.verify()).ok
            assert (await two.verify()).ok
