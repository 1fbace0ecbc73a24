"""How a conversation that a dead process left behind is gone on with, repeating nothing.

The log says how far it came: AG2's events, and the answers of models that were recorded before AG2
took them. From that follows the event by which AG2 enters its loop again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ag2.events import (
    BaseEvent,
    ModelRequest,
    ModelResponse,
    ToolCallEvent,
    ToolCallsEvent,
    ToolResultEvent,
    ToolResultsEvent,
)

from retold.agents.unanswered import close_calls

_conversational = (
    ModelRequest,
    ModelResponse,
    ToolCallsEvent,
    ToolCallEvent,
    ToolResultEvent,
    ToolResultsEvent,
)

# AG2's events make conditions of "|", so these are tuples.
_of_one_call = (ToolCallEvent, ToolResultEvent)

unanswered_text = (
    "This tool call has no result: the process that ran the tool died before it answered. "
    "It is unknown whether the tool took effect."
)


@dataclass(frozen=True, slots=True)
class GoingOn:
    """Where a conversation stands.

    Attributes:
        answer: the model's last word, when the conversation has come to its end.
        events: otherwise, the history to go on from; the last one is what AG2 enters its loop by.
            Empty when nothing was asked yet.
    """

    answer: ModelResponse | None = None
    events: tuple[BaseEvent, ...] = ()


@runtime_checkable
class ResumesTools(Protocol):
    """An agent with tools that repeat nothing when they are called again.

    Attributes:
        tools_that_resume: their names. What such a tool did before, under the same call, it finds
            in the log.
    """

    @property
    def tools_that_resume(self) -> Collection[str]:
        """Names of the tools."""
        ...


def going_on(history: Sequence[BaseEvent], *, tools_that_resume: Collection[str] = ()) -> GoingOn:
    """Return where a conversation stands.

    A tool that was called and has no result is not called again: a text that says so stands in.
    But where every call of a response is to a tool that resumes, they are all made again.

    Args:
        history: AG2's events, in order.
        tools_that_resume: names of the tools that repeat nothing when they are called again.
    """
    events = list(history)
    while events and not is_conversational(events[-1]):
        events.pop()
    if not events:
        return GoingOn()
    last = events[-1]
    if isinstance(last, ModelResponse) and (not last.tool_calls or last.response_force):
        return GoingOn(answer=last)
    if isinstance(last, _of_one_call):
        again = _calls_made_again(history, tools_that_resume)
        if again:
            return GoingOn(events=again)
        events = close_calls(events, unanswered_text).events
    return GoingOn(events=tuple(events))


def _calls_made_again(
    history: Sequence[BaseEvent], tools_that_resume: Collection[str]
) -> tuple[BaseEvent, ...]:
    """Return the history up to the newest calls, which are to be made again; empty when not."""
    events = list(history)
    batches = ((n, e) for n, e in enumerate(events) if isinstance(e, ToolCallsEvent))
    at, calls = max(batches, key=lambda batch: batch[0], default=(0, None))
    if calls is None or not all(call.name in tools_that_resume for call in calls.calls):
        return ()
    # What was reported meanwhile, such as the usage of a task, is still true.
    reports = [event for event in events[at + 1 :] if not is_conversational(event)]
    return (*events[:at], *reports, calls)


def is_conversational(event: BaseEvent) -> bool:
    """Return whether an event is a step of AG2's loop, and no report of one."""
    return isinstance(event, _conversational)
