"""Whom sessions concern."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from retold.projections.keeping.catch_up import current
from retold.projections.keys import key_text, longest_key
from retold.projections.models.session_list import session_list, session_rows
from retold.projections.models.subjects import (
    SubjectSession,
    list_subjects,
    sessions_of_subject,
    subject_rows,
    subjects,
    subjects_statement,
)
from retold.projections.paging import page_statement
from retold.store import EventStore, open_store
from tests.projections.histories import closed, message, recorded, started
from tests.projections.keeping import all_of, append, check_kept, golden_logs, in_batches, plan_of

noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
kinds = [
    started(subject="user:7", source="tau2", at=noon),
    started(subject="user:\u00e9"),
    started(subject="x" * 9_000),
    started(),
    message(),
    closed(),
]


def test_a_conversation_is_a_row_of_its_subject_until_and_after_it_ends() -> None:
    events = recorded([started(subject="user:7", source="tau2", session="r", at=noon), closed()])
    for known, ended in ((events[:1], False), (events, True)):
        rows = subjects.folded(known).of(subject_rows)
        assert list(rows.values()) == [
            SubjectSession(
                session="s",
                subject="user:7",
                root_session="r",
                source="tau2",
                started_at=noon,
                recorded_from=events[0].recorded_at,
                ended=ended,
            )
        ]


def test_a_conversation_without_a_subject_is_no_row() -> None:
    assert not subjects.folded(recorded([started(), closed()])).of(subject_rows)


def test_long_subjects_are_told_apart() -> None:
    one, other = key_text("x" * 9_000 + "1"), key_text("x" * 9_000 + "2")
    assert one != other
    assert len(one) <= longest_key
    assert key_text("x" * longest_key) == "x" * longest_key
    assert key_text("a\0") == "a\\x00"


def test_the_golden_subjects_are_those_of_the_session_list() -> None:
    found = {}
    for name, events in golden_logs().items():
        rows = subjects.folded(events).of(subject_rows).values()
        listed = session_list.folded(events).of(session_rows).values()
        assert {(row.session, row.subject, row.ended, row.started_at) for row in rows} == {
            (s.session, s.subject, s.ended, s.started_at) for s in listed if s.subject is not None
        }, name
        found[name] = {row.session: row.subject for row in rows}
    assert found["log_0003.events/default"]["ticket-4711"] == "user:7"


@pytest.mark.parametrize("seed", range(3))
def test_rows_do_not_depend_on_batches(seed: int) -> None:
    events = recorded(kinds * 6)
    assert all_of(subjects, in_batches(subjects, events, seed)) == all_of(
        subjects, subjects.folded(events)
    )


async def test_kept_up_made_anew_and_folded_rows_are_the_same(store: EventStore) -> None:
    assert (await check_kept(store, subjects, kinds))["subjects"]


async def test_subjects_are_listed_with_counts_and_their_sessions(store: EventStore) -> None:
    await append(store, "a", started(subject="user:7"), closed())
    await append(store, "b", started(subject="user:7"))
    await append(store, "c", started(subject="agent:\u00e9"))
    await append(store, "d", started(subject="x" * 9_000))
    await append(store, "e", started())
    first = await list_subjects(store, limit=2)
    counts = [(row.subject, row.sessions, row.ended) for row in first.rows]
    assert counts == [("agent:\u00e9", 1, 0), ("user:7", 2, 1)]
    assert first.next == ("user:7",)
    rest = await list_subjects(store, after="user:7")
    assert [row.subject for row in rest.rows] == [key_text("x" * 9_000)]
    assert rest.next is None
    one = await sessions_of_subject(store, "user:7", limit=1)
    more = await sessions_of_subject(store, "user:7", after=one.next)
    assert [row.session for row in (*one.rows, *more.rows)] == ["a", "b"]
    assert first.rows[1].recorded_from == one.rows[0].recorded_from
    assert first.rows[1].recorded_to == more.rows[0].recorded_from
    assert [row.session for row in (await sessions_of_subject(store, "x" * 9_000)).rows] == ["d"]


async def test_a_page_has_at_least_one_subject(store: EventStore) -> None:
    with pytest.raises(ValueError, match="at least one subject"):
        await list_subjects(store, limit=0)


async def test_pages_are_read_by_index_and_not_sorted(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        table = (await current(store, subjects))[subject_rows]
        listing = subjects_statement(store.tenant, table, after="a", limit=9)
        one = page_statement(
            store.tenant,
            table,
            ("recorded_from", "session"),
            where=(table.c.subject == "a",),
            after=(noon, "a"),
            limit=9,
        )
        plans = [await plan_of(store, statement) for statement in (listing, one)]
    assert "INDEX ix_subjects_subject_v1_1 (tenant=? AND subject>?)" in plans[0]
    assert "INDEX ix_subjects_subject_v1_1 (tenant=? AND subject=? AND (rec" in plans[1]
    assert not any("TEMP B-TREE" in plan for plan in plans)
