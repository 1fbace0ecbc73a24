"""Keeping rows up to date: exactly once, in any batches, by any number of processes."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from retold.domain.event import NewEvent, RecordedEvent
from retold.domain.recording import ImportedResult, TurnFailed, TurnStarted, conversation_stream
from retold.errors import InvalidCursor
from retold.projections import runner
from retold.projections.checkpoint import Place, read_place
from retold.projections.projection import Projection
from retold.projections.runner import catch_up
from retold.projections.session_list import session_list, sessions
from retold.projections.session_summary import SessionSummary
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


def scratch(events: Sequence[RecordedEvent]) -> dict[str, SessionSummary | None]:
    rows: dict[str, SessionSummary | None] = {}
    session_list.fold(rows, events)
    return rows


def summaries(rows: Mapping[str, SessionSummary | None]) -> dict[str, SessionSummary]:
    return {key: row for key, row in rows.items() if row is not None}


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
    store: EventStore, projection: Projection[SessionSummary] = session_list
) -> dict[str, SessionSummary]:
    statement = sa.select(sessions).where(sessions.c.tenant == store.tenant)
    async with store.connection() as connection:
        found = (await connection.execute(statement)).mappings().all()
    return {row["session"]: projection.row_from(row) for row in found}


async def place(store: EventStore) -> Place | None:
    async with store.connection() as connection:
        return await read_place(connection, store.tenant, session_list.name)


# The fold ----------------------------------------------------------------------------------------


@given(histories, st.lists(st.integers(0, 40), max_size=6))
def test_rows_do_not_depend_on_how_the_log_is_cut_into_batches(
    history: list[tuple[str, NewEvent]], cuts: list[int]
) -> None:
    events = log_of(history)
    rows: dict[str, SessionSummary | None] = {}
    bounds = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    for start, end in pairwise(bounds):
        session_list.fold(rows, events[start:end])
    assert rows == scratch(events)


@given(histories)
def test_folding_changes_no_row_it_was_given(history: list[tuple[str, NewEvent]]) -> None:
    events = log_of(history)
    half = scratch(events[: len(events) // 2])
    before = dict(half)
    copies = {key: dataclasses.replace(row) for key, row in summaries(half).items()}
    session_list.fold(dict(half), events[len(events) // 2 :])
    assert before == copies


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
        patched.setattr(runner, "upsert", fail)
        with pytest.raises(RuntimeError, match="cannot be written"):
            await catch_up(store, session_list)
    assert (await rows(store), await place(store)) == (rows_before, place_before)
    await catch_up(store, session_list)
    assert await rows(store) == scratch(await log(store))


async def test_another_version_of_a_projection_makes_all_rows_anew(store: EventStore) -> None:
    events = await fill(store, 6)
    await catch_up(store, session_list)

    def louder(row: SessionSummary | None, event: RecordedEvent) -> SessionSummary | None:
        if event.stream == conversation_stream("s1"):
            return None
        changed = session_list.evolve(row, event)
        assert changed is not None
        return dataclasses.replace(changed, subject="changed")

    changed = dataclasses.replace(session_list, version=2, evolve=louder)
    assert await catch_up(store, changed, batch_size=7) == len(events)
    found = await rows(store)
    assert "s1" not in found
    assert {row.subject for row in found.values()} == {"changed"}
    assert (await place(store)) == Place(2, str(store.cursor_of(events[-1])))

    assert await catch_up(store, session_list) == len(events)
    assert await rows(store) == scratch(events)


async def test_another_version_clears_rows_even_when_it_reads_no_event(store: EventStore) -> None:
    await fill(store, 7, 5)
    await catch_up(store, session_list)
    deaf = dataclasses.replace(session_list, version=2, types=frozenset({"test.never"}))
    assert await catch_up(store, deaf) == 0
    assert await rows(store) == {}
    assert await place(store) == Place(2, None)


async def test_a_row_that_folds_to_none_is_removed(store: EventStore) -> None:
    def until_closed(row: SessionSummary | None, event: RecordedEvent) -> SessionSummary | None:
        changed = session_list.evolve(row, event)
        return None if changed is not None and changed.ended else changed

    open_ones = dataclasses.replace(session_list, version=3, evolve=until_closed)
    for name in ("a", "b"):
        await store.append(conversation_stream(name), [started()], expected_version=0)
    await catch_up(store, open_ones)
    assert sorted(await rows(store)) == ["a", "b"]
    await store.append(conversation_stream("a"), [closed()], expected_version=1)
    await catch_up(store, open_ones)
    assert sorted(await rows(store)) == ["b"]


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
        assert await rows(other) == scratch(await log(other))
    assert await rows(store) == before


async def test_a_checkpoint_of_another_database_is_refused(store: EventStore) -> None:
    await fill(store, 10, 3)
    async with store.transaction() as connection:
        await connection.execute(
            sa.text(
                "INSERT INTO checkpoints (tenant, projection, version, cursor)"
                " VALUES ('default', 'session_list', 1, 'c2.ffffffff.1.0.1')"
            )
        )
    with pytest.raises(InvalidCursor, match=r"c2\.ffffffff\.1\.0\.1"):
        await catch_up(store, session_list)


async def test_text_no_database_takes_does_not_stop_the_projection(store: EventStore) -> None:
    news = [started(subject="a\0b", tags={"k\0": "v\0"}), closed("\0"), ag2(response(calls=["\0"]))]
    await store.append(conversation_stream("s"), news, expected_version=0)
    await catch_up(store, session_list)
    assert await rows(store) == scratch(await log(store))
