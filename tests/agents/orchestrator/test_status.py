"""How an orchestrator stands, now by its queue and log, and as of any moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

import retold
from retold.domain.orchestrator.calls import (
    AgentCalls,
    CallAdmitted,
    CallEnded,
    agent_calls,
    calls_stream,
)
from retold.domain.recorded import RecordedEvent
from retold.errors import RunNotFound
from retold.projections.metrics import limits
from retold.projections.metrics.agents import Availability
from retold.store.append import ExpectedVersion
from tests.agents.orchestrator.orchestras import Orchestra, orchestra

steps: list[dict[str, Any]] = [
    {"name": "one", "agent": "a", "task": "x"},
    {"name": "two", "capability": "coding", "task": "y"},
]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    """URL of an empty log, once on each database."""
    name = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
async def band(url: str) -> AsyncIterator[Orchestra]:
    """An orchestrator on each database."""
    async with orchestra(url) as made:
        yield made


async def test_the_status_is_all_there_is_and_that_of_a_run_its_own(band: Orchestra) -> None:
    given = {"calls_per_minute": 60}
    await band.add("a", "A", "A", capabilities=["coding"], limits=given)
    await band.orchestrator.define("w", steps)
    run = await band.orchestrator.queue("w")
    waiting: retold.OrchestratorStatus = await band.orchestrator.status()
    assert (waiting.queued_runs, waiting.queue_depth, waiting.active_runs) == (1, 1, 0)
    assert waiting.workflows["w"].runs == 1
    position = [event.position async for event in band.log.store.read_all()][-1]
    await band.orchestrator.wait(run)
    status = await band.orchestrator.status()
    agent = status.agents["a"]
    assert (agent.status, agent.described.capabilities) == (Availability.AVAILABLE, ("coding",))
    assert (agent.metrics.calls, agent.metrics.success_rate) == (2, 1.0)
    limit = agent.limits["calls_per_minute"]
    assert (limit.used, limit.allowed, limit.refused) == (2.0, 60.0, 0)
    assert (status.completed_runs, status.completed_steps, status.queue_depth) == (1, 2, 0)
    assert status.workflows["w"].created_at is not None
    assert dict(await band.orchestrator.agents()).keys() == {"a"}
    then = await band.orchestrator.status(at=position)
    assert (then.queued_runs, then.queue_depth, then.completed_runs) == (1, 1, 0)
    assert then.agents["a"].metrics.calls == 0
    assert (await band.orchestrator.status(run)).is_over
    with pytest.raises(RunNotFound):
        await band.orchestrator.status("none")


async def test_the_depth_of_the_queue_is_that_of_its_own_orchestrator(band: Orchestra) -> None:
    await band.add("a", "A", capabilities=["coding"])
    await band.orchestrator.define("w", steps)
    for _ in range(3):
        await band.orchestrator.queue("w")
    other = retold.AgentOrchestrator(band.log, "other")
    assert (await band.orchestrator.status()).queue_depth == 3
    assert (await other.status()).queue_depth == 0
    assert (await other.status()).agents == {}


async def test_the_limits_of_now_are_read_from_a_snapshot_on(
    band: Orchestra, monkeypatch: pytest.MonkeyPatch
) -> None:
    await band.add("a", limits={"calls_per_minute": 5, "tokens_per_hour": 99})
    assert [limit.used for limit in (await band.orchestrator.status()).limits] == [0, 0]
    read: list[int] = []

    def counted(state: AgentCalls, event: RecordedEvent) -> AgentCalls:
        read.append(event.version)
        return agent_calls.fold.evolve(state, event)

    fold = replace(agent_calls.fold, evolve=counted, version="counted")
    monkeypatch.setattr(limits, "agent_calls", SimpleNamespace(fold=fold, state=agent_calls.state))
    now, stream = datetime.now(UTC), calls_stream("default", "a")
    calls = [str(number) for number in range(400)]
    events = [CallAdmitted(call=call, at=now, worker="w") for call in calls]
    ended = [CallEnded(call=call, at=now, tokens=2) for call in calls]
    news = [event.to_new_event() for event in (*events, *ended)]
    await band.log.store.append(stream, news, expected_version=ExpectedVersion.ANY)
    first = await band.orchestrator.status()
    assert [limit.used for limit in first.limits] == [400, 800]
    assert len(read) == 800
    again = await band.orchestrator.status()
    assert [limit.used for limit in again.limits] == [400, 800]
    assert len(read) == 800
