"""Rebuilding every shipped projection from a long log, against folding it without writing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.child import Child
from benchmarks.history import fill_with_sessions, long_log, long_log_events, note
from benchmarks.log import sqlite_url
from benchmarks.measure import Settings, interleave
from benchmarks.postgres_server import PostgresServer, postgres_missing
from benchmarks.result import Bar, Measured, Missing, Reference, Result
from retold.projections.projection import Projection
from retold.projections.shipped import shipped

name = "rebuild"
# A round of a million events takes minutes for each projection.
most_rounds = 3
postgres_events = 100_000
tenth = 10
# The real sessions alone have more than a tenth of a quick run.
least_events = 5_000
megabyte = 1_000_000
folding = "folding alone"
one_worker, two_workers = "1 worker", "2 workers"
rate_bar = Bar(at_least=0.5, aim=0.9)


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the log.

    Attributes:
        events: folded.
        seconds: it took.
        peak: the most memory the process had, in bytes; 0 where it was not looked at.
    """

    events: int
    seconds: float
    peak: int = 0

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds


Passes = dict[str, dict[str, tuple[Pass, ...]]]


def run(settings: Settings) -> Iterator[Result]:
    """Measure SQLite, the memory of it, then PostgreSQL where there is a server."""
    events = long_log_events(settings)
    rounds = min(settings.rounds, most_rounds)
    found: Passes = {}
    where = f"{events:,} events"
    for projection in shipped:
        passes = passes_of(sqlite_url(long_log(events)), projection, rounds)
        found[projection.name] = passes
        case = f"{where}, {projection.name}"
        if passes[folding][0].events:
            yield from _rates(case, passes, None)
        else:
            yield Missing(benchmark=name, case=case, reason="it reads none of these events")
    yield from _rates(f"{where}, all together", _together(found.values()), rate_bar)
    yield from _memory(events, found)
    yield from _postgres(settings, rounds)


def passes_of(url: str, projection: Projection, rounds: int) -> dict[str, tuple[Pass, ...]]:
    """Fold and rebuild one projection, each pass in a process of its own."""
    contenders = {
        folding: lambda: pass_of("folder", url, projection.name),
        one_worker: lambda: pass_of("rebuilder", url, projection.name, 1),
    }
    if projection.per_stream and projection.tables:
        contenders[two_workers] = lambda: pass_of("rebuilder", url, projection.name, 2)
    found = interleave(contenders, rounds)
    counts = {one.events for passes in found.values() for one in passes}
    if len(counts) != 1:
        raise RuntimeError(f"{projection.name}: as many events should be folded, not {counts}")
    return found


def pass_of(module: str, *arguments: str | int) -> Pass:
    """Let a child process go over the log once."""
    child = Child(module, *arguments)
    try:
        child.wait_until_ready()
        child.go()
        return Pass(**child.result())
    finally:
        child.stop()


def _together(found: Iterable[dict[str, tuple[Pass, ...]]]) -> dict[str, tuple[Pass, ...]]:
    """Return the passes over all projections as one, by round."""
    every = list(found)
    contenders = [folding, one_worker, two_workers]
    return {
        contender: tuple(
            Pass(sum(one.events for one in of_round), sum(one.seconds for one in of_round))
            for of_round in zip(*(passes[contender] for passes in every), strict=True)
        )
        for contender in contenders
        if all(contender in passes for passes in every)
    }


def _rates(case: str, passes: dict[str, tuple[Pass, ...]], bar: Bar | None) -> Iterator[Result]:
    reference = Reference(name=folding, rounds=tuple(one.rate for one in passes[folding]))
    for contender in (one_worker, two_workers):
        if contender in passes:
            yield Measured(
                benchmark=name,
                case=f"{case}, {contender}",
                unit="events/s",
                rounds=tuple(one.rate for one in passes[contender]),
                reference=reference,
                bar=bar if contender == one_worker else None,
                note=note(),
            )


def _memory(events: int, found: Passes) -> Iterator[Result]:
    """Compare the peaks of the projection that takes the most, and those of a tenth of the log."""
    peaks = {which: max(one.peak for one in passes[one_worker]) for which, passes in found.items()}
    most = max(peaks, key=peaks.__getitem__)
    fewer = max(events // tenth, least_events)
    short = sqlite_url(long_log(fewer))
    before = {which: pass_of("rebuilder", short, which, 1).peak for which in peaks}
    least_flat = max(peaks, key=lambda which: peaks[which] / before[which])
    yield Measured(
        benchmark=name,
        case=f"{events:,} events, peak of the process",
        unit="MB",
        rounds=(peaks[most] / megabyte,),
        bar=Bar(at_most=200.0),
        note=f"{most}, which takes the most",
    )
    yield Measured(
        benchmark=name,
        case=f"{events:,} events, is it flat",
        unit="MB",
        rounds=(peaks[least_flat] / megabyte,),
        reference=Reference(name=f"{fewer:,} events", rounds=(before[least_flat] / megabyte,)),
        bar=Bar(at_most=1.2),
        note=f"{least_flat}, which grows the most",
    )


def _postgres(settings: Settings, rounds: int) -> Iterator[Result]:
    if reason := postgres_missing():
        yield Missing(benchmark=name, case="PostgreSQL", reason=reason)
        return
    events = settings.scaled(postgres_events, least=least_events)
    with PostgresServer.with_template() as server, server.log() as url:
        fill_with_sessions(url, events)
        found = [passes_of(url, projection, rounds) for projection in shipped]
    yield from _rates(f"PostgreSQL, {events:,} events, all together", _together(found), None)
