"""Usage: no token twice, sums as the totals have them, and retries as each version has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from retold.domain.event import NewEvent, RecordedEvent
from retold.domain.recording import ConversationStarted, MessageImported, TurnCompleted, TurnStarted
from retold.projections.models.model_call_table import model_call_rows
from retold.projections.models.model_calls import model_calls
from retold.projections.models.session_list import session_list, session_rows
from retold.projections.models.totals import totals_of
from retold.projections.models.usage import (
    usage,
    usage_of_every_attempt,
    usage_of_last_attempts,
    versions,
)
from retold.projections.models.usage_table import Usage, usage_rows, usage_state_rows
from retold.projections.payload import added_count, added_dollars
from retold.projections.projection import Projection
from retold.projections.shipped import shipped
from tests.projections.calls import call_completed, call_failed, call_started
from tests.projections.golden import killed, log_0003, of_conversation
from tests.projections.histories import ag2, message, recorded, started, usage as used
from tests.projections.mixed import log_of, mixed_histories

noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
end = TurnCompleted(turn="t1").to_new_event()
Sums = tuple[int | None, int | None, Decimal | None]


def rows(events: Iterable[RecordedEvent], projection: Projection = usage) -> list[Usage]:
    found = projection.folded(events).of(usage_rows)
    return [found[key] for key in sorted(found)]


def sums(found: Iterable[Usage]) -> Sums:
    prompt: int | None = None
    completion: int | None = None
    cost: Decimal | None = None
    for row in found:
        prompt = added_count(prompt, row.prompt_tokens)
        completion = added_count(completion, row.completion_tokens)
        cost = added_dollars(cost, row.cost_usd)
    return prompt, completion, cost


def sums_of_totals(events: Sequence[RecordedEvent]) -> Sums:
    found = totals_of(session_list.folded(events).of(session_rows).values())
    return found.prompt_tokens, found.completion_tokens, found.cost_usd


def counts(*news: NewEvent) -> dict[int, tuple[int | None, int, int]]:
    """Return prompt tokens, calls and failed calls by version, of the first two.

    The third one differs from the second in steps of workflows alone.
    """
    found = {}
    for projection in versions:
        own = rows(recorded(news), projection)
        calls, failed = sum(r.model_calls for r in own), sum(r.failed_calls for r in own)
        found[projection.version] = (sums(own)[0], calls, failed)
    assert found.pop(3) == found[2]
    return found


def test_all_versions_are_shipped_and_the_third_is_current() -> None:
    assert shipped.versions("usage") == versions
    assert versions == (usage_of_every_attempt, usage_of_last_attempts, usage)
    assert shipped.get("usage") is usage


# What a row is -----------------------------------------------------------------------------------


def test_a_row_is_of_a_day_a_conversation_an_agent_and_a_model() -> None:
    late = datetime(2026, 1, 2, 23, 59, tzinfo=UTC)
    found = rows(
        recorded(
            [
                call_started("1", at=noon),
                call_completed("1", at=noon),
                ag2(used(7, 3) | {"model": "gpt-5-2026"}, at=noon),
                call_started("2", at=noon, agent="other"),
                call_failed("2", at=late, agent="other"),
            ]
        )
    )
    assert found == [
        Usage(
            day="2026-01-01",
            day_of="source",
            session="s",
            agent="support",
            model="gpt-5-2026",
            root_session="s",
            prompt_tokens=7,
            completion_tokens=3,
            model_calls=1,
        ),
        Usage(
            day="2026-01-02",
            day_of="source",
            session="s",
            agent="other",
            # A failure names no model; the call's start did.
            model="gpt-5",
            root_session="s",
            model_calls=1,
            failed_calls=1,
        ),
    ]


def test_the_day_is_the_logs_where_the_source_gave_no_time() -> None:
    [row] = rows(recorded([ag2(used(1, 2))]))
    assert (row.day, row.day_of) == ("2026-01-01", "recorded")


def test_an_imported_message_counts_for_the_model_that_its_source_names() -> None:
    def said(source: dict[str, Any], metadata: dict[str, Any]) -> NewEvent:
        imported = MessageImported(index=0, role="user", prompt_tokens=1, source=source)
        return imported.to_new_event(metadata=metadata)

    events = recorded(
        [
            said({"model": "a", "raw_data": {"model": "x"}}, {"model": "x"}),
            said({"raw_data": {"model": "b"}}, {"model": "x"}),
            said({"raw_data": None}, {"model": "c"}),
            said({"raw_data": {"model": 7}}, {}),
        ]
    )
    assert [row.model for row in rows(events)] == ["", "a", "b", "c"]


def test_an_imported_message_counts_for_the_agent_where_the_agent_said_it() -> None:
    said = MessageImported(
        index=0, role="assistant", prompt_tokens=1, cost_usd=0.1, source={"model": "m"}
    )
    events = recorded(
        [
            ConversationStarted(source="tau2", agent="gpt").to_new_event(),
            said.to_new_event(),
            message("user", tokens=(2, None), cost=0.2),
            message("assistant", cost=0.0),
            message("assistant"),
        ]
    )
    found = {(row.agent, row.model): row for row in rows(events)}
    assert {
        key: (row.prompt_tokens, row.completion_tokens, row.cost_usd, row.model_calls)
        for key, row in found.items()
    } == {
        ("gpt", "m"): (1, None, Decimal("0.1"), 1),
        ("", ""): (2, None, Decimal("0.2"), 1),
        # The source says that it cost nothing, and nothing of tokens.
        ("gpt", ""): (None, None, Decimal("0.0"), 0),
    }


def test_what_is_unknown_is_no_row_and_no_zero() -> None:
    assert rows(recorded([message("assistant"), ag2(used(None, None) | {"kind": "subtask"})])) == []
    [row] = rows(recorded([ag2(used(None, 4))]))
    assert (row.prompt_tokens, row.completion_tokens, row.cost_usd) == (None, 4, None)


def test_a_usage_event_without_a_recorded_call_is_a_call() -> None:
    assert counts(ag2(used(1, 1)), ag2(used(2, 1)))[2] == (3, 2, 0)


# Nested conversations ----------------------------------------------------------------------------


@pytest.mark.parametrize("projection", versions, ids=["v1", "v2", "v3"])
def test_a_delegation_is_counted_once_and_by_the_agent_delegated_to(projection: Projection) -> None:
    events = killed()
    found = rows(events, projection)
    assert sums(found)[:2] == (9 + 5 + 184 + 222 + 287 + 338, 10 + 11 + 15 + 3 + 3 + 15)
    assert sums(found) == sums_of_totals(events)
    by_agent = {
        agent: sums(row for row in found if row.agent == agent)[:2]
        for agent in ("support", "carrier_expert")
    }
    assert by_agent == {"support": (1_040, 46), "carrier_expert": (5, 11)}
    # Its calls are counted where they were made, once.
    nested = [row for row in found if row.session != row.root_session]
    assert [(row.agent, row.model_calls, row.prompt_tokens) for row in nested] == [
        ("carrier_expert", 1, None)
    ]
    assert {row.root_session for row in found} == {"ticket-4711"}


def test_a_delegation_that_died_before_it_was_rolled_up_is_in_no_total() -> None:
    events = [
        event
        for event in of_conversation(log_0003(), "delegated")
        if event.stream != "conversation-delegated" or event.version < 12
    ]
    assert sums(rows(events)) == sums_of_totals(events) == (None, None, None)
    assert sum(row.model_calls for row in rows(events)) == 3


def test_a_delegation_to_several_models_is_split_by_its_parts() -> None:
    parts = [used(5, 1) | {"model": "a"}, used(7, None) | {"model": "b"}, used(1, 1)]
    rolled_up = used(13, 2, kind="subtask") | {"label": "expert", "parts": parts}
    found = {(row.agent, row.model): row for row in rows(recorded([ag2(rolled_up)]))}
    assert {key: (row.prompt_tokens, row.model_calls) for key, row in found.items()} == {
        ("expert", "a"): (5, 0),
        ("expert", "b"): (7, 0),
        ("expert", ""): (1, 0),
    }


def test_the_tokens_of_a_step_are_counted_and_those_nested_in_it_are_not() -> None:
    step, below = "r/code/1", "r/code/1/task"
    events = [
        *recorded([started(parent="workflow-r", session="r"), ag2(used(7, 3))], session=step),
        *recorded(
            [started(parent=f"conversation-{step}", session="r"), ag2(used(5, 1))], session=below
        ),
    ]
    assert sums(rows(events)) == sums_of_totals(events) == (7, 3, None)
    assert sums(rows(events, usage_of_last_attempts)) == (None, None, None)
    assert [(row.session, row.prompt_tokens, row.model_calls) for row in rows(events)] == [
        (step, 7, 1),
        (below, None, 1),
    ]


@pytest.mark.parametrize("parts", [[], [{"$": "ag2.UsageEvent"}], None])
def test_parts_that_do_not_add_up_are_passed_over(parts: Any) -> None:
    rolled_up = used(13, 2, kind="subtask") | {"model": "m", "parts": parts}
    [row] = rows(recorded([ag2(rolled_up)]))
    assert (row.agent, row.model, row.prompt_tokens) == ("support", "m", 13)


# Attempts ----------------------------------------------------------------------------------------


def test_a_failed_attempt_that_was_repeated_counts_in_version_1_only() -> None:
    found = counts(
        call_started("1"),
        call_failed("1"),
        call_started("2", attempt=2),
        call_completed("2"),
        ag2(used(7, 3)),
        end,
    )
    assert found == {1: (7, 2, 1), 2: (7, 1, 0)}


def test_a_failure_that_was_not_repeated_counts_in_both() -> None:
    found = counts(call_started("1"), call_failed("1"), end, call_started("2", attempt=1))
    assert found == {1: (None, 1, 1), 2: (None, 1, 1)}


def test_an_answer_thrown_away_and_asked_for_again_counts_in_version_1_only() -> None:
    found = counts(
        call_started("1"),
        call_completed("1", tokens=(7, 2)),
        call_started("2"),
        call_completed("2", tokens=(7, 3)),
        ag2(used(7, 3)),
        end,
    )
    assert found == {1: (14, 2, 0), 2: (7, 1, 0)}


def test_tokens_of_an_answer_that_never_arrived_count_in_version_1_only() -> None:
    died = [call_started("1"), call_completed("1"), TurnStarted(turn="t2").to_new_event()]
    assert counts(*died) == {1: (7, 1, 0), 2: (None, 1, 0)}


def test_what_was_accounted_for_is_not_added_again() -> None:
    turn = [call_started("1"), call_completed("1"), ag2(used(7, 3)), end]
    assert counts(*turn, *turn) == {1: (14, 2, 0), 2: (14, 2, 0)}


def test_counts_that_a_middleware_changed_are_taken_as_accounted_for() -> None:
    found = counts(call_started("1"), call_completed("1"), ag2(used(1, 1)), end)
    assert found == {1: (1, 1, 0), 2: (1, 1, 0)}


def test_calls_that_never_end_are_forgotten() -> None:
    news = [call_started(str(n), request=str(n)) for n in range(100)]
    [state] = usage.folded(recorded(news)).of(usage_state_rows).values()
    assert len(state.calls) == 32
    [state] = (
        usage.folded(recorded([*news, TurnStarted(turn="2").to_new_event()]))
        .of(usage_state_rows)
        .values()
    )
    assert state.calls == ()


# Together ----------------------------------------------------------------------------------------


def test_rows_of_golden_logs_add_up_to_totals_and_to_model_calls() -> None:
    for events in (killed(), log_0003()):
        assert sums(rows(events)) == sums_of_totals(events)
        attempts = rows(events, usage_of_every_attempt)
        ended = [
            row
            for row in model_calls.folded(events).of(model_call_rows).values()
            if row.status != "started"
        ]
        assert sum(row.model_calls for row in attempts) == len(ended) > 0
        assert sum(row.failed_calls for row in attempts) == sum(
            row.status == "failed" for row in ended
        )


@given(mixed_histories)
def test_rows_of_any_history_add_up_to_totals(history: list[tuple[str, NewEvent]]) -> None:
    events = log_of(history)
    assert sums(rows(events)) == sums_of_totals(events)
    for row in rows(events):
        assert 0 <= row.failed_calls <= row.model_calls
