"""What led to what in a conversation, as far as it was not recorded but follows from the order.

An event names the one event that led to it, its recorded cause. Here are the others: the call a
result answers, paired in order because ids repeat; all results a batch hands on, of which it names
the last; what an imported reply answers, of which its source says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from retold.domain.dialogue.events import (
    EmotionalStateChanged,
    MessageClassified,
    StateTransitioned,
    TransitionRefused,
)
from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.model_call import ModelCallCompleted, ModelCallFailed, ModelCallStarted
from retold.domain.recording import (
    EventRecorded,
    HumanInputRequested,
    MessageEnqueued,
    MessageImported,
    StageFinished,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
)
from retold.projections.payload import (
    batched_results_type,
    call_id,
    calls_of,
    loose_result_types,
    mapping_of,
    model_request_types,
    objects_of,
    plain_text,
    results_of,
    type_of,
)


class Inferred(NamedTuple):
    """A cause that follows from the order of events.

    Attributes:
        version: of the event that led to it, in the same conversation.
        reason: how that follows, in words.
    """

    version: int
    reason: str


@dataclass(slots=True)
class _Call:
    """A tool call, from the response that asks for it to its result."""

    id: str
    asked: int
    made: int | None = None
    answered: int | None = None


class Inference:
    """Follows one conversation, event by event, and infers what led to each.

    It remembers what is still open, not the events: memory grows with neither.
    """

    def __init__(self) -> None:
        self._trigger: int | None = None
        self._response: int | None = None
        self._model_call: int | None = None
        self._question: int | None = None
        self._calls: list[_Call] = []
        self._model_calls: dict[str, int] = {}
        self._turns: dict[str, int] = {}
        self._tasks: dict[str, int] = {}
        self._enqueued: dict[str, int] = {}
        self._label: int | None = None
        # Of an imported conversation: what was said since the last reply, and who made each call.
        self._said: list[int] = []
        self._callers: list[int] = []
        self._rules: dict[str, Callable[[RecordedEvent], Iterable[Inferred]]] = {
            EventRecorded.type: self._recorded,
            MessageImported.type: self._imported,
            MessageEnqueued.type: self._message_enqueued,
            HumanInputRequested.type: self._human_asked,
            ModelCallStarted.type: self._model_called,
            ModelCallCompleted.type: self._model_answered,
            ModelCallFailed.type: self._model_answered,
            MessageClassified.type: self._classified,
            StateTransitioned.type: self._decided_of_message,
            TransitionRefused.type: self._decided_of_message,
            EmotionalStateChanged.type: self._decided_of_message,
            TurnStarted.type: self._turn_begun,
            StageFinished.type: self._in_turn,
            TurnCompleted.type: self._turn_ended,
            TurnFailed.type: self._turn_ended,
            TurnCancelled.type: self._turn_ended,
        }

    def causes_of(self, event: RecordedEvent) -> tuple[Inferred, ...]:
        """Return what led to the next event of the conversation, and take the event in.

        Args:
            event: of the version after the one before; any payload will do.
        """
        rule = self._rules.get(event.type)
        return () if rule is None else tuple(rule(event))

    # AG2's events ----------------------------------------------------------------------------

    def _recorded(self, event: RecordedEvent) -> Iterator[Inferred]:
        payload = mapping_of(event.data.get("event"))
        match type_of(payload):
            case name if name in model_request_types:
                yield from self._request(event)
            case "ag2.ModelResponse":
                yield from self._responded(event, payload)
            case "ag2.ToolCallsEvent":
                yield from _from(self._response, "these are the calls of this response")
            case "ag2.ToolCallEvent":
                yield from self._called(event, payload)
            case name if name in loose_result_types:
                yield from self._answered(event, payload)
            case name if name == batched_results_type:
                yield from self._handed_on(event, payload)
            case "ag2.UsageEvent":
                yield from _from(self._model_call, "these are the tokens of this model call")
            case "ag2.HumanMessage":
                yield from _from(self._question, "this is what the human was asked")
            case "ag2.TaskStarted":
                task = plain_text(payload.get("task_id"))
                self._tasks[task] = event.version
                parent = call_id(payload, "parent_tool_call_id")
                yield from _from(self._newest_call(parent), "this call delegated the task")
            case "ag2.TaskCompleted" | "ag2.TaskFailed" | "ag2.TaskExpired" | "ag2.TaskCancelled":
                begun = self._tasks.pop(plain_text(payload.get("task_id")), None)
                yield from _from(begun, "this is when the task began")

    def _request(self, event: RecordedEvent) -> Iterator[Inferred]:
        self._trigger = event.version
        self._response = self._model_call = None
        delivered = event.data.get("inbox")
        for message in delivered if isinstance(delivered, list | tuple) else ():
            sent = self._enqueued.pop(plain_text(message), None)
            yield from _from(sent, "the request delivers this message")

    def _responded(self, event: RecordedEvent, response: JsonObject) -> Iterator[Inferred]:
        if self._model_call is not None:
            yield Inferred(self._model_call, "this is the answer of this model call")
        else:
            yield from _from(self._trigger, "this was said to the model before")
        self._response = event.version
        # A final tool's result is in no batch.
        self._calls = [call for call in self._calls if call.answered is None]
        self._calls += [_Call(call_id(call, "id"), event.version) for call in calls_of(response)]

    def _called(self, event: RecordedEvent, payload: JsonObject) -> Iterator[Inferred]:
        wanted = call_id(payload, "id")
        for call in self._calls:
            if call.id == wanted and call.made is None and call.answered is None:
                call.made = event.version
                yield Inferred(call.asked, "the response asks for this call")
                return

    def _answered(self, event: RecordedEvent, result: JsonObject) -> Iterator[Inferred]:
        call = self._open_call(call_id(result, "parent_id"))
        if call is not None:
            call.answered = event.version
            yield Inferred(call.made or call.asked, "the first open call of this id")

    def _handed_on(self, event: RecordedEvent, batch: JsonObject) -> Iterator[Inferred]:
        for result in results_of(batch):
            answered = call_id(result, "parent_id")
            loose = next((c for c in self._calls if c.id == answered and c.answered), None)
            if loose is not None and loose.answered is not None:
                self._calls.remove(loose)
                yield Inferred(loose.answered, "the batch hands on this result")
                continue
            call = self._open_call(answered)
            if call is not None:
                self._calls.remove(call)
                yield Inferred(call.made or call.asked, "the first open call of this id")
        self._trigger = event.version
        self._response = self._model_call = None

    def _open_call(self, wanted: str) -> _Call | None:
        return next((c for c in self._calls if c.id == wanted and c.answered is None), None)

    def _newest_call(self, wanted: str) -> int | None:
        newest = next((c for c in reversed(self._calls) if c.id == wanted), None)
        return None if newest is None else newest.made or newest.asked

    # Ours ------------------------------------------------------------------------------------

    def _message_enqueued(self, event: RecordedEvent) -> Iterable[Inferred]:
        self._enqueued[plain_text(event.data.get("message"))] = event.version
        return ()

    def _human_asked(self, event: RecordedEvent) -> Iterable[Inferred]:
        self._question = event.version
        return ()

    def _model_called(self, event: RecordedEvent) -> Iterator[Inferred]:
        self._model_calls[plain_text(event.data.get("call"))] = event.version
        yield from _from(self._trigger, "this was said to the model before")

    def _model_answered(self, event: RecordedEvent) -> Iterator[Inferred]:
        begun = self._model_calls.pop(plain_text(event.data.get("call")), None)
        yield from _from(begun, "this is when the model was called")
        if event.type == ModelCallCompleted.type:
            self._model_call = event.version

    def _classified(self, event: RecordedEvent) -> Iterable[Inferred]:
        self._label = event.version
        return ()

    def _decided_of_message(self, event: RecordedEvent) -> Iterable[Inferred]:
        return _from(self._label, "this is how the message was classified")

    def _turn_begun(self, event: RecordedEvent) -> Iterable[Inferred]:
        self._turns[plain_text(event.data.get("turn"))] = event.version
        return ()

    def _in_turn(self, event: RecordedEvent) -> Iterator[Inferred]:
        begun = self._turns.get(plain_text(event.data.get("turn")))
        yield from _from(begun, "this is when the turn began")

    def _turn_ended(self, event: RecordedEvent) -> Iterator[Inferred]:
        yield from self._in_turn(event)
        self._turns.pop(plain_text(event.data.get("turn")), None)

    # Imported messages -----------------------------------------------------------------------

    def _imported(self, event: RecordedEvent) -> Iterator[Inferred]:
        data = event.data
        if data.get("role") == "assistant":
            for version in self._said:
                yield Inferred(version, "it was said since the reply before")
            self._said.clear()
        else:
            self._said.append(event.version)
        answered = mapping_of(data.get("result")).get("call")
        if type(answered) is int and 0 <= answered < len(self._callers):
            yield Inferred(self._callers[answered], "the call it answers, paired in order")
        self._callers += [event.version for _ in objects_of(data.get("calls"))]


def _from(version: int | None, reason: str) -> tuple[Inferred, ...]:
    return () if version is None else (Inferred(version, reason),)
