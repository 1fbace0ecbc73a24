"""The orchestrator's benchmark has its runs worked on by processes, and counts them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from ag2 import Agent

import retold
from benchmarks import orchestrator as benchmark
from benchmarks.children.orchestrated import agent_name, task
from benchmarks.log import empty_log, sqlite_url
from benchmarks.model_call_cost import Answering
from retold.domain.workflow.events import StepCompleted, run_stream
from retold.store.append import ExpectedVersion


def test_queued_runs_are_worked_on_by_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "workers", 2)
    url = sqlite_url(empty_log(tmp_path / "log.db"))
    found = asyncio.run(benchmark.orchestrated(url, "normal", 3))
    assert found.rate > 0
    assert (len(found.waits), len(found.lengths)) == (3 * 3, 3)
    assert min(*found.waits, *found.lengths) > 0


async def test_a_step_that_was_lost_or_done_twice_fails_it() -> None:
    async with retold.open("sqlite:///:memory:") as log:
        orchestrator = retold.AgentOrchestrator(log)
        await orchestrator.register(agent_name, Agent(agent_name, config=log.model(Answering())))
        steps = [{"name": step, "agent": agent_name, "task": task} for step in benchmark.steps]
        await orchestrator.define("w", steps)
        run, begin = await orchestrator.queue("w"), time.time()
        with pytest.raises(benchmark.NotOnce, match=run):
            await benchmark.checked(log, begin, [run])
        await orchestrator.wait(run)
        found = await benchmark.checked(log, begin, [run])
        assert len(found.waits) == 3
        done_again = StepCompleted(step="first", attempt=1, token=1, result="x").to_new_event()
        await log.store.append(run_stream(run), [done_again], expected_version=ExpectedVersion.ANY)
        with pytest.raises(benchmark.NotOnce, match=run):
            await benchmark.checked(log, begin, [run])
