"""How SQLite answers: along an index, or over a read model that is small beside the log.

With 1,000,000 events a scan of the log, or a sort of a table as long, takes a second and more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from retold.projections.audit.page import Key
from retold.projections.audit.parameter import checked_values
from retold.projections.audit.queries import queries
from retold.projections.audit.query import SqlQuery
from retold.projections.audit.view import tables_of_views
from retold.store import open_store

at = datetime(2025, 8, 1)  # noqa: DTZ001 - digits


class Explain(sa.Executable, sa.ClauseElement):
    """``EXPLAIN QUERY PLAN`` of a statement."""

    inherit_cache = False

    def __init__(self, statement: sa.Select[Any]) -> None:
        self.statement = statement


@compiles(Explain)
def _explain(element: Explain, compiler: Any, **options: Any) -> str:
    return f"EXPLAIN QUERY PLAN {compiler.process(element.statement, **options)}"


async def plan_of(url: str, name: str, given: dict[str, object], after: Key | None) -> list[str]:
    """Return what SQLite says it will do, a line a step."""
    query = queries[name]
    assert isinstance(query, SqlQuery)
    values = checked_values(name, query.parameters, given)
    async with await open_store(url) as store:
        tables = await tables_of_views(store, query.reads)
        statement = query.statement(tables, store.tenant, store.kind, values, after=after)
        async with store.connection() as connection:
            found = (await connection.execute(Explain(statement))).all()
    return [str(row[-1]) for row in found]


@pytest.mark.parametrize(
    ("name", "given", "key", "index"),
    [
        ("transcript", {"session": "s"}, (1, 0), "sqlite_autoindex_messages"),
        ("messages", {}, (at, "s", 1, 0), "ix_messages_recorded_at"),
        ("messages", {"role": "user"}, (at, "s", 1, 0), "ix_messages_recorded_at"),
        ("messages", {"agent": "a"}, (at, "s", 1, 0), "ix_messages_agent"),
        ("messages", {"clock": "source"}, (at, "s", 1, 0), "ix_messages_occurred_at"),
        (
            "messages",
            {"clock": "source", "agent": "a", "since": at, "until": at},
            (at, "s", 1, 0),
            "ix_messages_occurred_at",
        ),
        (
            "messages",
            {"clock": "source", "agent": "a", "since": at},
            (at, "s", 1, 0),
            "ix_messages_said",
        ),
        ("messages", {"clock": "source", "agent": "a"}, (at, "s", 1, 0), "ix_messages_said"),
        ("sessions", {}, (at, "s"), "ix_sessions_recorded_from"),
        ("sessions", {"subject": "user:7", "since": at}, (at, "s"), "ix_sessions_recorded_from"),
        ("human_approvals", {}, (at, "s", 1), "ix_human_inputs_recorded_at"),
        ("human_approvals", {"outcome": "answered"}, (at, "s", 1), "ix_human_inputs_outcome"),
        ("human_approvals", {"session": "s"}, (at, "s", 1), "ix_human_inputs_session"),
        ("human_approvals", {"agent": "a"}, (at, "s", 1), "ix_human_inputs_agent"),
        ("plan_progress", {}, (at, "s", "p"), "ix_plan_progress_updated_at"),
        ("plan_progress", {"status": "open"}, (at, "s", "p"), "ix_plan_progress_status"),
        ("plan_steps", {"session": "s"}, ("p", 1), "ix_plan_steps_number"),
        ("topic_transitions", {}, (at, "s", 1), "ix_topic_transitions_recorded_at"),
        ("topic_transitions", {"session": "s"}, (at, "s", 1), "ix_topic_transitions_session"),
        ("topic_transitions", {"agent": "a"}, (at, "s", 1), "ix_topic_transitions_agent"),
        ("topic_transitions", {"off_flow": True}, (at, "s", 1), "ix_topic_transitions_off_flow"),
        ("topic_transitions", {"refused": True}, (at, "s", 1), "ix_topic_transitions_refused"),
        ("topic_transitions", {"topic": "t"}, (at, "s", 1), "ix_topic_transitions_from_topic"),
        ("topic_transitions", {"to_topic": "t"}, (at, "s", 1), "ix_topic_transitions_to_topic"),
        ("access_log", {}, (at, "s", 1), "ix_accesses_recorded"),
        ("access_log", {"actor": "a"}, (at, "s", 1), "ix_accesses_actor"),
        ("access_log", {"action": "read"}, (at, "s", 1), "ix_accesses_action"),
        ("access_log", {"target": "s"}, (at, "s", 1), "ix_accesses_target"),
        ("refusals", {}, (at, "s", 1), "ix_policy_decisions_recorded_at"),
        ("refusals", {"policy": "p"}, (at, "s", 1), "ix_policy_decisions_policy"),
        ("refusals", {"agent": "a"}, (at, "s", 1), "ix_policy_decisions_agent"),
        ("refusals", {"session": "s"}, (at, "s", 1), "ix_policy_decisions_root_session"),
        ("refusals", {"what": "failed"}, (at, "s", 1), "ix_policy_decisions_what"),
        ("circuits", {}, ("c",), "sqlite_autoindex_circuits"),
        ("workflow_runs", {}, (at, "r"), "ix_workflow_runs_queued"),
        ("workflow_runs", {"workflow": "w"}, (at, "r"), "ix_workflow_runs_workflow"),
        ("workflow_runs", {"status": "failed"}, (at, "r"), "ix_workflow_runs_status"),
        ("workflow_runs", {"correlation_id": "c"}, (at, "r"), "ix_workflow_runs_correlation"),
        ("workflow_steps", {}, (at, "r", 1), "ix_workflow_attempts_recorded"),
        ("workflow_steps", {"agent": "a"}, (at, "r", 1), "ix_workflow_attempts_agent"),
        ("workflow_steps", {"workflow": "w"}, (at, "r", 1), "ix_workflow_attempts_workflow"),
        ("workflow_steps", {"status": "lost"}, (at, "r", 1), "ix_workflow_attempts_status"),
        ("approvals", {}, (at, "r", 1), "ix_workflow_approvals_recorded"),
        ("approvals", {"status": "waiting"}, (at, "r", 1), "ix_workflow_approvals_status"),
        ("alerts", {}, (at, "r", 1), "ix_alerts_recorded"),
        ("alerts", {"status": "raised"}, (at, "r", 1), "ix_alerts_status"),
        ("circuit_history", {}, (at, "c", 1), "ix_circuit_history_recorded_at"),
        ("cache_entries", {}, (at, "e"), "ix_cache_entries_recorded_at"),
        ("cache_entries", {"cache": "c"}, (at, "e"), "ix_cache_entries_recorded_at"),
    ],
)
async def test_a_page_is_read_along_an_index_and_not_sorted(
    sqlite_url: str, name: str, given: dict[str, object], key: Key, index: str
) -> None:
    (first,) = await plan_of(sqlite_url, name, given, None)
    (later,) = await plan_of(sqlite_url, name, given, key)
    for step in (first, later):
        assert step.startswith("SEARCH ")
        assert f"USING INDEX {index}" in step
    assert ">" in later or "<" in later


@pytest.mark.parametrize("key", [None, (at, "s", "p", "1")])
async def test_of_steps_only_those_that_plans_are_stuck_at_are_read(
    sqlite_url: str, key: Key | None
) -> None:
    steps, plans = await plan_of(sqlite_url, "plan_stuck", {}, key)
    assert "USING INDEX ix_plan_steps_stuck" in steps
    assert "stuck_since" in steps
    assert "(tenant=? AND session=? AND plan=?)" in plans


async def test_who_was_served_an_entry_is_found_by_indexes(sqlite_url: str) -> None:
    plan = await plan_of(sqlite_url, "cache_recall", {"entry": "e"}, (at, "s", 1))
    assert not [step for step in plan if step.startswith("SCAN ")]
    assert [step for step in plan if "ix_cache_lookups_entry" in step]


async def test_the_sessions_of_a_person_are_found_by_indexes(sqlite_url: str) -> None:
    plan = await plan_of(sqlite_url, "subject_access", {"subject": "user:7"}, None)
    assert not [step for step in plan if step.startswith("SCAN ") and "theirs" not in step]
    for step in (step for step in plan if "_v1_" in step):
        assert "(tenant=? AND subject=?" in step or "session=?)" in step


_flags = ("error", "status", "failed", "refused")


@pytest.mark.parametrize("given", [{}, {"agent": "a"}, {"since": at}, {"kind": "turn"}])
async def test_of_calls_and_turns_only_those_that_failed_are_read(
    sqlite_url: str, given: dict[str, object]
) -> None:
    plan = await plan_of(sqlite_url, "failures", given, None)
    read = [step for step in plan if "_v1_" in step]
    assert len(read) == (1 if "kind" in given else 5)
    for step in read:
        assert step.startswith("SEARCH ")
        assert any(f"(tenant=? AND {flag}=?" in step for flag in _flags)


@pytest.mark.parametrize("by", ["agent", "model", "session", "tenant", "day"])
async def test_cost_is_read_from_usage_alone(sqlite_url: str, by: str) -> None:
    plan = await plan_of(sqlite_url, "cost", {"by": by}, None)
    assert len([step for step in plan if "usage_v" in step]) == 1
    assert not [step for step in plan if "events" in step]


async def test_the_cost_by_session_since_a_day_is_read_in_its_order_and_not_sorted(
    sqlite_url: str,
) -> None:
    given: dict[str, object] = {"by": "session", "since": "2025-08-01"}
    plan = await plan_of(sqlite_url, "cost", given, ("s",))
    (read,) = [step for step in plan if "usage_v" in step]
    assert "USING COVERING INDEX ix_usage_root" in read
    assert not [step for step in plan if "GROUP BY" in step]


async def test_the_cost_by_day_is_read_from_an_index_alone(sqlite_url: str) -> None:
    plan = await plan_of(sqlite_url, "cost", {"by": "day"}, ("2025-08-01", "source"))
    (read,) = [step for step in plan if "usage_v" in step]
    assert "USING COVERING INDEX ix_usage_day" in read


@pytest.mark.parametrize("by", ["agent", "model", "session", "tenant", "day"])
async def test_the_cost_of_one_session_is_looked_up(sqlite_url: str, by: str) -> None:
    plan = await plan_of(sqlite_url, "cost", {"by": by, "session": "s"}, None)
    (read,) = [step for step in plan if "usage_v" in step]
    assert "(tenant=? AND root_session=?)" in read


async def test_the_releases_of_a_kind_of_task_look_each_session_up(sqlite_url: str) -> None:
    given: dict[str, object] = {"agent": "a", "tag": "task=refund"}
    plan = await plan_of(sqlite_url, "releases", given, None)
    (read,) = [step for step in plan if "releases_v" in step]
    (tags,) = [step for step in plan if "sessions_v" in step]
    assert "USING INDEX ix_releases_agent" in read
    assert tags.startswith("SEARCH ")
    assert tags.endswith("(tenant=? AND session=?)")


async def test_releases_are_read_from_their_own_rows_alone(sqlite_url: str) -> None:
    plan = await plan_of(sqlite_url, "releases", {"agent": "a"}, None)
    (read,) = [step for step in plan if "releases_v" in step]
    assert "USING INDEX ix_releases_agent" in read
