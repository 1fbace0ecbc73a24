"""Tool calls: what was asked and what came back, imported and recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from retold.domain.event import NewEvent
from retold.domain.recording import ImportedCall, ImportedResult, MessageImported
from retold.projections.models.tool_call_table import ToolCall, open_call_rows, tool_call_rows
from retold.projections.models.tool_calls import longest_result, tool_calls
from tests.projections.golden import killed, log_0003, of_conversation
from tests.projections.histories import (
    ag2,
    message,
    recorded,
    request,
    response,
    result,
    results,
    started,
    tool_turn,
)

noon = datetime(2026, 1, 1, 12, tzinfo=UTC)


def calls(*news: NewEvent) -> list[ToolCall]:
    rows = tool_calls.folded(recorded(news)).of(tool_call_rows)
    return [rows[key] for key in sorted(rows)]


def failed(call: str, kind: str = "ag2.ToolErrorEvent", **error: Any) -> dict[str, Any]:
    return result(call, "failed", kind=kind) | {"error": {"$": "exception", **error}}


# Recorded from AG2 -------------------------------------------------------------------------------


def test_a_call_has_what_was_asked_and_what_came_back() -> None:
    asked = ag2(response(calls=["a"]), at=noon)
    answered = ag2(result("a"), at=noon + timedelta(seconds=1.5))
    [call] = calls(ag2(request()), asked, answered, ag2(results(result("a"))))
    assert (call.number, call.name, call.call_id, call.arguments) == (0, "tool", "a", "{}")
    assert (call.asked_version, call.answered_version) == (2, 3)
    assert (call.result, call.result_cut, call.error) == ("42", False, False)
    assert (call.agent, call.seconds, call.derived) == ("support", 1.5, False)


def test_a_whole_turn_has_its_call_once() -> None:
    assert len(calls(*tool_turn)) == 1


def test_a_call_without_an_answer_has_none_of_its_fields() -> None:
    [call] = calls(ag2(response(calls=["a"])))
    assert (call.answered_version, call.answered_at, call.answered_recorded_at) == (None,) * 3
    assert (call.result, call.error, call.error_type, call.seconds) == (None,) * 4


def test_calls_of_one_id_are_answered_in_order() -> None:
    news = [ag2(response(calls=["a", "a"])), ag2(result("a", "1")), ag2(result("a", "2"))]
    assert [call.result for call in calls(*news)] == ["1", "2"]


def test_a_batch_answers_only_what_is_still_open() -> None:
    news = [
        ag2(response(calls=["a", "b"])),
        ag2(result("a", "first")),
        ag2(results(result("a", "again"), result("b", "late")), detached=True),
        ag2(result("b", "too late")),
    ]
    assert [call.result for call in calls(*news)] == ["first", "late"]


def test_an_answer_to_no_call_is_no_row() -> None:
    assert calls(ag2(result("a"))) == []


def test_a_failure_has_the_name_of_its_class() -> None:
    news = [
        ag2(response(calls=["a", "b", "c"])),
        ag2(failed("a", type="builtins.LookupError")),
        ag2(failed("b", kind="ag2.ToolNotFoundEvent", type="ag2.ToolNotFoundError")),
        ag2(failed("c")),
    ]
    found = [(call.error, call.error_type) for call in calls(*news)]
    assert found == [(True, "LookupError"), (True, "ToolNotFoundError"), (True, None)]


def test_a_long_answer_is_cut_and_says_so() -> None:
    text = "x" * longest_result
    news = [ag2(response(calls=["a", "b"])), ag2(result("a", text)), ag2(result("b", text + "y"))]
    assert [(call.result, call.result_cut) for call in calls(*news)] == [
        (text, False),
        (text, True),
    ]


def test_clocks_that_disagree_give_no_seconds() -> None:
    early = noon - timedelta(seconds=1)
    [call] = calls(ag2(response(calls=["a"]), at=noon), ag2(result("a"), at=early))
    assert (call.asked_at, call.answered_at, call.seconds) == (noon, early, None)


def test_a_call_copied_into_the_history_is_not_a_call() -> None:
    assert calls(ag2(response(calls=["a"]), detached=True)) == []


def test_text_no_database_takes_is_made_plain() -> None:
    asked = response(calls=["a\0"])
    asked["tool_calls"]["calls"][0]["name"] = "n\ud800" * 200
    news = [ag2(asked), ag2(result("a\0", "r\0\ud800"))]
    [call] = calls(*news)
    for text in (call.name, call.call_id, call.result):
        assert text is not None
        assert "\0" not in text
        text.encode()
    assert len(call.name) == 120


def test_answered_calls_are_forgotten() -> None:
    rows = tool_calls.folded(recorded([*tool_turn, ag2(response(calls=["a"]))]))
    [waiting] = rows.of(open_call_rows).values()
    assert [one["number"] for one in waiting.calls] == [1]


def test_a_killed_turn_and_its_delegation() -> None:
    rows = tool_calls.folded(killed()).of(tool_call_rows)
    found = [(row.agent, row.name, row.error) for _, row in sorted(rows.items())]
    assert found == [
        ("support", "track_parcel", False),
        ("support", "task_carrier_expert", False),
        ("support", "refund", False),
        ("support", "refund_status", False),
    ]
    # The next turn closed the call that the dead process had open.
    refund = rows["ticket-4711", 2]
    assert (refund.asked_version, refund.answered_version) == (35, 40)
    assert refund.result is not None
    assert refund.result.startswith("This tool call has no result")


def test_failures_of_a_recorded_log() -> None:
    rows = tool_calls.folded(of_conversation(log_0003(), "ticket-4711")).of(tool_call_rows)
    found = [(row.number, row.name, row.error_type) for _, row in sorted(rows.items())]
    assert found == [
        (0, "find_parcel", None),
        (1, "find_parcel", None),
        (2, "lose_parcel", "LookupError"),
        (3, "fly", "ToolNotFoundError"),
    ]


# Imported ----------------------------------------------------------------------------------------


def test_imported_calls_are_answered_by_their_ordinal() -> None:
    at = noon + timedelta(seconds=2)
    first, second = ImportedResult(call=0, error=True), ImportedResult(call=1, derived_error=False)
    found = calls(
        started(source="tau2"),
        message("assistant", calls=2, at=noon),
        message("tool", result=second, content="two"),
        message("tool", result=first, content=[{"text": "one"}], at=at),
    )
    assert [call.result for call in found] == ["one", "two"]
    assert [(call.error, call.derived) for call in found] == [(True, False), (False, True)]
    assert [call.seconds for call in found] == [2.0, None]
    assert found[0].arguments == '{"n":0}'
    assert {call.call_id for call in found} == {"x"}


def test_a_result_without_any_flag_is_neither_failure_nor_success() -> None:
    [call] = calls(message("assistant", calls=1), message("tool", result=ImportedResult(call=0)))
    assert (call.error, call.derived, call.answered_version) == (None, False, 2)


def test_an_agent_goes_on_with_an_imported_conversation() -> None:
    news = [message("assistant", calls=1), ag2(results(result("call_0", "at last")))]
    assert [call.result for call in calls(*news)] == ["at last"]


def test_an_imported_call_has_who_asked() -> None:
    call = ImportedCall(name="tool", actor="user")
    asked = MessageImported(index=0, role="user", calls=(call,), source={}).to_new_event()
    [row] = calls(started(source="tau2"), asked)
    assert (row.actor, row.agent, row.call_id) == ("user", None, None)
