"""Rows that are written in the transaction of the append: with it, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

import retold
from retold.domain.event import NewEvent
from retold.domain.recording import conversation_stream
from retold.domain.upcasting import Upcasters
from retold.errors import (
    WrongExpectedVersion,
)
from retold.projections.keeping import inline
from retold.projections.keeping.builds import kept as how_kept
from retold.projections.keeping.catch_up import catch_up
from retold.projections.models.session_list import session_list
from retold.store import EventStore, open_store
from retold.store.append import Append
from retold.store.inline import stop_inline
from tests.projections.histories import tool_turn
from tests.projections.inline_log import check, opened, tally
from tests.projections.tallies import (
    added,
    as_they_are,
    expected,
    kept,
    removal,
    streams,
    types,
)
from tests.store.events import ANY, event, event_id


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[EventStore]:
    async with await open_store(store_url, inline=[tally]) as opened:
        yield opened


# What it is for ----------------------------------------------------------------------------------


async def test_rows_are_there_when_the_append_returns(store: EventStore) -> None:
    await store.append("note-1", [added(), added()], expected_version=0)
    await store.append_many(
        [Append("note-1", [added()], 2), Append("note-2", [added(), event("another")], 0)]
    )
    rows = await as_they_are(store, tally)
    assert {key: row.events for key, row in rows[streams.name].items()} == {
        ("note-1", 1): 3,
        ("note-2", 1): 1,
    }
    await check(store)
    await store.append("note-1", [NewEvent(type=removal, data={})], expected_version=3)
    assert list((await as_they_are(store, tally))[streams.name]) == [("note-2", 1)]
    await check(store)


async def test_the_log_of_a_user_keeps_them_too(store_url: str) -> None:
    async with retold.open(store_url, inline=[session_list]) as log:
        for version, new in enumerate(tool_turn):
            stream = conversation_stream("s")
            await log.store.append(stream, [new], expected_version=version)
        before = [row async for row in log.sessions()]
        assert [row.version for row in before] == [len(tool_turn)]
        await retold.stop_inline(log.store, "session_list")
    async with retold.open(store_url) as log:
        assert [row async for row in log.sessions()] == before


async def test_a_projection_knows_that_it_is_kept_inline(store: EventStore) -> None:
    await store.append("note-1", [added()], expected_version=0)
    async with store.connection() as connection:
        assert (await how_kept(connection, store.tenant, tally.name)).inline
    # Nothing is left for whoever reads on.
    assert await catch_up(store, tally) == 0
    assert await kept(store, tally) == await expected(store, tally)
    await stop_inline(store, tally.name)
    async with store.connection() as connection:
        assert not (await how_kept(connection, store.tenant, tally.name)).inline


async def test_what_was_appended_before_is_folded_at_the_opening(store_url: str) -> None:
    async with opened(store_url) as store:
        for number in range(30):
            await store.append(f"note-{number % 3}", [added()], expected_version=ANY)
    async with opened(store_url, tally) as store:
        await check(store)
        await store.append("note-1", [added()], expected_version=ANY)
        await check(store)
    async with opened(store_url, tally) as store:
        await store.append("note-1", [added()], expected_version=ANY)
        await check(store)


async def test_several_projections_are_kept(store_url: str) -> None:
    async with opened(store_url, tally, session_list) as store:
        await store.append("note-1", [added()], expected_version=0)
        await store.append(conversation_stream("s"), tool_turn, expected_version=0)
        await check(store)
        await check(store, session_list)


async def test_an_event_is_folded_in_the_form_of_today(store_url: str) -> None:
    upcasters = Upcasters()
    upcasters.aliases("note.written", "note.added")

    async with opened(store_url, tally, upcasters=upcasters) as store:
        written = NewEvent(type="note.written", data={"text": "x"})
        await store.append("note-1", [written, added()], expected_version=0)
        rows = await as_they_are(store, tally)
        assert {key: row.events for key, row in rows[types.name].items()} == {("note.added",): 2}
        await check(store)


async def test_tenants_have_rows_of_their_own(store_url: str) -> None:
    async with (
        opened(store_url, tally) as ours,
        opened(store_url, tally, tenant="theirs") as theirs,
        opened(store_url, tenant="without") as without,
    ):
        for store in (ours, theirs, ours, without):
            await store.append("note-1", [added()], expected_version=ANY)
        for store in (ours, theirs):
            await check(store)
        assert (await as_they_are(ours, tally))[streams.name]["note-1", 1].events == 2
        async with ours.connection() as connection:
            assert not (await how_kept(connection, "without", tally.name)).inline


async def test_a_fork_adds_what_it_appends_itself(store: EventStore) -> None:
    await store.append("note-1", [added(), added(), added()], expected_version=0)
    await store.fork("note-1", "note-2", at=2)
    await store.append("note-2", [added()], expected_version=2)
    await store.end_stream("note-1")
    rows = await as_they_are(store, tally)
    assert {key: row.events for key, row in rows[streams.name].items()} == {
        ("note-1", 1): 3,
        ("note-2", 1): 1,
    }
    await check(store)


# What is folded once -----------------------------------------------------------------------------


async def test_an_event_that_is_appended_again_is_not_folded_again(store: EventStore) -> None:
    new = NewEvent(type="note.added", data={}, event_id=event_id(1))
    first = await store.append("note-1", [new], expected_version=ANY)
    again, beside = await asyncio.gather(
        store.append("note-1", [new], expected_version=ANY),
        store.append("note-2", [added()], expected_version=ANY),
    )
    assert again == first._replace(duplicate=True)
    assert not beside.duplicate
    await check(store)


async def test_a_conflict_in_a_group_leaves_no_row(store: EventStore) -> None:
    outcomes = await asyncio.gather(
        *(store.append("note-1", [added(str(n))], expected_version=0) for n in range(10)),
        *(store.append(f"note-{n}", [added()], expected_version=ANY) for n in range(2, 5)),
        return_exceptions=True,
    )
    refused = [one for one in outcomes if isinstance(one, WrongExpectedVersion)]
    assert len(refused) == 9
    await check(store)


async def test_many_events_at_once_are_folded_page_by_page(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline, "page_size", 7)
    await store.append("note-1", [added() for _ in range(40)], expected_version=0)
    await store.append("note-1", [added() for _ in range(7)], expected_version=40)
    await check(store)


async def test_events_that_are_not_read_move_the_checkpoint_now_and_then(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline, "most_idle", 3)
    await store.append("note-1", [added()], expected_version=ANY)
    cursors = []
    for _ in range(4):
        await store.append("other-1", [event()], expected_version=ANY)
        async with store.connection() as connection:
            found = await connection.execute(sa.text("SELECT cursor FROM projection_checkpoints"))
            cursors.append(found.scalar_one())
    assert len(set(cursors)) == (4 if store.kind == "sqlite" else 2)
    await store.append("note-1", [added()], expected_version=ANY)
    await check(store)
