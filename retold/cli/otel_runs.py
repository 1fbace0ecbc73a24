"""Exporting to OpenTelemetry, as the command line runs it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Self

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    ConsoleMetricExporter,
    MetricExporter,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SpanExporter

from retold import __version__
from retold.cli.output import say
from retold.cli.stopping import on_signals
from retold.errors import MissingExtra
from retold.projections.telemetry.export import TelemetryExport
from retold.projections.telemetry.figures import read_figures
from retold.projections.telemetry.instruments import FigureInstruments, follow_figures
from retold.projections.telemetry.sdk import default_resource
from retold.store import EventStore


@dataclass(frozen=True, slots=True)
class Targets:
    """Who takes what is exported.

    Attributes:
        spans: takes spans.
        metrics: makes who takes metrics.
    """

    spans: SpanExporter
    metrics: Callable[[], MetricExporter]

    @classmethod
    def console(cls) -> Self:
        """Return standard output, a line a span."""
        return cls(
            ConsoleSpanExporter(
                out=sys.stdout, formatter=lambda span: span.to_json(indent=None) + "\n"
            ),
            lambda: ConsoleMetricExporter(
                out=sys.stdout, formatter=lambda data: data.to_json(indent=None) + "\n"
            ),
        )

    @classmethod
    def otlp(cls, endpoint: str | None) -> Self:
        """Return a collector.

        Args:
            endpoint: its address, without the path; None for that of the environment.

        Raises:
            MissingExtra: when OTLP's exporters are not installed.
        """
        try:
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import (  # noqa: PLC0415
                OTLPMetricExporter,
            )
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
                OTLPSpanExporter,
            )
        except ImportError as error:
            raise MissingExtra("opentelemetry-exporter-otlp-proto-http", "otel") from error
        base = None if endpoint is None else endpoint.rstrip("/")
        return cls(
            OTLPSpanExporter(endpoint=base and f"{base}/v1/traces"),
            lambda: OTLPMetricExporter(endpoint=base and f"{base}/v1/metrics"),
        )

    def meter_provider(self) -> MeterProvider:
        """Return a provider whose metrics go there."""
        reader = PeriodicExportingMetricReader(self.metrics())
        return MeterProvider([reader], resource=default_resource(__version__))


async def run_export(
    store: EventStore,
    export: TelemetryExport,
    provider: MeterProvider | None,
    *,
    queues: Collection[str],
    once: bool,
) -> None:
    """Export until it is interrupted, or what is in the log is exported.

    Args:
        store: the log.
        export: of spans.
        provider: of metrics; None for none.
        queues: names of the work queues that are measured too.
        once: end when what is in the log is exported.

    Raises:
        RetoldError: what the export raises.
    """
    try:
        if once:
            await export.run(until="caught_up")
            if provider is not None:
                FigureInstruments(provider).show(await read_figures(store, queues=queues))
            return
        stopping = asyncio.Event()
        say("exporting; interrupt to stop")
        with on_signals(stopping.set):
            async with asyncio.TaskGroup() as tasks:
                if provider is not None:
                    following = follow_figures(store, provider, queues=queues, until=stopping)
                    tasks.create_task(following)
                await export.run(until=stopping)
    except* Exception as errors:
        raise errors.exceptions[0] from errors
    finally:
        if provider is not None:
            # It collects once more, which may wait for the collector.
            await asyncio.to_thread(provider.shutdown)
