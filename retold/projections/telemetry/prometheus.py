"""The figures in Prometheus's text form.

Every scrape sums up the read models, so neither a restart nor a rebuild counts anything twice: the
counters are those of the whole log, whichever process answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from retold.errors import MissingExtra
from retold.projections.telemetry import names
from retold.projections.telemetry.figures import Figures, read_figures
from retold.projections.telemetry.measures import (
    DistributionPoint,
    Measure,
    MeasureKind,
    all_measures,
    durations,
    points,
    token_usage,
)
from retold.store.log import EventStore

if TYPE_CHECKING:
    from prometheus_client import Metric

content_type = "text/plain; version=0.0.4; charset=utf-8"
default_timeout = 30.0
# What Prometheus appends for a unit; those of counted things are none.
_units = {"s": "seconds", "USD": "dollars"}


class FiguresCollector:
    """A collector for a registry of ``prometheus_client``: it reads figures at each scrape."""

    def __init__(self, read: Callable[[], Figures]) -> None:
        """Store how figures are read.

        Args:
            read: called at each scrape, in the thread of the scrape.

        Raises:
            MissingExtra: when ``prometheus_client`` is not installed.
        """
        _require_client()
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics, those without values too."""
        figures = self._read()
        values = points(figures)
        for measure in all_measures:
            family = _family(measure)
            for point in values[measure.name]:
                family.add_metric(
                    [point.attributes[name] for name in measure.attributes], point.value
                )
            yield family
        yield _histogram(
            names.GEN_AI_CLIENT_OPERATION_DURATION,
            "Seconds that model calls took.",
            names.duration_buckets,
            durations(figures),
            unit="seconds",
        )
        yield _histogram(
            names.GEN_AI_CLIENT_TOKEN_USAGE,
            "Tokens that model calls took.",
            names.token_buckets,
            token_usage(figures),
        )

    def describe(self) -> Iterator[Metric]:
        """Yield the metrics without values: registering one scrapes nothing."""
        for measure in all_measures:
            yield _family(measure)


class LogCollector(FiguresCollector):
    """A collector that reads a log, for a registry that is scraped in threads of its own."""

    def __init__(
        self,
        store: EventStore,
        loop: asyncio.AbstractEventLoop,
        *,
        queues: Collection[str] = (),
        timeout: float = default_timeout,
    ) -> None:
        """Store what is read, and where.

        Args:
            store: the log.
            loop: the running loop it was opened in; scrapes come from other threads.
            queues: names of the work queues that are measured too.
            timeout: seconds a scrape waits.

        Raises:
            MissingExtra: when ``prometheus_client`` is not installed.
        """

        def read() -> Figures:
            reading = asyncio.run_coroutine_threadsafe(read_figures(store, queues=queues), loop)
            try:
                return reading.result(timeout)
            except TimeoutError:
                reading.cancel()
                raise

        super().__init__(read)


async def metrics_text(store: EventStore, *, queues: Collection[str] = ()) -> str:
    """Return the metrics of a log in Prometheus's text form.

    Args:
        store: the log.
        queues: names of the work queues that are measured too.

    Raises:
        MissingExtra: when ``prometheus_client`` is not installed.
        SqlTimedOut, ProjectionError, StoreError, InvalidWorkQueue: as of
            :func:`~retold.projections.telemetry.figures.read_figures`.
    """
    _require_client()
    return text_of(await read_figures(store, queues=queues))


def text_of(figures: Figures) -> str:
    """Return figures in Prometheus's text form.

    Args:
        figures: as of a moment.

    Raises:
        MissingExtra: when ``prometheus_client`` is not installed.
    """
    _require_client()
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415

    registry = CollectorRegistry()
    registry.register(FiguresCollector(lambda: figures))
    return generate_latest(registry).decode()


def prometheus_name(name: str) -> str:
    """Return a dotted name as Prometheus has it."""
    return name.replace(".", "_")


def _family(measure: Measure) -> Any:
    from prometheus_client.core import (  # noqa: PLC0415 - an optional extra
        CounterMetricFamily,
        GaugeMetricFamily,
    )

    kind = CounterMetricFamily if measure.kind is MeasureKind.COUNTER else GaugeMetricFamily
    labels = [prometheus_name(name) for name in measure.attributes]
    unit = _units.get(measure.unit, "")
    return kind(prometheus_name(measure.name), measure.description, labels=labels, unit=unit)


def _histogram(
    name: str,
    description: str,
    bounds: Sequence[float],
    values: Iterable[DistributionPoint],
    *,
    unit: str = "",
) -> Metric:
    from prometheus_client.core import HistogramMetricFamily  # noqa: PLC0415 - an optional extra

    known = list(values)
    attributes = list(known[0].attributes) if known else []
    family = HistogramMetricFamily(
        prometheus_name(name), description, labels=list(map(prometheus_name, attributes)), unit=unit
    )
    for point in known:
        found = point.distribution
        buckets = [
            (str(float(bound)), float(count))
            for bound, count in zip(bounds, found.within, strict=True)
        ]
        family.add_metric(
            [point.attributes[name] for name in attributes],
            [*buckets, ("+Inf", float(found.count))],
            found.total,
        )
    return family


def _require_client() -> None:
    try:
        import prometheus_client  # noqa: F401, PLC0415 - an optional extra
    except ImportError as error:
        raise MissingExtra("prometheus-client", "prometheus") from error
