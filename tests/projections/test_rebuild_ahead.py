"""A rebuild folds a page while the one before it is written, and makes indexes at the end."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from retold.domain.event import RecordedEvent
from retold.errors import ProjectionFailed
from retold.projections.keeping.builds import Build, kept
from retold.projections.keeping.catch_up import catch_up
from retold.projections.keeping.courtesy import Courtesy
from retold.projections.keeping.folding import Folding
from retold.projections.keeping.rebuild import rebuild
from retold.projections.keeping.upsert import upserts_of
from retold.projections.rows import Rows
from retold.store import EventStore
from tests.projections.words import Word, count, folded, rows_of, said, say, words, words_table


async def indexes_of(store: EventStore, table: str) -> set[str | None]:
    def look(connection: sa.Connection) -> set[str | None]:
        return {index["name"] for index in sa.inspect(connection).get_indexes(table)}

    async with store.connection() as connection:
        return await connection.run_sync(look)


async def begun_build(store: EventStore) -> Build:
    """Return a build that stopped at an event nobody can fold."""
    await catch_up(store, words)
    await say(store, "a", "b", "!")
    with pytest.raises(ProjectionFailed):
        await rebuild(store, words, batch_size=1)
    async with store.connection() as connection:
        build = (await kept(connection, store.tenant, words.name)).rebuilding()
    assert build is not None
    return build


async def test_pages_that_share_rows_are_folded_ahead_of_each_other(store: EventStore) -> None:
    await say(store, *(f"a w{number} w{number // 2} w{number % 3}" for number in range(60)))
    await catch_up(store, words)
    await rebuild(store, words, batch_size=7)
    assert await rows_of(store, words) == await folded(store, words)


async def test_rows_that_are_being_written_are_not_loaded() -> None:
    rows, wanted = Rows(complete=False), {words_table: [("a",), ("gone",)]}
    rows.put(words_table, Word("a", 1))
    rows.delete(words_table, "gone")
    rows.settle(0)
    assert rows.missing(wanted) == {}
    assert rows.get(words_table, "a") == Word("a", 1)
    assert rows.get(words_table, "gone") is None
    assert not list(rows.written())
    assert not list(rows.gone())
    rows.settle(0)
    rows.settle(0)
    assert rows.missing(wanted) == wanted


async def test_a_row_that_is_refused_is_set_aside_and_no_other(store: EventStore) -> None:
    def fold(rows: Rows, event: RecordedEvent) -> None:
        count(rows, event)
        if "huge" in event.data["text"]:
            rows.put(words_table, Word("huge", 2**70))

    strict = dataclasses.replace(words, fold=fold)
    await catch_up(store, strict)
    await say(store, "a", "b", "c huge", "a d", "e", "a", streams=1)
    await rebuild(store, strict, batch_size=2, on_error="park")
    found = (await rows_of(store, strict))["words"]
    assert [(word, times) for word, times, _ in found] == [
        ("a", 3),
        ("b", 1),
        ("d", 1),
        ("e", 1),
    ]


async def test_who_stops_a_rebuild_in_the_middle_goes_on_from_there(store: EventStore) -> None:
    build = await begun_build(store)
    await say(store, *["a b", "c a"] * 10)
    for _ in range(4):
        steps = Folding(
            store, words, build, batch_size=3, on_error="park", courtesy=Courtesy()
        ).steps()
        async for _step in steps:
            await asyncio.sleep(0)
            break
        await steps.aclose()
    await rebuild(store, words, batch_size=3, on_error="park")
    assert {word: times for word, times, _ in (await rows_of(store, words))["words"]} == {
        "a": 21,
        "b": 11,
        "c": 10,
    }


@pytest.mark.parametrize("rows", [1, 8, 449])
async def test_many_rows_go_by_few_statements(store: EventStore, rows: int) -> None:
    text = " ".join(f"w{number}" for number in range(rows))
    await say(store, text, text)
    await catch_up(store, words)
    await rebuild(store, words)
    assert await rows_of(store, words) == await folded(store, words)


def test_no_statement_has_more_values_than_sqlite_takes() -> None:
    columns = [sa.Column(f"c{number}", sa.Integer, primary_key=not number) for number in range(200)]
    table = sa.Table("wide", sa.MetaData(), *columns)
    statements = list(upserts_of(table, sqlite.dialect(), [range(200)] * 450))
    values = [one for _, some in statements for one in some]
    assert max(map(len, values)) == 40 * 200
    assert sum(map(len, values)) == 450 * 200


async def test_a_rebuild_makes_indexes_when_the_rows_are_there(store: EventStore) -> None:
    build = await begun_build(store)
    assert await indexes_of(store, build.tables[0]) == set()
    await rebuild(store, words, on_error="park")
    assert await indexes_of(store, build.tables[0]) == {f"ix_words_times_{build.suffix}"}


async def test_somebody_who_appends_finds_few_rows_without_indexes(store: EventStore) -> None:
    build = await begun_build(store)
    await say(store, *["a"] * 6)

    async def no_rest(_: float) -> None:
        await asyncio.sleep(0)

    courtesy = Courtesy(share=0.5, sleep=no_rest)
    folding = Folding(store, words, build, batch_size=1, on_error="park", courtesy=courtesy)
    steps = folding.steps()
    for _ in range(4):
        assert (await anext(steps)).cursor is not None
        await say(store, "b")
    await steps.aclose()
    assert await indexes_of(store, build.tables[0]) == {f"ix_words_times_{build.suffix}"}


async def test_many_rows_have_indexes_though_nobody_appends(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retold.projections.keeping.folding.most_events_without", 3)
    build = await begun_build(store)
    await store.append("note-9", [said("c"), said("!"), said("d")], expected_version=0)
    steps: Any = Folding(store, words, build, batch_size=1, on_error="park").steps()
    for _ in range(4):
        await anext(steps)
    await steps.aclose()
    assert await indexes_of(store, build.tables[0]) == {f"ix_words_times_{build.suffix}"}
