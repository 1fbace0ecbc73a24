"""The figures of real recordings, imported: as a whole, session by session, as of a moment."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from retold.importers import import_paths
from retold.projections.models.as_of import Moment, sessions_as_of
from retold.projections.models.session_list import SessionQuery, each_session
from retold.projections.models.totals import totals
from retold.store import EventStore

retail = "tau2/gpt-4.1_retail_defautl_gpt-4.1_1trials.json"
airline = "tau2/gpt-4.1_airline_default_gpt-4.1_1trials.json"
trajectories = "tau_bench/gpt-4o-airline.trial0.json"


async def test_retail_totals(store: EventStore, shared_data: Path) -> None:
    assert (await import_paths(store, [shared_data / retail])).ok
    found = await totals(store)
    assert found.source == "tau2"
    assert (found.sessions, found.sessions_ended, found.messages) == (40, 40, 1_105)
    assert (found.tool_calls, found.tool_results, found.tool_errors) == (299, 299, 12)
    assert found.parallel_call_messages == 34
    assert (found.prompt_tokens, found.completion_tokens) == (2_670_434, 40_747)
    assert found.cost_usd is not None
    assert round(found.cost_usd, 12) == Decimal("2.37558")
    assert found.end_reason == "user_stop"
    assert found.started_text == "2025-08-01T16:16:36.577845"


async def test_retail_totals_as_of_a_moment_by_the_clock_of_the_source(
    store: EventStore, shared_data: Path
) -> None:
    await import_paths(store, [shared_data / retail])
    found = await totals(store, at=datetime.fromisoformat("2025-08-01T16:18:00"))
    assert (found.sessions, found.sessions_ended, found.messages) == (27, 18, 629)
    assert (found.tool_results, found.tool_errors) == (169, 9)
    assert found.undated_events == 0


async def test_trajectories_totals(store: EventStore, shared_data: Path) -> None:
    assert (await import_paths(store, [shared_data / trajectories])).ok
    found = await totals(store)
    assert (found.sessions, found.messages) == (50, 1_384)
    assert (found.tool_calls, found.tool_results, found.tool_errors) == (282, 282, 17)
    unknown = (found.prompt_tokens, found.cost_usd, found.started_at, found.ended_at)
    assert unknown == (None, None, None, None)


def truth(shared_data: Path, file: str) -> list[dict[str, Any]]:
    lines = (shared_data / "sessions.truth.jsonl").read_text().splitlines()
    return [row for row in map(json.loads, lines) if row["file"] == file]


@pytest.mark.parametrize("file", [retail, airline])
async def test_every_simulation_has_its_true_figures(
    store: EventStore, shared_data: Path, file: str
) -> None:
    await import_paths(store, [shared_data / file])
    found = {session.session: session async for session in each_session(store)}
    rows = truth(shared_data, file)
    assert len(found) == len(rows) > 0
    for row in rows:
        session = found[row["session"]]
        assert session.cost_usd is not None
        assert {
            "messages": session.messages,
            "tool_calls": session.tool_calls,
            "tool_errors": session.tool_errors,
            "parallel_messages": session.parallel_call_messages,
            "prompt_tokens": session.prompt_tokens,
            "completion_tokens": session.completion_tokens,
            "cost": float(round(session.cost_usd, 6)),
            "end": session.end_reason,
        } == {name: row[name] for name in _figures}, row["session"]


_figures = (
    "messages",
    "tool_calls",
    "tool_errors",
    "parallel_messages",
    "prompt_tokens",
    "completion_tokens",
    "cost",
    "end",
)


async def test_every_trajectory_has_its_true_figures(store: EventStore, shared_data: Path) -> None:
    await import_paths(store, [shared_data / trajectories])
    found = {session.session: session async for session in each_session(store)}
    rows = truth(shared_data, trajectories)
    assert len(found) == len(rows) > 0
    for row in rows:
        session = found[row["session"]]
        counts = (session.messages, session.tool_calls, session.tool_errors)
        assert counts == (row["messages"], row["tool_calls"], row["tool_errors"]), row["session"]


async def test_kept_rows_equal_a_fold_of_the_whole_log(
    store: EventStore, shared_data: Path
) -> None:
    await import_paths(store, [shared_data / "tau2", shared_data / "tau_bench"])
    kept = {s.session: s async for s in each_session(store, SessionQuery(limit=7))}
    end = max(session.recorded_to for session in kept.values())
    assert (await sessions_as_of(store, Moment(end, "recorded"))).sessions == kept
