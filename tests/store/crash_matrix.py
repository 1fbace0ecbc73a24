"""Kills and outages on one log after another, and what must be true of it each time.

After every one, the log is opened again. Acknowledged events are where it was said they went; a
request that was in flight is there whole or not at all; the chains and the file are sound. Then
what was in flight is sent again with the same ids, and the log holds exactly what was settled.
"""

from __future__ import annotations

import asyncio
import math
import random
import signal
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

import orjson

from retold.domain.event import RecordedEvent
from retold.errors import WrongExpectedVersion
from retold.store import EventStore, open_store
from retold.store.append import AppendResult
from retold.store.cursor import Cursor
from tests.store.crash_reader import Shelf, consume
from tests.store.crash_writer import Request
from tests.store.events import event_id, read_all
from tests.store.fork_server import Child, ForkServer
from tests.store.raw import Raw

Place: TypeAlias = tuple[str, int]  # a stream, and a version in it
Disturbance: TypeAlias = Callable[[], Awaitable[None]]

shortest_delay, longest_delay = 0.000_01, 0.06
longest_making = 0.25
most_requests = 150
start_seconds = 60
reader_dies_too = 0.7
numbers_a_writer = 1_000_000


@dataclass(slots=True)
class Figures:
    """What happened on a log.

    Attributes:
        writer_kills, reader_kills: processes killed with SIGKILL.
        restarts: of the server, or connections cut off, under a living writer.
        acknowledged: events that a writer was told of.
        lost: acknowledged events that were not found; a test fails unless it is 0.
        in_flight: requests nobody was told of, when the writer was killed.
        found: those that were there when they were sent again, by their ids.
        appended_again: those that were not, and are now.
        refused: requests that were told another caller was quicker.
        failed: StoreUnavailable that a living writer was told, with a known outcome: nothing
            was written.
        unknown: the same, with an unknown outcome; a request may be counted more than once.
        unknown_found: requests of an unknown outcome whose resending found them there.
        unknown_appended: those whose resending appended them.
        seen: events that readers saw for the first time.
        seen_again: those seen more than once, because the reader was killed in between.
        seconds: for all of it.
    """

    writer_kills: int = 0
    reader_kills: int = 0
    restarts: int = 0
    acknowledged: int = 0
    lost: int = 0
    in_flight: int = 0
    found: int = 0
    appended_again: int = 0
    refused: int = 0
    failed: int = 0
    unknown: int = 0
    unknown_found: int = 0
    unknown_appended: int = 0
    seen: int = 0
    seen_again: int = 0
    seconds: float = 0.0

    def __iadd__(self, other: Figures) -> Figures:
        """Add those of another log."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)
        return self


@dataclass(slots=True)
class Told:
    """What one writer's journal says.

    Attributes:
        places: of the acknowledged events, by number.
        open: requests without an outcome, by number.
        refused: requests that were refused, by number.
        errors: texts of the errors.
        figures: acknowledged, refused, failed and unknown.
    """

    places: dict[int, Place] = field(default_factory=dict)
    open: dict[int, Request] = field(default_factory=dict)
    refused: dict[int, Request] = field(default_factory=dict)
    errors: set[str] = field(default_factory=set)
    figures: Figures = field(default_factory=Figures)


def lines_of(journal: Path) -> Iterator[list[object]]:
    """Yield the whole lines; a kill may have cut off the last one."""
    if journal.exists():
        for line in journal.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                yield orjson.loads(line)


def acknowledged_in(journal: Path) -> int:
    """Return of how many requests a writer was told."""
    return journal.read_bytes().count(b'\n["done"') if journal.exists() else 0


def told_by(journal: Path) -> Told:
    """Return what a journal says."""
    told, figures = Told(), Figures()
    told.figures = figures
    unknown: set[int] = set()
    for line in lines_of(journal):
        match line:
            case ["try", int(number), list(wanted)]:
                told.open[number] = Request(tuple((s, v, n) for s, v, n in wanted))
            case ["done", int(number), list(places), bool(duplicate)]:
                request = told.open.pop(number)
                # "Nothing was written" must have been true.
                assert number in unknown or not duplicate, f"{request} was there already"
                figures.unknown_found += duplicate
                figures.unknown_appended += number in unknown and not duplicate
                told.places |= placed(request, places)
            case ["refused", int(number)]:
                told.refused[number] = told.open.pop(number)
            case ["failed", int(number), bool(is_unknown), str(error)]:
                told.errors.add(error)
                figures.unknown += is_unknown
                figures.failed += not is_unknown
                if is_unknown:
                    unknown.add(number)
            case _:
                raise AssertionError(line)
    figures.acknowledged = len(told.places)
    figures.refused = len(told.refused)
    return told


def placed(request: Request, places: Iterable[tuple[str, int, int]]) -> dict[int, Place]:
    """Return where a request's events went, by number."""
    found: dict[int, Place] = {}
    for (stream, version, numbers), (told, first, last) in zip(request.wanted, places, strict=True):
        assert (told, last - first + 1) == (stream, len(numbers))
        assert version in (None, first - 1)
        found |= {number: (stream, first + n) for n, number in enumerate(numbers)}
    return found


class CrashedLog:
    """One log, its reader, and all that was ever settled on it.

    Attributes:
        figures: of all that happened so far.
        errors: texts of the errors that living writers were told.
    """

    def __init__(self, url: str, folder: Path, chance: random.Random, server: ForkServer) -> None:
        """Store what is needed.

        Args:
            url: of the log; made by the first writer when it is a file that does not exist.
            folder: for journals and the reader's state.
            chance: for the moments.
            server: starts the processes.
        """
        self.figures = Figures()
        self._url = url
        self._folder = folder
        self._chance = chance
        self._server = server
        self._shelf = Shelf(folder)
        self._reader: Child | None = None
        self._settled: dict[int, Place] = {}
        self._writers = 0
        self.errors: set[str] = set()

    async def kill_maker(self) -> None:
        """Kill the first writer while it makes the log, or soon after; then check the log."""
        writer, journal = await self.start_writer()
        await asyncio.sleep(self._chance.uniform(0, longest_making))
        writer.kill()
        self.figures.writer_kills += 1
        await self.check(told_by(journal))

    async def kill_writer(self) -> None:
        """Kill a writer at a random moment, often the reader too; then check the log."""
        started = time.monotonic()
        writer, journal = await self.start_writer()
        if self._writers > 1:  # the first one makes the file
            self.start_reader()
        seen = len(self._shelf.state().seen)
        await self.until_acknowledged(journal, self._some(most_requests))
        victims = [writer]
        if self._reader is not None and self._chance.random() < reader_dies_too:
            await self.until_seen(seen)
            victims.append(self._reader)
            self._chance.shuffle(victims)
        for victim in victims:
            await asyncio.sleep(self._moment())
            victim.kill()
        if self._reader in victims:
            self._reader = None
        self.figures.writer_kills += 1
        self.figures.reader_kills += len(victims) - 1
        await self.check(told_by(journal))
        self.figures.seconds += time.monotonic() - started

    async def disturb(self, disturbances: Sequence[Disturbance], *options: str) -> None:
        """Let a writer and a reader live through what happens to the server; check the log.

        Args:
            disturbances: each is awaited at a random moment under load.
            options: of the writer.
        """
        started = time.monotonic()
        writer, journal = await self.start_writer(*options)
        await self.until_acknowledged(journal, 1)
        self.start_reader()
        for disturbance in disturbances:
            acknowledged = acknowledged_in(journal)
            await self.until_acknowledged(journal, acknowledged + self._some(most_requests))
            await asyncio.sleep(self._moment())
            await disturbance()
            self.figures.restarts += 1
        await self.until_acknowledged(journal, acknowledged_in(journal) + most_requests)
        writer.send(signal.SIGTERM)
        assert writer.wait() == 0, "see standard error"
        told = told_by(journal)
        # Each caller was told in the end what had become of its request.
        assert not told.open
        await self.check(told)
        self.errors |= told.errors
        self.figures.seconds += time.monotonic() - started

    async def start_writer(self, *options: str) -> tuple[Child, Path]:
        """Start a writer; return it and its journal."""
        self._writers += 1
        journal = self._folder / f"journal-{self._writers}"
        first_number = self._writers * numbers_a_writer
        return self._server.start(
            "tests.store.crash_writer", self._url, str(journal), first_number, *options
        ), journal

    def start_reader(self) -> None:
        """Start the reader, unless it lives; it goes on from where the last one was."""
        if self._reader is None:
            self._reader = self._server.start(
                "tests.store.crash_reader", self._url, str(self._folder)
            )

    async def until_acknowledged(self, journal: Path, requests: int) -> None:
        """Wait until a writer was told of so many requests."""
        deadline = time.monotonic() + start_seconds
        while acknowledged_in(journal) < requests:
            assert time.monotonic() < deadline, "the writer appends nothing; see standard error"
            await asyncio.sleep(0.001)

    async def until_seen(self, events: int) -> None:
        """Wait until the reader saw more than so many events."""
        deadline = time.monotonic() + start_seconds
        while len(self._shelf.state().seen) <= events:
            assert time.monotonic() < deadline, "the reader sees nothing; see standard error"
            await asyncio.sleep(0.001)

    async def check(self, told: Told) -> None:
        """Open the log and see that it holds what was told; then send again what was in flight."""
        state = self._shelf.state()  # before the log, which a living reader does not wait for
        assert self._settled.keys().isdisjoint(told.places)
        self._settled |= told.places
        async with await open_store(self._url) as store:
            events = await read_all(store)
            held = by_number(events)
            lost = {
                number: place
                for number, place in self._settled.items()
                if held.get(number) != place
            }
            self.figures.lost += len(lost)
            assert not lost, f"acknowledged, and not there: {lost}"
            in_flight = {n for request in told.open.values() for n in request.numbers}
            strangers = held.keys() - self._settled.keys() - in_flight
            assert not strangers, f"there, and never asked for or refused: {strangers}"
            for request in told.open.values():
                found = held.keys() & set(request.numbers)
                assert len(found) in (0, len(request.numbers)), f"{found} of {request}"
            report = await store.verify()
            assert report.ok, report.faults
            # A PostgreSQL server may commit what it was sent after its client has died.
            assert len(events) <= report.events <= len(events) + len(in_flight)
            await self._check_file()
            cursors = [str(store.cursor_of(event)) for event in events]
            check_reader(state.seen, state.cursor, [event.event_id for event in events], cursors)
            await self._send_again(store, told, held)
            assert by_number(await read_all(store)) == self._settled
        told.figures.in_flight = len(told.open)
        self.figures += told.figures

    async def finish(self) -> None:
        """Let the reader catch up; it has then seen everything, in order."""
        started = time.monotonic()
        if self._reader is not None:
            self._reader.kill()
            self._reader = None
            self.figures.reader_kills += 1
        async with await open_store(self._url) as store:
            events = await read_all(store)
            cursors = [str(store.cursor_of(event)) for event in events]
            async with asyncio.timeout(60):
                await consume(store, self._shelf, until=cursors[-1])
            state = self._shelf.state()
            ids = [event.event_id for event in events]
            check_reader(state.seen, state.cursor, ids, cursors)
            assert set(state.seen) == set(ids)
            report = await store.verify()
            assert (report.faults, report.events) == ((), len(self._settled))
        await self._check_file()
        self.figures.seen = len(set(state.seen))
        self.figures.seen_again = len(state.seen) - self.figures.seen
        self.figures.seconds += time.monotonic() - started

    def _some(self, most: int) -> int:
        """Return a number from 1, as often small as large."""
        return round(math.exp(self._chance.uniform(0, math.log(most))))

    def _moment(self) -> float:
        """Return seconds, as often short as long."""
        return math.exp(self._chance.uniform(math.log(shortest_delay), math.log(longest_delay)))

    async def _check_file(self) -> None:
        raw = Raw(self._url)
        if raw.kind == "sqlite":
            assert await raw.fetch("PRAGMA integrity_check") == [("ok",)]

    async def _send_again(self, store: EventStore, told: Told, held: Mapping[int, Place]) -> None:
        requests = list(told.open.values())
        outcomes = await asyncio.gather(
            *(store.append_many(request.appends()) for request in requests),
            return_exceptions=True,
        )
        for request, outcome in zip(requests, outcomes, strict=True):
            was_held = request.number in held
            if isinstance(outcome, WrongExpectedVersion) and request.is_contended:
                assert not was_held
                told.figures.refused += 1
                continue
            if isinstance(outcome, BaseException):
                raise outcome
            self._settled |= settled_by(request, outcome)
            found = outcome[0].duplicate
            assert len({result.duplicate for result in outcome}) == 1
            # It may have been committed late, as above.
            assert found == was_held or (found and store.kind == "postgresql")
            told.figures.found += found
            told.figures.appended_again += not found


def settled_by(request: Request, results: Iterable[AppendResult]) -> dict[int, Place]:
    """Return where a request's events are, by number."""
    places = [(one.stream, one.first_version, one.last_version) for one in results]
    return placed(request, places)


def by_number(events: Iterable[RecordedEvent]) -> dict[int, Place]:
    """Return where events are by number, having seen that each stands once, under its id."""
    found: dict[int, Place] = {}
    for event in events:
        number = event.data["number"]
        assert number not in found
        assert event.event_id == event_id(number)
        found[number] = (event.stream, event.version)
    return found


def check_reader(
    seen: Iterable[UUID], cursor: str | None, ids: list[UUID], cursors: list[str]
) -> None:
    """See that a reader saw every event up to its cursor, in the order of the log."""
    first_sights = list(dict.fromkeys(seen))
    assert first_sights == ids[: len(first_sights)], "the reader missed an event"
    # A subscription's cursor may be beyond the last event: up to there is nothing more to see.
    passed = (
        0 if cursor is None else sum(Cursor.parse(one) <= Cursor.parse(cursor) for one in cursors)
    )
    assert len(first_sights) >= passed, "the reader's cursor is past what it saw"
