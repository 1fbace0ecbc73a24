"""How long an event takes from its append to a subscriber, in the same process and in another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from statistics import median
from typing import TypeAlias

from benchmarks.child import Child
from benchmarks.log import empty_log, feature_missing, open_log, scratch_folder, sqlite_url
from benchmarks.measure import Settings, interleave, percentile
from benchmarks.postgres_server import PostgresServer, postgres_missing
from benchmarks.result import Bar, Measured, Missing, Result
from benchmarks.timed import open_stream, receive, send

name = "latency"
events_to_send = 200
pause_seconds = 0.005
bar = Bar(at_most=5.0)

NewLog: TypeAlias = Callable[[], AbstractContextManager[str]]


def run(settings: Settings) -> Iterator[Result]:
    """Measure SQLite, then PostgreSQL where there is a server."""
    if reason := feature_missing("subscribe"):
        yield Missing(benchmark=name, case="SQLite and PostgreSQL", reason=reason)
        return
    yield from _measure("SQLite, full", _sqlite_log, settings, bar)
    if reason := postgres_missing():
        yield Missing(benchmark=name, case="PostgreSQL", reason=reason)
        return
    with PostgresServer.with_template() as server:
        yield from _measure("PostgreSQL", server.log, settings, None)


def _measure(
    database: str, new_log: NewLog, settings: Settings, of: Bar | None
) -> Iterator[Result]:
    count = settings.scaled(events_to_send, least=10)
    found = interleave(
        {
            "in the same process": lambda: _within(new_log, count),
            "from another process": lambda: _across(new_log, count),
        },
        settings.rounds,
    )
    for where, rounds in found.items():
        case = f"{database}, append to delivery {where}"
        yield Measured(
            benchmark=name,
            case=f"{case}, median",
            unit="ms",
            rounds=tuple(median(seconds) * 1_000 for seconds in rounds),
            bar=of,
        )
        yield Measured(
            benchmark=name,
            case=f"{case}, 99th percentile",
            unit="ms",
            rounds=tuple(percentile(seconds, 99) * 1_000 for seconds in rounds),
        )


def _within(new_log: NewLog, count: int) -> list[float]:
    async def send_and_receive(url: str) -> list[float]:
        async with await open_log(url) as store, asyncio.TaskGroup() as tasks:
            await open_stream(store)

            async def begin() -> None:
                tasks.create_task(send(store, count, pause_seconds))

            return await receive(store, count, begin)

    with new_log() as url:
        return asyncio.run(send_and_receive(url))


def _across(new_log: NewLog, count: int) -> list[float]:
    async def receive_from(child: Child, url: str) -> list[float]:
        async with await open_log(url) as store:
            await open_stream(store)

            async def begin() -> None:
                await asyncio.to_thread(child.wait_until_ready)
                child.go()

            return await receive(store, count, begin)

    with new_log() as url:
        child = Child("sender", url, count, pause_seconds)
        try:
            found = asyncio.run(receive_from(child, url))
            child.result()
        finally:
            child.stop()
    return found


@contextmanager
def _sqlite_log() -> Iterator[str]:
    with scratch_folder() as folder:
        yield sqlite_url(empty_log(folder / "log.db"))
