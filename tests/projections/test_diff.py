"""What two versions of a projection make of the same log."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from retold.domain.event import RecordedEvent
from retold.errors import ProjectionFailed
from retold.projections.keeping.diff import DiffProgress, ProjectionDiff, diff
from retold.projections.projection import Projection
from retold.projections.rows import Rows
from retold.store import EventStore, open_store
from tests.projections.words import (
    Word,
    count,
    notes,
    notes_table,
    rows_in,
    say,
    words,
    words_table,
)


def without(word: str) -> Projection:
    """Return the next version of the words, which never counts one of them."""

    def fold(rows: Rows, event: RecordedEvent) -> None:
        before = rows.get(words_table, word) if word in str(event.data["text"]).split() else None
        count(rows, event)
        if word in str(event.data["text"]).split():
            if before is None:
                rows.delete(words_table, word)
            else:
                rows.put(words_table, before)

    return dataclasses.replace(words, version=2, fold=fold)


async def test_equal_versions_do_not_differ(store: EventStore) -> None:
    await say(store, "a b", "c a", "forget c")
    found = await diff(store, words, dataclasses.replace(words, version=2), batch_size=2)
    assert found.same
    assert (found.events, found.rows, found.parted, found.differences) == (3, (5, 5), None, ())


async def test_rows_that_differ_say_how_and_since_when(store: EventStore) -> None:
    await say(store, "a b", "c", "b d", "b", streams=2)
    found = await diff(store, words, without("b"), batch_size=3)
    assert not found.same
    assert (found.old, found.new, found.differing, found.rows) == (1, 2, 1, (6, 5))
    (one,) = found.differences
    assert (one.table, one.key, one.only) == ("words", {"word": "b"}, "old")
    assert one.fields == {"word": ("b", None), "times": (3, None), "last": ("note-1", None)}
    assert (one.parted.stream, one.parted.version) == ("note-0", 1)
    assert found.parted == one.parted


async def test_a_comparison_says_how_far_it_has_come(store: EventStore) -> None:
    await say(store, "a", "b", "c", "d", "e")
    progress: list[DiffProgress] = []
    found = await diff(store, words, without("b"), batch_size=2, progress=progress.append)
    assert [one.events for one in progress] == [2, 4, 5]
    assert found.events == 5
    shares = [one.share for one in progress]
    assert shares == sorted(set(shares))
    # What follows the last of them is not read.
    assert 0.8 < shares[-1] <= 1.0
    assert all(one.events_per_second > 0 for one in progress)


async def test_rows_that_met_again_are_no_difference_but_parted_once(store: EventStore) -> None:
    await say(store, "b", "b forget", streams=1)
    found = await diff(store, words, without("b"))
    assert found.differing == 0
    assert found.same
    assert found.parted is not None
    assert found.parted.version == 1


async def test_fields_of_a_row_both_have_are_told_apart(store: EventStore) -> None:
    def double(rows: Rows, event: RecordedEvent) -> None:
        count(rows, event)
        for word in str(event.data["text"]).split():
            row = rows.get(words_table, word)
            if row is not None:
                rows.put(words_table, Word(word, row.times + 1, row.last))

    await say(store, "a", "a", streams=1)
    found = await diff(store, words, dataclasses.replace(words, version=3, fold=double))
    (one,) = found.differences
    assert (one.only, one.fields) == (None, {"times": (2, 4)})


async def test_all_are_counted_and_some_are_shown(store: EventStore) -> None:
    def nothing(rows: Rows, event: RecordedEvent) -> None:
        del rows, event

    await say(store, *"abcdef")
    found = await diff(store, words, dataclasses.replace(words, version=2, fold=nothing), limit=2)
    assert (found.differing, len(found.differences)) == (9, 2)


async def test_tables_and_columns_of_one_side_are_named(store: EventStore) -> None:
    await say(store, "a")
    only_notes = dataclasses.replace(notes, name="words", version=2)
    found = await diff(store, words, only_notes)
    assert found.columns == (
        *("last_notes.stream", "last_notes.text", "last_notes.words"),
        *("notes.stream", "notes.text", "notes.words"),
        *("words.last", "words.times", "words.word"),
    )
    assert not found.same
    assert found.differing == 0


async def test_a_fold_that_fails_says_which_side_and_event(store: EventStore) -> None:
    await say(store, "a", "b !")
    with pytest.raises(ProjectionFailed, match="words v1"):
        await diff(store, words, words)


some_words = st.lists(st.sampled_from(["a", "b", "c", "forget"]), min_size=1)


@given(texts=st.lists(some_words, max_size=9))
@settings(max_examples=15, deadline=None)
async def test_the_difference_is_that_of_the_rows_folded_apart(texts: list[list[str]]) -> None:
    newer = without("b")
    async with await open_store("sqlite:///:memory:") as store:
        await say(store, *(" ".join(text) for text in texts))
        found: ProjectionDiff = await diff(store, words, newer, batch_size=2)
        events = [event async for event in store.read_all(types=words.types)]
    old, new = ({row[0]: row for row in rows_in(p, events)["words"]} for p in (words, newer))
    expected = {key for key in old | new if old.get(key) != new.get(key)}
    assert {one.key["word"] for one in found.differences} == expected
    for one in found.differences:
        assert first_parted(events, newer, one.key["word"]) == (
            one.parted.stream,
            one.parted.version,
        )
    assert rows_in(words, events)["notes"] == rows_in(newer, events)["notes"]
    assert notes_table.name == "notes"


def first_parted(
    events: list[RecordedEvent], newer: Projection, word: str
) -> tuple[Any, ...] | None:
    """Return the event since which a word differs, by folding every prefix on its own."""
    since = None
    for number, event in enumerate(events, 1):
        old, new = (
            {row[0]: row for row in rows_in(p, events[:number])["words"]}.get(word)
            for p in (words, newer)
        )
        if old == new:
            since = None
        elif since is None:
            since = (event.stream, event.version)
    return since
