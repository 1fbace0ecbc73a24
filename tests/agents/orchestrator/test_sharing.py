"""Workers of several logs share the runs of one orchestrator; each step has one result."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from ag2 import Agent

from retold.domain.result import Result
from tests.agents.orchestrator.orchestras import Orchestra, orchestra
from tests.agents.orchestrator.test_priority import Done

steps: list[dict[str, Any]] = [
    {"name": "one", "agent": "a", "task": "x"},
    {"name": "each", "agent": "a", "task": "{{ item }}", "fan_out": [1, 2, 3]},
    {"name": "last", "agent": "a", "task": "x"},
]


async def shared_by(url: str, workers: int, runs: int) -> None:
    async with AsyncExitStack() as stack:
        bands: list[Orchestra] = []
        for _ in range(workers):
            band = await stack.enter_async_context(orchestra(url, concurrency=3))
            limits = {"concurrent_calls": 2 * workers}
            agent = Agent("a", config=band.log.model(Done()))
            await band.orchestrator.register("a", agent, limits=limits)
            bands.append(band)
        first = bands[0].orchestrator
        await first.define("w", steps)
        queued = [await first.queue("w", run=f"run-{number}") for number in range(runs)]
        async with AsyncExitStack() as working:
            for band in bands:
                await working.enter_async_context(band.orchestrator.working())
            results: list[Result[dict[str, Any]]] = await asyncio.gather(
                *(first.wait(run, work=False) for run in queued)
            )
        assert {result.status for result in results} == {"completed"}
        for run in queued:
            happened = Counter(await bands[0].happened(run))
            for place in ("one", "each[0]", "each[1]", "each[2]", "last"):
                assert happened[f"step_completed {place}"] == 1
                assert happened[f"step_started {place}"] == 1
        assert not (await first._parts.limits.state("a")).in_flight
        figures = await first._parts.queue.figures()
        assert (figures.ready, figures.taken) == (0, 0)


async def test_two_share_on_sqlite(tmp_path: Path) -> None:
    await shared_by(f"sqlite:///{tmp_path / 'log.db'}", workers=2, runs=2)


@pytest.mark.postgres
async def test_four_share_on_postgres(migrated_postgres_url: str) -> None:
    await shared_by(migrated_postgres_url, workers=4, runs=3)
