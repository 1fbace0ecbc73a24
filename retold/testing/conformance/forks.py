"""Conformance: forks, which have their parent's events without copying them."""

from __future__ import annotations

from typing import Any

import pytest

from retold.errors import (
    InvalidForkVersion,
    InvalidStreamName,
    StreamNotFound,
    StreamTombstoned,
    WrongExpectedVersion,
)
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from retold.store.integrity import FaultKind
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.database import LogDatabase
from retold.testing.conformance.events import (
    ANY,
    NO_STREAM,
    STREAM_EXISTS,
    append,
    event,
    names,
    numbered,
    read,
    read_all,
    texts,
)


async def whole(store: EventStore, stream: str, **options: Any) -> str:
    """Return the texts of a stream, one after the other."""
    return "".join(texts(await read(store, stream, **options)))


async def family(store: EventStore) -> None:
    """Append seven events, fork them at 5 and the fork, once it is at 7, at 6 and at 3."""
    await append(store, "note-1", *"abcdefg")
    await store.fork("note-1", "fork-1", at=5)
    await append(store, "fork-1", *"FG", expected_version=5)
    await store.fork("fork-1", "fork-2", at=6)
    await append(store, "fork-2", *"xyz", expected_version=6)
    await store.fork("fork-1", "fork-3", at=3)
    await append(store, "fork-3", "Q", expected_version=3)


class ForkTests(ConformanceTests):
    """Forks, which have their parent's events without copying them."""

    async def test_a_fork_has_its_parents_events_up_to_a_version(self, store: EventStore) -> None:
        await append(store, "note-1", "a", "b", "c")
        parents = await read(store, "note-1")
        fork = await store.fork("note-1", "fork-1", at=2, session="s")
        assert fork == await store.head("fork-1")
        assert (fork.stream, fork.version, fork.session) == ("fork-1", 2, "s")
        assert (fork.parent_stream, fork.parent_version) == ("note-1", 2)
        assert (fork.digest, fork.tombstoned_at) == (parents[1].digest, None)
        # Not a copy: each event says where it was appended.
        assert await read(store, "fork-1") == parents[:2]
        assert await names(store, session="s") == ["fork-1", "stream-fork-1"]

    async def test_without_a_version_a_fork_begins_at_the_parents_last(
        self, store: EventStore
    ) -> None:
        await append(store, "note-1", "a", "b", "c")
        assert (await store.fork("note-1", "fork-1")).version == 3
        assert await whole(store, "fork-1") == "abc"

    async def test_appends_after_the_fork_stay_apart(self, store: EventStore) -> None:
        await append(store, "note-1", "a", "b")
        await store.fork("note-1", "fork-1", at=1)
        await append(store, "note-1", "c", expected_version=2)
        result = await append(store, "fork-1", "B", "C", expected_version=1)
        assert (result.first_version, result.last_version) == (2, 3)
        assert await whole(store, "note-1") == "abc"
        assert await whole(store, "fork-1") == "aBC"
        recorded = await read(store, "fork-1")
        assert [(one.stream, one.version) for one in recorded] == [
            ("note-1", 1),
            ("fork-1", 2),
            ("fork-1", 3),
        ]
        head = await store.head("fork-1")
        assert head is not None
        assert (head.version, head.digest) == (3, recorded[-1].digest)

    async def test_forks_of_forks_have_all_that_came_before(self, store: EventStore) -> None:
        await family(store)
        assert await whole(store, "note-1") == "abcdefg"
        assert await whole(store, "fork-1") == "abcdeFG"
        assert await whole(store, "fork-2") == "abcdeFxyz"
        assert await whole(store, "fork-3") == "abcQ"
        # A fork at a version that its parent has of another is a fork of that one.
        head = await store.head("fork-3")
        assert head is not None
        assert (head.parent_stream, head.parent_version) == ("note-1", 3)

    @pytest.mark.usefixtures("small_pages")
    async def test_a_fork_is_read_over_the_boundaries_of_pages_and_parents(
        self, store: EventStore
    ) -> None:
        await family(store)
        every = "abcdeFxyz"
        for low in range(11):
            for high in range(11):
                expected = every[max(low, 1) - 1 : high]
                options = {"from_version": low, "to_version": high}
                assert await whole(store, "fork-2", **options) == expected
                backwards = await whole(store, "fork-2", **options, backwards=True)
                assert backwards == expected[::-1]
        for limit in range(11):
            assert await whole(store, "fork-2", limit=limit) == every[:limit]
            backwards = await whole(store, "fork-2", limit=limit, backwards=True)
            assert backwards == every[::-1][:limit]

    async def test_events_of_the_parent_stand_once_in_the_log(self, store: EventStore) -> None:
        await append(store, "note-1", "a", "b")
        await store.fork("note-1", "fork-1", at=1)
        await append(store, "fork-1", "B")
        recorded = await read_all(store)
        assert [(one.stream, one.type) for one in recorded] == [
            ("note-1", "test.happened"),
            ("note-1", "test.happened"),
            ("stream-fork-1", "stream.forked"),
            ("fork-1", "test.happened"),
        ]
        assert recorded[2].data == {
            "stream": "fork-1",
            "parent": "note-1",
            "version": 1,
            "digest": recorded[0].digest.hex(),
        }
        assert await read_all(store, category="fork") == recorded[3:]

    @pytest.mark.parametrize("expected", [2, STREAM_EXISTS, ANY])
    async def test_a_fork_goes_on_from_the_version_it_was_forked_at(
        self, store: EventStore, expected: int | ExpectedVersion
    ) -> None:
        await append(store, "note-1", "a", "b", "c")
        await store.fork("note-1", "fork-1", at=2)
        result = await append(store, "fork-1", "C", expected_version=expected)
        assert result.last_version == 3

    @pytest.mark.parametrize("expected", [0, 1, 3, NO_STREAM])
    async def test_a_fork_is_at_no_other_version(
        self, store: EventStore, expected: int | ExpectedVersion
    ) -> None:
        await append(store, "note-1", "a", "b", "c")
        await store.fork("note-1", "fork-1", at=2)
        with pytest.raises(WrongExpectedVersion) as raised:
            await append(store, "fork-1", "C", expected_version=expected)
        assert raised.value.actual == 2
        assert await whole(store, "fork-1") == "ab"

    @pytest.mark.parametrize("version", [0, -1, 3, 2**80, True, "1", 1.0])
    async def test_a_version_the_parent_does_not_have_is_refused(
        self, store: EventStore, version: Any
    ) -> None:
        await append(store, "note-1", "a", "b")
        with pytest.raises(InvalidForkVersion) as raised:
            await store.fork("note-1", "fork-1", at=version)
        assert (raised.value.parent, raised.value.version, raised.value.head) == (
            "note-1",
            version,
            2,
        )
        assert await store.head("fork-1") is None
        assert len(await read_all(store)) == 2

    async def test_a_parent_that_does_not_exist_is_refused(self, store: EventStore) -> None:
        for at in (None, 1):
            with pytest.raises(StreamNotFound) as raised:
                await store.fork("note-1", "fork-1", at=at)
            assert raised.value.stream == "note-1"
        for parent, stream in (("note-1", "fork"), ("note", "fork-1")):
            with pytest.raises(InvalidStreamName):
                await store.fork(parent, stream)
        assert await names(store) == []

    async def test_a_name_that_is_taken_is_refused(self, store: EventStore) -> None:
        await append(store, "note-1", "a", "b")
        await append(store, "note-2", "c")
        await store.fork("note-1", "fork-1")
        before = await read_all(store)
        for taken, actual in (("note-2", 1), ("note-1", 2), ("fork-1", 2)):
            with pytest.raises(WrongExpectedVersion) as raised:
                await store.fork("note-1", taken, at=1)
            assert (raised.value.stream, raised.value.expected, raised.value.actual) == (
                taken,
                "no_stream",
                actual,
            )
        assert await read_all(store) == before

    async def test_of_a_stream_that_ended_no_fork_begins(self, store: EventStore) -> None:
        await append(store, "note-1", "a", "b")
        await store.fork("note-1", "fork-1", at=1)
        await store.end_stream("note-1")
        with pytest.raises(StreamTombstoned) as raised:
            await store.fork("note-1", "fork-2")
        assert (raised.value.stream, raised.value.version) == ("note-1", 2)
        # What was forked before goes on.
        await append(store, "fork-1", "B", expected_version=1)
        assert await whole(store, "fork-1") == "aB"
        assert (await store.verify()).ok

    async def test_forks_are_verified_with_what_they_begin_at(
        self, store: EventStore, database: LogDatabase
    ) -> None:
        await family(store)
        await store.fork("fork-2", "fork-4")
        report = await store.verify()
        # Four facts about streams, each in a stream of its own.
        assert (report.ok, report.events, report.streams) == (True, 17, 8)
        for stream, events in (("fork-1", 2), ("fork-2", 3), ("fork-3", 1), ("fork-4", 0)):
            report = await store.verify(stream)
            assert (report.ok, report.events) == (True, events)
        await database.alter_event("fork-2", 8, '{"text":"?"}')
        report = await store.verify()
        assert [(one.stream, one.version, one.kind) for one in report.faults] == [
            ("fork-2", 8, FaultKind.ALTERED)
        ]
        assert (await store.verify("fork-1")).ok
        assert not (await store.verify("fork-2")).ok

    async def test_a_missing_event_is_missed_by_the_forks_that_begin_at_it(
        self, store: EventStore, database: LogDatabase
    ) -> None:
        await store.append("note-1", numbered(3), expected_version=0)
        await store.fork("note-1", "fork-1", at=2)
        await append(store, "fork-1", "x")
        await store.fork("note-1", "fork-2", at=2)
        await store.fork("note-1", "fork-3", at=1)
        await database.remove_event("note-1", 2)
        report = await store.verify()
        assert {(one.stream, one.version, one.kind) for one in report.faults} == {
            ("note-1", 2, FaultKind.REMOVED),
            ("fork-1", 3, FaultKind.ALTERED),
            ("fork-2", 2, FaultKind.ALTERED),
        }

    async def test_the_first_event_of_a_fork_is_missed(
        self, store: EventStore, database: LogDatabase
    ) -> None:
        await store.append("note-1", numbered(3), expected_version=0)
        await store.fork("note-1", "fork-1", at=2)
        await store.append("fork-1", [event("x"), event("y")], expected_version=2)
        await database.remove_event("fork-1", 3)
        report = await store.verify("fork-1")
        assert [(one.version, one.kind) for one in report.faults] == [(3, FaultKind.REMOVED)]
        await database.remove_event("fork-1", 4)
        report = await store.verify("fork-1")
        assert [(one.version, one.kind) for one in report.faults] == [(3, FaultKind.TRUNCATED)]
