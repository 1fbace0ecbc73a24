"""Tool calls that an interrupted turn left unanswered, and how they are closed.

AG2 has a repair of its own, for the turn it has just seen fail. It pairs calls with results by id
and adds what is missing at the end. A log must do more: ids come back in later turns (a provider
may call every first call ``call_1``), the process that knew how the turn ended is dead, and what
was asked after it may stand behind the calls already.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ag2.events import (
    BaseEvent,
    ModelRequest,
    ModelResponse,
    ToolCallEvent,
    ToolCallsEvent,
    ToolResult,
    ToolResultEvent,
    ToolResultsEvent,
)


@dataclass(slots=True)
class _Batch:
    """Calls a model made in one response, and the results they got so far."""

    calls: list[ToolCallEvent]
    results: list[ToolResultEvent] = field(default_factory=list)

    def is_restated_by(self, calls: Sequence[ToolCallEvent]) -> bool:
        """Return whether ``calls`` are these, or some of them, said once more."""
        ids = [call.id for call in self.calls]
        return all(call.id in ids for call in calls)

    def closed(self, text: str) -> tuple[ToolResultsEvent, int]:
        """Return results for all calls, and for how many ``text`` stands in."""
        landed = list(self.results)
        results: list[ToolResultEvent] = []
        missing = 0
        for call in self.calls:
            result = next((r for r in landed if r.parent_id == call.id), None)
            if result is None:
                missing += 1
                result = ToolResultEvent(parent_id=call.id, name=call.name, result=ToolResult(text))
            else:
                landed.remove(result)
            results.append(result)
        return ToolResultsEvent(results), missing


@dataclass(slots=True)
class ClosedCalls:
    """A history in which every tool call has its result.

    Attributes:
        events: the history.
        batches: how many responses had calls without a result; 0 when nothing was changed.
        stand_ins: how many calls got a stand-in for their result.
    """

    events: list[BaseEvent] = field(default_factory=list)
    batches: int = 0
    stand_ins: int = 0


def close_calls(history: Iterable[BaseEvent], text: str) -> ClosedCalls:
    """Return ``history`` with a result for each tool call that has none.

    Results stand right behind what happened to their calls, before the next request or response,
    which is where providers want them. A call that a final tool answered needs none.

    Args:
        history: AG2's events, in order.
        text: stands in for a result nobody will ever produce.
    """
    closed = ClosedCalls()
    batch: _Batch | None = None
    for event in history:
        made = _calls_made(event)
        match event:
            case ModelResponse() if event.response_force and batch is not None:
                # A final tool's answer, or the calls that are left to the client.
                batch = _Batch(made) if made else None
            case ToolCallsEvent() if batch is not None and batch.is_restated_by(made):
                pass
            case ModelRequest() | ModelResponse() | ToolCallsEvent():
                _close(closed, batch, text)
                batch = _Batch(made) if made else None
            case ToolResultsEvent() if batch is not None:
                batch = _left_open(batch, event)
            case ToolResultEvent() if batch is not None:
                batch.results.append(event)
            case _:
                pass
        closed.events.append(event)
    _close(closed, batch, text)
    return closed


def _close(closed: ClosedCalls, batch: _Batch | None, text: str) -> None:
    if batch is not None:
        results, missing = batch.closed(text)
        closed.events.append(results)
        closed.stand_ins += missing
        closed.batches += 1


def _calls_made(event: BaseEvent) -> list[ToolCallEvent]:
    match event:
        case ModelResponse():
            return list(event.tool_calls.calls) if event.tool_calls else []
        case ToolCallsEvent():
            return list(event.calls)
        case _:
            return []


def _left_open(batch: _Batch, answer: ToolResultsEvent) -> _Batch | None:
    answered = [result.parent_id for result in answer.results]
    left: list[ToolCallEvent] = []
    for call in batch.calls:
        if call.id in answered:
            answered.remove(call.id)
        else:
            left.append(call)
    return _Batch(left, batch.results) if left else None
