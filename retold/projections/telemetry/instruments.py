"""What OpenTelemetry measures with: the conventions' histograms, and figures of the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from retold.errors import StoreUnavailable
from retold.logs import get_logger
from retold.projections.telemetry import names
from retold.projections.telemetry.derived_span import AttributeValue, DerivedSpan
from retold.projections.telemetry.figures import Figures, read_figures
from retold.projections.telemetry.measures import MeasureKind, Point, all_measures, points
from retold.projections.telemetry.sdk import require_sdk
from retold.store.log import EventStore

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation

log = get_logger("retold.telemetry")

# Bounded: none of them names a session, a turn, a call or a person.
_attributes = (
    names.GEN_AI_OPERATION_NAME,
    names.GEN_AI_PROVIDER_NAME,
    names.GEN_AI_REQUEST_MODEL,
    names.GEN_AI_RESPONSE_MODEL,
    names.GEN_AI_AGENT_NAME,
    names.GEN_AI_WORKFLOW_NAME,
    names.ERROR_TYPE,
)
_tokens = {
    names.INPUT: names.GEN_AI_USAGE_INPUT_TOKENS,
    names.OUTPUT: names.GEN_AI_USAGE_OUTPUT_TOKENS,
}


class CallInstruments:
    """Measures what spans tell, once an exporter has them."""

    def __init__(self, provider: MeterProvider) -> None:
        """Make the instruments.

        Args:
            provider: whose readers collect.
        """
        meter = provider.get_meter(names.scope)
        self._duration = meter.create_histogram(
            names.GEN_AI_CLIENT_OPERATION_DURATION,
            unit="s",
            description="GenAI operation duration.",
            explicit_bucket_boundaries_advisory=names.duration_buckets,
        )
        self._usage = meter.create_histogram(
            names.GEN_AI_CLIENT_TOKEN_USAGE,
            unit="{token}",
            description="Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=names.token_buckets,
        )

    def measure(self, spans: Iterable[DerivedSpan]) -> None:
        """Measure how long each took, and the tokens of model calls.

        Args:
            spans: that are over.
        """
        for span in spans:
            known = {name: span.attributes[name] for name in _attributes if name in span.attributes}
            if not span.attributes.get(names.RETOLD_ONLY_ANSWER_RECORDED):
                self._duration.record(span.seconds, known)
            self._measure_tokens(span, known)

    def _measure_tokens(self, span: DerivedSpan, known: Mapping[str, AttributeValue]) -> None:
        for kind, name in _tokens.items():
            count = span.attributes.get(name)
            if isinstance(count, int | float):
                self._usage.record(count, {**known, names.GEN_AI_TOKEN_TYPE: kind})


class FigureInstruments:
    """Counters and gauges that are observed from figures of the log, whoever collects and when."""

    def __init__(self, provider: MeterProvider) -> None:
        """Make the instruments; until there are figures, they have no values.

        Args:
            provider: whose readers collect.
        """
        meter = provider.get_meter(names.scope)
        self._points: Mapping[str, Sequence[Point]] = {}
        for measure in all_measures:
            make = (
                meter.create_observable_counter
                if measure.kind is MeasureKind.COUNTER
                else meter.create_observable_gauge
            )
            make(
                measure.name,
                callbacks=[self._observed(measure.name)],
                unit=measure.unit,
                description=measure.description,
            )

    def show(self, figures: Figures) -> None:
        """Let readers see these figures from now on."""
        self._points = points(figures)

    def _observed(self, name: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
        from opentelemetry.metrics import Observation  # noqa: PLC0415 - an optional extra

        def observe(_: CallbackOptions) -> Iterable[Observation]:
            for point in self._points.get(name, ()):
                known = {key: value for key, value in point.attributes.items() if value}
                yield Observation(point.value, known)

        return observe


async def follow_figures(
    store: EventStore,
    provider: MeterProvider,
    *,
    every: float = 15.0,
    queues: Collection[str] = (),
    until: asyncio.Event | None = None,
) -> None:
    """Observe the figures of a log again and again.

    They are sums over the read models: cumulative, of the whole log, whichever process observes. So
    let one process do it, or let each be a resource of its own.

    Args:
        store: the log.
        provider: whose readers collect; they see the figures that were read last.
        every: seconds between two readings.
        queues: names of the work queues that are measured too.
        until: an event that is set to end it; None: for ever.

    Raises:
        MissingExtra: when OpenTelemetry's SDK is not installed.
        SqlTimedOut, ProjectionError, InvalidWorkQueue: as of ``read_figures``. A database that
            does not answer is asked again.
    """
    require_sdk()
    instruments, stop = FigureInstruments(provider), until or asyncio.Event()
    while not stop.is_set():
        try:
            instruments.show(await read_figures(store, queues=queues))
        except StoreUnavailable as error:
            log.warning("figures not read", error=error.code)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every)
