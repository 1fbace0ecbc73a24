"""Who said what, when: the transcript of imported and of recorded conversations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from retold.domain.event import NewEvent
from retold.domain.recording import (
    HistoryDropped,
    HistoryReplaced,
    HistorySpan,
    HumanInputRequested,
    ImportedCall,
    ImportedResult,
    MessageImported,
    TurnCancelled,
    TurnFailed,
)
from retold.domain.value import ErrorInfo
from retold.projections.models.transcript import Entry, ToolCall, transcript
from tests.projections.histories import (
    ag2,
    closed,
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

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)


def entries(*news: NewEvent) -> list[Entry]:
    return list(transcript(recorded(news)))


def lines(*news: NewEvent) -> list[tuple[str, str | None, str]]:
    return [(entry.role, entry.name, entry.text) for entry in entries(*news)]


def test_a_turn_with_a_tool_reads_as_it_happened() -> None:
    found = entries(started(), *tool_turn)
    assert [(e.role, e.name, e.text) for e in found] == [
        ("user", None, "hello"),
        ("assistant", "support", ""),
        ("tool", "tool", "42"),
        ("assistant", "support", "done"),
    ]
    assert found[1].calls == (ToolCall(number=0, name="tool", id="a", arguments="{}"),)
    assert (found[2].answers, found[2].error, found[2].derived) == (0, False, False)


def test_times_are_those_of_the_source_beside_those_of_the_log() -> None:
    new = MessageImported(index=0, role="user", content="hi", source={}).to_new_event(
        occurred_at=noon, metadata={"source_time": "2025-08-01T12:00"}
    )
    (entry,) = entries(new)
    assert (entry.time, entry.time_text, entry.version) == (noon, "2025-08-01T12:00", 1)
    assert entry.recorded_at > noon
    (unknown,) = entries(message())
    assert (unknown.time, unknown.time_text) == (None, None)


def test_an_imported_message_has_the_name_of_who_spoke() -> None:
    spoken = MessageImported(index=0, role="user", name="cook", content="Soup?", source={})
    answer = ImportedResult(name="look", call=None)
    told = MessageImported(index=1, role="tool", name="helper", result=answer, source={})
    assert lines(spoken.to_new_event(), told.to_new_event()) == [
        ("user", "cook", "Soup?"),
        ("tool", "look", ""),
    ]


def test_imported_calls_are_numbered_and_results_name_the_call_they_answer() -> None:
    calls = (
        ImportedCall(name="find", id="x", arguments={"q": "\u00e9"}),
        ImportedCall(name="find", id="x", arguments='{"q": 1}'),
    )
    asked = MessageImported(index=0, role="assistant", calls=calls, source={}).to_new_event()
    first, second, answer = entries(
        asked, asked, message("tool", result=ImportedResult(name="find", call=3, error=True))
    )
    assert [call.number for call in (*first.calls, *second.calls)] == [0, 1, 2, 3]
    assert [call.arguments for call in first.calls] == ['{"q":"é"}', '{"q": 1}']
    assert (answer.name, answer.answers, answer.error) == ("find", 3, True)


@pytest.mark.parametrize(
    ("flag", "derived", "error", "read_from_text"),
    [
        (True, None, True, False),
        (False, True, False, False),
        (None, True, True, True),
        (None, False, False, True),
        (None, None, None, False),
    ],
)
def test_a_derived_error_is_told_from_one_the_source_flagged(
    flag: bool | None, derived: bool | None, error: bool | None, read_from_text: bool
) -> None:
    (entry,) = entries(message("tool", result=ImportedResult(error=flag, derived_error=derived)))
    assert (entry.error, entry.derived) == (error, read_from_text)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("plain", "plain"),
        (None, ""),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "a\nb"),
        (
            [{"type": "image_url", "image_url": {"url": "u"}}],
            '{"type":"image_url","image_url":{"url":"u"}}',
        ),
        ({"a": 1}, '{"a":1}'),
        ({"$": "str", "base64": "YQBi"}, "a\0b"),
    ],
)
def test_content_of_any_form_reads_as_text(content: Any, text: str) -> None:
    (entry,) = entries(message(content=content))
    assert entry.text == text


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ({"$": "ag2.TextInput", "content": "hi"}, "hi"),
        ({"$": "ag2.DataInput", "data": {"n": 1}}, '{"n":1}'),
        ({"$": "ag2.UrlInput", "url": "https://example.org/a.png"}, "[https://example.org/a.png]"),
        ({"$": "ag2.FileIdInput", "file_id": "f-1"}, "[file f-1]"),
        ({"$": "ag2.BinaryInput", "media_type": "image/png", "data": "..."}, "[binary image/png]"),
        ({"$": "other.Input", "x": 1}, '{"$":"other.Input","x":1}'),
    ],
)
def test_each_kind_of_input_has_a_text(part: dict[str, Any], text: str) -> None:
    (entry,) = entries(ag2({"$": "ag2.ModelRequest", "parts": [part]}))
    assert entry.text == text


def test_reused_call_ids_are_answered_in_order() -> None:
    found = entries(
        ag2(response(calls=["a", "a"])),
        ag2(result("a", "first")),
        ag2(results(result("a", "first"), result("a", "second")), detached=True),
        ag2(response(calls=["a"])),
        ag2(result("a", "third", kind="ag2.ToolErrorEvent")),
    )
    answers = [(entry.text, entry.answers, entry.error) for entry in found if entry.role == "tool"]
    # The repair names the loose result again: it answers the call that is still open.
    assert answers == [("first", 0, False), ("first", 1, False), ("third", 2, True)]


def test_copies_usage_and_empty_responses_are_no_entries() -> None:
    assert lines(ag2(request(), detached=True), ag2(usage(1, 1)), ag2(response())) == []


def test_what_is_no_message_is_a_note() -> None:
    error = ErrorInfo(type="TimeoutError", message="too slow")
    task = {"$": "ag2.TaskStarted", "agent_name": "legal", "objective": "check it"}
    question = HumanInputRequested(event={"$": "ag2.HumanInputRequest", "content": "May I?"})
    assert lines(
        HistoryReplaced(spans=(HistorySpan(first=1, last=1),)).to_new_event(),
        HistoryDropped().to_new_event(),
        TurnFailed(turn="1", error=error).to_new_event(),
        TurnFailed(turn="2", abandoned=True).to_new_event(),
        TurnCancelled(turn="3").to_new_event(),
        ag2(task),
        question.to_new_event(),
        ag2({"$": "ag2.HumanMessage", "content": "yes"}),
        closed("user_stop"),
        closed(),
    ) == [
        ("note", None, "history replaced"),
        ("note", None, "history dropped"),
        ("note", None, "turn failed: TimeoutError: too slow"),
        ("note", None, "turn abandoned"),
        ("note", None, "turn cancelled"),
        ("note", None, "delegates to legal: check it"),
        ("note", None, "asks a human: May I?"),
        ("human", None, "yes"),
        ("note", None, "closed: user_stop"),
        ("note", None, "closed"),
    ]


steps = st.sampled_from(
    [
        *tool_turn,
        message("assistant", calls=2),
        message("tool", result=ImportedResult(call=0, error=True)),
        ag2(response(calls=["a", "b", "a"])),
        ag2(results(result("a"), result("b", kind="ag2.ToolErrorEvent")), detached=True),
        ag2(result("call_1")),
        ag2(request(), detached=True),
    ]
)


@given(st.lists(steps, min_size=1, max_size=30))
def test_the_transcript_and_the_session_list_count_alike(news: list[NewEvent]) -> None:
    summary = folded(news)
    shown = [entry for entry in entries(*news) if entry.role != "note"]
    assert len(shown) == summary.messages
    assert sum(len(entry.calls) for entry in shown) == summary.tool_calls
    assert sum(entry.role == "tool" for entry in shown) == summary.tool_results
    assert sum(entry.error is True for entry in shown) == summary.tool_errors
