"""Four processes that append to one SQLite file at once: does each get its share?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.child import Child
from benchmarks.log import copied, empty_log, scratch_folder, sqlite_url
from benchmarks.measure import Settings
from benchmarks.result import Bar, Measured, Reference, Result

name = "processes"
processes = 4
callers = 4
seconds, quick_seconds = 3.0, 0.5
case = f"full, {processes} processes of {callers} callers"


@dataclass(frozen=True, slots=True)
class Race:
    """What came of one round.

    Attributes:
        appended: appends acknowledged to each process.
        longest_seconds: the longest that one append took, in any process.
    """

    appended: tuple[int, ...]
    longest_seconds: float


def run(settings: Settings) -> Iterator[Result]:
    """Measure shares, the longest wait and what all of them append together."""
    length = quick_seconds if settings.quick else seconds
    races = [_race(length) for _ in range(settings.rounds)]
    yield Measured(
        benchmark=name,
        case=f"{case}, smallest share",
        unit="appends",
        rounds=tuple(float(min(race.appended)) for race in races),
        reference=Reference(
            name="largest share", rounds=tuple(float(max(race.appended)) for race in races)
        ),
        bar=Bar(at_least=0.4),
    )
    yield Measured(
        benchmark=name,
        case=f"{case}, longest wait",
        unit="s",
        rounds=tuple(race.longest_seconds for race in races),
        bar=Bar(at_most=1.0, every_round=True),
    )
    yield Measured(
        benchmark=name,
        case=f"{case}, together",
        unit="events/s",
        rounds=tuple(sum(race.appended) / length for race in races),
    )


def _race(length: float) -> Race:
    with scratch_folder() as folder:
        path = copied(empty_log(folder / "empty.db"), folder)
        children = [
            Child("appender", sqlite_url(path), number, callers, length)
            for number in range(processes)
        ]
        try:
            for child in children:
                child.wait_until_ready()
            for child in children:
                child.go()
            found = [child.result() for child in children]
        finally:
            for child in children:
                child.stop()
    return Race(
        tuple(one["appended"] for one in found),
        max(one["longest_seconds"] for one in found),
    )
