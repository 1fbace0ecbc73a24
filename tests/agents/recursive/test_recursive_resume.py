"""After a crash anywhere, no question whose answer is in the log is asked again."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

import retold
from retold.domain.recorded import RecordedEvent
from retold.domain.result import ResultStatus
from retold.errors import SessionBusy
from tests.agents.prefixes import everything_in, log_of
from tests.agents.recursive.solver_model import SolverModel, platform, solver
from tests.forking import Process

child = Path(__file__).with_name("solving_child.py")
calls = 12
lease_seconds = 1.0


async def a_solved_platform() -> list[RecordedEvent]:
    async with log_of([]) as log:
        model = SolverModel(platform)
        agent = solver(log, model, max_depth=2)
        result = await agent.solve(await log.session("s"), "Build a shop")
        assert result.ok
        assert len(model.asked) == calls
        return await everything_in(log.store)


async def check_resumed(events: list[RecordedEvent], length: int) -> None:
    """Solve on from a log that was cut off, and check what was asked."""
    prefix = events[:length]
    answered = sum(event.type == "model.call_completed" for event in prefix)
    model = SolverModel(platform)
    async with log_of(prefix) as log:
        session = await log.session("s")
        agent = solver(log, model, max_depth=2)
        result = await agent.solve(session, "Build a shop")
        assert result.status is ResultStatus.COMPLETED, length
        assert len(model.asked) == calls - answered, length
        assert max(Counter(model.asked).values(), default=1) == 1, length
        assert result.value is not None
        nodes = list(result.value.walk())
        assert len(nodes) == 7, length
        assert result.value.answer is not None
        assert result.value.answer.count("solved") == 4, length
        # What the budget is held against, and what the log says, count each call once.
        assert result.usage.model_calls == calls, length
        assert (await log.totals()).prompt_tokens == calls * 10, length
        page = await log.audit.problem_tree("s")
        assert page.rows[0].total_model_calls == calls, length
        assert [row.status for row in page.rows] == ["solved"] * 7, length


async def test_killed_at_some_of_its_events() -> None:
    events = await a_solved_platform()
    chosen = random.Random(5).sample(range(1, len(events)), 20)  # noqa: S311 - choices, not secrets
    # Right after each decision, and right before it: there a question is asked twice, if anywhere.
    decided = [n for n, event in enumerate(events, 1) if event.type.startswith("problem.")]
    for length in {*chosen, *decided[::3], *(n - 1 for n in decided[1::3]), len(events)}:
        await check_resumed(events, length)


@pytest.mark.stress
async def test_killed_at_every_event() -> None:
    events = await a_solved_platform()
    for length in range(1, len(events) + 1):
        await check_resumed(events, length)


@pytest.mark.stress
async def test_killed_again_and_again() -> None:
    """Each resume is cut off itself, at a random event behind the first."""
    chance = random.Random(7)  # noqa: S311 - choices, not secrets
    for _ in range(12):
        events: list[RecordedEvent] = []
        for _ in range(4):
            async with log_of(events) as log:
                session = await log.session("s")
                await solver(log, SolverModel(platform), max_depth=2).solve(session, "Build a shop")
                whole = await everything_in(log.store)
            events = whole[: chance.randrange(max(len(events), 1), len(whole))]
        await check_resumed(events, len(events))


async def resumed(
    agent: retold.RecursiveAgent, session: retold.Session
) -> retold.Result[retold.Solution]:
    """Go on as soon as the lease of the process that died has lapsed."""
    while True:
        try:
            return await agent.resume(session)
        except SessionBusy as busy:
            await asyncio.sleep(busy.seconds_left + 0.01)


@pytest.mark.crash
async def test_a_killed_process_is_gone_on_with(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    process = Process(child, url, lease_seconds, stdout=subprocess.PIPE)
    assert process.stdout is not None
    # It says when it asks what never comes.
    assert process.stdout.readline().strip() == "asking"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()

    async with retold.open(url) as log:
        before = await log.audit.problem_tree("s")
        assert {row.node: row.status for row in before.rows} == {
            "0": "decomposed",
            "0.1": "solved",
            "0.1.1": "solved",
            "0.1.2": "solved",
            "0.2": "decomposed",
            "0.2.1": "posed",
            "0.2.2": "solved",
        }
        model = SolverModel(platform)
        session = await log.session("s")
        result = await resumed(solver(log, model, max_depth=2), session)
        assert result.ok
        assert result.usage.model_calls == calls
        assert model.asked == [
            ("solve", "Store the orders"),
            ("synthesise", "Build the back"),
            ("synthesise", "Build a shop"),
        ]
        assert (await log.verify()).ok
