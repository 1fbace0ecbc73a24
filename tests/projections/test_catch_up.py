"""Keeping rows up to date: exactly once, in any batches, by any number of processes."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, strategies as st

from retold.domain.event import NewEvent, RecordedEvent
from retold.domain.recording import ImportedResult, TurnFailed, TurnStarted, conversation_stream
from retold.errors import InvalidCursor
from retold.projections.keeping import folding
from retold.projections.keeping.catch_up import catch_up, ensure_build, tables_of
from retold.projections.keeping.checkpoint import Place, read_place
from retold.projections.models.session_list import _key, session_list, session_rows
from retold.projections.models.session_summary import SessionSummary, event_types, evolve
from retold.projections.projection import Projection
from retold.projections.rows import Rows
from retold.store import EventStore, open_store
from retold.store.append import ExpectedVersion
from tests.projections.histories import (
    ag2,
    closed,
    dice,
    message,
    recorded,
    request,
    response,
    result,
    results,
    started,
    tool_turn,
    usage,
)

kinds: list[NewEvent] = [
    *tool_turn,
    started(source="tau2", tags={"a": "1"}, subject="user:\u00e9"),
    message("assistant", calls=2, tokens=(3, 4), cost=0.1),
    message("tool", result=ImportedResult(call=0, derived_error=True)),
    ag2(response(calls=["a", "a"])),
    ag2(results(result("a"), result("b")), detached=True),
    ag2(request(), detached=True),
    ag2(usage(None, 2)),
    closed("stop"),
    closed(),
    TurnStarted(turn="1").to_new_event(),
    TurnFailed(turn="1").to_new_event(),
]
histories = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(kinds)), max_size=40
)


def log_of(history: Sequence[tuple[str, NewEvent]]) -> list[RecordedEvent]:
    """Return the global order of a history, each conversation's versions without gaps."""
    streams: dict[str, list[RecordedEvent]] = {
        name: recorded((new for session, new in history if session == name), session=name)
        for name in {session for session, _ in history}
    }
    return [streams[session].pop(0) for session, _ in history]


def scratch(events: Sequence[RecordedEvent]) -> dict[str, SessionSummary]:
    return summaries(session_list.folded(events))


def summaries(rows: Rows) -> dict[str, SessionSummary]:
    return {str(key[0]): row for key, row in rows.of(session_rows).items()}


async def fill(store: EventStore, seed: int, count: int = 120) -> list[RecordedEvent]:
    """Append random conversations and return the conversation events of the log."""
    chance = dice(seed)
    for _ in range(count):
        stream = conversation_stream(f"s{chance.randrange(7)}")
        news = [chance.choice(kinds) for _ in range(chance.randrange(1, 4))]
        await store.append(stream, news, expected_version=ExpectedVersion.ANY)
    return await log(store)


async def log(store: EventStore) -> list[RecordedEvent]:
    return [event async for event in store.read_all(category="conversation")]


async def rows(
    store: EventStore, projection: Projection = session_list
) -> dict[str, SessionSummary]:
    _, build = await ensure_build(store, projection)
    table = tables_of(projection, build)[session_rows]
    statement = sa.select(table).where(table.c.tenant == store.tenant)
    async with store.connection() as connection:
        found = (await connection.execute(statement)).mappings().all()
    return {row["session"]: session_rows.row_of(row) for row in found}


async def place(store: EventStore, projection: Projection = session_list) -> Place | None:
    _, build = await ensure_build(store, projection)
    async with store.connection() as connection:
        return await read_place(connection, store.tenant, build)


def another(version: int, evolve: Any, **options: Any) -> Projection:
    """Return another version of the session list, with a fold of its own."""
    return Projection.of_rows(
        session_list.name,
        version=version,
        row=session_rows,
        key=_key,
        evolve=evolve,
        **({"types": event_types, "category": "conversation"} | options),
    )


# The fold ----------------------------------------------------------------------------------------


@given(histories, st.lists(st.integers(0, 40), max_size=6))
def test_rows_do_not_depend_on_how_the_log_is_cut_into_batches(
    history: list[tuple[str, NewEvent]], cuts: list[int]
) -> None:
    events = log_of(history)
    rows = Rows(complete=False)
    kept: dict[str, SessionSummary] = {}
    bounds = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    for number, (start, end) in enumerate(pairwise(bounds)):
        batch = events[start:end]
        for table, keys in rows.missing(session_list.needed(batch)).items():
            rows.load(table, keys, [kept[str(k[0])] for k in keys if str(k[0]) in kept])
        for event in batch:
            rows.begin()
            session_list.fold(rows, event)
        for _, written in rows.written():
            kept |= {row.session: row for row in written}
        # Every other batch forgets what it had in memory.
        rows.settle(1_000 if number % 2 else 0)
    assert kept == scratch(events)


@given(histories)
def test_folding_changes_no_row_it_was_given(history: list[tuple[str, NewEvent]]) -> None:
    events = log_of(history)
    half = scratch(events[: len(events) // 2])
    copies = {key: dataclasses.replace(row) for key, row in half.items()}
    rows = Rows()
    rows.load(session_rows, [(key,) for key in half], half.values())
    for event in events[len(events) // 2 :]:
        session_list.fold(rows, event)
    assert half == copies


@given(histories)
def test_an_event_that_is_taken_back_leaves_no_trace(history: list[tuple[str, NewEvent]]) -> None:
    events = log_of(history)
    rows = Rows()
    for event in events:
        rows.begin()
        session_list.fold(rows, event)
        rows.delete(session_rows, "never there")
        rows.undo()
        rows.begin()
        session_list.fold(rows, event)
    assert summaries(rows) == scratch(events)
    assert not list(rows.gone())


# The rows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
async def test_rows_kept_up_in_random_batches_equal_a_fold_from_scratch(
    store: EventStore, seed: int
) -> None:
    chance = dice(seed)
    for _ in range(5):
        await fill(store, chance.randrange(1000), 15)
        await catch_up(store, session_list, batch_size=chance.randrange(1, 30))
    assert await rows(store) == scratch(await log(store))


async def test_catching_up_says_how_many_events_it_folded(store: EventStore) -> None:
    events = await fill(store, 1, 10)
    assert await catch_up(store, session_list, batch_size=4) == len(events)
    assert await catch_up(store, session_list, batch_size=4) == 0


async def test_nothing_new_takes_no_write_transaction(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(store, 1, 10)
    await catch_up(store, session_list)

    def refuse() -> Any:
        raise AssertionError("a write transaction was begun")

    monkeypatch.setattr(store, "transaction", refuse)
    assert await catch_up(store, session_list) == 0


async def test_several_runners_at_once_take_each_event_into_account_once(
    store: EventStore, store_url: str
) -> None:
    events = await fill(store, 2)
    async with (
        await open_store(store_url) as second,
        await open_store(store_url) as third,
    ):
        folded = await asyncio.gather(
            *(catch_up(s, session_list, batch_size=3) for s in (store, second, third, second))
        )
    assert sum(folded) == len(events)
    assert await rows(store) == scratch(events)


async def test_runners_and_appends_at_once_lose_nothing(store: EventStore, store_url: str) -> None:
    async def keep_up(on: EventStore) -> None:
        for _ in range(20):
            await catch_up(on, session_list, batch_size=5)
            await asyncio.sleep(0)

    async with await open_store(store_url) as second:
        await asyncio.gather(fill(store, 3, 60), keep_up(store), keep_up(second))
    await catch_up(store, session_list)
    assert await rows(store) == scratch(await log(store))


async def test_rows_and_checkpoint_move_together_or_not_at_all(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(store, 4, 20)
    await catch_up(store, session_list)
    rows_before, place_before = await rows(store), await place(store)
    await fill(store, 5, 20)

    async def fail(*_: Any) -> None:
        raise RuntimeError("the rows cannot be written")

    with monkeypatch.context() as patched:
        patched.setattr(folding, "write_rows", fail)
        with pytest.raises(RuntimeError, match="cannot be written"):
            await catch_up(store, session_list)
    assert (await rows(store), await place(store)) == (rows_before, place_before)
    await catch_up(store, session_list)
    assert await rows(store) == scratch(await log(store))


async def test_another_version_of_a_projection_makes_all_rows_anew_beside_the_old(
    store: EventStore,
) -> None:
    events = await fill(store, 6)
    await catch_up(store, session_list)

    def louder(row: SessionSummary | None, event: RecordedEvent) -> SessionSummary | None:
        if event.stream == conversation_stream("s1"):
            return None
        return dataclasses.replace(evolve(row, event), subject="changed")

    changed = another(2, louder)
    assert await catch_up(store, changed, batch_size=7) == len(events)
    found = await rows(store, changed)
    assert "s1" not in found
    assert {row.subject for row in found.values()} == {"changed"}
    reached = await place(store, changed)
    assert reached is not None
    assert reached.events == len(events)

    # Whoever still runs the code of before still has its rows.
    assert await catch_up(store, session_list) == 0
    assert await rows(store) == scratch(events)


async def test_another_version_has_no_rows_when_it_reads_no_event(store: EventStore) -> None:
    await fill(store, 7, 5)
    await catch_up(store, session_list)
    deaf = another(2, evolve, types=frozenset({"test.never"}))
    assert await catch_up(store, deaf) == 0
    assert await rows(store, deaf) == {}


async def test_a_row_that_folds_to_none_is_removed(store: EventStore) -> None:
    def until_closed(row: SessionSummary | None, event: RecordedEvent) -> SessionSummary | None:
        changed = evolve(row, event)
        return None if changed.ended else changed

    open_ones = another(3, until_closed)
    for name in ("a", "b"):
        await store.append(conversation_stream(name), [started()], expected_version=0)
    await catch_up(store, open_ones)
    assert sorted(await rows(store, open_ones)) == ["a", "b"]
    await store.append(conversation_stream("a"), [closed()], expected_version=1)
    await catch_up(store, open_ones)
    assert sorted(await rows(store, open_ones)) == ["b"]


async def test_tenants_have_rows_and_checkpoints_of_their_own(
    store: EventStore, store_url: str
) -> None:
    await fill(store, 8, 10)
    await catch_up(store, session_list)
    before = await rows(store)
    async with await open_store(store_url, tenant="other") as other:
        await fill(other, 9, 10)
        rebuilt = dataclasses.replace(session_list, version=2)
        await catch_up(other, rebuilt)
        assert await rows(other, rebuilt) == scratch(await log(other))
    assert await rows(store) == before


async def test_a_checkpoint_of_another_database_is_refused(store: EventStore) -> None:
    await fill(store, 10, 3)
    await catch_up(store, session_list)
    async with store.transaction() as connection:
        await connection.execute(
            sa.text("UPDATE projection_checkpoints SET cursor = 'c2.ffffffff.1.0.1'")
        )
    with pytest.raises(InvalidCursor, match=r"c2\.ffffffff\.1\.0\.1"):
        await catch_up(store, session_list)


async def test_text_no_database_takes_does_not_stop_the_projection(store: EventStore) -> None:
    news = [started(subject="a\0b", tags={"k\0": "v\0"}), closed("\0"), ag2(response(calls=["\0"]))]
    await store.append(conversation_stream("s"), news, expected_version=0)
    await catch_up(store, session_list)
    assert await rows(store) == scratch(await log(store))
