"""The spans of a conversation, folded from its stream: turns, model calls, tools, agents nested.

A span is over with the event that ends it. What the span needs of the event that began it is kept
until then, so folding a stream again up to any event gives what is open there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.model_call import ModelCallCompleted, ModelCallFailed, ModelCallStarted
from retold.domain.recording import (
    ConversationStarted,
    EventRecorded,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    conversation_of,
)
from retold.projections.event_facts import metadata_text, root_session_of
from retold.projections.payload import (
    call_id,
    mapping_of,
    plain_text,
    printable,
    result_text,
    results_of,
    token_count,
    type_of,
)
from retold.projections.telemetry import names
from retold.projections.telemetry.derived_span import (
    AttributeValue,
    DerivedSpan,
    Opened,
    error_of,
)
from retold.projections.telemetry.ids import span_id_of, trace_id_of, turn_span_id

_usage = {
    names.GEN_AI_USAGE_INPUT_TOKENS: "prompt_tokens",
    names.GEN_AI_USAGE_OUTPUT_TOKENS: "completion_tokens",
    names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: "cache_read_input_tokens",
    names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS: "cache_creation_input_tokens",
    names.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS: "thinking_tokens",
}
_task_ends = {
    "ag2.TaskCompleted": None,
    "ag2.TaskFailed": names.OTHER,
    "ag2.TaskExpired": names.EXPIRED,
    "ag2.TaskCancelled": names.CANCELLED,
}
_tool_failures = {
    "ag2.ToolErrorEvent": names.OTHER,
    "ag2.ToolNotFoundEvent": names.TOOL_NOT_FOUND,
}
# Model calls whose answer comes with the next events; a conversation has a few at a time.
_most_answered = 256


class ConversationSpans:
    """What is open in a conversation, and the spans of what ended.

    Attributes:
        version: of the last event folded.
    """

    def __init__(self, *, contents: bool = False) -> None:
        """Begin before the first event.

        Args:
            contents: give spans arguments and results of tools, and messages of errors.
        """
        self.version = 0
        self._contents = contents
        # The span that the whole conversation is part of, and the trace of both.
        self._parent: str | None = None
        self._parent_trace: str | None = None
        self._agent: str | None = None
        self._turns: dict[str, Opened] = {}
        self._calls: dict[str, Opened] = {}
        self._tools: dict[str, list[Opened]] = {}
        self._tasks: dict[str, Opened] = {}
        # Of model calls whose response is still to come: ids of the events they ended with.
        self._answered: dict[UUID, None] = {}
        self._folds: dict[str, Callable[[RecordedEvent], Iterator[DerivedSpan]]] = {
            ConversationStarted.type: self._begin,
            TurnStarted.type: self._begin_turn,
            TurnCompleted.type: self._end_turn,
            TurnFailed.type: self._end_turn,
            TurnCancelled.type: self._end_turn,
            ModelCallStarted.type: self._begin_call,
            ModelCallCompleted.type: self._end_call,
            ModelCallFailed.type: self._end_call,
            EventRecorded.type: self._recorded,
        }

    def fold(self, event: RecordedEvent) -> list[DerivedSpan]:
        """Take in the next event of the stream; return the spans that end with it."""
        self.version = event.version
        fold = self._folds.get(event.type)
        return [] if fold is None else list(fold(event))

    # The conversation ---------------------------------------------------------------------------

    def _begin(self, event: RecordedEvent) -> Iterator[DerivedSpan]:
        self._agent = printable(event.data.get("agent"))
        if event.data.get("parent") and event.causation_id is not None:
            # The task or tool call that began it, whose span has the id of that event.
            self._parent = span_id_of(event.causation_id)
            self._parent_trace = trace_id_of(event)
        yield from ()

    def _opened(
        self,
        event: RecordedEvent,
        name: str,
        attributes: Mapping[str, AttributeValue | None],
        *,
        parent: str | None,
        span_id: str | None = None,
        is_client: bool = False,
    ) -> Opened:
        common = {
            names.GEN_AI_CONVERSATION_ID: conversation_of(event.stream),
            names.SESSION_ID: root_session_of(event),
        }
        return Opened.by(
            event,
            name,
            {**common, **attributes},
            parent=parent,
            span_id=span_id,
            is_client=is_client,
        )

    def _above(self, event: RecordedEvent) -> str | None:
        """Return the span that what an event begins is part of."""
        turn = metadata_text(event, "turn")
        if turn is None or (turn not in self._turns and self._is_in_parents_trace(event)):
            return self._parent
        return turn_span_id(turn, event.tenant)

    def _is_in_parents_trace(self, event: RecordedEvent) -> bool:
        # A nested conversation that a later turn goes on with is part of that one's trace.
        return self._parent is not None and trace_id_of(event) == self._parent_trace

    # Turns --------------------------------------------------------------------------------------

    def _begin_turn(self, event: RecordedEvent) -> Iterator[DerivedSpan]:
        turn = plain_text(event.data.get("turn"))
        agent = printable(event.data.get("agent"))
        self._turns[turn] = self._opened(
            event,
            f"{names.INVOKE_AGENT} {agent or ''}".strip(),
            {
                names.GEN_AI_OPERATION_NAME: names.INVOKE_AGENT,
                names.GEN_AI_AGENT_NAME: agent,
                names.RETOLD_TURN: printable(event.data.get("turn")),
            },
            # A step of a workflow has turns of its own, which are part of it.
            parent=self._parent if self._is_in_parents_trace(event) else None,
            span_id=turn_span_id(turn, event.tenant),
        )
        yield from ()

    def _end_turn(self, event: RecordedEvent) -> Iterator[DerivedSpan]:
        turn = plain_text(event.data.get("turn"))
        yield from self._cut_off(turn, event)
        started = self._turns.pop(turn, None)
        if started is None:
            return
        error_type, message = error_of(event, contents=self._contents)
        if event.type == TurnCancelled.type:
            error_type = names.CANCELLED
        elif event.type == TurnFailed.type and error_type is None:
            error_type = names.ABANDONED if event.data.get("abandoned") is True else names.OTHER
        attributes = {names.RETOLD_STAGE: printable(event.data.get("stage"))}
        yield started.ended(event, attributes, error_type=error_type, message=message)

    def _cut_off(self, turn: str, event: RecordedEvent) -> Iterator[DerivedSpan]:
        """Yield the spans of what a turn left open, as when its process was killed."""
        left: list[Opened] = []
        open_tools = {key: list(opened) for key, opened in self._tools.items()}
        for key, opened in open_tools.items():
            left += [one for one in opened if one.turn == turn]
            self._tools[key] = [one for one in opened if one.turn != turn]
        self._tools = {key: opened for key, opened in self._tools.items() if opened}
        for kept in (self._calls, self._tasks):
            for key in [key for key, one in kept.items() if one.turn == turn]:
                left.append(kept.pop(key))
        self._answered.clear()
        why = names.CANCELLED if event.type == TurnCancelled.type else names.ABANDONED
        for one in sorted(left, key=lambda one: one.recorded_us):
            yield one.ended(event, {names.RETOLD_UNFINISHED: True}, error_type=why)

    # Model calls --------------------------------------------------------------------------------

    def _begin_call(self, event: RecordedEvent) -> Iterator[DerivedSpan]:
        model = printable(event.data.get("model"))
        attempt = event.data.get("attempt")
        self._calls[plain_text(event.data.get("call"))] = self._opened(
            event,
            f"{names.CHAT} {model or ''}".strip(),
            {
                names.GEN_AI_OPERATION_NAME: names.CHAT,
                names.GEN_AI_PROVIDER_NAME: printable(event.data.get("provider")),
                names.GEN_AI_REQUEST_MODEL: model,
                names.GEN_AI_AGENT_NAME: metadata_text(event, "agent"),
                names.RETOLD_CALL: printable(event.data.get("call")),
                names.RETOLD_ATTEMPT: attempt if isinstance(attempt, int) else None,
            },
            parent=self._above(event),
            is_client=True,
        )
        yield from ()

    def _end_call(self, event: RecordedEvent) -> Iterator[DerivedSpan]:
        if event.type == ModelCallCompleted.type:
            self._answered[event.event_id] = None
            while len(self._answered) > _most_answered:
                del self._answered[next(iter(self._answered))]
        started = self._calls.pop(plain_text(event.data.get("call")), None)
        if started is None:
            return
        error_type, message = error_of(event, contents=self._contents)
        if event.data.get("outcome") == "cancelled":
            error_type = names.CANCELLED
        yield started.ended(
            event,
            self._answer(mapping_of(event.data.get("response")), mapping_of(event.data)),
            error_type=error_type,
            message=message,
        )

    def _answer(
        self, response: JsonObject, recorded: JsonObject
    ) -> dict[str, AttributeValue | None]:
        """Return what is known of an answer.

        Args:
            response: AG2's ``ModelResponse``; empty when there is none.
            recorded: where the usage and the reason to stop are.
        """
        usage = mapping_of(recorded.get("usage"))
        reason = printable(recorded.get("finish_reason"))
        found: dict[str, AttributeValue | None] = {
            names.GEN_AI_RESPONSE_MODEL: printable(response.get("model")),
            names.GEN_AI_RESPONSE_ID: printable(response.get("response_id")),
            names.GEN_AI_RESPONSE_FINISH_REASONS: None if reason is None else (reason,),
            **{name: token_count(usage.get(count)) for name, count in _usage.items()},
        }
        provider = printable(response.get("provider"))
        if provider is not None:
            found[names.GEN_AI_PROVIDER_NAME] = provider
        return found

    def _only_answered(
        self,
        event: RecordedEvent,
        answer: Mapping[str, AttributeValue | None],
        *,
        agent: str | None,
    ) -> Iterator[DerivedSpan]:
        """Yield the span of a model call known by its answer only: it has no length."""
        model = answer.get(names.GEN_AI_RESPONSE_MODEL)
        opened = self._opened(
            event,
            f"{names.CHAT} {model or ''}".strip(),
            {
                names.GEN_AI_OPERATION_NAME: names.CHAT,
                names.GEN_AI_AGENT_NAME: agent,
                names.RETOLD_ONLY_ANSWER_RECORDED: True,
            },
            parent=self._above(event),
            is_client=True,
        )
        yield opened.ended(event, answer)

    # What AG2 says ------------------------------------------------------------------------------

    def _recorded(self, event: RecordedEvent) -> Iterator[DerivedSpan]:
        payload = mapping_of(event.data.get("event"))
        match type_of(payload):
            case "ag2.ToolCallEvent":
                opened = self._tool(event, payload)
                self._tools.setdefault(call_id(payload, "id"), []).append(opened)
            case "ag2.TaskStarted":
                self._begin_task(event, payload)
            case kind if kind in _task_ends:
                yield from self._end_task(event, payload, _task_ends[kind])
            case "ag2.ModelResponse":
                if self._is_alone(event, payload):
                    answer = self._answer(payload, payload)
                    yield from self._only_answered(
                        event, answer, agent=metadata_text(event, "agent")
                    )
            case _:
                for result in results_of(payload):
                    yield from self._end_tool(event, result)

    def _is_alone(self, event: RecordedEvent, response: JsonObject) -> bool:
        """Return whether a response was a model's, and no model call was recorded for it."""
        if event.causation_id is not None and event.causation_id in self._answered:
            del self._answered[event.causation_id]
            return False
        return event.data.get("detached") is not True and response.get("response_force") is not True

    def _tool(self, event: RecordedEvent, call: JsonObject, span_id: str | None = None) -> Opened:
        tool = plain_text(call.get("name"))
        return self._opened(
            event,
            f"{names.EXECUTE_TOOL} {tool}".strip(),
            {
                names.GEN_AI_OPERATION_NAME: names.EXECUTE_TOOL,
                names.GEN_AI_TOOL_NAME: tool,
                names.GEN_AI_TOOL_TYPE: names.FUNCTION,
                names.GEN_AI_TOOL_CALL_ID: printable(call.get("id")),
                names.GEN_AI_AGENT_NAME: metadata_text(event, "agent") or self._agent,
                names.GEN_AI_TOOL_CALL_ARGUMENTS: (
                    plain_text(call.get("arguments")) if self._contents else None
                ),
            },
            parent=self._above(event),
            span_id=span_id,
        )

    def _end_tool(self, event: RecordedEvent, result: JsonObject) -> Iterator[DerivedSpan]:
        started = self._take_tool(call_id(result, "parent_id"))
        if started is None:
            return
        error_type = _tool_failures.get(type_of(result))
        told = printable(mapping_of(result.get("error")).get("type"))
        if error_type == names.OTHER and told is not None:
            error_type = told.rpartition(".")[2]
        text = result_text(result) if self._contents else None
        yield started.ended(event, {names.GEN_AI_TOOL_CALL_RESULT: text}, error_type=error_type)

    def _take_tool(self, call: str) -> Opened | None:
        # Ids repeat: a result answers the first open call of its id.
        waiting = self._tools.get(call)
        if not waiting:
            return None
        started = waiting.pop(0)
        if not waiting:
            del self._tools[call]
        return started

    def _begin_task(self, event: RecordedEvent, task: JsonObject) -> None:
        agent = printable(task.get("agent_name"))
        parent = self._above(event)
        if any(
            one.event_id == event.causation_id for tools in self._tools.values() for one in tools
        ):
            parent = span_id_of(event.causation_id) if event.causation_id else parent
        self._tasks[plain_text(task.get("task_id"))] = self._opened(
            event,
            f"{names.INVOKE_AGENT} {agent or ''}".strip(),
            {
                names.GEN_AI_OPERATION_NAME: names.INVOKE_AGENT,
                names.GEN_AI_AGENT_NAME: agent,
                names.RETOLD_TASK: printable(task.get("task_id")),
            },
            parent=parent,
        )

    def _end_task(
        self, event: RecordedEvent, task: JsonObject, error_type: str | None
    ) -> Iterator[DerivedSpan]:
        started = self._tasks.pop(plain_text(task.get("task_id")), None)
        if started is None:
            return
        error = mapping_of(task.get("error"))
        told = printable(error.get("type"))
        if error_type == names.OTHER and told is not None:
            error_type = told.rpartition(".")[2]
        message = printable(error.get("message")) if self._contents else None
        yield started.ended(event, error_type=error_type, message=message)
