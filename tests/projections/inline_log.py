"""A log whose appends write the rows of a tally."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from retold.projections.projection import Projection
from retold.store import EventStore, open_store
from tests.projections.tallies import (
    as_they_are,
    expected,
    tallies,
)

tally = tallies()


@asynccontextmanager
async def opened(url: str, *projections: Projection, **options: Any) -> AsyncIterator[EventStore]:
    async with await open_store(url, inline=projections, **options) as store:
        yield store


async def check(store: EventStore, projection: Projection = tally) -> None:
    """See that the rows are there without anybody bringing them up to date."""
    assert await as_they_are(store, projection) == await expected(store, projection)
