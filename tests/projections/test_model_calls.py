"""Model calls: what each attempt was, took and gave."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from retold.domain.event import NewEvent
from retold.domain.model_call import ModelCallCompleted, ModelCallFailed
from retold.domain.recording import MessageImported
from retold.projections.models.model_call_table import ModelCall, model_call_rows
from retold.projections.models.model_calls import model_calls
from tests.projections.calls import call_completed, call_failed, call_started
from tests.projections.golden import killed, log_0003
from tests.projections.histories import message, recorded, started

noon = datetime(2026, 1, 1, 12, tzinfo=UTC)


def calls(*news: NewEvent) -> list[ModelCall]:
    rows = model_calls.folded(recorded(news)).of(model_call_rows)
    return sorted(rows.values(), key=lambda row: row.version)


def test_an_answered_call() -> None:
    end = noon + timedelta(seconds=2)
    [call] = calls(started(), call_started("1", at=noon), call_completed("1", at=end))
    assert (call.call, call.version, call.agent, call.turn) == ("1", 2, "support", "t1")
    assert (call.status, call.error_type, call.error) == ("completed", None, None)
    assert (call.model, call.provider, call.finish_reason) == ("gpt-5-2026", "openai", "stop")
    assert (call.prompt_tokens, call.completion_tokens, call.cached_tokens) == (7, 3, 2)
    # By the monotonic clock, not by the difference of two times of day.
    assert (call.started_at, call.seconds, call.attempt) == (noon, 1.5, 1)
    hashes = (call.request_hash, call.prompt_hash, call.tools_hash, call.schema_hash)
    assert hashes == ("r", "prompt", "tools", None)


def test_what_the_provider_did_not_say_is_unknown() -> None:
    [call] = calls(call_started("1"), call_completed("1", tokens=None, model=None))
    assert (call.prompt_tokens, call.completion_tokens, call.total_tokens) == (None, None, None)
    assert (call.cost_usd, call.started_at, call.model) == (None, None, "gpt-5")


def test_a_call_without_an_outcome_is_started() -> None:
    [call] = calls(call_started("1"))
    assert (call.status, call.seconds, call.model) == ("started", None, "gpt-5")


def test_each_attempt_is_a_row() -> None:
    found = calls(
        call_started("1"),
        call_failed("1"),
        call_started("2", attempt=2),
        call_completed("2"),
        call_started("3", request="other"),
        call_failed("3", cancelled=True),
    )
    assert [(c.status, c.attempt, c.error_type, c.error) for c in found] == [
        ("failed", 1, "TimeoutError", "too late"),
        ("completed", 2, None, None),
        ("failed", 1, "CancelledError", "too late"),
    ]
    assert [c.seconds for c in found] == [0.25, 1.5, 0.25]


def test_an_outcome_whose_start_is_unknown_is_still_a_row() -> None:
    [call] = calls(call_failed("1"))
    assert (call.status, call.attempt, call.request_hash) == ("failed", None, None)


def test_an_imported_message_with_usage_is_a_call() -> None:
    first = message("assistant", tokens=(5, None), cost=0.1, at=noon)
    assert [c.call for c in calls(message("user"), first)] == ["message-0"]
    [call] = calls(message("user", cost=0.1), first)
    assert (call.status, call.prompt_tokens, call.completion_tokens) == ("completed", 5, None)
    assert (call.cost_usd, call.started_at, call.seconds) == (Decimal("0.1"), noon, None)
    assert (call.attempt, call.request_hash, call.agent, call.model) == (None, None, None, None)


def test_an_imported_message_says_its_model() -> None:
    said = MessageImported(index=4, role="assistant", prompt_tokens=1, source={"model": "gpt-4"})
    assert [(c.call, c.model) for c in calls(said.to_new_event())] == [("message-4", "gpt-4")]


def test_calls_of_golden_recordings() -> None:
    events = [*killed(), *log_0003()]
    folded = model_calls.folded(events).of(model_call_rows).values()
    rows = [row for row in folded if row.attempt is not None]
    ends = Counter(
        event.type.removeprefix("model.call_")
        for event in events
        if event.type in (ModelCallCompleted.type, ModelCallFailed.type)
    )
    assert Counter(row.status for row in rows) == ends == {"completed": 24, "failed": 1}
    assert [(row.session, row.prompt_tokens) for row in folded if row.attempt is None] == [
        ("golden/bike-talk", 3_625)
    ]
    nested = [row for row in rows if row.root_session != row.session]
    assert {(row.agent, row.root_session) for row in nested} == {
        ("carrier_expert", "ticket-4711"),
        ("expert", "delegated"),
    }
    assert all(row.prompt_hash and row.tools_hash and row.seconds is not None for row in rows)
    assert {row.error_type for row in rows} == {None, "ConnectionError"}
