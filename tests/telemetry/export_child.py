"""A process that exports and is killed: ``python -m tests.telemetry.export_child URL SPANS``.

It prints the ids of the spans that its exporter took, and dies within the exporter once there are
as many as asked for, before anybody could be told.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from retold.store import open_store
from tests.telemetry.exporting import export, id_of


class Dying(SpanExporter):
    """Takes so many spans, and takes its process with it."""

    def __init__(self, spans: int) -> None:
        self.left = spans

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Take spans, one a line."""
        for span in spans:
            os.write(1, f"{id_of(span)}\n".encode())
            self.left -= 1
        if self.left <= 0:
            os._exit(9)
        return SpanExportResult.SUCCESS


async def main(url: str, spans: int) -> None:
    """Export with a checkpoint after each event."""
    async with await open_store(url) as store:
        await export(store, Dying(spans), checkpoint_every=1, lease_seconds=0.3)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
