"""The memory of a process that reads a log of a million events."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.child import Child
from benchmarks.log import fill, scratch_folder, sqlite_url
from benchmarks.measure import Settings
from benchmarks.result import Bar, Measured, Reference, Result

name = "memory"
events_to_read = 1_000_000
streams = 100
megabyte = 1_000_000


def run(settings: Settings) -> Iterator[Result]:
    """Measure the peak, once: it does not depend on what else the machine does."""
    events = settings.scaled(events_to_read)
    case = f"reading {events:,} events"
    with scratch_folder() as folder:
        url = sqlite_url(folder / "log.db")
        fill(url, streams, events=events)
        child = Child("reader", url, events)
        try:
            child.wait_until_ready()
            child.go()
            found = child.result()
        finally:
            child.stop()
    if found["events"] != events:
        raise RuntimeError(f"{found['events']} events were read of {events}")
    peak = found["peak"] / megabyte
    yield Measured(
        benchmark=name,
        case=f"{case}, peak of the process",
        unit="MB",
        rounds=(peak,),
        bar=Bar(at_most=150.0),
    )
    yield Measured(
        benchmark=name,
        case=f"{case}, is it flat",
        unit="MB",
        rounds=(peak,),
        reference=Reference(name="after a tenth", rounds=(found["peak_after_a_tenth"] / megabyte,)),
        bar=Bar(at_most=1.1),
    )
