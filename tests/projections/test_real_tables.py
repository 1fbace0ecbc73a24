"""Tool calls, model calls and usage of real recordings, imported: as a whole, and by session."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from retold.domain.event import RecordedEvent
from retold.importers import import_paths
from retold.projections.models.model_call_table import ModelCall, model_call_rows
from retold.projections.models.model_calls import model_calls
from retold.projections.models.tool_call_table import ToolCall, tool_call_rows
from retold.projections.models.tool_calls import tool_calls
from retold.projections.models.totals import totals
from retold.projections.models.usage import usage, versions
from retold.projections.models.usage_table import Usage, usage_rows
from retold.store import EventStore, open_store
from tests.projections.tables import Tables, in_batches, in_database, in_memory

simulated = [
    "tau2/gpt-4.1_retail_defautl_gpt-4.1_1trials.json",
    "tau2/gpt-4.1_airline_default_gpt-4.1_1trials.json",
]
trajectories = "tau_bench/gpt-4o-airline.trial0.json"
files = [*simulated, trajectories]


_imported: dict[str, list[RecordedEvent]] = {}


async def imported(shared_data: Path, file: str) -> list[RecordedEvent]:
    """Return the events that importing a file records; it is imported for one test only."""
    if file not in _imported:
        async with await open_store("sqlite:///:memory:") as store:
            assert (await import_paths(store, [shared_data / file])).ok
            _imported[file] = [e async for e in store.read_all(category="conversation")]
    return _imported[file]


def truth(shared_data: Path, file: str) -> dict[str, dict[str, Any]]:
    lines = (shared_data / "sessions.truth.jsonl").read_text().splitlines()
    rows = [row for row in map(json.loads, lines) if row["file"] == file]
    assert rows
    return {row["session"]: row for row in rows}


def figures(shared_data: Path, file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared_data / "totals.json").read_text())[file]
    return found


def calls_of(events: list[RecordedEvent]) -> list[ToolCall]:
    return list(tool_calls.folded(events).of(tool_call_rows).values())


# Tool calls --------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", files)
async def test_tool_calls_are_the_true_ones(shared_data: Path, file: str) -> None:
    calls = calls_of(await imported(shared_data, file))
    expected = figures(shared_data, file)
    assert len(calls) == expected["tool_calls"]
    answered = [call for call in calls if call.answered_version is not None]
    assert len(answered) == expected["tool_results"]
    assert sum(call.error is True for call in calls) == expected["tool_errors"]
    for session, row in truth(shared_data, file).items():
        own = [call for call in calls if call.session == session]
        assert sorted(call.number for call in own) == list(range(row["tool_calls"])), session
        assert sum(call.error is True for call in own) == row["tool_errors"], session


async def test_tools_of_trajectories(shared_data: Path) -> None:
    calls = calls_of(await imported(shared_data, trajectories))
    assert Counter(call.name for call in calls) == figures(shared_data, trajectories)["per_tool"]
    # The form has neither error flags nor times.
    assert all(call.derived and call.seconds is None for call in calls)


@pytest.mark.parametrize("file", simulated)
async def test_simulated_calls_have_a_flag_a_time_and_who_asked(
    shared_data: Path, file: str
) -> None:
    calls = calls_of(await imported(shared_data, file))
    assert {call.actor for call in calls} == {"assistant"}
    assert {call.agent for call in calls} == {"gpt-4.1"}
    assert not any(call.derived or call.seconds is None for call in calls)
    assert len({call.name for call in calls}) == figures(shared_data, file)["distinct_tools"]


# Model calls and usage ---------------------------------------------------------------------------


@pytest.mark.parametrize("file", simulated)
async def test_messages_with_usage_are_the_model_calls(shared_data: Path, file: str) -> None:
    events = await imported(shared_data, file)
    calls: list[ModelCall] = list(model_calls.folded(events).of(model_call_rows).values())
    expected = figures(shared_data, file)
    assert len(calls) == expected["llm_messages_with_usage"]
    assert sum(call.prompt_tokens or 0 for call in calls) == expected["prompt_tokens"]
    assert sum(call.completion_tokens or 0 for call in calls) == expected["completion_tokens"]
    # Of a run, the source says which model speaks as the agent, and which as the user.
    models = {(call.agent, call.model) for call in calls}
    assert models == {("gpt-4.1", "gpt-4.1"), (None, "gpt-4.1")}


@pytest.mark.parametrize("projection", versions, ids=["v1", "v2", "v3"])
@pytest.mark.parametrize("file", simulated)
async def test_usage_is_the_true_one(shared_data: Path, file: str, projection: Any) -> None:
    events = await imported(shared_data, file)
    rows: list[Usage] = list(projection.folded(events).of(usage_rows).values())
    expected = figures(shared_data, file)
    assert sum(row.prompt_tokens or 0 for row in rows) == expected["prompt_tokens"]
    assert sum(row.completion_tokens or 0 for row in rows) == expected["completion_tokens"]
    cost = sum((row.cost_usd or Decimal(0) for row in rows), Decimal(0))
    assert float(round(cost, 6)) == expected["cost_usd"]
    assert sum(row.model_calls for row in rows) == expected["llm_messages_with_usage"]
    assert {(row.day, row.day_of) for row in rows} == {("2025-08-01", "source")}
    by_session: defaultdict[str, list[Usage]] = defaultdict(list)
    for row in rows:
        by_session[row.session].append(row)
    for session, true in truth(shared_data, file).items():
        own = by_session[session]
        assert {
            "prompt_tokens": sum(row.prompt_tokens or 0 for row in own),
            "completion_tokens": sum(row.completion_tokens or 0 for row in own),
            "cost": float(round(sum((row.cost_usd or Decimal(0) for row in own), Decimal(0)), 6)),
        } == {name: true[name] for name in ("prompt_tokens", "completion_tokens", "cost")}, session


async def test_trajectories_say_nothing_of_usage(shared_data: Path) -> None:
    events = await imported(shared_data, trajectories)
    assert usage.folded(events).of(usage_rows) == {}
    assert model_calls.folded(events).of(model_call_rows) == {}


# Kept --------------------------------------------------------------------------------------------


async def test_rows_in_a_database_are_those_of_one_fold_and_add_up_to_the_totals(
    store: EventStore, shared_data: Path
) -> None:
    await import_paths(store, [shared_data / file for file in files])
    events = [event async for event in store.read_all()]
    found: Tables = {}
    for projection in (tool_calls, model_calls, usage):
        expected = in_memory(projection, events)
        kept = await in_database(store, projection)
        assert kept == expected
        assert in_batches(projection, events, range(0, len(events), 97)) == expected
        found |= kept
    true = await totals(store)
    rows: list[Usage] = list(found["usage"].values())
    calls: list[ToolCall] = list(found["tool_calls"].values())
    assert sum(row.prompt_tokens or 0 for row in rows) == true.prompt_tokens
    assert sum(row.completion_tokens or 0 for row in rows) == true.completion_tokens
    assert sum((row.cost_usd or Decimal(0) for row in rows), Decimal(0)) == true.cost_usd
    assert len(calls) == true.tool_calls
    assert sum(call.answered_version is not None for call in calls) == true.tool_results
    assert sum(call.error is True for call in calls) == true.tool_errors
