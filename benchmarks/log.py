"""Logs to measure on, opened as users open them."""

from __future__ import annotations

import asyncio
import inspect
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from benchmarks.chat import Appends, chat_event, events_in, stream_of
from retold.store import EventStore, open_store

Durability: TypeAlias = Literal["full", "normal"]
durabilities: tuple[Durability, ...] = ("full", "normal")
warm_stream = "warm-up"
repository = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Run:
    """What came of appending.

    Attributes:
        events: how many.
        seconds: from the first append to the end of the last.
        latencies: seconds each append took, where that was measured.
    """

    events: int
    seconds: float
    latencies: tuple[float, ...] = ()

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds


def durability_missing(durability: Durability) -> str | None:
    """Return why a log cannot be opened with this durability; None when it can."""
    if durability == "full" or "durability" in inspect.signature(open_store).parameters:
        return None
    return "not available: open_store has no parameter durability"


def feature_missing(name: str) -> str | None:
    """Return why the store has no method of that name; None when it has."""
    return None if hasattr(EventStore, name) else f"not available: the store has no {name}"


async def open_log(url: str, durability: Durability = "full") -> EventStore:
    """Open a log, for ``async with``; see :func:`durability_missing`."""
    options: dict[str, Any] = {}
    if "durability" in inspect.signature(open_store).parameters:
        options["durability"] = durability
    return await open_store(url, **options)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give an empty folder on disk; it goes at the end."""
    with tempfile.TemporaryDirectory(prefix="retold-bench-") as name:
        yield Path(name)


def sqlite_url(path: Path) -> str:
    """Return the URL of a SQLite log."""
    return f"sqlite:///{path}"


def empty_log(path: Path) -> Path:
    """Make a migrated log without events, as one file, and return its path."""

    async def make() -> None:
        async with await open_log(sqlite_url(path)):
            pass

    asyncio.run(make())
    fold_wal(path)
    return path


def fold_wal(path: Path) -> int:
    """Move all of a closed log's WAL into its file; return the file's bytes."""
    with closing(sqlite3.connect(path)) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise RuntimeError(f"{path} is still in use: its WAL was not moved into it")
    return path.stat().st_size


def copied(template: Path, folder: Path) -> Path:
    """Copy an empty log into a folder and return the copy's path."""
    return Path(shutil.copyfile(template, folder / "log.db"))


async def append_all(store: EventStore, callers: list[Appends]) -> Run:
    """Let the callers append at once, each to its own stream, with the exact version it is at."""
    latencies: list[float] = []

    async def append(caller: int, appends: Appends) -> None:
        stream, version = stream_of(caller), 0
        for together in appends:
            begin = time.perf_counter()
            await store.append(stream, together, expected_version=version)
            latencies.append(time.perf_counter() - begin)
            version += len(together)

    begin = time.perf_counter()
    await asyncio.gather(*(append(caller, appends) for caller, appends in enumerate(callers)))
    seconds = time.perf_counter() - begin
    return Run(events_in(callers), seconds, tuple(latencies))


def append_to(
    url: str, callers: list[Appends], durability: Durability = "full", *, warm: bool = False
) -> Run:
    """Open a log in an event loop of its own and let the callers append to it.

    Args:
        url: of the log.
        callers: what each appends.
        durability: to open it with.
        warm: append one event more, to a stream of its own, before the clock runs: a connection
            to a server learns its statements at the first.
    """

    async def run() -> Run:
        async with await open_log(url, durability) as store:
            if warm:
                await store.append(warm_stream, callers[0][0], expected_version=0)
            return await append_all(store, callers)

    return asyncio.run(run())


def fill(url: str, streams: int, *, events: int, batch: int = 500) -> None:
    """Append ``events`` chat events, spread evenly over the streams."""

    async def append_in_turns() -> None:
        async with await open_log(url) as store:
            each = events // streams
            # Streams take turns, as they do where conversations go on side by side.
            for version in range(0, each, batch):
                count = min(batch, each - version)
                for stream in map(stream_of, range(streams)):
                    new = [chat_event(version + place, stream) for place in range(count)]
                    await store.append(stream, new, expected_version=version)

    asyncio.run(append_in_turns())
