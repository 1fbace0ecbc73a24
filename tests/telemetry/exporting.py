"""A recorded session with all there is to derive spans from, and exporters that misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from ag2 import Agent
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

import retold
from retold.projections.telemetry.export import TelemetryExport
from retold.store import EventStore
from tests.agents.scripted import Script, call

correlation = "order-17"


class Collector(SpanExporter):
    """Keeps what it is given.

    Attributes:
        batches: what it took, in order.
        failures: how many calls it refuses first.
        error: what it raises then, instead of saying so.
    """

    def __init__(self, *, failures: int = 0, error: Exception | None = None) -> None:
        self.batches: list[tuple[ReadableSpan, ...]] = []
        self.failures = failures
        self.error = error

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Take spans, or refuse them."""
        if self.failures > 0:
            self.failures -= 1
            if self.error is not None:
                raise self.error
            return SpanExportResult.FAILURE
        self.batches.append(tuple(spans))
        return SpanExportResult.SUCCESS

    @property
    def spans(self) -> list[ReadableSpan]:
        """All it took, in order."""
        return [span for batch in self.batches for span in batch]

    @property
    def ids(self) -> list[str]:
        """Their ids."""
        return [id_of(span) for span in self.spans]

    def named(self, name: str) -> list[ReadableSpan]:
        """Return those of a name, in order."""
        return [span for span in self.spans if span.name == name]

    def one(self, name: str) -> ReadableSpan:
        """Return the only one of a name."""
        (span,) = self.named(name)
        return span


def id_of(span: ReadableSpan) -> str:
    """Return the id of a span as 16 hex digits."""
    assert span.context is not None
    return format(span.context.span_id, "016x")


def trace_of(span: ReadableSpan) -> str:
    """Return the id of a span's trace as 32 hex digits."""
    assert span.context is not None
    return format(span.context.trace_id, "032x")


def parent_of(span: ReadableSpan) -> str | None:
    """Return the id of the span it is part of."""
    return None if span.parent is None else format(span.parent.span_id, "016x")


def attributes_of(span: ReadableSpan) -> dict[str, Any]:
    """Return the attributes of a span."""
    return dict(span.attributes or {})


def facts(span: ReadableSpan) -> tuple[Any, ...]:
    """Return everything of a span, to compare."""
    return (
        span.name,
        trace_of(span),
        id_of(span),
        parent_of(span),
        span.start_time,
        span.end_time,
        span.status.status_code,
        span.status.description,
        tuple(sorted(attributes_of(span).items(), key=lambda item: item[0])),
    )


async def export(store: EventStore, exporter: SpanExporter | None, **options: Any) -> None:
    """Export what is in a log, without long pauses."""
    run = {name: options.pop(name) for name in ("checkpoint_every",) if name in options}
    options = {"pause": 0.001, **options}
    await asyncio.wait_for(
        TelemetryExport(store, exporter, **options).run(until="caught_up", **run), 60
    )


async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def fail() -> str:
    """Fail."""
    raise ValueError("the token is hunter2")


async def record_session(log: retold.Log, session: str = "ticket-1") -> None:
    """Record a turn with tools, one of which fails, two agents at once, and one asked by a tool."""
    boss = Script(
        [
            call("task_digger", "c1", '{"objective": "dig"}'),
            call("task_filler", "c2", '{"objective": "fill"}'),
            call("consult", "c3", "{}"),
            call("add", "c4", '{"a": 1, "b": 2}'),
        ],
        "all done",
    )
    digger = Agent(
        "digger",
        config=log.model(Script([call("add", "d1", '{"a": 3, "b": 4}')], "dug", name="deep")),
        tools=[add],
    )
    filler = Agent("filler", config=log.model(Script(ConnectionError("lost"), name="flat")))
    expert = Agent("expert", config=log.model(Script("it is so", name="wise")))

    async def consult() -> str:
        """Ask the expert."""
        return (await expert.ask("is it so?")).response.content or ""

    agent = Agent(
        "boss",
        config=log.model(boss),
        tools=[
            digger.as_tool(description="digs"),
            filler.as_tool(description="fills"),
            consult,
            add,
        ],
    )
    asked = await log.session(session)
    await asked.ask(agent, "dig and fill", correlation_id=correlation)
