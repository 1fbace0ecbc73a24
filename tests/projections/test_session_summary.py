"""What the session list counts, event by event."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from retold.domain.event import NewEvent
from retold.domain.recording import (
    HistoryDropped,
    HistoryReplaced,
    HistorySpan,
    ImportedResult,
    TagsChanged,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    UsageReported,
)
from retold.projections.models.session_summary import SessionSummary, event_types, evolve
from tests.projections.histories import (
    ag2,
    closed,
    epoch,
    folded,
    message,
    recorded,
    request,
    response,
    result,
    results,
    started,
    tool_turn,
    usage,
)

counts = (
    "messages",
    "tool_calls",
    "tool_results",
    "tool_errors",
    "parallel_call_messages",
)


def counted(*news: NewEvent) -> tuple[int, ...]:
    summary = folded(news)
    return tuple(getattr(summary, name) for name in counts)


# Identity and times ------------------------------------------------------------------------------


def test_a_start_says_who_and_when() -> None:
    at = datetime(2025, 8, 1, 16, 18, tzinfo=UTC)
    start = started(
        source="tau2", subject="user:7", tags={"env": "prod"}, at=at, text="2025-08-01T16:18:00"
    )
    assert folded([start], session="t-1") == SessionSummary(
        session="t-1",
        stream="conversation-t-1",
        root_session="t-1",
        source="tau2",
        subject="user:7",
        tags={"env": "prod"},
        started_at=at,
        started_text="2025-08-01T16:18:00",
        recorded_from=epoch.replace(second=1),
        recorded_to=epoch.replace(second=1),
        version=1,
    )


def test_an_open_conversation_has_neither_end_nor_reason() -> None:
    summary = folded([started(), message()])
    assert (summary.ended, summary.ended_at, summary.end_reason) == (False, None, None)


def test_a_close_without_a_reason_or_a_time_leaves_both_unknown() -> None:
    summary = folded([started(), closed()])
    assert (summary.ended, summary.ended_at, summary.end_reason) == (True, None, None)


def test_a_close_says_when_and_why_in_the_words_of_the_source() -> None:
    at = datetime(2025, 8, 1, tzinfo=UTC)
    summary = folded([started(), closed("user_stop", at=at, text="2025-08-01 00:00")])
    assert summary.end_reason == "user_stop"
    assert (summary.ended_at, summary.ended_text) == (at, "2025-08-01 00:00")


def test_a_nested_conversation_names_its_parent_and_its_session() -> None:
    summary = folded([started(parent="conversation-top", session="top")], session="child")
    assert summary.nested
    assert (summary.parent_stream, summary.root_session) == ("conversation-top", "top")


def test_tags_are_merged_and_later_values_win() -> None:
    changed = TagsChanged(tags={"env": "test", "team": "b"}).to_new_event()
    summary = folded([started(tags={"env": "prod", "id": "1"}), changed])
    assert summary.tags == {"env": "test", "id": "1", "team": "b"}


def test_the_recording_times_span_the_events() -> None:
    summary = folded([started(), message(), message()])
    assert summary.recorded_from == epoch.replace(second=1)
    assert summary.recorded_to == epoch.replace(second=3)
    assert summary.version == 3


def test_text_no_database_takes_is_shown_as_escapes() -> None:
    summary = folded([started(subject="a\0b", tags={"k\0": "v"})])
    assert summary.subject == "a\\x00b"
    assert summary.tags == {"k\\x00": "v"}


# Imported conversations --------------------------------------------------------------------------


def test_each_imported_message_counts_with_its_calls_and_its_result() -> None:
    answer = ImportedResult(call=0, error=False)
    assert counted(
        message("user"),
        message("assistant", calls=1),
        message("tool", result=answer),
        message("assistant", calls=2),
    ) == (4, 3, 1, 0, 1)


@pytest.mark.parametrize(
    ("flag", "derived", "errors"),
    [
        (True, None, 1),
        (False, True, 0),
        (None, True, 1),
        (None, False, 0),
        (None, None, 0),
    ],
)
def test_the_flag_of_the_source_decides_before_the_derived_one(
    flag: bool | None, derived: bool | None, errors: int
) -> None:
    answer = ImportedResult(call=0, error=flag, derived_error=derived)
    assert folded([message("tool", result=answer)]).tool_errors == errors


def test_tokens_and_cost_stay_unknown_until_one_is_known() -> None:
    unknown = folded([message(), message()])
    assert (unknown.prompt_tokens, unknown.completion_tokens, unknown.cost_usd) == (None,) * 3
    known = folded([message(), message(tokens=(5, None), cost=0.0), message()])
    assert (known.prompt_tokens, known.completion_tokens) == (5, None)
    assert known.cost_usd == Decimal(0)


def test_what_a_source_says_of_the_whole_is_added() -> None:
    whole = UsageReported(prompt_tokens=30, cost_usd=0.5).to_new_event()
    summary = folded([message(tokens=(5, 2)), whole, closed()])
    assert (summary.prompt_tokens, summary.completion_tokens) == (35, 2)
    assert summary.cost_usd == Decimal("0.5")
    assert summary.messages == 1


def test_costs_add_up_exactly() -> None:
    summary = folded([message(cost=0.1) for _ in range(10)] + [message(cost=1e-20)])
    assert summary.cost_usd == Decimal("1.00000000000000000001")


@pytest.mark.parametrize("cost", [float("nan"), float("inf"), -1.0, True, "0.1"])
def test_a_cost_that_is_none_stays_unknown(cost: Any) -> None:
    new = message()
    assert folded([NewEvent(type=new.type, data={**new.data, "cost_usd": cost})]).cost_usd is None


@pytest.mark.parametrize("tokens", [-1, 2**63, True, "5", {"$": "float", "value": "nan"}])
def test_a_count_no_model_reaches_stays_unknown(tokens: Any) -> None:
    new = message()
    event = NewEvent(type=new.type, data={**new.data, "prompt_tokens": tokens})
    assert folded([event]).prompt_tokens is None


# Conversations recorded from AG2 -----------------------------------------------------------------


def test_a_turn_with_a_tool_counts_each_thing_once() -> None:
    summary = folded([started(), *tool_turn])
    assert counted(started(), *tool_turn) == (4, 1, 1, 0, 0)
    assert (summary.prompt_tokens, summary.completion_tokens) == (7, 3)
    assert summary.open_calls == ()


def test_a_drained_request_is_a_message() -> None:
    assert counted(ag2(request(drained=True))) == (1, 0, 0, 0, 0)


def test_a_response_with_neither_text_nor_calls_is_no_message() -> None:
    assert counted(ag2(response()), ag2(response(""))) == (0, 0, 0, 0, 0)


def test_parallel_calls_are_one_message_and_results_one_each() -> None:
    assert counted(
        ag2(response(calls=["a", "b"])),
        ag2(result("b")),
        ag2(result("a", kind="ag2.ToolErrorEvent")),
        ag2(results(result("a", kind="ag2.ToolErrorEvent"), result("b"))),
    ) == (3, 2, 2, 1, 1)


def test_a_tool_that_is_not_found_is_an_error() -> None:
    assert counted(ag2(response(calls=["a"])), ag2(result("a", kind="ag2.ToolNotFoundEvent"))) == (
        2,
        1,
        1,
        1,
        0,
    )


def test_a_call_without_an_answer_stays_open() -> None:
    summary = folded([ag2(response(calls=["a", "b"])), ag2(result("a"))])
    assert summary.open_calls == ("b",)
    assert summary.tool_results == 1


def test_the_repair_of_a_dead_turn_answers_what_is_still_open_only() -> None:
    repair = results(result("a"), result("b", kind="ag2.ToolErrorEvent"))
    assert counted(
        ag2(response(calls=["a", "b"])), ag2(result("a")), ag2(repair, detached=True)
    ) == (3, 2, 2, 1, 1)


def test_reused_call_ids_are_paired_in_order() -> None:
    once = [ag2(response(calls=["a"])), ag2(result("a")), ag2(results(result("a")))]
    assert counted(*once, *once, *once) == (6, 3, 3, 0, 0)


def test_one_response_may_use_an_id_twice() -> None:
    summary = folded([ag2(response(calls=["a", "a"])), ag2(result("a"))])
    assert summary.open_calls == ("a",)
    assert (summary.tool_calls, summary.tool_results) == (2, 1)


def test_a_result_nobody_asked_for_answers_nothing() -> None:
    assert counted(ag2(result("a")), ag2(results(result("a")))) == (0, 0, 0, 0, 0)


def test_tokens_come_from_usage_events_of_any_kind_and_from_nothing_else() -> None:
    task = {"$": "ag2.TaskCompleted", "usage": {"$": "ag2.Usage", "prompt_tokens": 500}}
    summary = folded([ag2(usage(7, None)), ag2(usage(1.0, 2, kind="subtask")), ag2(task)])
    assert (summary.prompt_tokens, summary.completion_tokens) == (8, 2)


def test_events_copied_into_the_history_are_not_counted_again() -> None:
    copies = [request(), response("hi", calls=["z"]), usage(5, 5), results(result("z"))]
    summary = folded([ag2(copy, detached=True) for copy in copies])
    assert counted(*(ag2(copy, detached=True) for copy in copies)) == (0, 0, 0, 0, 0)
    assert summary.prompt_tokens is None


def test_what_happened_stays_counted_when_the_history_changes() -> None:
    replaced = HistoryReplaced(spans=(HistorySpan(first=1, last=1),)).to_new_event()
    dropped = HistoryDropped().to_new_event()
    assert counted(*tool_turn, replaced, dropped) == counted(*tool_turn)


def test_turns_are_counted_and_so_are_those_that_failed() -> None:
    summary = folded(
        [
            TurnStarted(turn="1").to_new_event(),
            TurnCompleted(turn="1").to_new_event(),
            TurnStarted(turn="2").to_new_event(),
            TurnFailed(turn="2", abandoned=True).to_new_event(),
            TurnStarted(turn="3").to_new_event(),
            TurnCancelled(turn="3").to_new_event(),
        ]
    )
    assert (summary.turns, summary.turns_failed) == (3, 1)


def test_an_agent_that_goes_on_with_an_imported_conversation_answers_its_open_call() -> None:
    answered = [message("assistant", calls=1), message("tool", result=ImportedResult(call=0))]
    open_call = [message("assistant", calls=1)]
    # AG2 knows imported calls by their ordinal, because the ids of the source repeat.
    repair = ag2(results(result("call_0"), result("call_1")), detached=True)
    assert counted(*answered, *open_call, repair) == (4, 2, 2, 0, 0)


# Whatever is in the log --------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
type_names = st.sampled_from(
    ["ag2.ModelRequest", "ag2.ModelResponse", "ag2.ToolResultsEvent", "ag2.ToolResultEvent"]
)
payloads = st.dictionaries(
    st.sampled_from(["message", "tool_calls", "results", "parent_id", "usage"]), json_values
)


fields = st.sampled_from(
    ["calls", "result", "tags", "event", "parent", "reason", "prompt_tokens", "cost_usd", "other"]
)


@given(st.sampled_from(sorted(event_types)), st.dictionaries(fields, json_values))
def test_no_payload_stops_the_fold(event_type: str, data: dict[str, Any]) -> None:
    assert folded([NewEvent(type=event_type, data=data)]).version == 1


@given(type_names, payloads)
def test_no_encoded_event_stops_the_fold(name: str, fields: dict[str, Any]) -> None:
    new = NewEvent(type="conversation.event_recorded", data={"event": {"$": name, **fields}})
    assert folded([new]).version == 1


def test_an_event_of_another_type_moves_the_version_only() -> None:
    before, after = recorded([started(), NewEvent(type="test.other", data={})])
    summary = evolve(None, before)
    assert evolve(summary, after).messages == 0
    assert evolve(summary, after).version == 2
