"""What agents asked humans, and what came back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from retold.domain.event import NewEvent
from retold.domain.recording import HumanInputRequested
from retold.projections.keeping.catch_up import current
from retold.projections.models.human_inputs import (
    HumanInput,
    human_input_rows,
    human_inputs,
    list_human_inputs,
    open_questions,
)
from retold.projections.paging import page_statement
from retold.store import EventStore, open_store
from tests.projections.histories import ag2, recorded, request, started
from tests.projections.keeping import all_of, append, check_kept, golden_logs, in_batches, plan_of

noon = datetime(2026, 3, 1, 12, tzinfo=UTC)


def asks(question: str, request: str = "q", *, at: datetime | None = None) -> NewEvent:
    event = {"$": "ag2.HumanInputRequest", "id": request, "content": question}
    return HumanInputRequested(event=event).to_new_event(
        metadata={"agent": "clerk", "session": "root"}, occurred_at=at
    )


def answers(text: str, to: str = "q", **options: Any) -> NewEvent:
    return ag2({"$": "ag2.HumanMessage", "parent_id": to, "content": text}, **options)


kinds = [
    started(),
    asks("first?", "a", at=noon),
    asks("second?", "b"),
    asks("x" * 9_000, "i" * 9_000),
    answers("1", "a", at=noon + timedelta(seconds=2)),
    answers("2", "b"),
    answers("3", "i" * 9_000),
    answers("never asked", "z"),
    ag2(request()),
]


def folded(*news: NewEvent) -> list[HumanInput]:
    return list(human_inputs.folded(recorded(news)).of(human_input_rows).values())


def test_an_answer_goes_to_the_question_it_names() -> None:
    first, second = folded(
        asks("May I?", "a", at=noon),
        asks("And this?", "b"),
        answers("yes", "b"),
        answers("no", "a", at=noon + timedelta(seconds=90.5)),
    )
    assert (first.question, first.answer, first.answered_version) == ("May I?", "no", 4)
    assert (first.agent, first.root_session, first.wait_seconds) == ("clerk", "root", 90.5)
    assert (second.question, second.answer, second.outcome) == ("And this?", "yes", "answered")
    # One of the clocks is unknown, so nobody knows how long it took.
    assert (second.asked_at, second.answered_at, second.wait_seconds) == (None, None, None)


def test_a_question_without_an_answer_stays_and_a_copy_of_an_answer_is_none() -> None:
    (row,) = folded(asks("May I?"), answers("yes", detached=True), answers("yes", "other"))
    assert (row.outcome, row.answer, row.answered_recorded_at) == ("unanswered", None, None)


def test_what_is_open_is_all_that_is_remembered() -> None:
    news = [asks("a", "a"), asks("b", "b"), answers("x", "a"), answers("again", "a")]
    rows = human_inputs.folded(recorded(news))
    assert list(rows.of(open_questions)) == [("s", "b")]
    assert [row.answer for row in rows.of(human_input_rows).values()] == ["x", None]


def test_the_golden_refund_was_asked_for_and_answered() -> None:
    rows = human_inputs.folded(golden_logs()["log_0003.events/default"]).of(human_input_rows)
    row = rows["refund", 11]
    assert (row.agent, row.question, row.answer) == ("clerk", "May I refund €12.50?", "yes")
    assert row.wait_seconds == pytest.approx(0.010659)


@pytest.mark.parametrize("seed", range(3))
def test_rows_do_not_depend_on_batches(seed: int) -> None:
    events = recorded(kinds * 6)
    assert all_of(human_inputs, in_batches(human_inputs, events, seed)) == all_of(
        human_inputs, human_inputs.folded(events)
    )


async def test_kept_up_made_anew_and_folded_rows_are_the_same(store: EventStore) -> None:
    assert (await check_kept(store, human_inputs, kinds))["human_inputs"]


async def test_questions_are_listed_by_conversation_and_by_outcome(store: EventStore) -> None:
    await append(store, "a", asks("one?", "a"), asks("two?", "b"), answers("yes", "b"))
    await append(store, "b", asks("three?", "a"))
    found = (await list_human_inputs(store)).rows
    assert [row.question for row in found] == ["one?", "two?", "three?"]
    first = await list_human_inputs(store, outcome="unanswered", limit=1)
    rest = await list_human_inputs(store, outcome="unanswered", after=first.next)
    assert [row.question for row in (*first.rows, *rest.rows)] == ["one?", "three?"]
    (row,) = (await list_human_inputs(store, session="a", outcome="answered")).rows
    assert (row.version, row.answered_version) == (2, 3)


async def test_pages_are_read_by_index_and_not_sorted(sqlite_url: str) -> None:
    order = ("recorded_at", "session", "version")
    async with await open_store(sqlite_url) as store:
        table = (await current(store, human_inputs))[human_input_rows]
        open_ones = (table.c.outcome == "unanswered",)
        all_pages = page_statement(store.tenant, table, order, after=(noon, "a", 1), limit=9)
        open_pages = page_statement(
            store.tenant, table, order, where=open_ones, after=(noon, "a", 1), limit=9
        )
        plans = [await plan_of(store, statement) for statement in (all_pages, open_pages)]
    assert "INDEX ix_human_inputs_recorded_at_v1_1 (tenant=? AND (recorded_at" in plans[0]
    assert "INDEX ix_human_inputs_outcome_v1_1 (tenant=? AND outcome=? AND (rec" in plans[1]
    assert not any("TEMP B-TREE" in plan for plan in plans)
