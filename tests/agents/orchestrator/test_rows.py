"""Rows of the queue: which are left, which wait on, and whose run is looked after."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from retold.agents.orchestrator.entries import RunEntry, entry_of
from retold.agents.orchestrator.run_work import RunWork
from tests.agents.orchestrator.orchestras import Orchestra, orchestra, until


async def steps_are_left(band: Orchestra) -> bool:
    figures = await band.orchestrator._parts.queue.figures("step:")
    return figures.ready == figures.delayed == figures.taken == 0


async def test_items_of_a_fan_out_that_failed_are_left_while_other_steps_go_on() -> None:
    async with orchestra(concurrency=1) as band:
        limits = {"calls_per_minute": 100}
        script = await band.add("a", RuntimeError("broken"), limits=limits)
        other = {"name": "other", "agent": "a", "task": "y", "depends_on": [], "approval": "Now?"}
        each = {"name": "each", "agent": "a", "task": "x", "depends_on": [], "fan_out": [1, 2]}
        await band.orchestrator.define("w", [each, other], on_failure="finish")
        run = await band.orchestrator.queue("w")

        async def failed() -> bool:
            return "step_failed each[0]" in await band.happened(run)

        async with band.orchestrator.working():
            await until(failed)
            await until(lambda: steps_are_left(band))
        assert len(script.seen) == 1
        calls = (await band.orchestrator.agents())["a"].limits["calls_per_minute"]
        assert calls.used == 1


async def test_a_run_that_is_resumed_keeps_the_pause_between_two_attempts() -> None:
    async with orchestra() as band:
        await band.add("a", RuntimeError("broken"))
        retry = {"attempts": 2, "wait_initial": 3600, "wait_max": 3600}
        step = {"name": "one", "agent": "a", "task": "x", "retry": retry}
        await band.orchestrator.define("w", [step])
        run = await band.orchestrator.queue("w")

        async def failed() -> bool:
            return "step_failed one" in await band.happened(run)

        async with band.orchestrator.working():
            await until(failed)
        await band.orchestrator.pause(run)
        await band.orchestrator.resume(run)
        figures = await band.orchestrator._parts.queue.figures("step:")
        assert (figures.ready, figures.delayed) == (0, 1)


async def test_a_run_that_is_retried_is_looked_after_also_by_who_was_too_early(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with orchestra() as band:
        await band.add("a", "A")
        await band.orchestrator.define("w", [{"name": "one", "agent": "a", "task": "x"}])
        run = await band.orchestrator.queue("w")
        # It never started, so that nobody but who looks after it will start it.
        await band.orchestrator.cancel(run)
        parts = band.orchestrator._parts
        look_after = parts.runs.look_after

        async def looked_at_meanwhile(*args: Any, **options: Any) -> bool:
            is_new = await look_after(*args, **options)
            [taken] = await parts.queue.take("early", seconds=30)
            entry = entry_of(taken.payload)
            assert isinstance(entry, RunEntry)
            await RunWork(parts, "early", entry, taken).run()
            return is_new

        monkeypatch.setattr(parts.runs, "look_after", looked_at_meanwhile)
        await band.orchestrator.retry_from(run, "one")
        rows = [row async for row in parts.queue.items() if row.finished_at is None]
        await parts.queue.hasten([row.id for row in rows])
        async with asyncio.timeout(20):
            assert (await band.orchestrator.wait(run)).value == {"one": "A"}
