"""A worker that stops, or loses its own row to itself, leaves nothing behind that is at work."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from retold.agents.orchestrator.step_work import StepWork
from retold.domain.workflow.commands import StartRun
from tests.agents.orchestrator.orchestras import orchestra, until

one_step = [{"name": "one", "agent": "a", "task": "x"}]


async def test_a_worker_that_is_cancelled_takes_nothing_in_place_of_what_it_gives_back() -> None:
    async with orchestra() as band:
        begun = asyncio.Event()

        async def hang() -> str:
            begun.set()
            await asyncio.Event().wait()
            return "never"

        script = await band.add("a", hang, hang)
        await band.orchestrator.define("w", one_step)
        run = await band.orchestrator.queue("w")
        worker = band.orchestrator.worker()
        working = asyncio.create_task(worker.run())
        await begun.wait()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        assert (worker.in_work, len(script.seen)) == (0, 1)
        assert (await band.happened(run))[-2:] == ["step_lost one", "step_ready one"]
        figures = await band.orchestrator._parts.queue.figures("step:")
        assert (figures.ready, figures.taken) == (1, 0)


async def test_a_step_that_is_taken_while_the_worker_stops_is_given_back_and_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with orchestra() as band:
        script = await band.add("a", "1", "2")
        # One that was lost would fail.
        await band.orchestrator.define("w", [{**one_step[0], "retry": {"restarts": 0}}])
        runs = [await band.orchestrator.queue("w") for _ in range(2)]
        parts = band.orchestrator._parts
        for run in runs:
            await parts.runs.decide(run, StartRun(at=datetime.now(UTC)))
        worker = band.orchestrator.worker(concurrency=1)
        finish = parts.queue.finish

        async def stopped_meanwhile(item: Any, **options: Any) -> Any:
            worker.stop()
            return await finish(item, **options)

        with monkeypatch.context() as patch:
            patch.setattr(parts.queue, "finish", stopped_meanwhile)
            await worker.run()
        assert len(script.seen) == 1
        for run in runs:
            assert (await band.orchestrator.wait(run)).status == "completed"


async def test_a_step_whose_row_the_same_worker_takes_again_is_given_up(tmp_path: Any) -> None:
    async with orchestra(f"sqlite:///{tmp_path / 'log.db'}") as band:
        begun, cancelled = asyncio.Event(), asyncio.Event()

        async def hang() -> str:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()
            return "never"

        await band.add("a", hang, "A")
        await band.orchestrator.define("w", one_step)
        run = await band.orchestrator.queue("w")
        queue = band.orchestrator._parts.queue
        worker = band.orchestrator.worker(lease_seconds=3600)
        working = asyncio.create_task(worker.run())
        await begun.wait()
        [row] = [one for one in worker._held.values() if isinstance(one.work, StepWork)]
        # As when it was not heard of for long, and another one swept.
        await queue.extend(row.taken, 0.000001)
        await until(queue.sweep)
        async with asyncio.timeout(20):
            await cancelled.wait()
        worker.stop()
        await working
        assert (await band.orchestrator.wait(run)).value == {"one": "A"}
