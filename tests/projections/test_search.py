"""The texts of all conversations, and searching them: the same on both databases."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import text as sql

from retold.domain.event import NewEvent
from retold.domain.recording import ImportedResult, TurnFailed
from retold.errors import EmptySearch
from retold.importers import import_paths
from retold.projections.keeping.builds import drop_build, kept
from retold.projections.keeping.catch_up import current, ensure_build
from retold.projections.keeping.rebuild import rebuild
from retold.projections.models.full_text import (
    SearchText,
    full_text,
    longest_text,
    search_rows,
)
from retold.projections.models.messages import message_rows, messages
from retold.projections.models.search import (
    Hit,
    HitKey,
    Order,
    search,
    search_statement,
    snippet_of,
    terms_of,
)
from retold.store import EventStore, open_store
from tests.projections.histories import (
    ag2,
    closed,
    message,
    recorded,
    response,
    result,
    results,
    started,
    tool_turn,
)
from tests.projections.keeping import all_of, append, check_kept, golden_logs, in_batches, plan_of
from tests.projections.test_real_totals import retail

kinds: list[NewEvent] = [
    *tool_turn,
    started(),
    message("assistant", calls=2),
    message("tool", result=ImportedResult(call=0, error=True)),
    message("user", content={"$": "str", "base64": "YQDtoIA="}),
    ag2(response("both", calls=["a", "b"])),
    ag2(results(result("a"), result("b")), detached=True),
    ag2({"$": "ag2.CompactionSummary", "summary": "was short"}, detached=True),
    TurnFailed(turn="1").to_new_event(),
    closed("stop"),
]


def folded(*news: NewEvent) -> list[SearchText]:
    return list(full_text.folded(recorded(news)).of(search_rows).values())


def said(content: str, **options: Any) -> NewEvent:
    return message("user", content=content, **options)


async def texts(store: EventStore, asked: str, **options: Any) -> list[str]:
    return [hit.found.text for hit in (await search(store, asked, **options)).hits]


# The rows ----------------------------------------------------------------------------------------


def test_each_text_is_a_row_of_its_kind() -> None:
    found = folded(
        *tool_turn,
        ag2({"$": "ag2.CompactionSummary", "summary": "was short"}, detached=True),
        TurnFailed(turn="1").to_new_event(),
    )
    assert [(row.kind, row.role, row.name, row.text) for row in found] == [
        ("message", "user", None, "hello"),
        ("tool_arguments", "assistant", "tool", "{}"),
        ("tool_result", "tool", "tool", "42"),
        ("message", "assistant", "support", "done"),
        ("summary", "summary", "support", "was short"),
        ("note", "note", None, "turn failed"),
    ]


def test_texts_of_one_event_have_places_and_numbers_of_their_own() -> None:
    found = folded(ag2(response("both", calls=["a", "b"])), ag2(results(result("a"), result("b"))))
    assert [(row.version, row.item, row.part) for row in found] == [
        (1, 0, 0),
        (1, 0, 1),
        (1, 0, 2),
        (2, 0, 0),
        (2, 1, 0),
    ]
    numbers = [row.number for row in found]
    assert sorted(set(numbers)) == numbers


def test_long_texts_are_cut() -> None:
    (row,) = folded(said("x" * (longest_text + 1)))
    assert row.text == "x" * longest_text


def test_the_texts_of_golden_recordings_are_those_of_their_messages() -> None:
    for name, events in golden_logs().items():
        found = full_text.folded(events).of(search_rows).values()
        shown = messages.folded(events).of(message_rows).values()
        assert [
            (row.session, row.version, row.item, row.text)
            for row in found
            if row.part == 0 and row.kind != "summary"
        ] == [(m.session, m.version, m.item, m.text) for m in shown if m.text], name


@pytest.mark.parametrize("seed", range(3))
def test_rows_do_not_depend_on_batches(seed: int) -> None:
    events = recorded(kinds * 6)
    assert all_of(full_text, in_batches(full_text, events, seed)) == all_of(
        full_text, full_text.folded(events)
    )


async def test_kept_up_made_anew_and_folded_rows_are_the_same(store: EventStore) -> None:
    assert (await check_kept(store, full_text, kinds))["search"]


# What is found -----------------------------------------------------------------------------------


@pytest.fixture
async def shop(store: EventStore) -> EventStore:
    await append(
        store,
        "a",
        said("My parcel to Z\u00fcrich never arrived"),
        said("The order #W2378156 was user_stop, see /var/log/app.log"),
        ag2(response("I look.", calls=["a"])),
        ag2(result("a", '{"order_id": "#W2378156", "status": "delivered"}')),
    )
    await append(store, "b", said("never say never"), said("arrived parcel"), said("STRASSE Ωmega"))
    return store


async def test_all_words_and_phrases_are_found(shop: EventStore) -> None:
    to_zurich = "My parcel to Z\u00fcrich never arrived"
    order = "The order #W2378156 was user_stop, see /var/log/app.log"
    expected = {
        "parcel arrived": {to_zurich, "arrived parcel"},
        '"parcel arrived"': set[str](),
        '"arrived parcel"': {"arrived parcel"},
        "zurich": {to_zurich},
        "Zu\u0308RICH": {to_zurich},
        "strasse": {"STRASSE Ωmega"},
        "user_stop": {order},
        "app": {order},
        "log/app": {order},
        "stop user": {order},
        '"stop user"': set[str](),
        "nowhere parcel": set[str](),
    }
    for asked, found in expected.items():
        assert set(await texts(shop, asked)) == found, asked
        assert set(await texts(shop, asked, order="newest")) == found, asked


nasty = [
    'NOT "', "text:parcel", "par*", "(parcel", "parcel OR", "NEAR(a b)", "^a", "a -b", "a:*b",
    "'; DROP TABLE events; --", "a & | !b <-> c", "\\", "a\\", "%(x)s", ":term", "a\0b",
    "\ud800 a", '"" a', '"a', "{a}", "+a",
]  # fmt: skip


async def test_nothing_in_a_search_has_a_meaning_of_its_own(shop: EventStore) -> None:
    for asked in nasty:
        if terms_of(asked):
            words = {word for term in terms_of(asked.lower()) for word in re.findall(r"\w+", term)}
            for found in await texts(shop, asked):
                assert words <= set(re.findall(r"\w+", found.lower())), asked
        else:
            with pytest.raises(EmptySearch, match="no word"):
                await search(shop, asked)
    assert await texts(shop, "strasse") == ["STRASSE Ωmega"]


@given(st.text())
def test_every_term_has_a_letter_or_a_digit_and_no_quote(asked: str) -> None:
    for term in terms_of(asked):
        assert '"' not in term
        assert any(character.isalnum() for character in term)


async def test_a_search_without_a_word_or_a_hit_on_a_page_is_refused(store: EventStore) -> None:
    with pytest.raises(EmptySearch, match="give words with letters or digits"):
        await search(store, ' "" -- ')
    with pytest.raises(ValueError, match="at least one hit"):
        await search(store, "a", limit=0)


async def test_a_search_is_narrowed_by_kind_and_session(shop: EventStore) -> None:
    assert len(await texts(shop, "W2378156")) == 2
    assert await texts(shop, "W2378156", kind="tool_result") == [
        '{"order_id": "#W2378156", "status": "delivered"}'
    ]
    assert await texts(shop, "parcel", session="b") == ["arrived parcel"]
    assert await texts(shop, "parcel", session="nobody") == []


async def test_a_hit_that_fits_better_comes_first(store: EventStore) -> None:
    await append(store, "a", said("refund " + "and other words " * 30), said("refund refund"))
    assert (await texts(store, "refund"))[0] == "refund refund"


async def test_pages_hold_every_hit_once(store: EventStore) -> None:
    await append(store, "a", *(said(f"refund {'and so on ' * (n % 4)} {n}") for n in range(23)))
    await check_pages(store, "rank")
    await check_pages(store, "newest")


async def check_pages(store: EventStore, order: Order) -> None:
    hits, after = list[Hit](), None
    while True:
        page = await search(store, "refund", order=order, limit=5, after=after)
        assert len(page.hits) <= 5
        hits += page.hits
        after = page.next
        if after is None:
            break
    everything = await search(store, "refund", order=order, limit=100)
    assert tuple(hits) == everything.hits
    assert len({hit.found.number for hit in hits}) == 23
    keys = [-h.found.number if order == "newest" else (h.rank, h.found.number) for h in hits]
    assert keys == sorted(keys)


async def test_the_newest_of_many_texts_are_ranked(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retold.projections.models.search.most_ranked", 3)
    await append(store, "a", said("refund refund"), *(said(f"refund {n}") for n in range(4)))
    assert set(await texts(store, "refund")) == {"refund 1", "refund 2", "refund 3"}
    assert (await texts(store, "refund", order="newest"))[-1] == "refund refund"


async def test_tenants_find_their_own_texts_only(store: EventStore, store_url: str) -> None:
    await append(store, "a", said("a secret"))
    async with await open_store(store_url, tenant="other") as other:
        await append(other, "a", said("no secret"))
        assert await texts(other, "secret") == ["no secret"]
    assert await texts(store, "secret") == ["a secret"]


async def test_a_very_long_text_of_many_words_is_indexed(store: EventStore) -> None:
    words = " ".join(f"\u00e9{n:05x}" for n in range(20_000))
    await append(store, "a", said(words + " beyond"), said("\ufdfa " * 60_000))
    (found,) = (await search(store, "e00001")).hits
    assert found.snippet.startswith("\u00e900000 \u00e900001")
    assert await texts(store, "beyond") == []


async def test_what_is_found_goes_with_its_rows(store: EventStore) -> None:
    await append(store, "a", said("one refund"))
    await texts(store, "refund")
    await rebuild(store, full_text)
    await append(store, "a", said("another refund"))
    assert len(await texts(store, "refund")) == 2
    async with store.transaction() as connection:
        known = await kept(connection, store.tenant, full_text.name, lock=True)
        old = next(b for number, b in known.builds.items() if number != known.active)
        await drop_build(connection, store.tenant, full_text, old)
    assert len(await texts(store, "refund")) == 2
    _, build = await ensure_build(store, full_text)
    table = search_rows.physical(build.suffix)
    async with store.transaction() as connection:
        await connection.execute(table.delete())
    assert await texts(store, "refund") == []


async def test_the_index_outlives_a_vacuum(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        await append(store, "a", *(said(f"word{n}") for n in range(9)))
        table = (await current(store, full_text))[search_rows]
        async with store.transaction() as connection:
            await connection.execute(table.delete().where(table.c.version < 5))
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as file:
            file.execute("VACUUM")
        assert await texts(store, "word7") == ["word7"]
        async with store.transaction() as connection:
            check = f"INSERT INTO words_{table.name}(words_{table.name}, rank)"
            await connection.execute(sql(f"{check} VALUES ('integrity-check', 1)"))


async def test_real_conversations_are_found(store: EventStore, shared_data: Path) -> None:
    await import_paths(store, [shared_data / retail])
    page = await search(store, "refund credit card", limit=10)
    assert len(page.hits) == 10
    for hit in page.hits:
        lower = hit.found.text.lower()
        assert all(word in lower for word in ("refund", "credit", "card"))
        assert hit.marks
        words = {hit.snippet[low:high].lower() for low, high in hit.marks}
        assert words <= {"refund", "credit", "card"}


# Snippets and plans ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "asked", "snippet", "marked"),
    [
        ("a Z\u00fcrich b", "zurich", "a Z\u00fcrich b", ["Z\u00fcrich"]),
        ("nothing", "else", "nothing", []),
        ("user_stop", "user", "user_stop", ["user"]),
        (f"{'x' * 200} found it", "found", f"\u2026{'x' * 79} found it", ["found"]),
    ],
)
def test_a_snippet_shows_where_the_words_are(
    text: str, asked: str, snippet: str, marked: list[str]
) -> None:
    found, marks = snippet_of(text, terms_of(asked))
    assert found == snippet
    assert [found[low:high] for low, high in marks] == marked


@given(st.text(max_size=300), st.text(max_size=20))
def test_marks_are_within_the_snippet(text: str, asked: str) -> None:
    snippet, marks = snippet_of(text, terms_of(asked))
    assert all(0 <= low < high <= len(snippet) for low, high in marks)


async def test_a_search_reads_the_index_and_newest_first_sorts_nothing(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        table = (await current(store, full_text))[search_rows]
        ranked = search_statement(store, table, ["a"], limit=9, after=HitKey(-1.5, 7))
        newest = search_statement(
            store, table, ["a"], order="newest", limit=9, after=HitKey(0.0, 7)
        )
        plans = [await plan_of(store, statement) for statement in (ranked, newest)]
    for plan in plans:
        assert "SCAN words_search_v1_1 VIRTUAL TABLE INDEX" in plan
        assert "SEARCH search_v1_1 USING INDEX ix_number_search_v1_1 (number=?)" in plan
    assert "TEMP B-TREE" not in plans[1]


@pytest.mark.postgres
async def test_a_search_reads_the_index_of_words_on_postgresql(
    migrated_postgres_url: str,
) -> None:
    async with await open_store(migrated_postgres_url) as store:
        await append(store, "a", *(said(f"word{n} of {n + 1}") for n in range(3_000)))
        table = (await current(store, full_text))[search_rows]
        statement = search_statement(store, table, ["word7", "of 8"], limit=9)
        async with store.connection() as connection:
            # What autovacuum does in time: new texts wait in a list that is read whole.
            await connection.execute(sql(f"SELECT gin_clean_pending_list('ix_words_{table.name}')"))
            await connection.execute(sql(f"ANALYZE {table.name}"))
            compiled = statement.compile(
                dialect=connection.dialect, compile_kwargs={"literal_binds": True}
            )
            rows = await connection.exec_driver_sql(f"EXPLAIN {compiled}")
            plan = "\n".join(row[0] for row in rows)
    assert "Bitmap Index Scan on ix_words_search_v1_1" in plan
