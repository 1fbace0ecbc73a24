"""Alerts by each figure are raised and cleared by what real runs do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ag2 import Agent
from ag2.events import ModelMessage, ModelResponse, Usage

from retold import Breaker, resilient
from retold.agents.alerting.watch import AlertNotice, AlertWatch
from retold.domain.orchestrator.agents import TokenPrices
from tests.agents.orchestrator.orchestras import Orchestra, orchestra
from tests.agents.scripted import Script

one_step: list[dict[str, Any]] = [{"name": "one", "agent": "a", "task": "x"}]


class Clock:
    """A clock that is set, and begins with the true time."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def on(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


class Watched:
    """A rule that is measured when asked, and what its hook was told."""

    def __init__(self, band: Orchestra, clock: Clock, rule: Mapping[str, Any]) -> None:
        self.told: list[tuple[str, float | None]] = []
        self.causes: list[str | None] = []
        hooks = {"page": self._page}
        named = {"name": "r", **rule}
        self._watch = AlertWatch(band.log.store, [named], hooks=hooks, clock=clock)

    async def _page(self, notice: AlertNotice) -> None:
        self.told.append((notice.change.value, notice.value))
        self.causes.append(notice.cause)

    async def status(self) -> str:
        """Measure, and return how the alert stands."""
        return (await self._watch.evaluate())["r"].status.value


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    """URL of an empty log, once on each database."""
    name = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
def clock() -> Clock:
    """The clock of the orchestrator and of who watches."""
    return Clock()


@pytest.fixture
async def band(url: str, clock: Clock) -> AsyncIterator[Orchestra]:
    """An orchestrator without agents."""
    async with orchestra(url, clock=clock) as made:
        yield made


async def test_failures_raise_and_successes_clear(band: Orchestra, clock: Clock) -> None:
    watched = Watched(band, clock, {"measure": "error_rate", "agent": "a", "above": 0.5})
    await band.add("a", ConnectionError("no answer"), "A")
    await band.orchestrator.define("w", one_step)
    assert await watched.status() == "clear"
    await band.orchestrator.run("w")
    assert await watched.status() == "raised"
    await band.orchestrator.run("w")
    assert await watched.status() == "clear"
    assert watched.told == [("raised", 1.0), ("cleared", 0.5)]
    assert (
        watched.causes[0] == "1 of 1 attempts that ended within 300 s failed (ConnectionError: 1)"
    )
    status = await band.orchestrator.status()
    assert status.error_rate == 0.5


async def test_a_slow_step_raises_until_it_is_out_of_the_window(
    band: Orchestra, clock: Clock
) -> None:
    rule = {"measure": "latency_p95", "above": 40, "window_seconds": 60, "on_unknown": "clear"}
    watched = Watched(band, clock, rule)

    async def slow() -> str:
        await asyncio.sleep(0.05)
        return "A"

    await band.add("a", slow)
    await band.orchestrator.define("w", one_step)
    await band.orchestrator.run("w")
    assert await watched.status() == "raised"
    clock.on(120)
    assert await watched.status() == "clear"
    (raised, latency), (cleared, unknown) = watched.told
    assert (raised, cleared, unknown) == ("raised", "cleared", None)
    assert latency is not None
    assert latency > 40


async def test_what_waits_in_the_queue_raises_and_working_clears(
    band: Orchestra, clock: Clock
) -> None:
    watched = Watched(band, clock, {"measure": "queue_depth", "above": 2})
    await band.add("a", "A", "A", "A")
    await band.orchestrator.define("w", one_step)
    runs = [await band.orchestrator.queue("w") for _ in range(3)]
    assert (await band.orchestrator.status()).queue_depth == 3
    assert await watched.status() == "raised"
    await asyncio.gather(*(band.orchestrator.wait(run) for run in runs))
    assert await watched.status() == "clear"
    assert watched.told == [("raised", 3.0), ("cleared", 0.0)]
    assert watched.causes[0] == "3 steps and new runs wait for a worker"


async def test_an_open_circuit_raises_until_a_probe_closes_it(
    band: Orchestra, clock: Clock
) -> None:
    watched = Watched(band, clock, {"measure": "open_circuits", "above": 0, "agent": "a"})
    breaker = Breaker("provider", failures=1, open_seconds=30, clock=clock)
    script = Script(ConnectionError("no answer"), "A")
    config = resilient(band.log.model(script), breaker=breaker)
    await band.orchestrator.register("a", Agent("a", config=config))
    await band.orchestrator.define("w", one_step)
    await band.orchestrator.run("w")
    assert await watched.status() == "raised"
    assert (await band.orchestrator.agents())["a"].status == "open"
    clock.on(31)
    assert (await band.orchestrator.run("w")).status == "completed"
    assert await watched.status() == "clear"
    assert watched.told == [("raised", 1.0), ("cleared", 0.0)]
    assert watched.causes[0] == "provider is open after ConnectionError"


@pytest.mark.parametrize(("measure", "taken"), [("tokens", 10.0), ("cost", 13.0)])
async def test_a_budget_that_is_spent_raises_until_the_window_is_over(
    band: Orchestra, clock: Clock, measure: str, taken: float
) -> None:
    rule = {"measure": measure, "workflow": "w", "above": 9, "window_seconds": 60}
    watched = Watched(band, clock, rule)
    usage = Usage(prompt_tokens=7, completion_tokens=3)
    prices = TokenPrices(prompt_per_million=1_000_000, completion_per_million=2_000_000)
    await band.add("a", ModelResponse(ModelMessage("A"), usage=usage), prices=prices)
    await band.orchestrator.define("w", one_step)
    assert await watched.status() == "clear"
    await band.orchestrator.run("w")
    assert await watched.status() == "raised"
    clock.on(120)
    assert await watched.status() == "clear"
    assert watched.told == [("raised", taken), ("cleared", 0.0)]
