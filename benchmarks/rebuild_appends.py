"""Appending while projections are rebuilt in another process, against appending alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks.child import Child
from benchmarks.history import fill_with_sessions, long_log, long_log_events, note
from benchmarks.log import Durability, durabilities, scratch_folder, sqlite_url
from benchmarks.measure import Settings, interleave
from benchmarks.postgres_server import PostgresServer, postgres_missing
from benchmarks.rebuild import least_events, tenth
from benchmarks.result import Bar, Measured, Missing, Reference, Result

name = "rebuild_appends"
callers = 8
seconds = 5.0
bar = Bar(at_least=0.8)


def run(settings: Settings) -> Iterator[Result]:
    """Measure full and normal durability, then PostgreSQL where there is a server."""
    length = settings.scaled(int(seconds * 10), least=5) / 10
    events = max(long_log_events(settings) // tenth, least_events)
    with scratch_folder() as folder:
        path = Path(shutil.copyfile(long_log(events), folder / "log.db"))
        names = count(1)
        for durability in durabilities:
            yield from _measure(sqlite_url(path), durability, length, names, settings)
    if reason := postgres_missing():
        yield Missing(benchmark=name, case="PostgreSQL", reason=reason)
        return
    with PostgresServer.with_template() as server, server.log() as url:
        fill_with_sessions(url, events)
        yield from _measure(url, "full", length, names, settings)


def _measure(
    url: str, durability: Durability, length: float, names: Iterator[int], settings: Settings
) -> Iterator[Result]:
    what = durability if url.startswith("sqlite") else "PostgreSQL"
    alone, computing, meanwhile = "alone", "beside one that computes", "while rebuilding"
    found = interleave(
        {
            alone: lambda: _append(url, durability, next(names), length),
            computing: lambda: _beside_computing(url, durability, next(names), length),
            meanwhile: lambda: _meanwhile(url, durability, next(names), length),
        },
        settings.rounds,
    )
    for reference, of in ((alone, bar), (computing, None)):
        yield Measured(
            benchmark=name,
            case=f"{what}, {callers} callers, {meanwhile} ({reference})",
            unit="events/s",
            rounds=found[meanwhile],
            reference=Reference(name=reference, rounds=found[reference]),
            bar=of,
            note=note(),
        )


def _beside_computing(url: str, durability: Durability, number: int, length: float) -> float:
    """Append beside a process that needs a core, and nothing of the log."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        return _append(url, durability, number, length)
    finally:
        process.kill()
        process.wait()


def _meanwhile(url: str, durability: Durability, number: int, length: float) -> float:
    rebuilder = Child("always_rebuilding", url)
    try:
        rebuilder.wait_until_ready()
        rebuilder.go()
        rate = _append(url, durability, number, length)
        rebuilder.result()
    finally:
        rebuilder.stop()
    return rate


def _append(url: str, durability: Durability, number: int, length: float) -> float:
    """Append from a process of its own; return events a second."""
    child = Child("appender", url, number, callers, length, durability)
    try:
        child.wait_until_ready()
        child.go()
        appended: int = child.result()["appended"]
    finally:
        child.stop()
    return appended / length
