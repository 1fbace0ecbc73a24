"""The consumer that exports: it follows the log and gives what ended to OpenTelemetry."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Literal

from retold.domain.recorded import RecordedEvent
from retold.errors import ExportFailed
from retold.logs import get_logger
from retold.projections.telemetry.derived_span import DerivedSpan
from retold.projections.telemetry.deriving import SpanDeriver, default_streams
from retold.projections.telemetry.sdk import (
    default_resource,
    instrumentation_scope,
    require_sdk,
    sdk_span,
)
from retold.store.consumers import ConsumerGroup
from retold.store.log import EventStore
from retold.store.uninterrupted import uninterrupted

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace.export import SpanExporter

    from retold.projections.telemetry.instruments import CallInstruments

default_group = "otel"
default_attempts = 8
longest_pause_seconds = 30.0

log = get_logger("retold.telemetry")


class TelemetryExport:
    """Exports what happened as spans, and as measurements of model calls, while the log grows.

    It is a consumer group: any number of processes may run it, and each goes on where the last one
    ended, by a checkpoint in the log's database. The checkpoint moves after the exporter took the
    spans. So a span is exported at least once: after a kill, those since the last checkpoint come
    again, with the same ids. Folding read models anew, or asking again, exports nothing.
    """

    def __init__(  # noqa: PLR0913 - each is a choice of its own
        self,
        store: EventStore,
        exporter: SpanExporter | None,
        *,
        name: str = default_group,
        meter_provider: MeterProvider | None = None,
        start: Literal["beginning", "end"] = "beginning",
        partitions: int = 1,
        contents: bool = False,
        imports: bool = False,
        resource: Resource | None = None,
        attempts: int = default_attempts,
        pause: float = 0.2,
        streams: int = default_streams,
        lease_seconds: float = 15.0,
    ) -> None:
        """Store what is needed; :meth:`run` acts.

        Args:
            store: the log.
            exporter: any of OpenTelemetry's; None when measurements alone are wanted.
            name: of the consumer group, which has the checkpoint.
            meter_provider: where model calls are measured; None for nowhere.
            start: where the first run begins: at the ``beginning`` of the log, or at its ``end``.
            partitions: how many processes can export at once; each share of the streams is read on
                its own. It cannot be changed later.
            contents: give spans arguments and results of tools, and messages of errors.
            imports: give imported conversations spans too.
            resource: what the spans are of; None for ``OTEL_SERVICE_NAME``, or ``retold``.
            attempts: how often the exporter is given spans that it does not take.
            pause: seconds before the second attempt; doubled with each, up to 30.
            streams: of how many streams, seen last, the open spans are kept in memory. Those of
                others are found by folding the stream again.
            lease_seconds: how long another process waits for this one when it dies.

        Raises:
            MissingExtra: when OpenTelemetry's SDK is not installed.
            InvalidGroup: when the name or a number makes no sense.
            ValueError: when ``attempts`` is not 1 or more.
        """
        require_sdk()
        if attempts < 1:
            raise ValueError(f"attempts is {attempts}: give 1 or more")
        # All events, though not all are wanted: what is selected cannot be changed by a release.
        self.group = ConsumerGroup(
            store, name, partitions=partitions, start=start, lease_seconds=lease_seconds
        )
        self._deriver = SpanDeriver(store, contents=contents, imports=imports, streams=streams)
        self._exporter = exporter
        self._resource = default_resource(_version()) if resource is None else resource
        self._scope = instrumentation_scope(_version())
        self._instruments: CallInstruments | None = None
        if meter_provider is not None:
            from retold.projections.telemetry.instruments import CallInstruments  # noqa: PLC0415

            self._instruments = CallInstruments(meter_provider)
        self._attempts = attempts
        self._pause = pause
        self._ended: list[DerivedSpan] = []
        self._exporting = asyncio.Lock()

    async def run(
        self,
        *,
        until: asyncio.Event | Literal["caught_up"] | None = None,
        checkpoint_every: int = 100,
        poll_seconds: float = 0.25,
    ) -> None:
        """Export, as one of the group's members.

        Args:
            until: an event that is set to end it, or ``caught_up``: it ends when what was in the
                log is exported. None: for ever.
            checkpoint_every: events between two exports at the most; there is one too whenever
                there are no more events for now.
            poll_seconds: how often the log is asked for what no hint told of.

        Raises:
            ExportFailed: when the exporter did not take spans at any attempt.
            HandlerFailed: when the spans of an event cannot be derived.
            ConsumerError, StoreError: as of ``ConsumerGroup.run``.
        """
        # What an earlier run left is handled again.
        self._ended.clear()
        await self.group.run(
            self._take,
            until=until,
            attempts=self._attempts,
            pause=self._pause,
            on_failure="stop",
            checkpoint_every=checkpoint_every,
            poll_seconds=poll_seconds,
            before_checkpoint=self._export,
        )

    async def _take(self, event: RecordedEvent) -> None:
        self._ended += await self._deriver.spans(event)

    async def _export(self) -> None:
        """Give the exporter all that ended, and wait until it has it.

        Raises:
            ExportFailed: when it does not take it.
        """
        async with self._exporting:
            spans = tuple(self._ended)
            if not spans:
                return
            for attempt in range(1, self._attempts + 1):
                # What the exporter took is not to be given to it again by whoever ends the run.
                error = await uninterrupted(self._attempt(spans))
                if error is None:
                    return
                log.warning("spans not exported", spans=len(spans), attempt=attempt, error=error)
                if attempt < self._attempts:
                    await asyncio.sleep(self._pause_after(attempt))
            name = type(self._exporter).__name__
            raise ExportFailed(self.group.name, name, spans=len(spans), attempts=self._attempts)

    async def _attempt(self, spans: Sequence[DerivedSpan]) -> str | None:
        """Export; return what failed, None when nothing did."""
        sampled = [span for span in spans if span.is_sampled]
        if self._exporter is not None and sampled:
            from opentelemetry.sdk.trace.export import (  # noqa: PLC0415 - an optional extra
                SpanExportResult,
            )

            made = [sdk_span(span, self._resource, self._scope) for span in sampled]
            try:
                # Exporters block, and the group renews its leases in this loop.
                result = await asyncio.to_thread(self._exporter.export, made)
            except Exception as error:
                return type(error).__name__
            if result is not SpanExportResult.SUCCESS:
                return "failure"
        if self._instruments is not None:
            self._instruments.measure(spans)
        del self._ended[: len(spans)]
        return None

    def _pause_after(self, attempt: int) -> float:
        longest: float = min(self._pause * 2 ** (attempt - 1), longest_pause_seconds)
        return longest * random.uniform(0.5, 1)  # noqa: S311 - a pause, not a secret


def _version() -> str:
    try:
        return version("retold")
    except PackageNotFoundError:
        return "0+unknown"
