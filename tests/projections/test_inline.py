"""Rows that are written in the transaction of the append: with it, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa

import retold
from retold.domain.event import NewEvent
from retold.domain.recording import conversation_stream
from retold.domain.upcasting import Upcasters
from retold.errors import (
    InlineProjectionFailed,
    InlineUnavailable,
    ProjectionCodeChanged,
    ProjectionFailed,
    RetoldError,
    WrongExpectedVersion,
)
from retold.projections.keeping import inline
from retold.projections.keeping.builds import kept as how_kept
from retold.projections.keeping.catch_up import catch_up
from retold.projections.keeping.control import switch_back
from retold.projections.keeping.rebuild import rebuild
from retold.projections.models.session_list import list_sessions, session_list
from retold.projections.projection import Projection
from retold.projections.rows import Rows
from retold.store import EventStore, open_store
from retold.store.append import Append, AppendResult
from retold.store.inline import stop_inline
from retold.testing import memory_store
from tests.projections.histories import dice, tool_turn
from tests.projections.tallies import (
    added,
    as_they_are,
    expected,
    fold,
    kept,
    needs,
    removal,
    streams,
    tallies,
    types,
)
from tests.store.events import ANY, event, event_id, read_all

tally = tallies()
postgres = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[EventStore]:
    async with await open_store(store_url, inline=[tally]) as opened:
        yield opened


@asynccontextmanager
async def opened(url: str, *projections: Projection, **options: Any) -> AsyncIterator[EventStore]:
    async with await open_store(url, inline=projections, **options) as store:
        yield store


async def check(store: EventStore, projection: Projection = tally) -> None:
    """See that the rows are there without anybody bringing them up to date."""
    assert await as_they_are(store, projection) == await expected(store, projection)


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


# What fails --------------------------------------------------------------------------------------


async def test_a_fold_that_raises_refuses_the_append_of_its_event_only(store: EventStore) -> None:
    bad = added("1", bad=True)
    outcomes: list[AppendResult | BaseException] = await asyncio.gather(
        *(
            store.append(
                f"note-{n}", [added(), bad if n in {3, 7} else added()], expected_version=0
            )
            for n in range(10)
        ),
        return_exceptions=True,
    )
    failed = {n: one for n, one in enumerate(outcomes) if isinstance(one, BaseException)}
    assert set(failed) == {3, 7}
    error = failed[3]
    assert isinstance(error, InlineProjectionFailed)
    assert (error.name, error.stream, error.event_version) == ("tallies", "note-3", 2)
    assert (error.event_type, error.reason) == ("note.added", "ValueError: a bad event")
    assert isinstance(error.__cause__, ValueError)
    assert await store.head("note-3") is None
    await check(store)
    # It goes on, with the streams that failed too.
    await store.append("note-3", [added()], expected_version=0)
    await check(store)


async def test_a_failing_append_to_streams_whose_heads_are_known_leaves_them_where_they_were(
    store: EventStore,
) -> None:
    await store.append("note-1", [added()], expected_version=0)
    with pytest.raises(InlineProjectionFailed):
        await store.append("note-1", [added(bad=True)], expected_version=1)
    await store.append("note-1", [added()], expected_version=1)
    await check(store)
    assert (await store.verify()).ok


async def test_needs_that_raise_and_rows_that_cannot_be_written_are_refused(store_url: str) -> None:
    def raising_needs(recorded: Any) -> Any:
        if recorded.data.get("text") == "needs":
            raise KeyError("nothing")
        return needs(recorded)

    def careless_fold(rows: Rows, recorded: Any) -> None:
        if recorded.data["text"] == "unnamed":
            rows.get(streams, ("note-1", 2))
        fold(rows, recorded)
        text = recorded.data["text"]
        tally = rows.get(streams, (recorded.stream, 1))
        assert tally is not None
        wrong: Any = {"null": None, "huge": 2**70, "object": object()}.get(text, tally.events)
        rows.put(streams, type(tally)(stream=tally.stream, part=1, events=wrong, trace=tally.trace))

    careless = tallies(fold=careless_fold, needs=raising_needs, types=["note.added"])
    async with opened(store_url, careless) as store:
        texts = ["fine", "needs", "unnamed", "null", "huge", "object", "fine"]
        outcomes = await asyncio.gather(
            *(
                store.append(f"note-{n}", [added(text)], expected_version=0)
                for n, text in enumerate(texts)
            ),
            return_exceptions=True,
        )
        fine = [text for text, one in zip(texts, outcomes, strict=True) if isinstance(one, tuple)]
        assert fine == ["fine", "fine"]
        for text, outcome in zip(texts, outcomes, strict=True):
            if text != "fine":
                assert isinstance(outcome, InlineProjectionFailed), (text, outcome)
                assert outcome.event_type == "note.added"
        assert len(await read_all(store)) == 2
        rows = await as_they_are(store, careless)
        assert len(rows[streams.name]) == 2


async def test_nobody_gets_past_an_event_that_was_appended_without_and_cannot_be_folded(
    sqlite_url: str,
) -> None:
    async with opened(sqlite_url, tally) as store, opened(sqlite_url) as without:
        await without.append("note-1", [added(bad=True)], expected_version=0)
        outcomes = await asyncio.gather(
            *(store.append(f"note-{n}", [added()], expected_version=0) for n in range(2, 5)),
            return_exceptions=True,
        )
        for outcome in outcomes:
            assert isinstance(outcome, InlineProjectionFailed)
            assert (outcome.stream, outcome.event_version) == ("note-1", 1)
        with pytest.raises(ProjectionFailed):
            await open_store(sqlite_url, inline=[tally])
        await stop_inline(store, tally.name)
        await store.append("note-2", [added()], expected_version=0)


async def test_where_rows_cannot_be_kept_inline_the_log_is_not_opened(store_url: str) -> None:
    with pytest.raises(InlineUnavailable, match="'tallies' cannot be kept inline"):
        await open_store(store_url, inline=[tally, tallies()])
    async with opened(store_url) as store:
        await store.append("note-1", [added()], expected_version=0)
        async with store.connection() as connection:
            assert not (await how_kept(connection, store.tenant, tally.name)).inline


async def test_changed_code_of_the_same_version_is_refused(store_url: str) -> None:
    async with opened(store_url, tally):
        pass
    with pytest.raises(ProjectionCodeChanged):
        await open_store(store_url, inline=[tallies(code=(dice,))])


async def test_a_log_in_memory_has_no_rows() -> None:
    with pytest.raises(InlineUnavailable, match="kept in memory"):
        async with memory_store(inline=[tally]):
            raise AssertionError


# Beside others -----------------------------------------------------------------------------------


async def test_stopped_it_is_brought_up_to_date_by_readers(store_url: str) -> None:
    async with opened(store_url, tally) as store, opened(store_url, tally) as beside:
        await store.append("note-1", [added()], expected_version=ANY)
        await stop_inline(beside, tally.name)
        await stop_inline(beside, tally.name)
        before = await as_they_are(store, tally)
        async with opened(store_url) as without:
            await without.append("note-1", [added()], expected_version=ANY)
        await store.append("note-1", [added()], expected_version=ANY)
        assert await as_they_are(store, tally) == before
        assert await kept(store, tally) == await expected(store, tally)
        async with opened(store_url, tally) as once_more:
            await store.append("note-1", [added()], expected_version=ANY)
            await once_more.append("note-1", [added()], expected_version=ANY)
            await check(store)


async def test_versions_are_kept_side_by_side(store_url: str) -> None:
    newer = tallies(2)
    async with opened(store_url, tally) as old:
        await old.append("note-1", [added()], expected_version=ANY)
        async with opened(store_url, newer) as new:
            for store in (old, new, old, old, new):
                await store.append("note-1", [added()], expected_version=ANY)
            # The newest append was the newer code's; the older one's are folded by the next.
            await check(new, newer)
            assert await kept(old, tally) == await expected(old, tally)
            await old.append("note-1", [added()], expected_version=ANY)
            await check(old)
            assert await kept(new, newer) == await expected(new, newer)
    async with opened(store_url, newer) as new:
        await check(new, newer)


async def test_a_build_that_is_switched_to_meanwhile_is_kept_from_the_next_append_on(
    store_url: str,
) -> None:
    async with opened(store_url, tally) as store, opened(store_url, tally) as beside:
        await store.append("note-1", [added(), added()], expected_version=0)
        before = await as_they_are(store, tally)
        made = await rebuild(beside, tally, switch=False)
        # It is made, and not read yet.
        await store.append("note-1", [added()], expected_version=2)
        await check(store)
        assert (await rebuild(beside, tally)).build == made.build
        await store.append("note-1", [added()], expected_version=3)
        await check(store)
        assert (await as_they_are(store, tally)) != before
        assert await switch_back(store, tally.name) != made.build
        await store.append("note-1", [added()], expected_version=4)
        await check(store)


async def test_a_session_list_that_was_kept_by_readers_goes_on_inline(store_url: str) -> None:
    async with opened(store_url) as store:
        await store.append(conversation_stream("a"), tool_turn, expected_version=0)
        assert len((await list_sessions(store)).sessions) == 1
    async with opened(store_url, session_list) as store:
        await store.append(conversation_stream("b"), tool_turn, expected_version=0)
        await check(store, session_list)
        assert len((await list_sessions(store)).sessions) == 2


# Everything at once ------------------------------------------------------------------------------


async def appended_at_random(stores: Sequence[EventStore], seed: int, count: int) -> list[Any]:
    """Append at once what conflicts, fails, repeats and is cancelled; return what came of it.

    What would fail is appended by the first three stores only.
    """
    chance = dice(seed)

    async def one(number: int) -> object:
        store = chance.choice(stores)
        folds = store in stores[:3]
        stream = f"note-{chance.randrange(6)}"
        news = [
            chance.choice(
                [
                    added(str(number)),
                    added(str(number)),
                    event(str(number)),
                    NewEvent(type=removal, data={}),
                    NewEvent(
                        type="note.added", data={}, event_id=event_id(chance.randrange(count))
                    ),
                    added(str(number), bad=folds and chance.random() < 0.2),
                ]
            )
            for _ in range(chance.randrange(1, 4))
        ]
        version = ANY if chance.random() < 0.7 else chance.randrange(5)
        await asyncio.sleep(chance.choice([0, 0, 0.001, 0.005]))
        if chance.random() < 0.1:
            fork = f"fork-{number}"
            return await store.fork(stream, fork)
        if chance.random() < 0.2:
            other = Append(f"note-x{chance.randrange(3)}", [added(str(number))], ANY)
            return await store.append_many([Append(stream, news, version), other])
        return await store.append(stream, news, expected_version=version)

    tasks = [asyncio.create_task(one(number)) for number in range(count)]
    for task in tasks:
        if chance.random() < 0.15:
            await asyncio.sleep(chance.choice([0, 0.001]))
            task.cancel()
    return await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_appended_the_rows_are_the_fold_of_the_log(
    store_url: str, seed: int
) -> None:
    async with (
        opened(store_url, tally) as one,
        opened(store_url, tally) as two,
        opened(store_url, tallies(2)) as newer,
        opened(store_url) as without,
    ):
        stores = [one, two, newer]
        if one.kind == "sqlite":
            stores.append(without)
        kinds: set[str] = set()
        for turn in range(4):
            outcomes = await appended_at_random(stores, seed * 100 + turn, 40)
            kinds |= {type(outcome).__name__ for outcome in outcomes}
            unexpected = [
                outcome
                for outcome in outcomes
                if isinstance(outcome, BaseException)
                and not isinstance(outcome, RetoldError | asyncio.CancelledError)
            ]
            assert unexpected == []
            # Everybody's appends are over when the next of each store is.
            for store in stores:
                await store.append("note-last", [added()], expected_version=ANY)
            await one.append("note-last", [added()], expected_version=ANY)
            await check(one)
            assert await kept(newer, tallies(2)) == await expected(newer, tally)
        assert {"AppendResult", "InlineProjectionFailed", "WrongExpectedVersion"} <= kinds
        assert (await one.verify()).ok
