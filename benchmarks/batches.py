"""Appending batches of 100 events to SQLite, against raw ``executemany`` of as many rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.append import ours
from benchmarks.chat import Appends, work
from benchmarks.log import (
    Durability,
    Run,
    copied,
    durabilities,
    durability_missing,
    empty_log,
    scratch_folder,
)
from benchmarks.measure import Settings, interleave
from benchmarks.raw_sqlite import EventRows, insert_batches, raw_name, rows_of
from benchmarks.result import Bar, Measured, Missing, Reference, Result

name = "batches"
batch = 100
bar = Bar(at_least=0.6)
batches_by_caller = {1: 200, 8: 25, 64: 4}


def run(settings: Settings) -> Iterator[Result]:
    """Measure each durability with 1, 8 and 64 callers."""
    with scratch_folder() as folder:
        template = empty_log(folder / "empty.db")
        for durability in durabilities:
            for callers, batches in batches_by_caller.items():
                case = f"{durability}, {callers} caller{'s' * (callers > 1)}"
                if reason := durability_missing(durability):
                    yield Missing(benchmark=name, case=case, reason=reason)
                    continue
                planned = work(callers, appends=settings.scaled(batches), batch=batch)
                yield _measure(template, case, planned, durability, settings)


def _measure(
    template: Path, case: str, planned: list[Appends], durability: Durability, settings: Settings
) -> Result:
    rows = rows_of(template, planned)
    found = interleave(
        {
            raw_name: lambda: _raw(template, rows, durability),
            "retold": lambda: ours(template, planned, durability),
        },
        settings.rounds,
    )
    return Measured(
        benchmark=name,
        case=case,
        unit="events/s",
        rounds=tuple(one.rate for one in found["retold"]),
        reference=Reference(
            name=f"{raw_name}, executemany", rounds=tuple(one.rate for one in found[raw_name])
        ),
        bar=bar,
    )


def _raw(template: Path, rows: EventRows, durability: Durability) -> Run:
    with scratch_folder() as folder:
        return insert_batches(copied(template, folder), rows, durability, batch)
