"""Which recorded event led to which, within one conversation."""

from __future__ import annotations

from uuid import UUID

from ag2.events import (
    BaseEvent,
    BuiltinToolCallEvent,
    HumanMessage,
    ModelRequest,
    ModelResponse,
    TaskStarted,
    ToolCallEvent,
    ToolCallsEvent,
    ToolResultEvent,
    ToolResultsEvent,
)
from ag2.events.task_events import TaskEvent

from retold.domain.cache.events import CacheCoalesced, CacheHit
from retold.domain.event import DomainEvent, JsonObject
from retold.domain.model_call import ModelCallCompleted
from retold.domain.recording import HumanInputRequested, TurnStarted
from retold.domain.resilience import ModelFellBack


class Causes:
    """Follows a conversation and names the cause of each next event.

    A request is caused by the turn, a response by the model call or what was sent to it, tool
    calls by the response, a result by its call, a task by the call that delegated, its end by its
    start, a human's answer by the question; anything else by the event before it.

    Attributes:
        answer: what a model answered last, as recorded; None when that was before the last request.
    """

    def __init__(self) -> None:
        self.answer: JsonObject | None = None
        self._turn: UUID | None = None
        self._trigger: UUID | None = None
        self._response: UUID | None = None
        self._batch: UUID | None = None
        self._question: UUID | None = None
        self._last: UUID | None = None
        # A provider's call ids may repeat: the newest call of an id is the one being answered.
        self._calls: dict[str, UUID] = {}
        self._tasks: dict[str, UUID] = {}

    def cause_of(self, event: BaseEvent) -> UUID | None:
        """Return the id of the recorded event that led to ``event``; None when it is the first."""
        match event:
            case ModelRequest():
                cause = self._turn
            case ModelResponse():
                cause = self._response or self._trigger
            case ToolCallsEvent():
                cause = self._response
            case BuiltinToolCallEvent():
                # The provider ran it while it was asked.
                cause = self._last
            case ToolCallEvent():
                cause = self._batch
            case ToolResultEvent():
                cause = self._calls.get(event.parent_id)
            case ToolResultsEvent():
                cause = self._last
            case HumanMessage():
                cause = self._question
            case TaskStarted():
                cause = self._calls.get(event.parent_tool_call_id or "")
            case TaskEvent():
                cause = self._tasks.get(event.task_id)
            case _:
                cause = self._last
        return cause or self._last

    @property
    def last(self) -> UUID | None:
        """Id of the event recorded last."""
        return self._last

    @property
    def response(self) -> UUID | None:
        """Id of the newest response to what was sent last, or of what it came of until then."""
        return self._response

    @property
    def of_model_call(self) -> UUID | None:
        """Id of what is being sent to the model: the last request or tool results."""
        return self._trigger or self._last

    def note(self, event: BaseEvent, event_id: UUID) -> None:
        """Remember that ``event`` was recorded as ``event_id``."""
        self._last = event_id
        match event:
            case ModelRequest() | ToolResultsEvent():
                self._trigger = event_id
                self._response = self.answer = None
            case ModelResponse():
                self._response = event_id
            case ToolCallsEvent():
                self._batch = event_id
            case ToolCallEvent():
                self._calls[event.id] = event_id
            case TaskStarted():
                self._tasks[event.task_id] = event_id
            case _:
                pass

    def note_own(self, event: DomainEvent, event_id: UUID) -> None:
        """Remember that an event of ours was recorded as ``event_id``."""
        match event:
            case TurnStarted():
                self._turn = event_id
            case ModelCallCompleted():
                self._response = event_id
                self.answer = event.response
            case ModelFellBack(to="answer") | CacheHit() | CacheCoalesced():
                # The answer is its effect, as no model gave it.
                self._response = event_id
            case HumanInputRequested():
                self._question = event_id
            case _:
                pass
        self._last = event_id

    def note_last(self, event_id: UUID) -> None:
        """Remember that somebody else recorded ``event_id``."""
        self._last = event_id
