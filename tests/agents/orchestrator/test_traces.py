"""A workflow is one trace, whoever works on it, and each line of a worker says at what."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator

import pytest
import structlog
from ag2 import Agent
from opentelemetry import context as current
from opentelemetry.sdk.trace import TracerProvider

import retold
from retold import logs
from tests.agents.orchestrator.orchestras import orchestra
from tests.agents.orchestrator.test_diamond import diamond
from tests.agents.scripted import Script, call
from tests.telemetry.exporting import Collector, export, id_of, parent_of, trace_of

one_step = [{"name": "only", "agent": "worker", "task": "Do it"}]


@pytest.fixture
def as_json() -> Iterator[None]:
    """Write lines as JSON while the test runs."""
    before = list(logs._renderers)
    logs.render_with(structlog.processors.JSONRenderer())
    yield
    logs._renderers[:] = before


def tree_of(collector: Collector) -> Counter[tuple[str, str | None]]:
    """Count spans by their name and that of their parent."""
    by_id = {id_of(span): span.name for span in collector.spans}
    return Counter((span.name, by_id.get(parent_of(span) or "")) for span in collector.spans)


async def test_a_workflow_is_one_trace_under_the_span_it_was_asked_in(store_url: str) -> None:
    collector, tracer = Collector(), TracerProvider().get_tracer("program")
    async with orchestra(store_url) as band:
        await band.add("planner", "the plan", "joined")
        await band.add("left", "L")
        await band.add("flaky", ConnectionError("no answer"), "R")
        await band.orchestrator.define("diamond", diamond)
        with tracer.start_as_current_span("request") as span:
            asked = span.get_span_context()
            run = await band.orchestrator.queue("diamond", {"what": "a bridge"})
        # As another process would, which knows nothing of the span.
        assert not current.get_current()
        await band.orchestrator.wait(run)
        await export(band.log.store, collector)
    assert {trace_of(span) for span in collector.spans} == {format(asked.trace_id, "032x")}
    whole = collector.one("invoke_workflow diamond")
    assert parent_of(whole) == format(asked.span_id, "016x")
    assert tree_of(collector) == {
        ("invoke_workflow diamond", None): 1,
        ("run_step plan", "invoke_workflow diamond"): 1,
        ("run_step left", "invoke_workflow diamond"): 1,
        ("run_step right", "invoke_workflow diamond"): 2,
        ("run_step join", "invoke_workflow diamond"): 1,
        ("invoke_agent planner", "run_step plan"): 1,
        ("invoke_agent planner", "run_step join"): 1,
        ("invoke_agent left", "run_step left"): 1,
        ("invoke_agent flaky", "run_step right"): 2,
        ("chat scripted", "invoke_agent planner"): 2,
        ("chat scripted", "invoke_agent left"): 1,
        ("chat scripted", "invoke_agent flaky"): 2,
    }


async def test_a_workflow_that_nobody_traces_is_one_trace_of_its_own(sqlite_url: str) -> None:
    collector = Collector()
    async with orchestra(sqlite_url) as band:
        await band.add("worker", "done")
        await band.orchestrator.define("small", one_step)
        await band.orchestrator.run("small")
        await export(band.log.store, collector)
    assert len({trace_of(span) for span in collector.spans}) == 1
    assert tree_of(collector) == {
        ("invoke_workflow small", None): 1,
        ("run_step only", "invoke_workflow small"): 1,
        ("invoke_agent worker", "run_step only"): 1,
        ("chat scripted", "invoke_agent worker"): 1,
    }


async def test_a_workflow_that_a_tool_runs_is_part_of_the_turn(sqlite_url: str) -> None:
    collector = Collector()
    async with orchestra(sqlite_url) as band:
        await band.add("worker", "done")
        await band.orchestrator.define("small", one_step)

        async def build() -> str:
            """Build it."""
            return str((await band.orchestrator.run("small")).status)

        script = Script([call("build", "c1")], "built")
        agent = Agent("boss", config=band.log.model(script), tools=[build])
        await (await band.log.session("ticket-1")).ask(agent, "Build it")
        await export(band.log.store, collector)
    assert len({trace_of(span) for span in collector.spans}) == 1
    assert tree_of(collector)["invoke_workflow small", "invoke_agent boss"] == 1
    assert tree_of(collector)["invoke_agent worker", "run_step only"] == 1


async def test_lines_of_a_worker_carry_the_run_and_the_step(
    as_json: None, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    own = logs.get_logger("retold.test")

    async def look() -> str:
        """Look."""
        own.info("looking")
        return "there"

    async with orchestra(sqlite_url) as band:
        script = Script([call("look", "c1")], "seen")
        agent = Agent("worker", config=band.log.model(script), tools=[look])
        await band.orchestrator.register("worker", agent)
        await band.orchestrator.define("small", one_step)
        with caplog.at_level(logging.INFO, "retold"):
            result = await band.orchestrator.run("small", run="r-1", correlation_id="order-17")
        assert isinstance(result, retold.Result)
        own.info("after")
    (line,) = [json.loads(r.getMessage()) for r in caplog.records if "looking" in r.getMessage()]
    assert {"run": "r-1", "step": "only", "agent": "worker"}.items() <= line.items()
    assert line["correlation_id"] == "order-17"
    assert not structlog.contextvars.get_contextvars()
