"""Rows kept up in pieces, in a database or in memory, are those of one fold over the whole log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from retold.domain.access import AccessAction, LogAccessed
from retold.domain.event import NewEvent
from retold.domain.recording import conversation_stream
from retold.projections.access_log import AccessLog
from retold.projections.keeping.catch_up import catch_up
from retold.projections.keeping.diff import diff
from retold.projections.keeping.rebuild import rebuild
from retold.projections.models.accesses import accesses
from retold.projections.models.model_calls import model_calls
from retold.projections.models.tool_calls import tool_calls
from retold.projections.models.usage import usage, usage_of_every_attempt
from retold.projections.projection import Projection
from retold.projections.shipped import shipped
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from tests.projections.calls import call_completed, call_failed, call_started
from tests.projections.golden import killed, log_0003
from tests.projections.histories import dice
from tests.projections.mixed import kinds, log_of, mixed_histories, starts
from tests.projections.tables import in_batches, in_database, in_memory

projections = [tool_calls, model_calls, usage_of_every_attempt, usage]
each = pytest.mark.parametrize("projection", projections, ids=lambda p: f"{p.name}_{p.version}")


@each
@given(history=mixed_histories, cuts=st.lists(st.integers(0, 43), max_size=6))
def test_needs_name_every_row_a_fold_asks_for(
    projection: Projection, history: list[tuple[str, NewEvent]], cuts: list[int]
) -> None:
    events = log_of(history)
    assert in_batches(projection, events, cuts) == in_memory(projection, events)


@each
def test_recordings_fold_alike_event_by_event(projection: Projection) -> None:
    events = [*killed(), *log_0003()]
    assert in_batches(projection, events, range(len(events))) == in_memory(projection, events)


async def fill(store: EventStore, seed: int, count: int) -> None:
    """Append random events to three conversations."""
    chance = dice(seed)
    for _ in range(count):
        name = chance.choice("abc")
        news = [chance.choice(kinds) for _ in range(chance.randrange(1, 5))]
        await store.append(conversation_stream(name), news, expected_version=ExpectedVersion.ANY)


async def start(store: EventStore) -> None:
    for name, new in starts:
        await store.append(conversation_stream(name), [new], expected_version=0)


async def log(store: EventStore) -> list[Any]:
    return [event async for event in store.read_all()]


@each
async def test_rows_in_a_database_are_those_of_one_fold_and_of_a_rebuild(
    store: EventStore, projection: Projection
) -> None:
    await start(store)
    chance = dice(projection.version)
    for seed in range(4):
        await fill(store, seed, 25)
        await catch_up(store, projection, batch_size=chance.randrange(1, 30))
    expected = in_memory(projection, await log(store))
    assert await in_database(store, projection) == expected
    assert all(expected.values())
    await rebuild(store, projection, workers=2, batch_size=11)
    assert await in_database(store, projection) == expected


async def test_both_versions_of_usage_are_kept_side_by_side(store: EventStore) -> None:
    await start(store)
    await fill(store, 3, 60)
    events = await log(store)
    first, second = in_memory(usage_of_every_attempt, events), in_memory(usage, events)
    assert await in_database(store, usage_of_every_attempt) == first
    assert await in_database(store, usage) == second
    assert first["usage"] != second["usage"]


async def test_the_versions_of_usage_part_at_the_attempt_that_was_repeated(
    store: EventStore,
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    news = [
        call_started("1", at=at),
        call_completed("1", at=at),
        call_started("2", at=at),
        call_failed("2", at=at),
        call_started("3", attempt=2, request="other", at=at),
        call_started("4", attempt=2, at=at),
    ]
    await store.append("conversation-d", news, expected_version=0)
    found = await diff(store, usage_of_every_attempt, usage)
    differences = {row.key["model"]: row for row in found.differences if row.table == "usage"}
    assert differences["gpt-5"].parted.version == 6
    assert differences["gpt-5"].only == "old"
    # The answer that was asked for again, by the start of call 2.
    assert differences["gpt-5-2026"].parted.version == 3


async def test_accesses_are_kept_with_all_that_was_said(store: EventStore) -> None:
    alice = AccessLog(store, actor="alice" * 51, door="cli")
    await alice.record(AccessAction.EXPORT, "s1", parameters={"format": "jsonl"}, rows=2)
    await alice.record(AccessAction.VERIFY)
    rows = (await in_database(store, accesses))["accesses"]
    assert rows == in_memory(accesses, await log(store))["accesses"]
    first, second = (rows[key] for key in sorted(rows))
    assert (first.actor, first.action, first.target) == ("alice" * 51, "export", "s1")
    assert (first.door, first.parameters, first.rows) == ("cli", '{"format":"jsonl"}', 2)
    assert first.at is not None
    assert (second.action, second.target, second.parameters, second.rows) == (
        "verify",
        None,
        None,
        None,
    )


async def test_an_access_of_a_later_release_is_kept_as_far_as_it_is_understood(
    store: EventStore,
) -> None:
    strange = {"actor": 7, "action": "a" * 5_000, "target": ["x"], "rows": "many"}
    new = NewEvent(type=LogAccessed.type, data=strange)
    await store.append("access-2026-01-01", [new], expected_version=0)
    [row] = (await in_database(store, accesses))["accesses"].values()
    assert (row.actor, row.target, row.rows, row.door) == ("7", '["x"]', None, None)
    assert len(row.action) == 255


def test_all_are_shipped() -> None:
    assert {p.name for p in projections} | {accesses.name} <= set(shipped.names())
