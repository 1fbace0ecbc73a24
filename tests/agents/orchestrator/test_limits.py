"""Limits of agents: which calls are ended by whom, and what their conversations took."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from ag2 import Agent
from ag2.agent import TaskConfig
from ag2.events import ModelMessage, ModelResponse, ToolCallEvent, Usage

from retold.agents.orchestrator.entries import StepEntry, entry_of
from retold.agents.orchestrator.step_work import StepWork
from retold.domain.workflow.commands import StartRun
from retold.store.work_queue import TakenWorkItem
from tests.agents.orchestrator.orchestras import Orchestra, orchestra, until
from tests.agents.scripted import Script

one_step = [{"name": "one", "agent": "a", "task": "x"}]


async def taken_first(band: Orchestra, worker: str) -> tuple[str, StepEntry, TakenWorkItem]:
    """Queue a run, and have a worker take its first step: the lease has lapsed."""
    parts = band.orchestrator._parts
    await band.orchestrator.define("w", one_step)
    run = await band.orchestrator.queue("w")
    await parts.runs.decide(run, StartRun(at=datetime.now(UTC)))
    [taken] = await parts.queue.take(worker, seconds=0.000001)
    entry = entry_of(taken.payload)
    assert isinstance(entry, StepEntry)
    return run, entry, taken


async def test_a_worker_that_lost_a_step_ends_no_call_and_no_attempt_of_who_has_it_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with orchestra() as band:
        begun, may_end = asyncio.Event(), asyncio.Event()

        async def hang() -> str:
            begun.set()
            await may_end.wait()
            return "done"

        await band.add("a", hang, limits={"concurrent_calls": 1})
        run, entry, taken = await taken_first(band, "slow")
        parts = band.orchestrator._parts
        reached, may_go_on = asyncio.Event(), asyncio.Event()
        decide = parts.runs.decide

        async def slowly(run: str, command: Any, **options: Any) -> Any:
            # It was let begin, and is not heard of before it does.
            if getattr(command, "worker", None) == "slow":
                reached.set()
                await may_go_on.wait()
            return await decide(run, command, **options)

        monkeypatch.setattr(parts.runs, "decide", slowly)
        slow = StepWork(parts, "slow", entry, taken, take_for=lambda: None)
        working = asyncio.create_task(slow.run())
        await reached.wait()
        await until(parts.queue.sweep)
        waiting = asyncio.create_task(band.orchestrator.wait(run))
        await begun.wait()
        may_go_on.set()
        await working
        assert len((await parts.limits.state("a")).in_flight) == 1
        may_end.set()
        assert (await waiting).status == "completed"
        assert "step_lost one" not in await band.happened(run)
        assert not (await parts.limits.state("a")).in_flight


async def test_a_call_that_a_dead_worker_had_is_ended_though_its_agent_was_removed() -> None:
    async with orchestra() as band:
        limits = {"concurrent_calls": 1}
        await band.add("a", limits=limits)
        run, entry, taken = await taken_first(band, "dead")
        parts = band.orchestrator._parts
        await parts.limits.admit(parts.agents["a"].described, entry, taken, datetime.now(UTC))
        await band.orchestrator.remove("a")
        assert (await band.orchestrator.wait(run)).status == "failed"
        await band.add("a", "done", limits=limits)
        async with asyncio.timeout(20):
            assert (await band.orchestrator.run("w")).status == "completed"


async def test_the_tokens_of_tasks_that_a_step_delegates_count() -> None:
    async with orchestra() as band:
        usage = Usage(prompt_tokens=600, completion_tokens=100)
        inner = Script(ModelResponse(ModelMessage("dug"), usage=usage))
        dig = ToolCallEvent(id="c", name="run_subtask", arguments='{"task": "dig"}')
        agent = Agent(
            "a",
            config=band.log.model(Script([dig], "done")),
            tasks=TaskConfig(config=band.log.model(inner)),
        )
        await band.orchestrator.register("a", agent, limits={"tokens_per_minute": 1_000})
        await band.orchestrator.define("w", one_step)
        result = await band.orchestrator.run("w")
        figures = (await band.orchestrator.agents())["a"]
        assert figures.limits["tokens_per_minute"].used == 700 == result.usage.tokens
        assert (figures.metrics.prompt_tokens, figures.metrics.completion_tokens) == (600, 100)
