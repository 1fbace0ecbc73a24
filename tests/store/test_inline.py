"""What is called inside the transaction of an append, and what comes of it when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
import sqlalchemy as sa

from retold.domain.event import RecordedEvent
from retold.errors import InlineProjectionFailed, InlineUnavailable, WrongExpectedVersion
from retold.store import EventStore, open_store
from retold.store.cursor import Cursor
from retold.store.inline import RowsRefused, SqliteTransaction, keep_inline
from retold.store.postgres.inline import PostgresTransaction
from retold.store.row import Row
from retold.store.selection import everything
from retold.testing import memory_store
from tests.store.events import ANY, append, event, event_id, read_all, texts

insert = "INSERT INTO counted (calls, events) VALUES ({}, {})"


class Counting:
    """Keeps a row for each call, of how many events there were; it is its own projection.

    Attributes:
        seen: the events, by call.
        blame: whether it says which event it fails on.
    """

    name = "counting"

    def __init__(self, *, blame: bool = True) -> None:
        self.seen: list[list[RecordedEvent]] = []
        self.blame = blame
        self._store: EventStore | None = None
        self._after: Cursor | None = None

    async def inline_rows(self, store: EventStore) -> Counting:
        async with store.transaction() as connection:
            await connection.execute(sa.text("CREATE TABLE counted (calls int, events int)"))
            await connection.execute(
                sa.text(
                    """INSERT INTO projections (tenant, name, last_build, inline)
                       VALUES (:t, :n, 0, false)"""
                ),
                {"t": store.tenant, "n": self.name},
            )
        self._store = store
        return self

    def write_sqlite(self, transaction: SqliteTransaction) -> None:
        values = (len(self.seen), len(transaction.appended))
        transaction.connection.execute(insert.format("?", "?"), values)
        self._see(transaction.appended)

    async def write_postgres(self, transaction: PostgresTransaction) -> None:
        rows = await transaction.page(self._after, everything, 10_000)
        statement = insert.format("$1", "$2")
        await transaction.connection.execute(statement, len(self.seen), len(rows))
        self._see(rows)

    def _see(self, rows: Sequence[Row]) -> None:
        assert self._store is not None
        events = self._store.events_in(rows)
        errors = [
            InlineProjectionFailed(
                self.name,
                stream=one.stream,
                event_version=one.version,
                event_type=one.type,
                reason="it is bad",
                event_id=one.event_id if self.blame else None,
            )
            for one in events
            if one.data.get("text") == "bad"
        ]
        if errors:
            raise RowsRefused(errors)
        if any(one.data.get("text") == "worse" for one in events):
            raise LookupError("it says nothing of events")
        if events:
            self.seen.append(events)
            self._after = self._store.cursor_of(events[-1])


async def counted(store: EventStore) -> list[int]:
    async with store.connection() as connection:
        found = await connection.execute(
            sa.text("SELECT events FROM counted WHERE events > 0 ORDER BY calls")
        )
        return list(found.scalars())


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
async def store(store_url: str, counting: Counting) -> AsyncIterator[EventStore]:
    async with await open_store(store_url, inline=[counting]) as opened:
        yield opened


async def check(store: EventStore, counting: Counting) -> None:
    """See that what was seen is the log, and that the rows are those of what was appended."""
    assert [one for some in counting.seen for one in some] == await read_all(store)
    assert await counted(store) == [len(some) for some in counting.seen]


async def test_it_is_given_the_events_as_readers_read_them(
    store: EventStore, counting: Counting
) -> None:
    await append(store, "note-1", "a", metadata={"session": "s"}, causation_id=event_id(1))
    # As many rows as go into one statement, and more.
    await append(store, "note-1", *map(str, range(150)))
    await store.fork("note-1", "note-2", at=3)
    await asyncio.gather(*(append(store, f"note-{n}", "b", "c") for n in range(20)))
    log = [one for some in counting.seen for one in some]
    assert len(log) == 1 + 150 + 1 + 40
    await check(store, counting)


async def test_it_is_not_called_when_nothing_is_appended(
    store: EventStore, counting: Counting
) -> None:
    new = [event("a", event_id=event_id(1))]
    await store.append("note-1", new, expected_version=0)
    await store.append("note-1", new, expected_version=0)
    with pytest.raises(WrongExpectedVersion):
        await append(store, "note-1", "b", expected_version=0)
    assert len(counting.seen) == 1
    await check(store, counting)


@pytest.mark.parametrize("blame", [True, False])
async def test_only_the_appends_of_refused_events_fail(store_url: str, *, blame: bool) -> None:
    counting = Counting(blame=blame)
    async with await open_store(store_url, inline=[counting]) as store:
        await append(store, "note-1", "first")
        outcomes = await asyncio.gather(
            *(append(store, f"note-{n}", "bad" if n % 4 == 3 else "fine") for n in range(12)),
            append(store, "note-1", "conflict", expected_version=7),
            return_exceptions=True,
        )
        failed = [n for n, one in enumerate(outcomes) if isinstance(one, InlineProjectionFailed)]
        assert failed == [3, 7, 11]
        assert isinstance(outcomes[12], WrongExpectedVersion)
        assert await store.head("note-3") is None
        await append(store, "note-3", "fine", expected_version=0)
        await check(store, counting)


async def test_appends_that_follow_a_refused_one_in_its_group_are_decided_without_it(
    store: EventStore, counting: Counting
) -> None:
    bad, after, first = await asyncio.gather(
        append(store, "note-1", "bad", expected_version=0),
        append(store, "note-1", "after", expected_version=1),
        append(store, "note-1", "first", expected_version=0),
        return_exceptions=True,
    )
    assert isinstance(bad, InlineProjectionFailed)
    assert isinstance(after, WrongExpectedVersion)
    assert not isinstance(first, BaseException)
    assert texts(await read_all(store)) == ["first"]
    await check(store, counting)


async def test_whatever_else_is_raised_undoes_the_group(
    store: EventStore, counting: Counting
) -> None:
    await append(store, "note-1", "a")
    with pytest.raises(LookupError):
        await append(store, "note-1", "worse")
    await append(store, "note-1", "b", expected_version=1)
    await check(store, counting)


async def test_many_refused_events_of_a_group_are_refused_one_by_one(
    store: EventStore, counting: Counting
) -> None:
    outcomes = await asyncio.gather(
        *(append(store, f"note-{n}", "bad") for n in range(400)), return_exceptions=True
    )
    assert {type(one) for one in outcomes} == {InlineProjectionFailed}
    await check(store, counting)


async def test_one_name_cannot_be_kept_twice(store_url: str) -> None:
    counting = Counting()

    class Same(Counting):
        async def inline_rows(self, store: EventStore) -> Counting:
            return counting

    with pytest.raises(InlineUnavailable, match="named twice"):
        await open_store(store_url, inline=[counting, Same()])


async def test_a_log_in_memory_keeps_nothing_inline() -> None:
    async with memory_store() as store:
        await keep_inline(store, [])
        with pytest.raises(InlineUnavailable):
            await keep_inline(store, [Counting()])
        await store.append("note-1", [event()], expected_version=ANY)
