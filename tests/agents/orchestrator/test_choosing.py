"""Who is given a step: by capability, priority, work in hand, success, circuits and limits."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ag2 import Agent
from ag2.events import ModelMessage, ModelResponse, Usage

from retold import Breaker, resilient
from retold.domain.orchestrator.agents import TokenPrices
from retold.domain.workflow.commands import StartRun
from retold.errors import AgentNotRegistered
from tests.agents.orchestrator.orchestras import Orchestra, at_once, orchestra, until
from tests.agents.scripted import Script

by_capability = [{"name": "one", "capability": "coding", "task": "x"}]


async def agents_of(band: Orchestra, run: str) -> list[str]:
    events = await band.events(run)
    return [e.data["agent"] for e in events if e.type == "workflow.step_started"]


async def test_the_greater_priority_goes_first() -> None:
    async with orchestra() as band:
        await band.add("junior", capabilities=["coding"])
        await band.add("senior", "done", capabilities=["coding"], priority=5)
        await band.orchestrator.define("w", by_capability)
        result = await band.orchestrator.run("w")
        assert await agents_of(band, result.ids.session) == ["senior"]


async def test_work_is_spread_over_agents_and_instances() -> None:
    async with orchestra() as band:
        arrived = asyncio.Barrier(4)

        async def meet() -> str:
            async with asyncio.timeout(20):
                await arrived.wait()
            return "done"

        for name in ("a", "b"):
            options: dict[str, Any] = {"capabilities": ["coding"], "instances": ["x", "y"]}
            await band.add(name, meet, meet, **options)
        step = {**by_capability[0], "fan_out": [1, 2, 3, 4]}
        await band.orchestrator.define("w", [step])
        result = await band.orchestrator.run("w")
        started = [e for e in await band.events(result.ids.session) if "step_started" in e.type]
        places = Counter((e.data["agent"], e.data["instance"]) for e in started)
        assert places == {(name, place): 1 for name in "ab" for place in "xy"}


async def test_work_is_spread_over_agents_with_limits_that_are_asked_for_at_once() -> None:
    async with orchestra() as band:
        arrived = asyncio.Barrier(4)

        async def meet() -> str:
            async with asyncio.timeout(20):
                await arrived.wait()
            return "done"

        limits = {"concurrent_calls": 9}
        for name in ("a", "b"):
            await band.add(name, *[meet] * 4, capabilities=["coding"], limits=limits)
        await band.orchestrator.define("w", [{**by_capability[0], "fan_out": [1, 2, 3, 4]}])
        run = await band.orchestrator.queue("w")
        # A worker takes them all together.
        await band.orchestrator._parts.runs.decide(run, StartRun(at=datetime.now(UTC)))
        await band.orchestrator.wait(run)
        assert Counter(await agents_of(band, run)) == {"a": 2, "b": 2}


@pytest.mark.parametrize("others", [0, 1])
async def test_an_agent_that_cannot_be_made_fails_its_step(others: int) -> None:
    async with orchestra() as band:

        def make() -> Agent:
            raise ValueError("no key")

        limits = {"concurrent_calls": 1}
        await band.orchestrator.register(
            "a", make, capabilities=["coding"], priority=1, limits=limits
        )
        for number in range(others):
            await band.add(f"b{number}", capabilities=["coding"])
        await band.orchestrator.define("w", [{**by_capability[0], "fallback": {"answer": "none"}}])
        result = await band.orchestrator.run("w")
        assert result.value == {"one": "none"}
        assert await agents_of(band, result.ids.session) == ["a"]
        status = (await band.orchestrator.agents())["a"]
        assert status.metrics.failures_by_type == {"ValueError": 1}
        assert status.limits["concurrent_calls"].used == 0


async def test_of_two_that_are_idle_the_one_that_succeeds_more_is_asked() -> None:
    async with orchestra() as band:
        await band.add("bad", RuntimeError("broken"), capabilities=["coding"])
        await band.add("good", "done", "done", capabilities=["coding"])
        step = {**by_capability[0], "retry": {"attempts": 2, **at_once}}
        await band.orchestrator.define("w", [step])
        result = await band.orchestrator.run("w")
        assert await agents_of(band, result.ids.session) == ["bad", "good"]
        again = await band.orchestrator.run("w")
        assert await agents_of(band, again.ids.session) == ["good"]


async def test_of_the_instances_of_an_agent_the_one_that_succeeds_more_is_asked() -> None:
    async with orchestra() as band:
        scripts = [Script(RuntimeError("broken")), Script("done", "done")]

        def make() -> Agent:
            return Agent("a", config=band.log.model(scripts.pop(0)))

        await band.orchestrator.register("a", make, instances=["bad", "good"])
        step = {"name": "one", "agent": "a", "task": "x", "retry": {"attempts": 2, **at_once}}
        await band.orchestrator.define("w", [step])
        places = []
        for _ in range(2):
            result = await band.orchestrator.run("w")
            assert result.status == "completed"
            events = await band.events(result.ids.session)
            places += [e.data["instance"] for e in events if "step_started" in e.type]
        assert places == ["bad", "good", "good"]


async def test_an_agent_whose_circuit_is_open_is_passed_over() -> None:
    async with orchestra() as band:
        script = Script(ConnectionError("no answer"))
        breaker = Breaker("provider", failures=1, open_seconds=3600)
        config = resilient(band.log.model(script), breaker=breaker)
        await band.orchestrator.register(
            "first", Agent("first", config=config), capabilities=["coding"], priority=9
        )
        await band.add("second", "done", "done", capabilities=["coding"])
        step = {**by_capability[0], "retry": {"attempts": 2, **at_once}}
        await band.orchestrator.define("w", [step])
        result = await band.orchestrator.run("w")
        assert await agents_of(band, result.ids.session) == ["first", "second"]
        assert (await band.orchestrator.agents())["first"].status == "open"
        again = await band.orchestrator.run("w")
        assert await agents_of(band, again.ids.session) == ["second"]


async def test_a_draining_agent_is_given_no_more_steps_until_it_is_resumed() -> None:
    async with orchestra() as band:
        await band.add("a", "A", capabilities=["coding"], priority=9)
        await band.add("b", "B", capabilities=["coding"])
        await band.orchestrator.drain("a", by="ops", reason="new release")
        assert (await band.orchestrator.agents())["a"].status == "draining"
        await band.orchestrator.define("w", by_capability)
        assert (await band.orchestrator.run("w")).value == {"one": "B"}
        await band.orchestrator.resume_agent("a")
        assert (await band.orchestrator.run("w")).value == {"one": "A"}


async def test_a_step_that_nobody_can_do_any_more_falls_back() -> None:
    async with orchestra() as band:
        await band.add("a", capabilities=["coding"])
        step = {**by_capability[0], "fallback": {"answer": "nobody did"}}
        await band.orchestrator.define("w", [step])
        await band.orchestrator.remove("a")
        result = await band.orchestrator.run("w")
        assert result.value == {"one": "nobody did"}
        failed = [e for e in await band.events(result.ids.session) if "step_failed" in e.type]
        assert [e.data["error"]["type"] for e in failed] == ["AgentUnavailable"]
        with pytest.raises(AgentNotRegistered):
            await band.orchestrator.drain("a")


async def refusals(band: Orchestra) -> list[dict[str, Any]]:
    events = band.log.store.read_stream("orchestrator-default")
    return [dict(e.data) async for e in events if e.type == "orchestrator.limit_refused"]


async def test_so_many_steps_of_an_agent_are_in_work_at_once() -> None:
    async with orchestra() as band:
        at_once_now, most = 0, 0

        async def count() -> str:
            nonlocal at_once_now, most
            at_once_now += 1
            most = max(most, at_once_now)
            await asyncio.sleep(0.05)
            at_once_now -= 1
            return "done"

        await band.add("a", *[count] * 5, limits={"concurrent_calls": 2})
        step = {"name": "each", "agent": "a", "task": "x", "fan_out": [1, 2, 3, 4, 5]}
        await band.orchestrator.define("w", [step])
        assert (await band.orchestrator.run("w")).status == "completed"
        assert most == 2
        refused = await refusals(band)
        # Once for each attempt, however often it was looked at.
        assert len({one["item"] for one in refused}) == len(refused) > 0
        assert {(one["limit"], one["allowed"]) for one in refused} == {("concurrent_calls", 2)}
        status = (await band.orchestrator.agents())["a"]
        assert status.limits["concurrent_calls"].used == 0


async def test_a_step_beyond_the_calls_of_a_minute_waits_or_goes_to_another() -> None:
    now = [datetime.now(UTC)]
    async with orchestra(clock=lambda: now[0]) as band:
        limits = {"calls_per_minute": 1}
        await band.add("a", "A", "A", capabilities=["coding"], priority=9, limits=limits)
        await band.add("b", "B", capabilities=["coding"])
        await band.orchestrator.define("w", by_capability)
        assert (await band.orchestrator.run("w")).value == {"one": "A"}
        assert (await band.orchestrator.agents())["a"].status == "busy"
        assert (await band.orchestrator.run("w")).value == {"one": "B"}
        [refused] = await refusals(band)
        assert (refused["agent"], refused["limit"], refused["used"]) == ("a", "calls_per_minute", 1)
        now[0] += timedelta(seconds=62)
        assert (await band.orchestrator.run("w")).value == {"one": "A"}


async def test_limits_hold_for_all_processes_of_a_log(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    limits = {"calls_per_minute": 1}
    async with orchestra(url) as one, orchestra(url) as other:
        for band in (one, other):
            await band.add("a", "A", capabilities=["coding"], limits=limits)
        await one.orchestrator.define("w", by_capability)
        assert (await one.orchestrator.run("w")).status == "completed"
        run = await other.orchestrator.queue("w")
        async with other.orchestrator.working(), asyncio.timeout(20):
            await until(lambda: refusals(other))
        assert not (await other.orchestrator.status(run)).is_over
        assert (await other.orchestrator.agents())["a"].limits["calls_per_minute"].used == 1


async def test_the_cost_of_an_hour_is_counted_by_its_tokens() -> None:
    async with orchestra() as band:
        usage = Usage(prompt_tokens=600_000, completion_tokens=100_000)
        await band.add(
            "a",
            ModelResponse(ModelMessage("A"), usage=usage),
            capabilities=["coding"],
            limits={"cost_per_hour": 1.0, "tokens_per_minute": 1_000_000},
            prices=TokenPrices(prompt_per_million=1, completion_per_million=6),
        )
        await band.add("b", "B", capabilities=["coding"], priority=-1)
        await band.orchestrator.define("w", by_capability)
        result = await band.orchestrator.run("w")
        assert (result.value, result.usage.tokens) == ({"one": "A"}, 700_000)
        limits = (await band.orchestrator.agents())["a"].limits
        assert limits["cost_per_hour"].used == pytest.approx(1.2)
        assert limits["tokens_per_minute"].used == 700_000
        assert (await band.orchestrator.run("w")).value == {"one": "B"}
