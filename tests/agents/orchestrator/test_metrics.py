"""A failing agent: error rate, success rate and circuit state are right to the event."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from ag2 import Agent
from ag2.events import ModelMessage, ModelResponse, Usage

import retold
from retold import Breaker, resilient
from retold.agents.orchestrator.orchestrator import AgentOrchestrator
from retold.domain.circuit import circuit, circuit_of
from retold.domain.event import RecordedEvent
from retold.domain.orchestrator.agents import AgentLimits, TokenPrices
from retold.domain.workflow.events import StepCompleted, StepFailed
from retold.projections.metrics.agents import Availability
from retold.sessions.log import Log
from tests.agents.scripted import Script

prices = TokenPrices(prompt_per_million=1_000_000, completion_per_million=2_000_000)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    """URL of an empty log, once on each database."""
    name = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
async def log(url: str) -> AsyncIterator[Log]:
    """An open log."""
    async with retold.open(url) as opened:
        yield opened


def answer(text: str) -> ModelResponse:
    return ModelResponse(ModelMessage(text), usage=Usage(prompt_tokens=7, completion_tokens=3))


def down() -> ConnectionError:
    return ConnectionError("nobody there")


def now() -> datetime:
    return datetime.now(UTC)


async def orchestra(log: Log, *, clock: Callable[[], datetime] = now) -> AgentOrchestrator:
    """Return an orchestrator of an agent that fails four times and one that does not."""
    found = AgentOrchestrator(log)
    answers = Script(down(), answer("b1"), down(), down(), down(), answer("b2"))
    breaker = Breaker("developer", failures=3, open_seconds=3_600, clock=clock)
    flaky = Agent("coder", config=resilient(log.model(answers), breaker=breaker))
    steady = Agent("reader", config=log.model(Script(*map(answer, ["a1", "a2", "a3", "a4"]))))
    await found.register(
        "developer",
        flaky,
        capabilities=["coding"],
        limits=AgentLimits(calls_per_minute=1_000),
        prices=prices,
    )
    await found.register("researcher", steady, capabilities=["research"])
    quick = {"attempts": 2, "wait_initial": 0.001, "wait_jitter": 0}
    steps: list[dict[str, Any]] = [
        {"name": "a", "agent": "researcher", "task": "read"},
        {"name": "b", "capability": "coding", "task": "write", "retry": quick},
    ]
    await found.define("work", steps)
    return found


async def test_every_figure_of_a_failing_agent_is_right_as_of_every_event(log: Log) -> None:
    ahead = timedelta()
    orchestrator = await orchestra(log, clock=lambda: now() + ahead)
    outcomes = [(await orchestrator.run("work", {})).status.value for _ in range(3)]
    ahead = timedelta(seconds=3_601)
    outcomes.append((await orchestrator.run("work", {})).status.value)
    assert outcomes == ["completed", "failed", "failed", "completed"]
    events = [event async for event in log.store.read_all()]
    told = [
        event
        for event in events
        if event.stream.startswith("circuit-")
        or (event.data.get("step") == "b" and event.type in {StepCompleted.type, StepFailed.type})
    ]
    assert len(told) > 10
    seen: set[str] = set()
    calls: list[int] = []
    moments: list[datetime | int] = [event.position for event in told]
    moments += sorted({event.recorded_at for event in told})
    for moment in moments:
        status = await orchestrator.status(at=moment)
        succeeded = failed = 0
        states: dict[str, Any] = {}
        for event in events:
            if not _is_by(event, moment):
                continue
            if event.stream.startswith("circuit-"):
                name = circuit_of(event.stream)
                before = states.get(name, circuit.state())
                states[name] = circuit.fold.evolve(before, event)
            is_of_it = event.data.get("step") == "b"
            succeeded += is_of_it and event.type == StepCompleted.type
            failed += is_of_it and event.type == StepFailed.type
        developer = status.agents.get("developer")
        if developer is None:
            continue
        ended = succeeded + failed
        assert developer.metrics.successes == succeeded
        assert developer.metrics.failures == failed
        assert developer.metrics.error_rate == (failed / ended if ended else None)
        assert developer.metrics.success_rate == (succeeded / ended if ended else None)
        assert developer.metrics.error_rates[60.0] == developer.metrics.error_rate
        assert {c.circuit: (c.status, c.failures, c.refused) for c in status.circuits} == {
            name: (state.status, state.failures, state.refused) for name, state in states.items()
        }
        is_open = any(state.status == "open" for state in states.values())
        assert (developer.status is Availability.OPEN) is is_open
        if isinstance(moment, int):
            rows = (await log.audit.agent_metrics(agent="developer", position=moment)).rows
            assert [row.error_rate for row in rows[:1]] == [developer.metrics.error_rate][
                : len(rows)
            ]
            calls.append(status.metrics.calls)
        seen |= {state.status for state in states.values()}
    assert seen == {"closed", "open", "half_open"}
    assert all(before <= after for before, after in pairwise(calls))


def _is_by(event: RecordedEvent, moment: datetime | int) -> bool:
    if isinstance(moment, int):
        return event.position <= moment
    return event.recorded_at <= moment


async def test_the_status_says_what_there_is_and_how_it_goes(log: Log) -> None:
    orchestrator = await orchestra(log)
    for _ in range(3):
        await orchestrator.run("work", {})
    await orchestrator.drain("researcher")
    status = await log.audit.orchestrator_status()
    developer, researcher = status.agents.values()
    assert (developer.status, developer.circuits) == (Availability.OPEN, ("developer",))
    assert developer.described.capabilities == ("coding",)
    assert (researcher.status, researcher.metrics.success_rate) == (Availability.DRAINING, 1.0)
    assert (developer.metrics.calls, developer.metrics.successes) == (6, 1)
    assert developer.metrics.failures_by_type == {"ConnectionError": 4, "CircuitOpen": 1}
    assert (developer.metrics.prompt_tokens, developer.metrics.completion_tokens) == (7, 3)
    assert developer.metrics.cost == 7 + 2 * 3
    assert (researcher.metrics.prompt_tokens, researcher.metrics.cost) == (21, None)
    work = status.workflows["work"]
    assert (work.runs, work.definition, work.metrics.successes) == (3, 1, 1)
    assert work.created_at is not None
    assert (status.completed_runs, status.failed_runs, status.active_runs) == (1, 2, 0)
    assert (status.queue_depth, status.completed_steps, status.error_rate) == (0, 4, 5 / 9)
    (limit,) = status.limits
    assert (limit.agent, limit.limit_name) == ("developer", "calls_per_minute")
    assert (limit.used, limit.allowed, limit.refused) == (6.0, 1_000.0, 0)


async def test_the_queries_say_the_same(log: Log) -> None:
    orchestrator = await orchestra(log)
    for _ in range(2):
        await orchestrator.run("work", {})
    status = await log.audit.orchestrator_status()
    agents = (await log.audit.agent_metrics()).rows
    assert [row.agent for row in agents] == ["developer", "researcher"]
    for row in agents:
        of_it = status.agents[str(row.agent)].metrics
        assert (row.calls, row.error_rate, row.cost) == (of_it.calls, of_it.error_rate, of_it.cost)
        assert (row.latency_p95_ms, row.queue_wait_ms) == (
            of_it.latency_p95_ms,
            of_it.queue_wait_ms,
        )
    steps = (await log.audit.step_metrics(workflow="work")).rows
    assert [(row.step, row.calls, row.prompt_tokens) for row in steps] == [
        ("a", 2, 14),
        ("b", 4, 7),
    ]
    (workflow,) = (await log.audit.workflow_metrics()).rows
    assert (workflow.runs, workflow.calls, workflow.prompt_tokens) == (2, 2, 21)
    assert workflow.created_at == status.workflows["work"].created_at
    runs = (await log.audit.workflow_runs(workflow="work")).rows
    assert [(run.status, run.steps_done, run.attempts) for run in runs] == [
        ("failed", 1, 3),
        ("completed", 2, 3),
    ]
    failed = (await log.audit.workflow_steps(agent="developer", status="failed")).rows
    assert [(row.error_type, row.next) for row in failed] == [
        ("ConnectionError", "fail"),
        ("ConnectionError", "retry"),
        ("ConnectionError", "retry"),
    ]
    (limit,) = (await log.audit.limits(agent="developer")).rows
    assert (limit.used, limit.allowed, limit.refused) == (4.0, 1_000.0, 0)
