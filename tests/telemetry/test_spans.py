"""Folding spans: what is cut off, what cannot be known, and runs of workflows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from retold.domain.event import DomainEvent, NewEvent, RecordedEvent
from retold.domain.model_call import ModelCallStarted
from retold.domain.recording import (
    ConversationStarted,
    EventRecorded,
    Parent,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
)
from retold.domain.value import ErrorInfo
from retold.domain.workflow.events import (
    Next,
    RetriedFrom,
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunQueued,
    RunStarted,
    StepCompleted,
    StepFailed,
    StepLost,
    StepStarted,
    StepTimedOut,
    run_stream,
)
from retold.projections.telemetry import names
from retold.projections.telemetry.conversation_spans import ConversationSpans
from retold.projections.telemetry.derived_span import DerivedSpan, SpanStatus
from retold.projections.telemetry.ids import (
    parse_traceparent,
    span_id_of,
    trace_id_of,
    turn_span_id,
)
from retold.projections.telemetry.imported_spans import ImportedSpans
from retold.projections.telemetry.workflow_spans import WorkflowSpans
from tests.projections.histories import epoch, recorded
from tests.projections.keeping import golden_logs

traceparent = f"00-{'a' * 32}-{'b' * 16}-01"


def in_turn(event: DomainEvent, turn: str, **metadata: str) -> NewEvent:
    return event.to_new_event(
        metadata={"session": "s", "turn": turn, **metadata}, correlation_id=f"of {turn}"
    )


def spans(events: Sequence[RecordedEvent], *, state: Any = None) -> list[DerivedSpan]:
    state = state or ConversationSpans()
    return [span for event in events for span in state.fold(event)]


def changed(event: RecordedEvent, **changes: Any) -> RecordedEvent:
    """Return an event as another time or stream would have it."""
    known = (
        "position transaction_id stream version event_id type schema_version data metadata "
        "correlation_id causation_id occurred_at recorded_at tenant digest"
    )
    return RecordedEvent(**{name: getattr(event, name) for name in known.split()} | changes)


def called(call: str) -> ModelCallStarted:
    hashes = ("request_hash", "prompt_hash", "tools_hash", "parameters_hash")
    return ModelCallStarted(call=call, attempt=1, messages=(), **dict.fromkeys(hashes, "0"))


def ag2(kind: str, **fields: Any) -> EventRecorded:
    return EventRecorded(event={"$": f"ag2.{kind}", **fields})


def test_what_a_killed_process_left_open_ends_where_it_was_found() -> None:
    news = [
        in_turn(TurnStarted(turn="1", agent="a"), "1"),
        in_turn(ag2("ToolCallEvent", id="c", name="dig"), "1"),
        in_turn(ag2("TaskStarted", task_id="t", agent_name="b"), "1"),
        in_turn(called("m"), "1"),
        in_turn(TurnFailed(turn="1", abandoned=True), "2"),
        in_turn(ag2("ToolResultEvent", parent_id="c"), "2"),
        in_turn(ag2("TaskCompleted", task_id="t"), "2"),
    ]
    found = spans(recorded(news))
    assert [(one.name, one.attributes[names.ERROR_TYPE]) for one in found] == [
        ("execute_tool dig", "abandoned"),
        ("invoke_agent b", "abandoned"),
        ("chat", "abandoned"),
        ("invoke_agent a", "abandoned"),
    ]
    turn = turn_span_id("1", "default")
    assert [one.parent_id for one in found] == [turn, turn, turn, None]
    assert [one.attributes.get(names.RETOLD_UNFINISHED) for one in found] == [True] * 3 + [None]
    assert {one.end_us for one in found} == {recorded(news)[4].recorded_microseconds}


@pytest.mark.parametrize(
    ("end", "status", "error"),
    [
        (TurnCompleted(turn="1"), SpanStatus.OK, None),
        (TurnCancelled(turn="1"), SpanStatus.ERROR, "cancelled"),
        (TurnFailed(turn="1", error=ErrorInfo(type="E", message="m")), SpanStatus.ERROR, "E"),
        (TurnFailed(turn="1"), SpanStatus.ERROR, "_OTHER"),
    ],
)
def test_a_turn_says_how_it_ended(end: DomainEvent, status: SpanStatus, error: str | None) -> None:
    (span,) = spans(recorded([in_turn(TurnStarted(turn="1"), "1"), in_turn(end, "1")]))
    assert (span.status, span.attributes.get(names.ERROR_TYPE)) == (status, error)
    assert span.message is None


def test_what_a_cancelled_turn_leaves_open_was_cancelled_with_it() -> None:
    news = [
        in_turn(TurnStarted(turn="1"), "1"),
        in_turn(ag2("ToolCallEvent", id="c", name="dig"), "1"),
        in_turn(TurnCancelled(turn="1"), "1"),
    ]
    tool, turn = spans(recorded(news))
    assert [one.attributes[names.ERROR_TYPE] for one in (tool, turn)] == ["cancelled"] * 2
    assert tool.attributes[names.RETOLD_UNFINISHED] is True


def test_an_end_without_a_beginning_has_no_span() -> None:
    ends = [
        in_turn(TurnCompleted(turn="1"), "1"),
        in_turn(ag2("ToolResultEvent", parent_id="c"), "1"),
    ]
    assert spans(recorded(ends)) == []


def test_results_answer_calls_of_one_id_in_their_order() -> None:
    call, result = ag2("ToolCallEvent", id="c", name="dig"), ag2("ToolResultEvent", parent_id="c")
    batch = ag2("ToolResultsEvent", results=[{"$": "ag2.ToolResultEvent", "parent_id": "c"}])
    events = recorded([in_turn(one, "1") for one in (call, call, result, batch, batch)])
    found = spans(events)
    assert [one.span_id for one in found] == [span_id_of(e.event_id) for e in events[:2]]
    assert [one.end_us for one in found] == [e.recorded_microseconds for e in events[2:4]]


def test_a_nested_conversation_is_part_of_what_began_it_in_that_trace_only() -> None:
    cause = UUID(int=99)
    begun = ConversationStarted(source="ag2", parent=Parent(stream="conversation-p", task_id="t"))
    news = [
        replace(in_turn(begun, "1"), causation_id=cause),
        in_turn(ag2("ToolCallEvent", id="c", name="dig"), "1"),
        in_turn(ag2("ToolResultEvent", parent_id="c"), "1"),
        in_turn(ag2("ToolCallEvent", id="d", name="dig"), "2"),
        in_turn(ag2("ToolResultEvent", parent_id="d"), "2"),
    ]
    first, second = spans(recorded(news))
    assert first.parent_id == span_id_of(cause)
    # A turn that goes on with it after a crash is a trace of its own.
    assert second.parent_id == turn_span_id("2", "default")
    assert first.trace_id != second.trace_id


def test_times_are_of_one_clock() -> None:
    begun, over = recorded(
        [in_turn(TurnStarted(turn="1"), "1"), in_turn(TurnCompleted(turn="1"), "1")]
    )

    def at(start: int | None, end: int | None) -> tuple[int, int, Any]:
        events = [
            changed(
                event, occurred_at=None if time is None else epoch + timedelta(microseconds=time)
            )
            for event, time in ((begun, start), (over, end))
        ]
        (span,) = spans(events)
        return span.start_us, span.end_us, span.attributes[names.RETOLD_TIME_SOURCE]

    origin = int(epoch.timestamp()) * 1_000_000
    log = (begun.recorded_microseconds, over.recorded_microseconds, "recorded_at")
    assert at(5, 9) == (origin + 5, origin + 9, "occurred_at")
    assert at(None, 9) == log
    assert at(9, 5) == log


@given(st.data())
def test_a_stream_folded_again_up_to_any_event_gives_the_rest(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(_golden)))
    events = _golden[name]
    kind = data.draw(st.sampled_from([ConversationSpans, ImportedSpans]))
    cut = data.draw(st.integers(0, len(events)))
    state, again = kind(), kind()
    before = spans(events[:cut], state=state)
    spans(events[:cut], state=again)
    rest = spans(events[cut:], state=again)
    assert before + rest == spans(events, state=kind())
    ids = [span.span_id for span in before + rest]
    assert len(set(ids)) == len(ids)


def _streams() -> dict[str, list[RecordedEvent]]:
    found: dict[str, list[RecordedEvent]] = {}
    for name, events in golden_logs().items():
        for event in events:
            found.setdefault(f"{name}/{event.stream}", []).append(event)
    return found


_golden = _streams()


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        "00-1-2-01",
        f"00-{'0' * 32}-{'b' * 16}-01",
        f"00-{'a' * 32}-{'0' * 16}-01",
        f"ff-{'a' * 32}-{'b' * 16}-01",
        f"{traceparent}-more",
        traceparent.upper(),
    ],
)
def test_what_is_no_traceparent_is_none(text: Any) -> None:
    assert parse_traceparent(text) is None


def test_a_later_version_of_traceparent_is_read() -> None:
    parsed = parse_traceparent(f"01{traceparent[2:]}-more")
    assert parsed is not None
    assert str(parsed) == traceparent


# Workflows ---------------------------------------------------------------------------------------


def run(*news: DomainEvent, **first: str) -> list[RecordedEvent]:
    events = recorded(
        [
            new.to_new_event(correlation_id="run", metadata=first if n == 0 else {})
            for n, new in enumerate(news)
        ]
    )
    return [changed(event, stream=run_stream("r")) for event in events]


queued = RunQueued(run="r", workflow="build", version=2, ready_at=epoch)


def begun(step: str, attempt: int = 1, item: int | None = None) -> StepStarted:
    return StepStarted(step=step, attempt=attempt, item=item, agent="coder", worker="w", token=1)


def test_a_run_and_its_attempts_are_spans_of_the_trace_it_was_asked_in() -> None:
    error = ErrorInfo(type="E", message="m")
    events = run(
        queued,
        RunStarted(),
        begun("plan"),
        begun("test", item=0),
        begun("test", item=1),
        StepFailed(step="plan", attempt=1, error=error, next=Next.RETRY),
        begun("plan", 2),
        StepCompleted(step="plan", attempt=2),
        StepTimedOut(step="test", item=1, attempt=1, token=1, next=Next.FAIL),
        StepLost(step="test", item=0, attempt=1, token=1, next=Next.FAIL),
        StepCompleted(step="test", item=1),
        RunCompleted(),
        traceparent=traceparent,
    )
    found = spans(events, state=WorkflowSpans())
    root = found[-1]
    assert root.name == "invoke_workflow build"
    assert (root.trace_id, root.parent_id, root.parent_is_remote) == ("a" * 32, "b" * 16, True)
    assert root.attributes[names.GEN_AI_WORKFLOW_NAME] == "build"
    assert root.start_us == events[1].recorded_microseconds
    steps = [
        (
            s.attributes[names.RETOLD_STEP],
            s.attributes[names.RETOLD_ATTEMPT],
            s.attributes.get(names.RETOLD_ITEM),
            s.attributes.get(names.ERROR_TYPE),
        )
        for s in found[:-1]
    ]
    assert steps == [
        ("plan", 1, None, "E"),
        ("plan", 2, None, None),
        ("test", 1, 1, "timed_out"),
        ("test", 1, 0, "lost"),
    ]
    assert {s.parent_id for s in found[:-1]} == {root.span_id}
    assert {s.trace_id for s in found} == {"a" * 32}


def test_a_run_that_is_retried_has_a_span_each_time() -> None:
    failed = RunFailed(steps=("plan",), error=ErrorInfo(type="E", message="m"))
    events = run(
        queued,
        RunStarted(),
        begun("plan"),
        failed,
        RetriedFrom(step="plan", reopened=("plan",)),
        begun("plan", 2),
        RunCancelled(),
    )
    cut, first, open_step, second = spans(events, state=WorkflowSpans())
    assert cut.attributes[names.RETOLD_UNFINISHED] is True
    assert (cut.parent_id, open_step.parent_id) == (first.span_id, second.span_id)
    assert first.span_id != second.span_id
    assert first.attributes[names.ERROR_TYPE] == "E"
    assert second.attributes[names.ERROR_TYPE] == "cancelled"
    assert {s.trace_id for s in (cut, first, second)} == {trace_id_of(events[0])}
