"""Appending single events to SQLite, against one raw insert a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.chat import Appends, work
from benchmarks.log import (
    Durability,
    Run,
    append_to,
    copied,
    durability_missing,
    empty_log,
    scratch_folder,
    sqlite_url,
)
from benchmarks.measure import Settings, interleave, percentile
from benchmarks.raw_sqlite import EventRows, insert_singly, raw_name, rows_of
from benchmarks.result import Bar, Measured, Missing, Reference, Result

name = "append"
bars: dict[tuple[Durability, int], Bar] = {
    ("full", 1): Bar(at_least=0.45, aim=0.7),
    ("full", 8): Bar(at_least=2.2, aim=3.3),
    ("full", 64): Bar(at_least=5.0, aim=6.5),
    ("normal", 1): Bar(at_least=0.30, aim=0.55),
    ("normal", 8): Bar(at_least=1.0, aim=1.2),
    ("normal", 64): Bar(at_least=1.3, aim=2.0),
}
appends_by_caller = {1: 2_400, 8: 1_000, 64: 240}
callers_of_latency = 8


def run(settings: Settings) -> Iterator[Result]:
    """Measure each durability with 1, 8 and 64 callers."""
    with scratch_folder() as folder:
        template = empty_log(folder / "empty.db")
        for durability, callers in bars:
            case = f"{durability}, {callers} caller{'s' * (callers > 1)}"
            if reason := durability_missing(durability):
                yield Missing(benchmark=name, case=case, reason=reason)
                continue
            appends = settings.scaled(appends_by_caller[callers], least=5)
            planned = work(callers, appends=appends)
            yield from _measure(template, case, planned, durability, settings)


def _measure(
    template: Path, case: str, planned: list[Appends], durability: Durability, settings: Settings
) -> Iterator[Result]:
    rows = rows_of(template, planned)
    found = interleave(
        {
            raw_name: lambda: raw(template, rows, durability),
            "retold": lambda: ours(template, planned, durability),
        },
        settings.rounds,
    )
    runs = found["retold"]
    callers = len(planned)
    yield Measured(
        benchmark=name,
        case=case,
        unit="events/s",
        rounds=tuple(one.rate for one in runs),
        reference=Reference(name=raw_name, rounds=tuple(one.rate for one in found[raw_name])),
        bar=bars[durability, callers],
    )
    yield Measured(
        benchmark=name,
        case=f"{case}, 99th percentile",
        unit="ms",
        rounds=tuple(percentile(one.latencies, 99) * 1_000 for one in runs),
        reference=Reference(
            name="median of the same",
            rounds=tuple(median(one.latencies) * 1_000 for one in runs),
        ),
        bar=Bar(at_most=4.0) if callers == callers_of_latency else None,
    )


def ours(template: Path, planned: list[Appends], durability: Durability) -> Run:
    """Append to a fresh copy of an empty log."""
    with scratch_folder() as folder:
        return append_to(sqlite_url(copied(template, folder)), planned, durability, warm=True)


def raw(template: Path, rows: EventRows, durability: Durability) -> Run:
    """Insert into a fresh copy of an empty log, one row a transaction."""
    with scratch_folder() as folder:
        return insert_singly(copied(template, folder), rows, durability)
