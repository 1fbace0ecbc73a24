"""The transcript of a conversation: who said what, when, in the order it happened.

It shows what happened, so nothing disappears when the history is replaced or dropped later; a
note says that it was. Calls and results are paired in order by the rules of the session list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

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
from retold.projections.session_summary import imported_result_failed


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
    fold = _Fold()
    for event in events:
        yield from fold.entries(event)


class _Fold:
    """Reads a conversation on, event by event, with the calls that are still open."""

    def __init__(self) -> None:
        self._calls = 0
        self._open: list[tuple[int, str]] = []
        self._rules: dict[str, Callable[[RecordedEvent], Iterable[Entry]]] = {
            MessageImported.type: self._imported,
            EventRecorded.type: self._recorded,
            HumanInputRequested.type: self._asked,
            HistoryReplaced.type: lambda event: [_note(event, "history replaced")],
            HistoryDropped.type: lambda event: [_note(event, "history dropped")],
            TurnFailed.type: lambda event: [_note(event, _failure(event.data))],
            TurnCancelled.type: lambda event: [_note(event, "turn cancelled")],
            ConversationClosed.type: lambda event: [_note(event, _closing(event.data))],
        }

    def entries(self, event: RecordedEvent) -> Iterable[Entry]:
        rule = self._rules.get(event.type)
        return () if rule is None else rule(event)

    def _imported(self, event: RecordedEvent) -> Iterable[Entry]:
        data = event.data
        calls = self._numbered(objects_of(data.get("calls")))
        self._open += [(call.number, imported_call_id(call.number)) for call in calls]
        role, text = plain_text(data.get("role")), content_text(data.get("content"))
        name = _text_or_none(data.get("name"))
        entry = replace(_entry(event, role), name=name, text=text, calls=calls)
        result = data.get("result")
        if isinstance(result, Mapping):
            flagged = result.get("error") is not None
            known = flagged or result.get("derived_error") is not None
            number = result.get("call")
            answers = number if isinstance(number, int) else None
            if answers is not None:
                self._close(imported_call_id(answers))
            entry = replace(
                entry,
                name=_text_or_none(result.get("name")) or name,
                answers=answers,
                error=imported_result_failed(result) if known else None,
                derived=known and not flagged,
            )
        yield entry

    def _recorded(self, event: RecordedEvent) -> Iterable[Entry]:
        payload = mapping_of(event.data.get("event"))
        yield from self._results(event, results_of(payload))
        if event.data.get("detached") is True:
            return
        agent = _text_or_none(event.metadata.get("agent"))
        match type_of(payload):
            case name if name in model_request_types:
                yield replace(_entry(event, "user"), text=parts_text(payload.get("parts")))
            case "ag2.ModelResponse":
                text, asked = message_text(payload) or "", calls_of(payload)
                calls = self._numbered(asked)
                self._open += [
                    (c.number, call_id(a, "id")) for c, a in zip(calls, asked, strict=True)
                ]
                if text or calls:
                    yield replace(_entry(event, "assistant"), name=agent, text=text, calls=calls)
            case "ag2.HumanMessage":
                yield replace(_entry(event, "human"), text=plain_text(payload.get("content")))
            case name if name in _task_notes:
                yield _task_note(event, payload)

    def _asked(self, event: RecordedEvent) -> Iterable[Entry]:
        question = mapping_of(event.data.get("event"))
        yield _note(event, f"asks a human: {plain_text(question.get('content'))}")

    def _results(self, event: RecordedEvent, results: Iterable[JsonObject]) -> Iterator[Entry]:
        for result in results:
            number = self._close(call_id(result, "parent_id"))
            if number is not None:
                yield replace(
                    _entry(event, "tool"),
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
            for number, call in enumerate(calls, self._calls)
        )
        self._calls += len(numbered)
        return numbered

    def _close(self, call_id: str) -> int | None:
        for place, (number, open_id) in enumerate(self._open):
            if open_id == call_id:
                del self._open[place]
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


def _entry(event: RecordedEvent, role: str) -> Entry:
    return Entry(
        version=event.version,
        time=event.occurred_at,
        time_text=_text_or_none(event.metadata.get("source_time")),
        recorded_at=event.recorded_at,
        role=role,
    )


def _note(event: RecordedEvent, text: str) -> Entry:
    return replace(_entry(event, "note"), text=text)


def _task_note(event: RecordedEvent, payload: JsonObject) -> Entry:
    agent = plain_text(payload.get("agent_name"))
    objective = plain_text(payload.get("objective"))
    return _note(event, f"{_task_notes[type_of(payload)]} {agent}: {objective}")


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
