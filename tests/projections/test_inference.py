"""What is inferred of a conversation's causes: given events, then edges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import given, strategies as st

from retold.domain.event import NewEvent
from retold.domain.model_call import ModelCallCompleted, ModelCallStarted
from retold.domain.recording import (
    EventRecorded,
    HumanInputRequested,
    ImportedResult,
    MessageEnqueued,
    TurnCompleted,
    TurnStarted,
)
from retold.projections.explaining.inference import Inference
from tests.projections.histories import (
    ag2,
    closed,
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


def edges(news: Iterable[NewEvent]) -> dict[int, list[int]]:
    """Return the versions inferred to have led to each version."""
    inference = Inference()
    found = {event.version: inference.causes_of(event) for event in recorded(news)}
    return {
        version: [cause.version for cause in causes] for version, causes in found.items() if causes
    }


def called(call: str) -> NewEvent:
    return ag2({"$": "ag2.ToolCallEvent", "id": call})


def test_a_turn_with_a_tool_is_one_chain() -> None:
    # request, response, calls, call, result, batch, usage, response
    assert edges(tool_turn) == {2: [1], 3: [2], 4: [2], 5: [4], 6: [5], 8: [6]}


def test_results_are_paired_in_order_though_ids_repeat() -> None:
    news = [
        ag2(request()),
        ag2(response(calls=["x", "x"])),
        called("x"),
        called("x"),
        ag2(result("x", "first")),
        ag2(result("x", "second")),
        ag2(results(result("x"), result("x"))),
        ag2(response(calls=["x"])),
        called("x"),
        ag2(result("x")),
    ]
    assert edges(news) == {
        2: [1],
        3: [2],
        4: [2],
        5: [3],
        6: [4],
        7: [5, 6],
        8: [7],
        9: [8],
        10: [9],
    }


def test_a_batch_that_closes_a_call_nobody_answered_is_led_to_by_the_call() -> None:
    news = [ag2(request()), ag2(response(calls=["a"])), called("a"), ag2(results(result("a")))]
    assert edges(news)[4] == [3]


def test_a_result_nobody_asked_for_has_no_inferred_cause() -> None:
    assert edges([ag2(result("a")), ag2(results(result("a")))]) == {}


def test_a_recorded_model_call_stands_between_request_and_response() -> None:
    call = ModelCallStarted(
        call="1",
        attempt=1,
        messages=(),
        request_hash="",
        prompt_hash="",
        tools_hash="",
        parameters_hash="",
    ).to_new_event()
    answered = ModelCallCompleted(call="1", response={}, latency_ms=1).to_new_event()
    news = [ag2(request()), call, answered, ag2(usage(1, 1)), ag2(response("hi"))]
    assert edges(news) == {2: [1], 3: [2], 4: [3], 5: [3]}


def test_a_request_is_led_to_by_the_messages_it_delivers() -> None:
    enqueued = [MessageEnqueued(message=name, parts=()).to_new_event() for name in "ab"]
    drained = EventRecorded(event=request(drained=True), inbox=("b", "a", "lost")).to_new_event()
    assert edges([*enqueued, drained]) == {3: [2, 1]}


def test_a_humans_answer_is_led_to_by_the_question() -> None:
    asked = HumanInputRequested(event={"content": "Sure?"}).to_new_event()
    assert edges([asked, ag2({"$": "ag2.HumanMessage", "content": "yes"})]) == {2: [1]}


def test_a_task_is_led_to_by_its_call_and_its_end_by_its_beginning() -> None:
    begun = {"$": "ag2.TaskStarted", "task_id": "t", "parent_tool_call_id": "a"}
    news = [
        ag2(response(calls=["a"])),
        called("a"),
        ag2(begun),
        ag2({"$": "ag2.TaskCompleted", "task_id": "t"}),
    ]
    assert edges(news) == {2: [1], 3: [2], 4: [3]}


def test_the_end_of_a_turn_is_led_to_by_its_beginning() -> None:
    one, two = (TurnStarted(turn=name).to_new_event() for name in "ab")
    assert edges([one, two, TurnCompleted(turn="a").to_new_event()]) == {3: [1]}


def test_an_imported_reply_answers_what_was_said_since_the_one_before() -> None:
    news = [
        started(source="tau2"),
        message("user"),
        message("assistant", calls=2),
        message("tool", result=ImportedResult(call=1)),
        message("tool", result=ImportedResult(call=0)),
        message("assistant"),
        message("user"),
        message("assistant", calls=1),
        message("tool", result=ImportedResult(call=2)),
        message("tool", result=ImportedResult(call=None)),
        closed(),
    ]
    assert edges(news) == {3: [2], 4: [3], 5: [3], 6: [4, 5], 8: [7], 9: [8]}


fields = ["$", "id", "parent_id", "calls", "results", "tool_calls", "task_id", "event", "result"]
names = ["ModelResponse", "ToolResultsEvent", "TaskStarted", "ToolCallEvent", "ToolResultEvent"]
payloads = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(fields),
            inner | st.sampled_from(["a", *(f"ag2.{name}" for name in names)]),
            max_size=4,
        )
    ),
    max_leaves=12,
)
types = st.sampled_from(
    [
        "conversation.event_recorded",
        "conversation.message_imported",
        "conversation.message_enqueued",
        "model.call_started",
        "model.call_completed",
        "turn.started",
        "turn.completed",
    ]
)
members = ["event", "inbox", "calls", "result", "role", "turn", "call", "message"]
datas = st.dictionaries(st.sampled_from(members), payloads, max_size=4)


@given(st.lists(st.tuples(types, datas), max_size=8))
def test_whatever_a_payload_holds_causes_are_earlier_events(
    news: list[tuple[str, dict[str, Any]]],
) -> None:
    found = edges([NewEvent(type=name, data=data) for name, data in news])
    assert all(0 < cause < version for version, causes in found.items() for cause in causes)
