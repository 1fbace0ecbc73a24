"""What rows written with the append cost it.

``python -m benchmarks.inline URL`` appends to a new log at the URL, by one caller and by 64,
without a projection and with one that keeps a row a stream. It prints the medians.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from dataclasses import dataclass

import sqlalchemy as sa

from retold.domain.event import NewEvent, RecordedEvent
from retold.projections.projection import Projection
from retold.projections.read_table import ReadTable
from retold.store import EventStore, open_store
from retold.store.append import ExpectedVersion
from retold.store.inline import stop_inline
from retold.store.tables import name_text

seconds, rounds = 1.0, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A stream: how many events it has, and the newest one's text."""

    stream: str
    events: int
    text: str


notes = ReadTable(
    sa.Table(
        "notes",
        sa.MetaData(),
        sa.Column("stream", name_text, primary_key=True),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    ),
    Note,
)


def evolve(before: Note | None, event: RecordedEvent) -> Note:
    """Count the event."""
    events = 1 if before is None else before.events + 1
    return Note(stream=event.stream, events=events, text=event.data["text"])


projection = Projection.of_rows(
    "notes", version=1, row=notes, key=lambda event: event.stream, evolve=evolve
)


async def rate(store: EventStore, callers: int) -> float:
    """Return appends a second, each of one event to the caller's own stream."""
    done = 0
    end = time.perf_counter() + seconds

    async def caller(number: int) -> None:
        nonlocal done
        while time.perf_counter() < end:
            new = NewEvent(type="note.added", data={"text": "x" * 200})
            await store.append(f"note-{number}", [new], expected_version=ExpectedVersion.ANY)
            done += 1

    begun = time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(callers)))
    return done / (time.perf_counter() - begun)


async def main(url: str) -> None:
    """Measure and print."""
    found: dict[tuple[int, bool], list[float]] = {}
    for _ in range(rounds):
        for inline in (False, True):
            async with await open_store(url, inline=[projection] if inline else []) as store:
                await rate(store, 1)
                for callers in (1, 64):
                    found.setdefault((callers, inline), []).append(await rate(store, callers))
                if inline:
                    await stop_inline(store, projection.name)
    for callers in (1, 64):
        without, with_rows = (statistics.median(found[callers, i]) for i in (False, True))
        sys.stdout.write(
            f"{callers:>2} callers: {without:,.0f} appends/s without, {with_rows:,.0f} with one"
            f" inline projection ({with_rows / without:.2f};"
            f" {1e6 / with_rows - 1e6 / without:,.0f} µs an append)\n"
        )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
