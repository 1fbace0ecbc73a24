"""Random appends against the log and against a dictionary that says what should come of them."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from retold.domain.event import NewEvent
from retold.errors import DuplicateEventId, EmptyAppend, InvalidEvent, WrongExpectedVersion
from retold.store import EventStore, open_store
from retold.store.append import Append, ExpectedVersion
from retold.testing import memory_store
from tests.empty_logs import make_log
from tests.examples import share
from tests.store.events import ANY, NO_STREAM, STREAM_EXISTS, event, event_id, read, read_all

Written: TypeAlias = tuple[str, int, int, str]  # stream, version, number of the id, text
Expected: TypeAlias = int | ExpectedVersion

streams = st.sampled_from(["note-1", "note-2", "book-1"])
# Few ids and few texts, so that the same events come again, and other events with their ids.
new_events = st.tuples(st.integers(0, 11), st.sampled_from("ab"))
expected_versions = st.one_of(
    st.integers(0, 6), st.sampled_from([ANY, ANY, NO_STREAM, STREAM_EXISTS])
)


@dataclass(frozen=True)
class Part:
    """An append to one stream, events as number of the id and text."""

    stream: str
    events: tuple[tuple[int, str], ...]
    expected: Expected

    def as_append(self) -> Append:
        new: list[NewEvent] = [
            event(text, event_id=event_id(number)) for number, text in self.events
        ]
        return Append(self.stream, new, self.expected)


parts = st.builds(Part, streams, st.lists(new_events, max_size=3).map(tuple), expected_versions)
requests = st.lists(parts, min_size=1, max_size=2).map(tuple)
groups = st.lists(requests, min_size=1, max_size=4)


@dataclass
class Model:
    """What a log is: a list, and the rules of appending to it."""

    written: list[Written] = field(default_factory=list)

    def version(self, stream: str) -> int:
        return sum(one[0] == stream for one in self.written)

    def append(self, request: tuple[Part, ...]) -> object:
        """Return (first version, last version, duplicate) per part, or the class of the error."""
        names = [part.stream for part in request]
        if not all(part.events for part in request) or len(set(names)) < len(names):
            return EmptyAppend
        numbers = [number for part in request for number, _ in part.events]
        if len(set(numbers)) < len(numbers):
            return InvalidEvent
        by_id = {number: (stream, version, text) for stream, version, number, text in self.written}
        if set(numbers) & set(by_id):
            return self._repeated(request, by_id)
        for part in request:
            if not self._as_expected(part):
                return WrongExpectedVersion
        results = []
        for part in request:
            first = self.version(part.stream) + 1
            for version, (number, text) in enumerate(part.events, first):
                self.written.append((part.stream, version, number, text))
            results.append((first, first + len(part.events) - 1, False))
        return results

    def _as_expected(self, part: Part) -> bool:
        actual = self.version(part.stream)
        if isinstance(part.expected, int):
            return part.expected == actual
        return {ANY: True, NO_STREAM: actual == 0, STREAM_EXISTS: actual > 0}[part.expected]

    @staticmethod
    def _repeated(request: tuple[Part, ...], by_id: dict[int, tuple[str, int, str]]) -> object:
        results = []
        for part in request:
            places = [by_id.get(number) for number, _ in part.events]
            first = places[0][1] if places[0] else 0
            same = [
                (part.stream, version, text) for version, (_, text) in enumerate(part.events, first)
            ]
            if places != same:
                return DuplicateEventId
            results.append((first, first + len(same) - 1, True))
        return results


async def _outcome(store: EventStore, request: tuple[Part, ...]) -> object:
    try:
        results = await store.append_many([part.as_append() for part in request])
    except (DuplicateEventId, EmptyAppend, InvalidEvent, WrongExpectedVersion) as error:
        return type(error)
    return [(one.first_version, one.last_version, one.duplicate) for one in results]


async def _check(store: EventStore, script: list[list[tuple[Part, ...]]]) -> None:
    model = Model()
    for group in script:
        # Queued together, they are decided in their order and mostly committed together.
        outcomes = await asyncio.gather(*(_outcome(store, request) for request in group))
        assert outcomes == [model.append(request) for request in group]
    written = [
        (one.stream, one.version, one.event_id.int & 0xFFFF, one.data["text"])
        for one in await read_all(store)
    ]
    assert written == model.written
    for stream in {one[0] for one in model.written}:
        assert [one.version for one in await read(store, stream)] == list(
            range(1, model.version(stream) + 1)
        )
    report = await store.verify()
    assert (report.ok, report.events) == (True, len(model.written))


common = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@settings(common, max_examples=share(60))
@given(script=st.lists(groups, max_size=5))
def test_the_log_in_sqlite_is_what_the_model_says(
    tmp_path: Path, script: list[list[tuple[Part, ...]]]
) -> None:
    async def run() -> None:
        # Nothing here is about a machine that loses power.
        url = make_log(tmp_path / f"{os.urandom(8).hex()}.db")
        async with await open_store(url, durability="normal") as store:
            await _check(store, script)

    asyncio.run(run())


@settings(common, max_examples=share(60))
@given(script=st.lists(groups, max_size=5))
def test_the_log_in_memory_is_what_the_model_says(script: list[list[tuple[Part, ...]]]) -> None:
    async def run() -> None:
        async with memory_store() as store:
            await _check(store, script)

    asyncio.run(run())


@pytest.mark.postgres
@settings(common, max_examples=share(40))
@given(script=st.lists(groups, max_size=5))
def test_the_log_in_postgresql_is_what_the_model_says(
    migrated_postgres_url: str, script: list[list[tuple[Part, ...]]]
) -> None:
    async def run() -> None:
        # A tenant of its own is an empty log.
        tenant = os.urandom(8).hex()
        async with await open_store(migrated_postgres_url, tenant=tenant) as store:
            await _check(store, script)

    asyncio.run(run())
