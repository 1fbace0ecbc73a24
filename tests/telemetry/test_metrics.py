"""Metrics: their values are the read models', whoever reads them and how often."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ag2 import Agent
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

import retold
from retold.domain.circuit import CircuitOpened, circuit_stream
from retold.domain.event import NewEvent
from retold.domain.model_call import ModelCallStarted
from retold.domain.recording import TurnFailed, TurnStarted
from retold.domain.value import ErrorInfo
from retold.errors import MissingExtra
from retold.projections.audit.sql import run_sql
from retold.projections.keeping.rebuild import rebuild
from retold.projections.models.turns import turns
from retold.projections.telemetry import names
from retold.projections.telemetry.export import TelemetryExport
from retold.projections.telemetry.figures import read_figures
from retold.projections.telemetry.instruments import FigureInstruments, follow_figures
from retold.projections.telemetry.prometheus import LogCollector, metrics_text, text_of
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from retold.store.work_queue import NewWorkItem, WorkQueue
from tests.agents.scripted import Script, call
from tests.projections.histories import epoch, message, started
from tests.store.consumers.groups import eventually
from tests.telemetry.exporting import Collector, export, record_session

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(text: str) -> Samples:
    """Return every sample of a scrape by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(found: Samples, name: str, **labels: str) -> float:
    """Return the sum of the samples of a name that have these labels."""
    wanted = labels.items()
    return sum(v for (n, known), v in found.items() if n == name and wanted <= dict(known).items())


async def fill(log: retold.Log) -> None:
    """Record a session, one that fails, an imported one, a circuit and work to do."""
    await record_session(log)
    bad = Agent("bad", config=log.model(Script(TimeoutError("too slow"))))
    with pytest.raises(TimeoutError):
        await (await log.session("failing")).ask(bad, "go")
    news = [
        started(source="tau2"),
        message("user", content="Where?"),
        message("assistant", calls=1, tokens=(1_000, 5), cost=0.25),
    ]
    await log.store.append("conversation-imported", news, expected_version=0)
    opened = CircuitOpened(
        call="1",
        failures=3,
        error=ErrorInfo(type="TimeoutError", message="x"),
        opened_at=epoch,
        retry_at=epoch,
    ).to_new_event()
    await log.store.append(circuit_stream("openai"), [opened], expected_version=0)
    await WorkQueue(log.store, "steps").put([NewWorkItem(id="1"), NewWorkItem(id="2")])


async def one_value(store: EventStore, statement: str) -> Any:
    """Return the only value a statement selects."""
    return (await run_sql(store, statement)).rows[0][0]


async def test_prometheus_text_says_what_the_read_models_do(store_url: str) -> None:
    async with retold.open(store_url) as log:
        await fill(log)
        found = samples(await metrics_text(log.store, queues=["steps"]))
        ended = "SELECT COUNT(*) FROM turns WHERE status <> 'running'"
        assert total(found, "retold_turns_total") == await one_value(log.store, ended) == 2
        assert total(found, "retold_turns_total", error_type="TimeoutError") == 1
        calls = await one_value(log.store, "SELECT COUNT(*) FROM model_calls")
        assert total(found, "retold_model_calls_total") == calls
        assert total(found, "retold_model_calls_total", gen_ai_agent_name="digger") == 2
        tools = "SELECT COUNT(*) FROM tool_calls WHERE answered_version IS NOT NULL"
        assert total(found, "retold_tool_calls_total") == await one_value(log.store, tools) == 5
        # The imported one without an answer will have none.
        assert total(found, "retold_tool_calls_running") == 0
        sent = await one_value(log.store, "SELECT SUM(prompt_tokens) FROM usage")
        assert total(found, "retold_tokens_total", gen_ai_token_type="input") == sent == 1_000
        assert total(found, "retold_cost_dollars_total") == 0.25
        timed = await one_value(log.store, "SELECT COUNT(seconds) FROM model_calls")
        spent = await one_value(log.store, "SELECT SUM(seconds) FROM model_calls")
    seconds = "gen_ai_client_operation_duration_seconds"
    assert total(found, f"{seconds}_count") == total(found, f"{seconds}_bucket", le="+Inf") == timed
    assert total(found, f"{seconds}_sum") == pytest.approx(spent)
    tokens = "gen_ai_client_token_usage"
    by_input = {"gen_ai_token_type": "input"}
    assert (
        total(found, f"{tokens}_bucket", le="256.0", **by_input)
        == 0 + total(found, f"{tokens}_count", gen_ai_token_type="input") - 1
    )
    assert total(found, f"{tokens}_sum", **by_input) == 1_000
    assert total(found, "retold_circuit_state", retold_circuit="openai") == 2
    assert total(found, "retold_circuit_openings_total") == 1
    assert total(found, "retold_queue_items", retold_status="ready") == 2
    assert total(found, "retold_projection_lag") == 0


async def test_what_a_turn_leaves_open_runs_no_longer_than_the_turn(store_url: str) -> None:
    begun, forever = asyncio.Event(), asyncio.Event()

    async def wait() -> str:
        """Wait."""
        begun.set()
        await forever.wait()
        return "over"

    async with retold.open(store_url) as log:
        agent = Agent("a", config=log.model(Script([call("wait", "c1")])), tools=[wait])
        asking = asyncio.create_task((await log.session("s")).ask(agent, "go"))
        await begun.wait()
        during = samples(await metrics_text(log.store))
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        after = samples(await metrics_text(log.store))
    assert [total(found, "retold_turns_running") for found in (during, after)] == [1, 0]
    assert [total(found, "retold_tool_calls_running") for found in (during, after)] == [1, 0]
    assert total(after, "retold_tool_calls_total") == 0


async def test_a_model_call_that_was_killed_runs_no_longer_than_its_turn(store_url: str) -> None:
    async with retold.open(store_url) as log:
        events = [
            TurnStarted(turn="t", agent="a", owner="dead", fencing_token=1),
            ModelCallStarted(
                call="1",
                attempt=1,
                messages=(),
                **dict.fromkeys(
                    ("request_hash", "prompt_hash", "tools_hash", "parameters_hash"), "0"
                ),
            ),
        ]
        news = [event.to_new_event(metadata={"session": "s", "turn": "t"}) for event in events]
        await log.store.append("conversation-s", news, expected_version=0)
        during = samples(await metrics_text(log.store))
        abandoned = TurnFailed(turn="t", abandoned=True).to_new_event(metadata={"session": "s"})
        await log.store.append("conversation-s", [abandoned], expected_version=2)
        after = samples(await metrics_text(log.store))
    assert [total(found, "retold_model_calls_running") for found in (during, after)] == [1, 0]
    assert total(after, "retold_model_calls_total") == 0


async def test_buckets_hold_what_is_at_most_their_bound(store: EventStore) -> None:
    for number, seconds in enumerate((0.01, 0.011, 5.0, 100.0)):
        call = str(number)
        news = [
            NewEvent(type="model.call_started", data=_started(call)),
            NewEvent(
                type="model.call_completed",
                data={"call": call, "response": {}, "latency_ms": seconds * 1_000},
            ),
        ]
        await store.append("conversation-1", news, expected_version=ExpectedVersion.ANY)
    found = samples(await metrics_text(store))
    bucket = "gen_ai_client_operation_duration_seconds_bucket"
    counts = [
        total(found, bucket, le=le) for le in ("0.01", "0.02", "2.56", "5.12", "81.92", "+Inf")
    ]
    assert counts == [1, 2, 2, 3, 3, 4]


def _started(call: str) -> dict[str, Any]:
    hashes = ("request_hash", "prompt_hash", "tools_hash", "parameters_hash")
    return {"call": call, "attempt": 1, "messages": [], **dict.fromkeys(hashes, "0")}


async def test_scraping_again_and_rebuilding_count_nothing_twice(store_url: str) -> None:
    async with retold.open(store_url) as log:
        await fill(log)
        first = text_of(await read_figures(log.store))
        await rebuild(log.store, turns)
        assert text_of(await read_figures(log.store)) == first
    async with retold.open(store_url) as log:
        assert text_of(await read_figures(log.store)) == first


async def test_no_label_names_a_session_a_turn_or_a_call(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        await record_session(log, "the-session-id")
        await export(log.store, Collector())
        text = await metrics_text(log.store)
        ids = [e.event_id async for e in log.store.read_all()]
    assert "the-session-id" not in text
    assert not any(str(one) in text for one in ids)
    found = samples(text)
    assert total(found, "retold_group_lag", retold_group="otel") == 0


async def test_label_values_are_escaped(store: EventStore) -> None:
    agent = 'a "name"\nwith \\ all'
    begun = NewEvent(type="turn.started", data={"turn": "1", "agent": agent})
    over = NewEvent(type="turn.completed", data={"turn": "1"})
    await store.append("conversation-1", [begun, over], expected_version=0)
    found = samples(await metrics_text(store))
    assert total(found, "retold_turns_total", gen_ai_agent_name=agent) == 1


async def test_a_registry_scraped_by_another_thread_reads_the_log(store_url: str) -> None:
    async with retold.open(store_url) as log:
        registry = CollectorRegistry()
        registry.register(LogCollector(log.store, asyncio.get_running_loop()))
        before = samples((await asyncio.to_thread(generate_latest, registry)).decode())
        assert total(before, "retold_turns_total") == 0
        await fill(log)
        after = samples((await asyncio.to_thread(generate_latest, registry)).decode())
        assert after == samples(await metrics_text(log.store))


def observed(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    """Return the data points that a reader collects, by metric."""
    data = reader.get_metrics_data()
    if data is None:
        return {}
    return {
        metric.name: list(metric.data.data_points)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


async def test_instruments_measure_what_is_exported(sqlite_url: str) -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    async with retold.open(sqlite_url) as log:
        await record_session(log)
        await export(log.store, None, meter_provider=provider)
        await export(log.store, None, meter_provider=provider)
        again = TelemetryExport(log.store, None, meter_provider=provider)
        await again.run(until="caught_up")
    points = observed(reader)[names.GEN_AI_CLIENT_OPERATION_DURATION]
    counts: dict[str, int] = {}
    for point in points:
        operation = point.attributes[names.GEN_AI_OPERATION_NAME]
        counts[operation] = counts.get(operation, 0) + point.count
        assert names.SESSION_ID not in point.attributes
        assert list(point.explicit_bounds) == list(names.duration_buckets)
    assert counts == {"chat": 6, "execute_tool": 5, "invoke_agent": 3}
    failed = [p for p in points if p.attributes.get(names.ERROR_TYPE) == "ConnectionError"]
    assert sum(point.count for point in failed) == 2
    provider.shutdown()


async def test_figures_are_observed(sqlite_url: str) -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    async with retold.open(sqlite_url) as log:
        await fill(log)
        stop = asyncio.Event()
        following = asyncio.create_task(
            follow_figures(log.store, provider, queues=["steps"], until=stop)
        )
        await eventually(lambda: names.TURNS in observed(reader))
        stop.set()
        await following
        found = observed(reader)
        figures = await read_figures(log.store, queues=["steps"])
    turned = {
        (p.attributes[names.GEN_AI_AGENT_NAME], p.attributes[names.STATUS]): p.value
        for p in found[names.TURNS]
    }
    assert turned == {("boss", "completed"): 1, ("bad", "failed"): 1}
    assert [p.value for p in found[names.CIRCUIT_STATE]] == [2]
    assert sum(p.value for p in found[names.QUEUE_ITEMS]) == 2
    # Shown twice, they are the same: a counter is what the log says, and not added to.
    instruments = FigureInstruments(MeterProvider([second := InMemoryMetricReader()]))
    for _ in range(2):
        instruments.show(figures)
    assert sum(p.value for p in observed(second)[names.TURNS]) == 2
    provider.shutdown()


def test_without_the_client_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "prometheus_client", None)
    from retold.projections.telemetry.figures import Figures  # noqa: PLC0415

    with pytest.raises(MissingExtra, match=r"retold\[prometheus\]"):
        text_of(Figures(at=epoch))
