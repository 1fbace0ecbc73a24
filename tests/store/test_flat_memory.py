"""Reading and verifying a long log takes no more memory than a short one."""

from __future__ import annotations

import tracemalloc

import pytest

from retold.store import EventStore
from retold.testing import memory_store
from tests.store.events import numbered


async def _peaks(store: EventStore, few: int, many: int) -> tuple[int, int]:
    """Return the memory that reading and verifying few and many events takes."""
    for stream, count in (("few-1", few), ("many-1", many - few)):
        for start in range(0, count, 2_000):
            await store.append(stream, numbered(2_000), expected_version=start)

    async def peak(category: str | None, stream: str | None, count: int) -> int:
        seen = 0
        tracemalloc.reset_peak()
        async for _ in store.read_all(category=category):
            seen += 1
        report = await store.verify(stream)
        assert (seen, report.events, report.ok) == (count, count, True)
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        # The first reading also fills caches of statements and types.
        await peak("few", "few-1", few)
        return await peak("few", "few-1", few), await peak(None, None, many)
    finally:
        tracemalloc.stop()


async def test_a_log_in_memory_is_read_in_no_more_than_it_takes_itself() -> None:
    async with memory_store() as store:
        _, large = await _peaks(store, 2_000, 20_000)
    # The log itself takes ten times as much.
    assert large < 1_000_000


async def test_reading_ten_times_the_events_takes_the_same_memory(store: EventStore) -> None:
    small, large = await _peaks(store, 2_000, 20_000)
    assert large < 1.5 * small


@pytest.mark.stress
@pytest.mark.timeout(1_800)
async def test_a_million_events_are_read_in_constant_memory(store: EventStore) -> None:
    small, large = await _peaks(store, 20_000, 1_000_000)
    assert large < 1.5 * small
    assert large < 150_000_000
