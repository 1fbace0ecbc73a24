"""What an inline projection refuses, and whose append it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from retold.errors import (
    InlineProjectionFailed,
    InlineUnavailable,
    ProjectionCodeChanged,
    ProjectionFailed,
)
from retold.projections.keeping.builds import kept as how_kept
from retold.projections.rows import Rows
from retold.store import EventStore, open_store
from retold.store.append import AppendResult
from retold.store.inline import stop_inline
from retold.testing import memory_store
from tests.projections.histories import dice
from tests.projections.inline_log import check, opened, tally
from tests.projections.tallies import (
    added,
    as_they_are,
    fold,
    needs,
    streams,
    tallies,
)
from tests.store.events import read_all


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[EventStore]:
    async with await open_store(store_url, inline=[tally]) as opened:
        yield opened


# What fails --------------------------------------------------------------------------------------


async def test_a_fold_that_raises_refuses_the_append_of_its_event_only(store: EventStore) -> None:
    bad = added("1", bad=True)
    outcomes: list[AppendResult | BaseException] = await asyncio.gather(
        *(
            store.append(
                f"note-{n}", [added(), bad if n in {3, 7} else added()], expected_version=0
            )
            for n in range(10)
        ),
        return_exceptions=True,
    )
    failed = {n: one for n, one in enumerate(outcomes) if isinstance(one, BaseException)}
    assert set(failed) == {3, 7}
    error = failed[3]
    assert isinstance(error, InlineProjectionFailed)
    assert (error.name, error.stream, error.event_version) == ("tallies", "note-3", 2)
    assert (error.event_type, error.reason) == ("note.added", "ValueError: a bad event")
    assert isinstance(error.__cause__, ValueError)
    assert await store.head("note-3") is None
    await check(store)
    # It goes on, with the streams that failed too.
    await store.append("note-3", [added()], expected_version=0)
    await check(store)


async def test_a_failing_append_to_streams_whose_heads_are_known_leaves_them_where_they_were(
    store: EventStore,
) -> None:
    await store.append("note-1", [added()], expected_version=0)
    with pytest.raises(InlineProjectionFailed):
        await store.append("note-1", [added(bad=True)], expected_version=1)
    await store.append("note-1", [added()], expected_version=1)
    await check(store)
    assert (await store.verify()).ok


async def test_needs_that_raise_and_rows_that_cannot_be_written_are_refused(store_url: str) -> None:
    def raising_needs(recorded: Any) -> Any:
        if recorded.data.get("text") == "needs":
            raise KeyError("nothing")
        return needs(recorded)

    def careless_fold(rows: Rows, recorded: Any) -> None:
        if recorded.data["text"] == "unnamed":
            rows.get(streams, ("note-1", 2))
        fold(rows, recorded)
        text = recorded.data["text"]
        tally = rows.get(streams, (recorded.stream, 1))
        assert tally is not None
        wrong: Any = {"null": None, "huge": 2**70, "object": object()}.get(text, tally.events)
        rows.put(streams, type(tally)(stream=tally.stream, part=1, events=wrong, trace=tally.trace))

    careless = tallies(fold=careless_fold, needs=raising_needs, types=["note.added"])
    async with opened(store_url, careless) as store:
        texts = ["fine", "needs", "unnamed", "null", "huge", "object", "fine"]
        outcomes = await asyncio.gather(
            *(
                store.append(f"note-{n}", [added(text)], expected_version=0)
                for n, text in enumerate(texts)
            ),
            return_exceptions=True,
        )
        fine = [text for text, one in zip(texts, outcomes, strict=True) if isinstance(one, tuple)]
        assert fine == ["fine", "fine"]
        for text, outcome in zip(texts, outcomes, strict=True):
            if text != "fine":
                assert isinstance(outcome, InlineProjectionFailed), (text, outcome)
                assert outcome.event_type == "note.added"
        assert len(await read_all(store)) == 2
        rows = await as_they_are(store, careless)
        assert len(rows[streams.name]) == 2


async def test_nobody_gets_past_an_event_that_was_appended_without_and_cannot_be_folded(
    sqlite_url: str,
) -> None:
    async with opened(sqlite_url, tally) as store, opened(sqlite_url) as without:
        await without.append("note-1", [added(bad=True)], expected_version=0)
        outcomes = await asyncio.gather(
            *(store.append(f"note-{n}", [added()], expected_version=0) for n in range(2, 5)),
            return_exceptions=True,
        )
        for outcome in outcomes:
            assert isinstance(outcome, InlineProjectionFailed)
            assert (outcome.stream, outcome.event_version) == ("note-1", 1)
        with pytest.raises(ProjectionFailed):
            await open_store(sqlite_url, inline=[tally])
        await stop_inline(store, tally.name)
        await store.append("note-2", [added()], expected_version=0)


async def test_where_rows_cannot_be_kept_inline_the_log_is_not_opened(store_url: str) -> None:
    with pytest.raises(InlineUnavailable, match="'tallies' cannot be kept inline"):
        await open_store(store_url, inline=[tally, tallies()])
    async with opened(store_url) as store:
        await store.append("note-1", [added()], expected_version=0)
        async with store.connection() as connection:
            assert not (await how_kept(connection, store.tenant, tally.name)).inline


async def test_changed_code_of_the_same_version_is_refused(store_url: str) -> None:
    async with opened(store_url, tally):
        pass
    with pytest.raises(ProjectionCodeChanged):
        await open_store(store_url, inline=[tallies(code=(dice,))])


async def test_a_log_in_memory_has_no_rows() -> None:
    with pytest.raises(InlineUnavailable, match="kept in memory"):
        async with memory_store(inline=[tally]):
            raise AssertionError
