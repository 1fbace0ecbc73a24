"""Logs as they would be had the process died right after each of their events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import retold
from retold.domain.event import NewEvent
from retold.domain.recorded import RecordedEvent
from retold.store import EventStore
from tests.empty_logs import make_log


async def everything_in(store: EventStore) -> list[RecordedEvent]:
    """Return all events of a log, in the order they were appended."""
    return [event async for event in store.read_all()]


@asynccontextmanager
async def log_of(events: list[RecordedEvent]) -> AsyncIterator[retold.Log]:
    """Open a new log that holds just these events, and no lease of who wrote them."""
    with TemporaryDirectory(prefix="retold-test-") as folder:
        # Nothing here is about a machine that loses power.
        url = make_log(Path(folder) / "log.db")
        async with retold.open(url, durability="normal") as log:
            for stream, run in groupby(events, key=lambda event: event.stream):
                news = list(run)
                await log.store.append(
                    stream, [_new(event) for event in news], expected_version=news[0].version - 1
                )
            yield log


def _new(event: RecordedEvent) -> NewEvent:
    return NewEvent(
        type=event.type,
        data=event.data,
        metadata=event.metadata,
        event_id=event.event_id,
        schema_version=event.schema_version,
        correlation_id=event.correlation_id,
        causation_id=event.causation_id,
        occurred_at=event.occurred_at,
    )
