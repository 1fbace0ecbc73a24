"""Folding into tables: several of them, failures, parked events, code that changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pytest
import sqlalchemy as sa

from retold.domain.event import NewEvent, RecordedEvent
from retold.errors import (
    DuplicateTable,
    ProjectionCodeChanged,
    ProjectionEventNotParked,
    ProjectionFailed,
    ProjectionNotKept,
    RebuildRefused,
)
from retold.projections.keeping.builds import kept
from retold.projections.keeping.catch_up import catch_up, current, ensure_build
from retold.projections.keeping.control import (
    forget_parked,
    parked_events,
    pause,
    resume,
)
from retold.projections.keeping.status import status
from retold.projections.projection import Need, Projection
from retold.projections.registry import Registry
from retold.projections.rows import Rows
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from tests.projections.histories import dice
from tests.projections.words import (
    Note,
    Word,
    count,
    folded,
    notes_table,
    rows_of,
    say,
    words,
    words_table,
)

texts = ["a b", "b c", "a a d", "forget c", "e", "d d", "b forget"]


@pytest.mark.parametrize("seed", range(3))
async def test_rows_of_several_tables_equal_a_fold_from_nothing(
    store: EventStore, seed: int
) -> None:
    chance = dice(seed)
    for _ in range(6):
        await say(store, *chance.choices(texts, k=chance.randrange(1, 8)))
        await catch_up(store, words, batch_size=chance.randrange(1, 6))
        assert await rows_of(store, words) == await folded(store, words)


async def test_reading_finds_what_was_appended_just_before(store: EventStore) -> None:
    await say(store, "a b a")
    tables = await current(store, words)
    table = tables[words_table]
    async with store.connection() as connection:
        found = await connection.execute(
            sa.select(table.c.word, table.c.times).order_by(table.c.times.desc())
        )
        assert [tuple(row) for row in found] == [("a", 2), ("b", 1)]


async def test_a_row_the_needs_do_not_name_is_an_error_not_a_wrong_row(store: EventStore) -> None:
    forgetful = dataclasses.replace(words, needs=lambda _: ())
    await say(store, "a")
    with pytest.raises(ProjectionFailed, match="needs do not name"):
        await catch_up(store, forgetful)
    assert await rows_of(store, forgetful) == {"words": [], "notes": []}


async def test_a_fold_that_fails_stops_before_the_event_and_says_which(store: EventStore) -> None:
    await say(store, "a", "b", "c ! d", "e")
    with pytest.raises(ProjectionFailed) as raised:
        await catch_up(store, words, batch_size=10)
    error = raised.value
    assert (error.stream, error.event_version, error.event_type) == ("note-2", 1, "note.said")
    assert "nobody says that" in str(error)
    assert [word for word, *_ in (await rows_of(store, words))["words"]] == ["a", "b"]
    (found,) = await status(store, [words])
    assert found.failure is not None
    assert (found.failure.stream, found.failure.version) == ("note-2", 1)
    assert found.lag_events == 2
    # Again: it stands where it stood, and nothing is folded twice.
    with pytest.raises(ProjectionFailed):
        await catch_up(store, words)
    assert [word for word, *_ in (await rows_of(store, words))["words"]] == ["a", "b"]


async def test_a_failure_is_gone_when_mended_code_of_the_next_version_came_by(
    store: EventStore,
) -> None:
    await say(store, "a", "! b")
    with pytest.raises(ProjectionFailed):
        await catch_up(store, words)

    def mended(rows: Rows, event: RecordedEvent) -> None:
        text = str(event.data["text"])
        rows.put(notes_table, Note(event.stream, text, len(text.split())))

    newer = dataclasses.replace(words, version=2, fold=mended)
    assert await catch_up(store, newer) == 2
    (found,) = await status(store, [newer])
    assert found.failure is None
    assert (await rows_of(store, newer))["notes"] == [("note-0", "a", 1), ("note-1", "! b", 2)]


async def test_parked_events_are_left_out_and_kept_on_record(store: EventStore) -> None:
    await say(store, "a", "! b", "c", "! d", "e")
    assert await catch_up(store, words, batch_size=2, on_error="park") == 5
    assert [word for word, *_ in (await rows_of(store, words))["words"]] == ["a", "c", "e"]
    parked = await parked_events(store, "words")
    assert [(one.stream, one.version) for one in parked] == [("note-1", 1), ("note-0", 3)]
    assert all("nobody says that" in one.reason for one in parked)
    (found,) = await status(store, [words])
    assert (found.parked, found.lag_events, found.failure) == (2, 0, None)
    await forget_parked(store, "words", parked[0].event_id)
    assert len(await parked_events(store, "words")) == 1
    with pytest.raises(ProjectionEventNotParked):
        await forget_parked(store, "words", parked[0].event_id)


async def test_changed_code_of_the_same_version_is_refused_until_accepted(
    store: EventStore,
) -> None:
    await say(store, "a")
    await catch_up(store, words)

    def twice(rows: Rows, event: RecordedEvent) -> None:
        count(rows, event)
        count(rows, event)

    changed = dataclasses.replace(words, fold=twice)
    await say(store, "b")
    with pytest.raises(ProjectionCodeChanged, match="still 1"):
        await catch_up(store, changed)
    assert [word for word, *_ in (await rows_of(store, words))["words"]] == ["a"]
    assert await catch_up(store, changed, accept_code=True) == 1
    found = (await rows_of(store, changed))["words"]
    assert found == [("a", 1, "note-0"), ("b", 2, "note-0")]
    # From now on it is the other code that is not the one.
    with pytest.raises(ProjectionCodeChanged):
        await catch_up(store, words)


async def test_a_projection_that_reads_nothing_new_moves_on_over_long_stretches(
    store: EventStore,
) -> None:
    await say(store, "a")
    await catch_up(store, words)
    many = [NewEvent(type="note.other", data={}) for _ in range(1_100)]
    await store.append("note-9", many, expected_version=ExpectedVersion.NO_STREAM)
    before = (await status(store, [words]))[0].active
    assert await catch_up(store, words) == 0
    after = (await status(store, [words]))[0].active
    assert before is not None
    assert after is not None
    assert before.position != after.position
    assert before.events == after.events == 1


async def test_pausing_and_resuming_are_kept_and_need_something_to_pause(
    store: EventStore,
) -> None:
    with pytest.raises(ProjectionNotKept):
        await pause(store, "words")
    await ensure_build(store, words)
    await pause(store, "words")
    await pause(store, "words")
    assert (await status(store, [words]))[0].paused_at is not None
    await resume(store, "words")
    async with store.connection() as connection:
        assert (await kept(connection, store.tenant, "words")).paused_at is None


async def test_a_status_before_anything_ran_knows_nothing(store: EventStore) -> None:
    (found,) = await status(store, [words])
    assert (found.active, found.lag_events, found.lag_seconds, found.parked) == (
        None,
        None,
        None,
        0,
    )


def test_the_key_of_one_column_is_given_as_its_value() -> None:
    rows = Rows()
    rows.put(words_table, Word("a", 1))
    assert rows.get(words_table, "a") == rows.get(words_table, ("a",)) == Word("a", 1)


def test_a_projection_says_what_is_wrong_with_it() -> None:
    for changes, reason in (
        ({"name": "Words"}, "no name"),
        ({"version": 0}, "begin at 1"),
        ({"tables": ()}, "storage of its own"),
    ):
        with pytest.raises(ValueError, match=reason):
            dataclasses.replace(words, **changes)
    assert isinstance(words, Projection)


async def test_two_projections_never_share_a_table(store: EventStore) -> None:
    await say(store, "a")
    await catch_up(store, words)
    thief = dataclasses.replace(words, name="thief")
    with pytest.raises(RebuildRefused, match="'words_v1_1' already"):
        await catch_up(store, thief)
    with pytest.raises(DuplicateTable, match="both have a table 'words'"):
        Registry(words, thief)
    assert await rows_of(store, words) == await folded(store, words)


async def test_needs_that_raise_stop_or_park_like_a_fold_that_does(store: EventStore) -> None:
    def picky(event: RecordedEvent) -> Iterable[Need]:
        if event.data["text"] == "b":
            raise KeyError("no key")
        return words.needs(event)

    fragile = dataclasses.replace(words, needs=picky)
    await say(store, "a", "b", "c")
    with pytest.raises(ProjectionFailed, match="KeyError") as raised:
        await catch_up(store, fragile)
    assert (raised.value.stream, raised.value.event_version) == ("note-1", 1)
    assert await catch_up(store, fragile, on_error="park") == 2
    assert [word for word, *_ in (await rows_of(store, fragile))["words"]] == ["a", "c"]


async def test_a_row_the_database_refuses_is_the_failure_of_its_event(store: EventStore) -> None:
    def hollow(rows: Rows, event: RecordedEvent) -> None:
        count(rows, event)
        if event.data["text"] == "b":
            # No database takes it: the column may not be null.
            rows.put(notes_table, Note(event.stream, None, 0))  # type: ignore[arg-type]

    broken = dataclasses.replace(words, fold=hollow)
    await say(store, "a", "b", "c")
    with pytest.raises(ProjectionFailed) as raised:
        await catch_up(store, broken)
    assert (raised.value.stream, raised.value.event_version) == ("note-1", 1)
    assert [word for word, *_ in (await rows_of(store, broken))["words"]] == ["a"]
    assert (await status(store, [broken]))[0].failure is not None
    assert await catch_up(store, broken, on_error="park") == 2
    assert [word for word, *_ in (await rows_of(store, broken))["words"]] == ["a", "c"]
    assert [one.stream for one in await parked_events(store, "words")] == ["note-1"]
    assert await catch_up(store, broken) == 0
