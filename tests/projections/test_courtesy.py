"""A rebuild takes little of the database while others append, and all of it while nobody does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.projections.keeping import courtesy as module
from retold.projections.keeping.courtesy import Courtesy, Pace
from retold.projections.keeping.rebuild import rebuild
from retold.store import EventStore, open_store
from tests.projections.words import folded, rows_of, say, words


@dataclass
class Time:
    """Seconds that pass only when somebody sleeps, or when ``now`` is moved."""

    now: float = 0.0
    rests: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.now += seconds

    def courtesy(self, share: float) -> Courtesy:
        return Courtesy(share=share, sleep=self.sleep, clock=self.clock)


async def transact(pace: Pace, time: Time, seconds: float) -> None:
    async with pace.transaction() as connection:
        await connection.execute(sa.text("SELECT 1"))
        time.now += seconds


async def append(store: EventStore, events: int) -> None:
    await say(store, *["a"] * events)


async def test_it_rests_so_long_that_its_transactions_have_their_share(store: EventStore) -> None:
    time = Time()
    pace = Pace(store, time.courtesy(0.2), 1_000)
    await pace.rest()
    await append(store, 50)
    await transact(pace, time, 0.1)
    await pace.rest()
    assert time.rests == [pytest.approx(0.4)]


async def test_it_does_not_rest_while_nobody_appends(store: EventStore) -> None:
    time = Time()
    await append(store, 3)
    pace = Pace(store, time.courtesy(0.2), 1_000)
    for _ in range(3):
        await transact(pace, time, 0.1)
        await pace.rest()
    assert time.rests == []


async def test_a_trickle_of_appends_leaves_it_half_of_the_time(sqlite_url: str) -> None:
    # On PostgreSQL positions go up in leaps, so that a trickle there may pass for more.
    time = Time()
    async with await open_store(sqlite_url) as store:
        pace = Pace(store, time.courtesy(0.1), 1_000)
        await pace.rest()
        await append(store, 1)
        time.now += 0.9
        await transact(pace, time, 0.1)
        await pace.rest()
    assert time.rests == [pytest.approx(0.1)]


async def test_it_takes_fewer_events_when_a_transaction_was_long(store: EventStore) -> None:
    time = Time()
    pace = Pace(store, time.courtesy(0.2), 1_000)
    sizes = []
    # Short ones first, then what would keep somebody waiting.
    for seconds in (0.001, 0.001, 0.001, 0.03, 0.03, 0.03, 0.03, 0.03):
        await append(store, 30)
        await transact(pace, time, seconds)
        sizes.append(pace.size)
        await pace.rest()
    assert sizes == [50, 100, 200, 400, 200, 100, 50, 50]


async def test_it_takes_as_many_as_it_may_while_nobody_appends(store: EventStore) -> None:
    time = Time()
    pace = Pace(store, time.courtesy(0.2), 300)
    sizes = []
    for _ in range(5):
        sizes.append(pace.size)
        await transact(pace, time, 0.001)
        await pace.rest()
    assert sizes == [50, 100, 200, 300, 300]


async def test_no_rest_is_longer_than_the_longest(store: EventStore) -> None:
    time = Time()
    pace = Pace(store, time.courtesy(0.01), 1_000)
    await pace.rest()
    await append(store, 200)
    await transact(pace, time, 1.0)
    await pace.rest()
    assert time.rests == [module.longest_rest_seconds]


async def test_waiting_for_the_lock_counts_for_nothing(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Time()
    pace = Pace(store, time.courtesy(0.5), 1_000)
    await pace.rest()
    await append(store, 50)
    transaction = store.transaction

    @asynccontextmanager
    async def waits() -> AsyncIterator[AsyncConnection]:
        time.now += 0.3
        async with transaction() as connection:
            yield connection

    monkeypatch.setattr(store, "transaction", waits)
    await transact(pace, time, 0.1)
    await pace.rest()
    assert time.rests == [pytest.approx(0.1)]


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="The share of the time is"):
        Courtesy(share=share)


async def test_several_workers_have_one_share_together(store: EventStore) -> None:
    time = Time()
    pace = Pace(store, time.courtesy(0.4).shared_by(2), 1_000)
    await pace.rest()
    await append(store, 50)
    await transact(pace, time, 0.1)
    await pace.rest()
    assert time.rests == [pytest.approx(0.4)]


async def test_with_all_of_the_time_it_takes_no_notice_of_others(store: EventStore) -> None:
    time = Time()
    pace = Pace(store, time.courtesy(1.0).shared_by(2), 1_000)
    for _ in range(2):
        assert pace.size == 1_000
        await append(store, 50)
        await transact(pace, time, 0.5)
        await pace.rest()
    assert time.rests == []


async def test_a_rebuild_rests_while_others_append_and_comes_to_the_end(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Time()
    await say(store, *["a b"] * 60)
    transaction, left = store.transaction, 6

    @asynccontextmanager
    async def others_append() -> AsyncIterator[AsyncConnection]:
        nonlocal left
        if left:
            left -= 1
            await say(store, "c d")
        async with transaction() as connection:
            yield connection
            time.now += 0.01

    monkeypatch.setattr(store, "transaction", others_append)
    rebuilt = await rebuild(store, words, batch_size=4, courtesy=time.courtesy(0.2))
    assert rebuilt.switched
    assert 0 < len(time.rests) <= 6
    assert await rows_of(store, words) == await folded(store, words)
