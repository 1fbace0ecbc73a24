"""Where a conversation that a dead process left is gone on from."""

from __future__ import annotations

from ag2.events import (
    BaseEvent,
    ModelRequest,
    ModelResponse,
    TextInput,
    ToolCallEvent,
    ToolCallsEvent,
    ToolResult,
    ToolResultEvent,
    ToolResultsEvent,
    Usage,
    UsageEvent,
)

from retold.agents.going_on import going_on, unanswered_text
from tests.agents.scripted import call, results_in


def history(*calls: ToolCallEvent) -> list[BaseEvent]:
    """Return a history up to the calls of a model, all begun and the first one answered."""
    first = ToolResultEvent(parent_id=calls[0].id, name=calls[0].name, result=ToolResult("one"))
    batch = ToolCallsEvent(list(calls))
    request = ModelRequest([TextInput("go")])
    return [request, ModelResponse(tool_calls=batch), batch, *calls, first]


def test_calls_of_tools_that_resume_are_made_again_with_what_was_reported_kept() -> None:
    events = history(call("delegate", "c1"), call("delegate", "c2"))
    spent = UsageEvent(Usage(prompt_tokens=3), kind="subtask")
    where = going_on([*events[:4], spent, *events[4:]], tools_that_resume={"delegate"})
    assert where.answer is None
    assert where.events == (*events[:2], spent, events[2])
    assert isinstance(where.events[-1], ToolCallsEvent)


def test_beside_a_tool_that_does_not_resume_none_is_called_again() -> None:
    events = history(call("delegate", "c1"), call("pay", "c2"))
    where = going_on(events, tools_that_resume={"delegate"})
    assert where.events[: len(events)] == tuple(events)
    assert isinstance(where.events[-1], ToolResultsEvent)
    assert results_in(where.events) == {"c1": "one", "c2": unanswered_text}


def test_no_tool_resumes_unless_it_says_so() -> None:
    where = going_on(history(call("delegate", "c1"), call("delegate", "c2")))
    assert results_in(where.events) == {"c1": "one", "c2": unanswered_text}


def test_of_several_responses_the_newest_calls_are_made_again() -> None:
    earlier = history(call("pay", "c1"))
    landed = ToolResultsEvent([e for e in earlier if isinstance(e, ToolResultEvent)])
    events = [*earlier, landed, *history(call("delegate", "c1"))[1:]]
    where = going_on(events, tools_that_resume={"delegate"})
    assert where.events == (*earlier, landed, *events[len(earlier) + 1 :][:2])
