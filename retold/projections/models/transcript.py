"""The transcript of a conversation: who said what, when, in the order it happened.

It shows what happened, so nothing disappears when the history is replaced or dropped later; a
note says that it was. Calls and results are paired in order by the rules of the session list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.recording import (
    ConversationClosed,
    EventRecorded,
    HistoryDropped,
    HistoryReplaced,
    HumanInputRequested,
    MessageImported,
    TurnCancelled,
    TurnFailed,
)
from retold.projections.models.session_summary import imported_result_failed
from retold.projections.payload import (
    call_id,
    calls_of,
    error_result_types,
    imported_call_id,
    mapping_of,
    message_text,
    model_request_types,
    objects_of,
    parts_text,
    plain_text,
    result_text,
    results_of,
    type_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool call in a message.

    Attributes:
        number: ordinal among all calls of the conversation, from 0.
        name: name of the tool.
        id: the provider's id, which may occur more than once; None when it gives none.
        arguments: as compact JSON, or the text that stands for it.
    """

    number: int
    name: str
    id: str | None
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a transcript.

    Attributes:
        version: version of the event it is from.
        time: when it happened by the source's clock, UTC; None when unknown.
        time_text: the source's own text of that time, where it was kept.
        recorded_at: when the log took it, UTC.
        role: ``user``, ``assistant``, ``tool``, ``human``, a role of the source's own, or
            ``note`` for what is no message.
        name: name of the agent or the tool, when known.
        text: what was said.
        calls: tool calls in it.
        answers: ordinal of the call a tool result answers; None when it answers none.
        error: whether a tool result is a failure; None for what is no result or has no flag.
        derived: True when ``error`` was read from the text, because the source has no flag.
    """

    version: int
    time: datetime | None
    time_text: str | None
    recorded_at: datetime
    role: str
    name: str | None = None
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    answers: int | None = None
    error: bool | None = None
    derived: bool = False


def transcript(events: Iterable[RecordedEvent]) -> Iterator[Entry]:
    """Yield the transcript of one conversation.

    Args:
        events: of its stream from the first on, in version order; cut them off where the
            transcript shall end.
    """
    reader = TranscriptReader()
    for event in events:
        yield from reader.entries(event)


class TranscriptReader:
    """Reads a conversation on, event by event, with the calls that are still open.

    Attributes:
        calls: how many calls there were so far.
        open_calls: number and id of those without an answer, in order.
    """

    __slots__ = ("calls", "open_calls")

    def __init__(self, calls: int = 0, open_calls: Iterable[tuple[int, str]] = ()) -> None:
        """Begin a conversation, or go on where another reader was."""
        self.calls = calls
        self.open_calls = list(open_calls)

    def entries(self, event: RecordedEvent) -> Iterable[Entry]:
        """Return or yield what one more event adds, which must be taken before the next one.

        Args:
            event: of the conversation; types not in :data:`event_types` add nothing.
        """
        match event.type:
            case EventRecorded.type:
                return self._recorded(event)
            case MessageImported.type:
                return self._imported(event)
            case name if name in _notes:
                return [_note(event, _notes[name](event.data))]
            case _:
                return ()

    def _imported(self, event: RecordedEvent) -> Iterable[Entry]:
        data = event.data
        calls = self._numbered(objects_of(data.get("calls")))
        self.open_calls += [(call.number, imported_call_id(call.number)) for call in calls]
        role, text = plain_text(data.get("role")), content_text(data.get("content"))
        name = _text_or_none(data.get("name"))
        answer = self._imported_answer(data.get("result"), name)
        yield _entry(event, role, **({"name": name} | answer), text=text, calls=calls)

    def _imported_answer(self, result: object, name: str | None) -> dict[str, Any]:
        if not isinstance(result, Mapping):
            return {}
        flagged = result.get("error") is not None
        known = flagged or result.get("derived_error") is not None
        number = result.get("call")
        answers = number if isinstance(number, int) else None
        if answers is not None:
            self._close(imported_call_id(answers))
        return {
            "name": _text_or_none(result.get("name")) or name,
            "answers": answers,
            "error": imported_result_failed(result) if known else None,
            "derived": known and not flagged,
        }

    def _recorded(self, event: RecordedEvent) -> Iterable[Entry]:
        payload = mapping_of(event.data.get("event"))
        yield from self._results(event, results_of(payload))
        if event.data.get("detached") is True:
            return
        agent = _text_or_none(event.metadata.get("agent"))
        match type_of(payload):
            case name if name in model_request_types:
                yield _entry(event, "user", text=parts_text(payload.get("parts")))
            case "ag2.ModelResponse":
                text, asked = message_text(payload) or "", calls_of(payload)
                calls = self._numbered(asked)
                self.open_calls += [
                    (c.number, call_id(a, "id")) for c, a in zip(calls, asked, strict=True)
                ]
                if text or calls:
                    yield _entry(event, "assistant", name=agent, text=text, calls=calls)
            case "ag2.HumanMessage":
                yield _entry(event, "human", text=plain_text(payload.get("content")))
            case name if name in _task_notes:
                yield _task_note(event, payload)

    def _results(self, event: RecordedEvent, results: Iterable[JsonObject]) -> Iterator[Entry]:
        for result in results:
            number = self._close(call_id(result, "parent_id"))
            if number is not None:
                yield _entry(
                    event,
                    "tool",
                    name=_text_or_none(result.get("name")),
                    text=result_text(result),
                    answers=number,
                    error=type_of(result) in error_result_types,
                )

    def _numbered(self, calls: Iterable[JsonObject]) -> tuple[ToolCall, ...]:
        numbered = tuple(
            ToolCall(
                number=number,
                name=plain_text(call.get("name")),
                id=_text_or_none(call.get("id")),
                arguments=plain_text(call.get("arguments")),
            )
            for number, call in enumerate(calls, self.calls)
        )
        self.calls += len(numbered)
        return numbered

    def _close(self, call_id: str) -> int | None:
        for place, (number, open_id) in enumerate(self.open_calls):
            if open_id == call_id:
                del self.open_calls[place]
                return number
        return None


_task_notes = {
    "ag2.TaskStarted": "delegates to",
    "ag2.TaskCompleted": "delegated task done by",
    "ag2.TaskFailed": "delegated task failed at",
    "ag2.TaskExpired": "delegated task expired at",
    "ag2.TaskCancelled": "delegated task cancelled at",
}


def content_text(content: object) -> str:
    """Return an imported message's content as text: a string, or the texts of its parts."""
    if isinstance(content, list | tuple):
        return "\n".join(
            plain_text(part["text"]) if isinstance(part.get("text"), str) else plain_text(part)
            for part in objects_of(content)
        )
    return plain_text(content)


def _entry(event: RecordedEvent, role: str, **fields: Any) -> Entry:
    return Entry(
        version=event.version,
        time=event.occurred_at,
        time_text=_text_or_none(event.metadata.get("source_time")),
        recorded_at=event.recorded_at,
        role=role,
        **fields,
    )


def _note(event: RecordedEvent, text: str) -> Entry:
    return _entry(event, "note", text=text)


def _task_note(event: RecordedEvent, payload: JsonObject) -> Entry:
    agent = plain_text(payload.get("agent_name"))
    objective = plain_text(payload.get("objective"))
    return _note(event, f"{_task_notes[type_of(payload)]} {agent}: {objective}")


def _asking(data: JsonObject) -> str:
    return f"asks a human: {plain_text(mapping_of(data.get('event')).get('content'))}"


def _failure(data: JsonObject) -> str:
    error = mapping_of(data.get("error"))
    what = "turn abandoned" if data.get("abandoned") is True else "turn failed"
    return (
        f"{what}: {plain_text(error.get('type'))}: {plain_text(error.get('message'))}"
        if error
        else what
    )


def _closing(data: JsonObject) -> str:
    reason = _text_or_none(data.get("reason"))
    return "closed" if reason is None else f"closed: {reason}"


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


_notes: dict[str, Callable[[JsonObject], str]] = {
    HumanInputRequested.type: _asking,
    HistoryReplaced.type: lambda _: "history replaced",
    HistoryDropped.type: lambda _: "history dropped",
    TurnFailed.type: _failure,
    TurnCancelled.type: lambda _: "turn cancelled",
    ConversationClosed.type: _closing,
}
event_types = frozenset({MessageImported.type, EventRecorded.type, *_notes})
