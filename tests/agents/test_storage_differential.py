"""To AG2, a log behaves as its own memory does, whether its process wrote it or only reads it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.agents import nested_scenarios, scenarios
from tests.agents.scenario_catalogue import catalogue, repaired_in_sessions, unordered
from tests.agents.worlds import Memory, Recorded, shapes

# Each adds its own to the catalogue when it is imported.
kinds = (scenarios, nested_scenarios)
names = sorted(catalogue)


async def outcome_in_memory(name: str, **options: Any) -> dict[str, Any]:
    world = Memory(**options)
    await catalogue[name](world)
    return world.outcome(ordered=name not in unordered)


async def check(name: str, world: Recorded, expected: dict[str, Any]) -> None:
    """Run a scenario on a log and compare; then read its history once more, cold."""
    ordered = name not in unordered
    try:
        await catalogue[name](world)
        assert world.outcome(ordered=ordered) == expected
        last = world.histories[-1]
        assert shapes(None, await world.replayed(), ordered) == shapes(None, last, ordered)
    finally:
        await world.close()


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
@pytest.mark.parametrize("name", names)
async def test_a_stream_on_the_log_is_as_one_in_memory(
    sqlite_url: str, name: str, cold: bool
) -> None:
    expected = await outcome_in_memory(name)
    await check(name, Recorded(sqlite_url, cold=cold, session=False), expected)


in_sessions = [n for n in names if n not in repaired_in_sessions]


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
@pytest.mark.parametrize("name", in_sessions)
async def test_a_session_is_as_a_stream_in_memory(sqlite_url: str, name: str, cold: bool) -> None:
    expected = await outcome_in_memory(name)
    await check(name, Recorded(sqlite_url, cold=cold, session=True), expected)


@pytest.mark.parametrize("name", ["tools", "streamed_answer", "agent_as_tool"])
async def test_a_stream_that_persists_all_is_as_one_in_memory(sqlite_url: str, name: str) -> None:
    expected = await outcome_in_memory(name, persist_all=True)
    world = Recorded(sqlite_url, cold=True, session=False, persist_all=True)
    await check(name, world, expected)


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["tools", "compaction_by_summary", "subtasks", "dropped_history"])
async def test_a_session_on_postgres_is_as_a_stream_in_memory(
    migrated_postgres_url: str, name: str
) -> None:
    expected = await outcome_in_memory(name)
    await check(name, Recorded(migrated_postgres_url, cold=True, session=True), expected)
