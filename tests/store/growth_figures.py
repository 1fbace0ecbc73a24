"""The figures of docs/growth.md: ``python -m tests.store.growth_figures layouts|replica``.

Both make servers of their own, which commit to disk, and take less than a minute.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.chat import work
from benchmarks.log import append_all
from retold.domain.event import NewEvent
from retold.store import EventStore, open_store
from retold.store.append import ExpectedVersion
from tests.store.clusters import _configure, new_log, replica_of
from tests.store.layouts import split_by_month, split_by_tenant
from tests.store.postgres_cluster import Cluster, private_cluster
from tests.store.raw import Raw

tenants = ("acme", "other", "default")
layouts = ("plain", "by tenant", "by month", "by tenant, 50 partitions")
rounds = 3
events_of_a_tenant = 10_000
lags = 25
any_version = ExpectedVersion.ANY


@contextmanager
def server() -> Iterator[Cluster]:
    """Give a server with PostgreSQL's own settings, but for its memory."""
    with private_cluster() as cluster:
        cluster.stop("fast")
        _configure(cluster._data, "commit_delay = 0\nshared_buffers = 128MB\n")
        cluster.start()
        yield cluster


async def log_of(cluster: Cluster, layout: str) -> str:
    """Make an empty log whose events are kept so; return its URL."""
    url = await new_log(cluster)
    if layout == "by month":
        await split_by_month(url)
    elif layout == "by tenant":
        await split_by_tenant(url, tenants=tenants[:2])
    elif layout != "plain":
        await split_by_tenant(url, tenants=(*tenants[:2], *(f"t{n}" for n in range(47))))
    return url


async def rate_of_appends(cluster: Cluster, layout: str, callers: int, appends: int) -> float:
    """Return events a second, one an append, to a new log."""
    url = await log_of(cluster, layout)
    async with await open_store(url, tenant=tenants[0]) as store:
        await store.append("warm-up", [NewEvent(type="test.warm", data={})], expected_version=0)
        return (await append_all(store, work(callers, appends=appends))).rate


async def rate_of_reading(store: EventStore, *, every_tenant: bool = False) -> float:
    """Return events a second, of reading the whole log."""
    begin = time.perf_counter()
    count = 0
    async for _ in store.read_all(every_tenant=every_tenant):
        count += 1
    return count / (time.perf_counter() - begin)


async def fill(url: str) -> None:
    """Append the same to each tenant, in turns, so that their events lie among each other's."""
    stores = [await open_store(url, tenant=tenant) for tenant in tenants]
    callers = work(10, appends=events_of_a_tenant // 1_000, batch=100)
    for turn in range(len(callers[0])):
        for store in stores:
            for caller, appends in enumerate(callers):
                await store.append(f"chat-{caller}", appends[turn], expected_version=any_version)
    for store in stores:
        await store.close()


async def measure_layouts(cluster: Cluster) -> None:
    """Print appends and reads of each layout."""
    for callers, appends in ((1, 300), (8, 100), (64, 25)):
        found: dict[str, list[float]] = {layout: [] for layout in layouts}
        for _ in range(rounds):
            for layout in layouts:
                found[layout].append(await rate_of_appends(cluster, layout, callers, appends))
        for layout, rates in found.items():
            say(f"append, {callers:2} callers, {layout}: {show(rates)} events/s")
    for layout in layouts:
        url = await log_of(cluster, layout)
        await fill(url)
        await Raw(url).execute("ANALYZE")
        async with await open_store(url, tenant=tenants[0]) as store:
            own = [await rate_of_reading(store) for _ in range(rounds)]
            every = [await rate_of_reading(store, every_tenant=True) for _ in range(rounds)]
            ((size,),) = await Raw(url).fetch("SELECT pg_database_size(current_database())")
            say(f"read_all, one tenant of three, {layout}: {show(own)} events/s")
            say(f"read_all, every tenant, {layout}: {show(every)} events/s; {size / 1e6:.0f} MB")


async def measure_replica(primary: Cluster, replica: Cluster) -> None:
    """Print how late a subscription on the replica is, and how fast both are read."""
    url = await new_log(primary)
    there = replica.url(url.rpartition("/")[2])
    await fill(url)
    async with await open_store(url) as writing:
        await asyncio.sleep(1)
        async with await open_store(there) as reading:
            for place, url_of, store in (("primary", url, writing), ("replica", there, reading)):
                for poll_seconds in (0.25, 0.02):
                    late = await lag(writing, url_of, poll_seconds)
                    say(f"lag on the {place}, polling every {poll_seconds} s: {show_ms(late)}")
                rates = [await rate_of_reading(store) for _ in range(rounds)]
                say(f"read_all on the {place}: {show(rates)} events/s")
            both = await asyncio.gather(rate_of_reading(writing), rate_of_reading(reading))
            say(f"read_all on both at once, in one process: {both[0]:,.0f} + {both[1]:,.0f}")


async def lag(writing: EventStore, url: str, poll_seconds: float) -> list[float]:
    """Return the seconds from the call of append to the event, at times that no poll knows."""
    late = []
    async with await open_store(url) as reading:
        after = await reading.end()
        async with reading.subscribe(after=after, poll_seconds=poll_seconds) as subscription:
            for number in range(lags):
                arrives = asyncio.ensure_future(anext(subscription))
                await asyncio.sleep(poll_seconds * (0.3 + (number * 0.618) % 1) + 0.01)
                begin = time.perf_counter()
                said = NewEvent(type="test.said", data={"number": number})
                await writing.append("lag-1", [said], expected_version=any_version)
                await arrives
                late.append(time.perf_counter() - begin)
    return late


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def show(rates: list[float]) -> str:
    """Return the median, and the lowest and highest."""
    return f"{statistics.median(rates):,.0f} ({min(rates):,.0f}..{max(rates):,.0f})"


def show_ms(seconds: list[float]) -> str:
    """Return the median and the 95th percentile in milliseconds."""
    worst = statistics.quantiles(seconds, n=20)[-1]
    return f"median {statistics.median(seconds) * 1e3:.0f} ms, 95th {worst * 1e3:.0f} ms"


def main(what: str) -> None:
    """Measure one of the two."""
    with server() as cluster:
        if what == "layouts":
            asyncio.run(measure_layouts(cluster))
        else:
            with replica_of(cluster) as replica:
                asyncio.run(measure_replica(cluster, replica))


if __name__ == "__main__":
    main(sys.argv[1])
