"""Reading 100,000 events back from SQLite, decoding and folding them."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from benchmarks.chat import stream_of
from benchmarks.log import fill, fold_wal, open_log, scratch_folder, sqlite_url
from benchmarks.measure import Settings, interleave
from benchmarks.raw_sqlite import columns_of_events, raw_name
from benchmarks.result import Bar, Measured, Reference, Result
from retold.domain.event import JsonObject, RecordedEvent
from retold.store import EventStore

name = "reading"
events_to_read = 100_000
streams = 100
page_size = 1_000
bar = Bar(at_least=0.65, aim=0.9)


@dataclass(slots=True)
class Fold:
    """What is folded: how many events each stream has, and the last text of each.

    Attributes:
        counts: by stream.
        texts: by stream.
    """

    counts: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def apply(self, stream: str, data: JsonObject) -> None:
        """Take in one event."""
        self.counts[stream] = self.counts.get(stream, 0) + 1
        self.texts[stream] = data["message"]["content"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One run.

    Attributes:
        rate: events a second.
        fold: what came of them.
    """

    rate: float
    fold: Fold


def run(settings: Settings) -> Iterator[Result]:
    """Measure the whole log in the global order, then stream by stream."""
    with scratch_folder() as folder:
        path = folder / "log.db"
        events = settings.scaled(events_to_read)
        fill(sqlite_url(path), streams, events=events)
        fold_wal(path)
        yield _measure(
            f"{events:,} events in the global order, folded",
            lambda: _raw(path, _raw_all),
            lambda: _ours(path, _read_all),
            settings,
            bar,
        )
        yield _measure(
            f"the same, each of {streams} streams by itself",
            lambda: _raw(path, _raw_streams),
            lambda: _ours(path, _read_streams),
            settings,
            None,
        )


def _measure(
    case: str,
    raw: Callable[[], Reading],
    ours: Callable[[], Reading],
    settings: Settings,
    of: Bar | None,
) -> Result:
    reference = f"{raw_name} + orjson"
    found = interleave({reference: raw, "retold": ours}, settings.rounds)
    if any(one.fold != found[reference][0].fold for one in found["retold"]):
        raise RuntimeError("The log and the raw reader did not fold to the same state")
    return Measured(
        benchmark=name,
        case=case,
        unit="events/s",
        rounds=tuple(one.rate for one in found["retold"]),
        reference=Reference(name=reference, rounds=tuple(one.rate for one in found[reference])),
        bar=of,
    )


def _ours(path: Path, read: Callable[[EventStore], AsyncIterator[RecordedEvent]]) -> Reading:
    async def read_and_fold() -> Reading:
        fold = Fold()
        async with await open_log(sqlite_url(path)) as store:
            begin = time.perf_counter()
            async for event in read(store):
                fold.apply(event.stream, event.data)
            seconds = time.perf_counter() - begin
        return Reading(sum(fold.counts.values()) / seconds, fold)

    return asyncio.run(read_and_fold())


def _read_all(store: EventStore) -> AsyncIterator[RecordedEvent]:
    return store.read_all()


async def _read_streams(store: EventStore) -> AsyncIterator[RecordedEvent]:
    for stream in map(stream_of, range(streams)):
        async for event in store.read_stream(stream):
            yield event


def _raw(
    path: Path, read: Callable[[sqlite3.Connection, str], Iterator[sqlite3.Cursor]]
) -> Reading:
    fold = Fold()
    loads = orjson.loads
    with closing(sqlite3.connect(path)) as connection:
        columns = ("position", *columns_of_events(connection))
        stream, data, metadata = map(columns.index, ("stream", "data", "metadata"))
        begin = time.perf_counter()
        for cursor in read(connection, f"SELECT {', '.join(columns)} FROM events"):
            while rows := cursor.fetchmany(page_size):
                for row in rows:
                    decoded: Any = loads(row[data])
                    loads(row[metadata])
                    fold.apply(row[stream], decoded)
        seconds = time.perf_counter() - begin
    return Reading(sum(fold.counts.values()) / seconds, fold)


def _raw_all(connection: sqlite3.Connection, select: str) -> Iterator[sqlite3.Cursor]:
    yield connection.execute(f"{select} ORDER BY position")


def _raw_streams(connection: sqlite3.Connection, select: str) -> Iterator[sqlite3.Cursor]:
    query = f"{select} WHERE tenant = 'default' AND stream = ? ORDER BY version"
    for stream in map(stream_of, range(streams)):
        yield connection.execute(query, (stream,))
