"""All real recordings in one log: every read model kept up, made anew, and asked as of moments."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from retold.domain.recorded import RecordedEvent
from retold.domain.recording import conversation_of
from retold.importers import import_paths
from retold.projections.keeping.builds import Build
from retold.projections.keeping.catch_up import catch_up, ensure_build, tables_of
from retold.projections.keeping.diff import diff
from retold.projections.keeping.rebuild import rebuild
from retold.projections.models.as_of import Moment, sessions_as_of, stream_as_of
from retold.projections.models.session_list import session_list, session_rows
from retold.projections.models.totals import totals
from retold.projections.models.usage import usage, usage_of_every_attempt
from retold.projections.models.usage_table import usage_rows
from retold.projections.projection import Projection
from retold.projections.read_table import ReadTable
from retold.projections.shipped import shipped
from retold.store import EventStore, open_store
from tests.projections.histories import dice
from tests.projections.tool_errors import registry

parts = (
    ("tau_bench", "star"),
    ("tau2", "langfuse_traces"),
    ("autogen_notebooks", "autogen_llm_recordings"),
)


async def fill(url: str, folder: Path) -> None:
    """Import everything, and bring some read models up to date after each part."""
    chance = dice(4)
    async with await open_store(url) as store:
        for part in parts:
            report = await import_paths(store, [folder / name for name in part])
            assert report.ok, report.errors
            for projection in shipped:
                if chance.random() < 0.5:
                    await catch_up(store, projection, batch_size=chance.choice([97, 500, 2_000]))


# What only AG2's own recordings and readers make rows of.
only_of_ag2 = {
    "accesses",
    "alerts",
    "cache_entries",
    "cache_lookups",
    "cache_labels",
    "circuits",
    "conversation_states",
    "human_inputs",
    "limit_refusals",
    "plan_progress",
    "policy_decisions",
    "problems",
    "releases",
    "step_usage",
    "subjects",
    "topic_transitions",
    "turns",
    "workflow_definitions",
    "workflow_runs",
}


@pytest.fixture(scope="module")
def full_log(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a SQLite log that holds everything."""
    url = f"sqlite:///{tmp_path_factory.mktemp('everything') / 'log.db'}"
    asyncio.run(fill(url, shared_data))
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, shared_data: Path) -> Iterator[str]:
    """URL of a log that holds everything, once for each database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("full_log")
        return
    found = str(request.getfixturevalue("migrated_postgres_url"))
    asyncio.run(fill(found, shared_data))
    yield found


async def rows(store: EventStore, build: Build, projection: Projection) -> dict[str, set[Any]]:
    """Return all rows of a build by table."""
    found: dict[str, set[Any]] = {}
    for read_table, table in tables_of(projection, build).items():
        columns = [table.c[name] for name in read_table.columns]
        async with store.connection() as connection:
            # As they are stored, so that nothing is equal by what Python makes of it.
            result = await connection.execute(
                sa.select(*(sa.type_coerce(column, _plain(column)) for column in columns))
            )
            found[read_table.name] = {tuple(row) for row in result}
    return found


def _plain(column: sa.Column[Any]) -> Any:
    return getattr(column.type, "impl", column.type)


async def test_read_models_of_everything_are_what_the_log_says(url: str) -> None:
    async with await open_store(url) as store:
        for projection in shipped:
            await catch_up(store, projection)
            _, before = await ensure_build(store, projection)
            kept = await rows(store, before, projection)
            rebuilt = await rebuild(store, projection, batch_size=777)
            _, after = await ensure_build(store, projection)
            assert (after.build, rebuilt.switched) == (before.build + 1, True)
            assert await rows(store, after, projection) == kept, projection.name
            if projection.name not in only_of_ag2:
                assert any(kept.values()), projection.name
        await check_usage(store)
        await check_moments(store)


async def check_usage(store: EventStore) -> None:
    """Compare the sums of usage with the totals."""
    await catch_up(store, usage)
    _, build = await ensure_build(store, usage)
    table = tables_of(usage, build)[usage_rows]
    async with store.connection() as connection:
        found = (await connection.execute(sa.select(table))).mappings().all()
    expected = await totals(store)
    assert sum(row["prompt_tokens"] or 0 for row in found) == expected.prompt_tokens
    assert sum(row["completion_tokens"] or 0 for row in found) == expected.completion_tokens
    assert sum(row["cost_usd"] or Decimal(0) for row in found) == expected.cost_usd


async def check_moments(store: EventStore) -> None:
    """Compare the state as of 200 random moments with folds of what was there by then."""
    chance = dice(200)
    events = [event async for event in store.read_all(category="conversation")]
    by_stream: dict[str, list[RecordedEvent]] = {}
    for event in events:
        by_stream.setdefault(event.stream, []).append(event)
    # Of the whole log by its own clock, where the prefix is what was recorded by then.
    recorded = sorted(e.recorded_at for e in events)
    for at in chance.sample(recorded, 5):
        found = await sessions_as_of(store, Moment(at, "recorded"))
        expected = session_list.folded(e for e in events if e.recorded_at <= at)
        assert found.sessions == sessions_in(expected.of(session_rows))
        assert found.undated_events == 0
    # By the clock of the sources: what has no time is left out.
    times = sorted(e.occurred_at for e in events if e.occurred_at is not None)
    for at in chance.sample(times, 5):
        found = await sessions_as_of(store, Moment(at))
        assert counts(found.sessions) == counts_by_hand(events, at)
    # Of one conversation, by either clock.
    for number in range(190):
        stream = chance.choice(sorted(by_stream))
        own = by_stream[stream]
        if number % 2:
            at = chance.choice(own).recorded_at + timedelta(microseconds=chance.randrange(-1, 2))
            found = await stream_as_of(store, stream, Moment(at, "recorded"))
            expected = session_list.folded(e for e in own if e.recorded_at <= at)
            assert found.sessions == sessions_in(expected.of(session_rows))
        else:
            at = chance.choice(times)
            found = await stream_as_of(store, stream, Moment(at))
            assert counts(found.sessions) == counts_by_hand(own, at)


def sessions_in(rows: dict[Any, Any]) -> dict[str, Any]:
    return {row.session: row for row in rows.values()}


def counts(sessions: Any) -> dict[str, tuple[int, int]]:
    return {name: (row.messages, row.tool_calls) for name, row in sessions.items()}


def counts_by_hand(events: list[RecordedEvent], at: datetime) -> dict[str, tuple[int, int]]:
    """Count messages and calls by hand, from the imported messages alone."""
    found: dict[str, tuple[int, int]] = {}
    for event in events:
        if event.occurred_at is None or event.occurred_at > at:
            continue
        messages, calls = found.get(conversation_of(event.stream), (0, 0))
        if event.type == "conversation.message_imported":
            messages, calls = messages + 1, calls + len(event.data.get("calls", ()))
        found[conversation_of(event.stream)] = (messages, calls)
    return found


async def test_before_the_first_event_there_is_nothing(full_log: str) -> None:
    async with await open_store(full_log) as store:
        first = (await anext(store.read_all(limit=1))).recorded_at
        found = await sessions_as_of(store, Moment(first - timedelta(seconds=1), "recorded"))
    assert found.sessions == {}


async def test_two_versions_of_usage_agree_where_no_attempt_was_repeated(full_log: str) -> None:
    async with await open_store(full_log) as store:
        found = await diff(store, usage_of_every_attempt, usage)
    assert found.same
    assert found.events > 4_000
    assert found.rows[0] == found.rows[1] > 100


async def test_two_versions_part_at_the_first_event_they_take_differently(full_log: str) -> None:
    old, new = registry.versions("tool_errors")
    async with await open_store(full_log) as store:
        found = await diff(store, old, new)
        events = [e async for e in store.read_all(types=["conversation.message_imported"])]
    results = [e for e in events if (e.data.get("result") or {}).get("name") is not None]
    derived = [e for e in results if e.data["result"].get("derived_error") is True]
    # The derived errors of the truth file; one tool may have several.
    assert len(derived) == 17
    assert found.parted is not None
    assert (found.parted.stream, found.parted.version) == (derived[0].stream, derived[0].version)
    by_tool = Counter(e.data["result"]["name"] for e in derived)
    assert found.differing == len(by_tool)
    for row in found.differences:
        old_errors, new_errors = row.fields["errors"]
        assert set(row.fields) == {"errors"}
        assert new_errors - old_errors == by_tool[row.key["tool"]]


def test_every_read_model_is_described() -> None:
    for projection in shipped:
        assert projection.description, projection.name
        assert all(isinstance(table, ReadTable) for table in projection.tables)
