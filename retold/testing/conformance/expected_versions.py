"""Conformance: another version than expected is refused."""

from __future__ import annotations

import asyncio

import pytest

from retold.errors import (
    WrongExpectedVersion,
)
from retold.store import EventStore
from retold.store.append import AppendResult, ExpectedVersion
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.events import (
    NO_STREAM,
    STREAM_EXISTS,
    append,
    read_all,
    texts,
)


class ExpectedVersionTests(ConformanceTests):
    """Another version than expected is refused."""

    async def test_another_version_than_expected_is_refused(self, store: EventStore) -> None:
        await append(store, "note-1", "a", "b")
        cases: list[tuple[str, int | ExpectedVersion, int | str, int]] = [
            ("note-1", 0, 0, 2),
            ("note-1", 1, 1, 2),
            ("note-1", 3, 3, 2),
            ("note-1", NO_STREAM, "no_stream", 2),
            ("note-2", 1, 1, 0),
            ("note-2", STREAM_EXISTS, "stream_exists", 0),
        ]
        for stream, expected, shown, actual in cases:
            with pytest.raises(WrongExpectedVersion) as raised:
                await append(store, stream, "c", expected_version=expected)
            error = raised.value
            assert (error.stream, error.expected, error.actual) == (stream, shown, actual)
        assert texts(await read_all(store)) == ["a", "b"]

    async def test_racing_appenders_of_one_version_have_one_winner(self, store: EventStore) -> None:
        outcomes = await asyncio.gather(
            *(append(store, "note-1", str(number), expected_version=0) for number in range(20)),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, AppendResult) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, WrongExpectedVersion) for outcome in outcomes) == 19
