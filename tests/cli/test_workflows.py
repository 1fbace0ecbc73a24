"""``retold query`` about workflows, their figures and alerts, in each form it prints."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from ag2 import Agent
from ag2.testing import TestConfig

import retold as library
from tests.cli.commands import csv_rows, printed, retold

rule = {"name": "writer fails", "measure": "error_rate", "agent": "writer", "above": 0.2}
steps: list[dict[str, Any]] = [
    {"name": "read", "agent": "reader", "task": "Read it"},
    {"name": "write", "agent": "writer", "task": "Write about it", "depends_on": []},
    {
        "name": "print",
        "agent": "reader",
        "task": "Print it",
        "depends_on": [],
        "approval": "Print it?",
    },
]
expected: dict[str, dict[str, Any]] = {
    "workflow-runs": {"run": "run-1", "workflow": "report", "status": "failed"},
    "workflow-steps": {"step": "write", "status": "failed", "error_type": "ConnectionError"},
    "approvals": {"step": "print", "status": "cancelled", "question": "Print it?"},
    "agent-metrics": {"agent": "writer", "calls": 1, "failures": 1, "error_rate": 1.0},
    "workflow-metrics": {"workflow": "report", "runs": 1, "failures": 1},
    "step-metrics": {"step": "read", "calls": 1, "success_rate": 1.0},
    "limits": {"agent": "reader", "limit_name": "calls_per_minute", "allowed": 60.0, "refused": 0},
    "alerts": {"rule": "writer fails", "status": "raised", "value": 1.0},
}


async def _report(url: str) -> None:
    async with library.open(url) as log:
        orchestrator = library.AgentOrchestrator(log)
        works = Agent("reader", config=log.model(TestConfig("All read.")))
        fails = Agent("writer", config=log.model(TestConfig(ConnectionError("no answer"))))
        await orchestrator.register("reader", works, limits={"calls_per_minute": 60})
        await orchestrator.register("writer", fails)
        await orchestrator.define("report", steps)
        await orchestrator.run("report", run="run-1")
        watch = await log.watch_alerts([rule])
        await watch.evaluate()


@pytest.fixture
def reported_url(migrated_sqlite_url: str) -> str:
    """URL of a log with a run that failed."""
    asyncio.run(_report(migrated_sqlite_url))
    return migrated_sqlite_url


def is_row(row: dict[str, Any], values: dict[str, Any]) -> bool:
    """Return whether a row has these values."""
    return all(row[name] == value for name, value in values.items())


def test_each_query_prints_json(reported_url: str) -> None:
    for name, values in expected.items():
        found = printed("query", name, url=reported_url)["rows"]
        assert any(is_row(row, values) for row in found), (name, found)


def test_each_query_prints_csv(reported_url: str) -> None:
    for name, values in expected.items():
        printed_csv = retold("query", name, "-o", "csv", url=reported_url)
        assert printed_csv.exit_code == 0
        found = csv_rows(printed_csv.stdout)
        texts = {name: str(value) for name, value in values.items()}
        assert any(is_row(row, texts) for row in found), (name, found)


def test_each_query_prints_a_table(reported_url: str) -> None:
    for name in expected:
        table = retold("query", name, "-o", "table", url=reported_url)
        assert table.exit_code == 0, name
        whole = json.loads(retold("query", name, "-o", "json", url=reported_url).stdout)
        columns = list(whole["rows"][0])
        assert columns[0] in table.stdout, name
