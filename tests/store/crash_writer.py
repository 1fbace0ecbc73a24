"""A process that appends under load, and keeps a journal of what it asked and what it was told.

Twelve callers: single events, batches, several streams at once, and streams that callers contend
for. A line of the journal is a JSON array, written before a request (``try``, its number, its
appends) and after (``done`` and where it went, ``refused``, or ``failed`` and whether the outcome
is unknown). A failed request is sent again, with the same ids, until it is settled.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import random
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeAlias

import orjson

from retold.domain.event import NewEvent
from retold.errors import StoreUnavailable, WrongExpectedVersion
from retold.store import EventStore, open_store
from retold.store.append import Append, AppendResult, ExpectedVersion
from tests.store.events import event_id

# A stream, the version expected of it (None for any), and the numbers of the new events.
Wanted: TypeAlias = tuple[str, int | None, Sequence[int]]

# How long a log on PostgreSQL waits for a server that went away.
retry_setting = "retold.store.postgres.writer.retry_seconds"
contended = ("race-1", "any-1")
resend_pause_seconds = 0.01


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller asks for.

    Attributes:
        wanted: the appends.
    """

    wanted: tuple[Wanted, ...]

    @property
    def number(self) -> int:
        """Of its first event; it tells requests apart."""
        return self.wanted[0][2][0]

    @property
    def numbers(self) -> list[int]:
        """Of all its events."""
        return [number for _, _, numbers in self.wanted for number in numbers]

    @property
    def is_contended(self) -> bool:
        """True when another caller may be quicker, so that it may be refused."""
        return self.wanted[0][0] == "race-1"

    def appends(self) -> list[Append]:
        """Return the appends; the same ones each time."""
        return [
            Append(
                stream,
                [numbered_event(number) for number in numbers],
                ExpectedVersion.ANY if version is None else version,
            )
            for stream, version, numbers in self.wanted
        ]


def numbered_event(number: int) -> NewEvent:
    """Return the event of a number, always the same: short, or over one or several pages."""
    length = 20_000 if number % 97 == 0 else number * 7_919 % 1_500
    return NewEvent(
        type="test.happened",
        data={"number": number, "text": "x" * length},
        event_id=event_id(number),
    )


class Journal:
    """A file that survives the process, as every finished write does."""

    def __init__(self, path: Path) -> None:
        """Open it for adding lines."""
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(self, *values: object) -> None:
        """Add a line."""
        os.write(self._file, orjson.dumps(values) + b"\n")


async def send(store: EventStore, journal: Journal, request: Request) -> Sequence[AppendResult]:
    """Send a request until it is settled; nothing is returned when it was refused."""
    journal.note("try", request.number, request.wanted)
    while True:
        try:
            results = await store.append_many(request.appends())
        except WrongExpectedVersion:
            journal.note("refused", request.number)
            return ()
        except StoreUnavailable as error:
            journal.note("failed", request.number, error.outcome_unknown, str(error))
            await asyncio.sleep(resend_pause_seconds)
        else:
            places = [(one.stream, one.first_version, one.last_version) for one in results]
            journal.note("done", request.number, places, results[0].duplicate)
            return results


async def version_of(store: EventStore, stream: str) -> int:
    """Return the version a stream is at; a reader asks until the database answers."""
    while True:
        try:
            head = await store.head(stream)
        except StoreUnavailable:
            await asyncio.sleep(resend_pause_seconds)
        else:
            return head.version if head else 0


async def own_streams(
    store: EventStore,
    journal: Journal,
    streams: Sequence[str],
    take: Callable[[], list[int]],
    stop: asyncio.Event,
) -> None:
    """Append to streams of one's own, all at once, each at the version the last one left."""
    versions = {stream: await version_of(store, stream) for stream in streams}
    while not stop.is_set():
        request = Request(tuple((stream, versions[stream], take()) for stream in streams))
        for result in await send(store, journal, request):
            versions[result.stream] = result.last_version


async def shared_stream(
    store: EventStore,
    journal: Journal,
    stream: str,
    take: Callable[[], list[int]],
    stop: asyncio.Event,
) -> None:
    """Append to a stream that others append to as well."""
    while not stop.is_set():
        version = await version_of(store, stream) if stream == "race-1" else None
        await send(store, journal, Request(((stream, version, take()),)))


async def main(url: str, journal_path: str, first_number: int, *options: str) -> None:
    """Append until killed, or until SIGTERM.

    Args:
        url: of the log.
        journal_path: the journal's file.
        first_number: of the first event; each gets one of its own.
        options: ``impatient`` to be told at once that the server went away.
    """
    if "impatient" in options:
        module, _, name = retry_setting.rpartition(".")
        setattr(importlib.import_module(module), name, 0.0)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    journal = Journal(Path(journal_path))
    numbers = count(first_number)
    chance = random.Random(first_number)  # noqa: S311 - sizes, no secrets

    def some(most: int) -> Callable[[], list[int]]:
        return lambda: [next(numbers) for _ in range(chance.randint(1, most))]

    async with await open_store(url) as store:
        await asyncio.gather(
            *(own_streams(store, journal, [f"one-{n}"], some(1), stop) for n in range(4)),
            *(own_streams(store, journal, [f"batch-{n}"], some(30), stop) for n in range(2)),
            *(
                own_streams(store, journal, [f"many-{n}{part}" for part in "abc"], some(4), stop)
                for n in range(2)
            ),
            *(
                shared_stream(store, journal, stream, some(3), stop)
                for stream in contended
                for _ in range(2)
            ),
        )
