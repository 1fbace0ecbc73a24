"""Searching, paging and finding in the session list, on both databases alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from retold.domain.event import NewEvent
from retold.domain.recording import conversation_stream
from retold.projections.models.session_list import (
    PageKey,
    SessionQuery,
    each_session,
    find_session,
    list_sessions,
)
from retold.store import EventStore, open_store
from retold.store.append import Append, ExpectedVersion
from tests.projections.histories import closed, message, started

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)


async def record(store: EventStore, session: str, *news: NewEvent) -> None:
    await store.append(
        conversation_stream(session), news, expected_version=ExpectedVersion.NO_STREAM
    )


async def found(store: EventStore, **query: Any) -> list[str]:
    return [session.session async for session in each_session(store, SessionQuery(**query))]


# Filters -----------------------------------------------------------------------------------------


async def test_the_newest_recorded_comes_first(store: EventStore) -> None:
    for name in ("a", "b", "c"):
        await record(store, name, started())
    assert await found(store) == ["c", "b", "a"]


async def test_an_empty_log_lists_nothing(store: EventStore) -> None:
    page = await list_sessions(store)
    assert (page.sessions, page.next) == ((), None)


async def test_a_list_shows_what_was_appended_since_the_last_one(store: EventStore) -> None:
    await record(store, "a", started())
    assert await found(store, ended=False) == ["a"]
    await store.append(conversation_stream("a"), [closed("done")], expected_version=1)
    assert await found(store, ended=False) == []
    assert await found(store, ended=True) == ["a"]


async def test_sessions_are_filtered_by_source_and_subject(store: EventStore) -> None:
    await record(store, "a", started(source="tau2", subject="user:7"))
    await record(store, "b", started(source="ag2", subject="user:7"))
    await record(store, "c", started(source="ag2", subject="user:77"))
    assert await found(store, source="ag2") == ["c", "b"]
    assert await found(store, subject="user:7") == ["b", "a"]
    assert await found(store, source="ag2", subject="user:7") == ["b"]


async def test_a_tag_matches_its_whole_value_and_case(store: EventStore) -> None:
    await record(store, "a", started(tags={"env": "prod", "team": "x"}))
    await record(store, "b", started(tags={"env": "production", "xenv": "prod"}))
    await record(store, "c", started(tags={"env": "PROD"}))
    assert await found(store, tags={"env": "prod"}) == ["a"]
    assert await found(store, tags={"env": "prod", "team": "x"}) == ["a"]
    assert await found(store, tags={"env": "prod", "team": "y"}) == []


@pytest.mark.parametrize("value", ['"', "\\", "a\nb", '", "x": "y', "%", "_", "\0", "é", "😀"])
async def test_a_tag_with_any_text_is_found_by_it_only(store: EventStore, value: str) -> None:
    await record(store, "a", started(tags={"k": value, "x": "z"}))
    await record(store, "b", started(tags={"k": f"{value}{value}", "y": "x"}))
    assert await found(store, tags={"k": value}) == ["a"]


async def test_search_looks_into_id_subject_and_tags_whatever_the_case(store: EventStore) -> None:
    await record(store, "Ticket-1", started())
    await record(store, "b", started(subject="Käufer Straße"))
    await record(store, "c", started(tags={"city": "ÉVRY_100%"}))
    assert await found(store, search="ticket") == ["Ticket-1"]
    assert await found(store, search="KÄUFER STRASSE") == ["b"]
    assert await found(store, search="évry") == ["c"]
    assert await found(store, search="100%") == ["c"]
    assert await found(store, search="%") == ["c"]
    assert await found(store, search="y_1") == ["c"]
    assert await found(store, search="nothing") == []


async def test_since_is_included_until_is_not_and_unknown_starts_are_left_out(
    store: EventStore,
) -> None:
    for minutes in range(3):
        await record(store, f"s{minutes}", started(at=noon + timedelta(minutes=minutes)))
    await record(store, "unknown", started())
    naive = noon.replace(tzinfo=None)
    assert await found(store, since=noon + timedelta(minutes=1)) == ["s2", "s1"]
    assert await found(store, until=noon + timedelta(minutes=1)) == ["s0"]
    assert await found(store, since=naive, until=naive + timedelta(minutes=2)) == ["s1", "s0"]


async def test_nested_conversations_are_listed_when_asked_for(store: EventStore) -> None:
    await record(store, "top", started())
    await record(store, "child", started(parent="conversation-top", session="top"))
    await record(store, "other", started())
    assert await found(store) == ["other", "top"]
    assert await found(store, nested=True) == ["other", "child", "top"]
    assert await found(store, root_session="top") == ["child", "top"]


# Pages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["recorded", "started"])
@pytest.mark.parametrize("limit", [1, 2, 5, 11, 12])
async def test_pages_show_each_session_once_and_in_order(
    store: EventStore, order: str, limit: int
) -> None:
    # Sessions recorded in one transaction have one recording time: the id decides.
    appends = [
        Append(
            conversation_stream(f"s{number:02}"),
            [started(at=None if number % 4 == 3 else noon + timedelta(minutes=number // 2))],
            ExpectedVersion.NO_STREAM,
        )
        for number in range(11)
    ]
    await store.append_many(appends[:6])
    await store.append_many(appends[6:])
    whole = await found(store, order=order)
    assert await found(store, order=order, limit=limit) == whole
    assert len(set(whole)) == 11
    if order == "recorded":
        assert whole == [f"s{number:02}" for number in reversed(range(11))]
    else:
        assert whole == [
            *(f"s{number:02}" for number in (10, 9, 8, 6, 5, 4, 2, 1, 0)),
            *("s07", "s03"),
        ]


async def test_the_last_page_has_no_next(store: EventStore) -> None:
    await record(store, "a", started())
    await record(store, "b", started())
    first = await list_sessions(store, SessionQuery(limit=1))
    assert isinstance(first.next, PageKey)
    second = await list_sessions(store, SessionQuery(limit=1, after=first.next))
    assert [s.session for s in (*first.sessions, *second.sessions)] == ["b", "a"]
    assert second.next is None


async def test_a_session_recorded_meanwhile_does_not_shift_the_pages(store: EventStore) -> None:
    for name in ("a", "b", "c"):
        await record(store, name, started())
    first = await list_sessions(store, SessionQuery(limit=2))
    await record(store, "d", started())
    second = await list_sessions(store, SessionQuery(limit=2, after=first.next))
    assert [s.session for s in second.sessions] == ["a"]


async def test_a_page_without_a_session_is_refused(store: EventStore) -> None:
    with pytest.raises(ValueError, match="at least one"):
        await list_sessions(store, SessionQuery(limit=0))


async def test_the_first_page_is_read_by_its_index(sqlite_url: str) -> None:
    """A scan and a sort of all sessions took 74 s for 10,000 of them in a peer."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "ORDER BY" in statement and "FROM sessions_v1_1" in statement:
            asked.append((statement, parameters))

    async with await open_store(sqlite_url) as store:
        sa.event.listen(
            store.backend.engine.sync_engine,  # type: ignore[attr-defined]
            "before_cursor_execute",
            note,
        )
        await list_sessions(store, SessionQuery(limit=2))
        ((statement, parameters),) = asked
        async with store.connection() as connection:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            details = [row[-1] for row in plan]
    assert any("ix_sessions_recorded_from" in detail for detail in details), details
    assert not any("TEMP B-TREE" in detail for detail in details), details


# Finding -----------------------------------------------------------------------------------------


async def test_a_conversation_is_found_by_its_id_and_by_the_one_ag2_knows(
    store: EventStore,
) -> None:
    known = "5f0c1f5e-7a4b-4d1e-9d0a-6b1d2f6a7c11"
    await record(store, "a", started(ag2_stream_id=known), message())
    await record(store, "b", started(parent="conversation-a"))
    by_id, by_ag2 = await find_session(store, "a"), await find_session(store, known)
    child = await find_session(store, "b")
    assert by_id == by_ag2
    assert by_id is not None
    assert by_id.messages == 1
    assert child is not None
    assert child.nested


async def test_a_conversation_nobody_recorded_is_not_found(store: EventStore) -> None:
    await record(store, "a", started())
    assert await find_session(store, "A") is None
    assert await find_session(store, "a\0") is None
