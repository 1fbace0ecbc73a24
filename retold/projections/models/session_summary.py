"""What the session list says of one conversation, and the fold that keeps it.

Counting rules. Of an imported conversation: each message is one; its calls and its result are
counted from it; a result failed when the source says so or, where the source has no flag, when the
importer derived it; what its source says it used as a whole is added at its end. Of AG2's own
events: a message is each request to the model, each response with text or tool calls, and each
tool result; calls are those of the responses.
Results are paired in order, because ids repeat: a result answers the first open call of its id,
and the batch AG2 sends after loose results adds only what is still open (the repair of a turn that
died). Tokens come from AG2's usage events alone. What happened stays counted when the history is
replaced or dropped later; of events that were only copied into the history (detached), nothing
but results for open calls counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.recording import (
    ConversationClosed,
    ConversationStarted,
    EventRecorded,
    MessageImported,
    TagsChanged,
    TurnFailed,
    TurnStarted,
    UsageReported,
    conversation_of,
    is_conversation,
)
from retold.projections.payload import (
    added_count,
    added_dollars,
    call_id,
    calls_of,
    dollars,
    error_result_types,
    imported_call_id,
    mapping_of,
    message_text,
    model_request_types,
    objects_of,
    printable,
    results_of,
    token_count,
    type_of,
)

Changes = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """One conversation as the session list shows it. Unknown is None, never zero or now.

    Attributes:
        session: id of the conversation.
        stream: its stream.
        root_session: id of the session it belongs to; its own unless it is nested.
        parent_stream: the stream it hangs on: of the conversation that delegated to it, or of
            the run whose step it is for; None for any other.
        source: who recorded it, ``ag2`` or the name of an importer; None before it started.
        subject: whom it concerns.
        tags: the newest value of each tag.
        agent: name of the agent.
        ag2_stream_id: the UUID AG2 knows it by.
        started_at: when it started by the source's clock, UTC; a time that came without a zone
            is kept as UTC digits.
        started_text: the source's own text of that time, where it was kept.
        ended_at: when it was closed by the source's clock, as ``started_at``.
        ended_text: as ``started_text``.
        recorded_from: when the log took its first event, UTC.
        recorded_to: when the log took its newest event, UTC.
        version: the newest event counted here.
        ended: True once the conversation was closed.
        end_reason: why, when the source says.
        messages: messages, tool results included.
        tool_calls: tool calls the models asked for.
        tool_results: answers to tool calls.
        tool_errors: those of them that failed.
        parallel_call_messages: messages with more than one tool call.
        prompt_tokens: tokens sent to models, as far as known.
        completion_tokens: tokens models produced, as far as known.
        cost_usd: dollars, as far as the source gives them; the exact sum of the numbers given.
        turns: turns begun.
        turns_failed: turns that ended with an error, or were found abandoned.
        open_calls: ids AG2 knows the unanswered calls by, in order.
    """

    session: str
    stream: str
    root_session: str
    recorded_from: datetime
    recorded_to: datetime
    version: int
    parent_stream: str | None = None
    source: str | None = None
    subject: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    agent: str | None = None
    ag2_stream_id: str | None = None
    started_at: datetime | None = None
    started_text: str | None = None
    ended_at: datetime | None = None
    ended_text: str | None = None
    ended: bool = False
    end_reason: str | None = None
    messages: int = 0
    tool_calls: int = 0
    tool_results: int = 0
    tool_errors: int = 0
    parallel_call_messages: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: Decimal | None = None
    turns: int = 0
    turns_failed: int = 0
    open_calls: tuple[str, ...] = ()

    @property
    def nested(self) -> bool:
        """True when another conversation delegated to this one, and has its tokens."""
        return is_conversation(self.parent_stream)

    @property
    def search_text(self) -> str:
        """What a text search looks into: id, subject and tags, without case."""
        tags = (f"{name}={value}" for name, value in self.tags.items())
        return "\n".join([self.session, self.subject or "", *tags]).casefold()


def evolve(row: SessionSummary | None, event: RecordedEvent) -> SessionSummary:
    """Return a conversation's summary after one more of its events.

    Args:
        row: the summary so far; None before the conversation's first event.
        event: of the conversation; types not in :data:`event_types` move only version and time.
    """
    if row is None:
        row = _first(event)
    rule = _rules.get(event.type)
    changes: Changes = {} if rule is None else rule(row, event)
    recorded_to = max(row.recorded_to, event.recorded_at)
    return replace(row, version=event.version, recorded_to=recorded_to, **changes)


def identified(row: SessionSummary, started: RecordedEvent) -> SessionSummary:
    """Return ``row`` with all that a start says but its time, which may be unknown."""
    return replace(row, **_identity(started))


def _first(event: RecordedEvent) -> SessionSummary:
    session = conversation_of(event.stream)
    return SessionSummary(
        session=session,
        stream=event.stream,
        root_session=printable(event.metadata.get("session")) or session,
        recorded_from=event.recorded_at,
        recorded_to=event.recorded_at,
        version=event.version,
    )


def _started(_: SessionSummary, event: RecordedEvent) -> Changes:
    return _identity(event) | {
        "started_at": event.occurred_at,
        "started_text": printable(event.metadata.get("source_time")),
    }


def _identity(event: RecordedEvent) -> Changes:
    data = event.data
    return {
        "parent_stream": printable(mapping_of(data.get("parent")).get("stream")),
        "source": printable(data.get("source")),
        "subject": printable(data.get("subject")),
        "tags": _tags(data),
        "agent": printable(data.get("agent")),
        "ag2_stream_id": printable(data.get("ag2_stream_id")),
    }


def _tags_changed(row: SessionSummary, event: RecordedEvent) -> Changes:
    return {"tags": {**row.tags, **_tags(event.data)}}


def _tags(data: JsonObject) -> dict[str, str]:
    tags = mapping_of(data.get("tags"))
    return {printable(name) or "": printable(value) or "" for name, value in tags.items()}


def _closed(_: SessionSummary, event: RecordedEvent) -> Changes:
    return {
        "ended": True,
        "end_reason": printable(event.data.get("reason")),
        "ended_at": event.occurred_at,
        "ended_text": printable(event.metadata.get("source_time")),
    }


def _message_imported(row: SessionSummary, event: RecordedEvent) -> Changes:
    data = event.data
    calls = sum(1 for _ in objects_of(data.get("calls")))
    numbers = range(row.tool_calls, row.tool_calls + calls)
    open_calls = [*row.open_calls, *map(imported_call_id, numbers)]
    changes: Changes = {
        "messages": row.messages + 1,
        "tool_calls": row.tool_calls + calls,
        "parallel_call_messages": row.parallel_call_messages + (calls > 1),
        **_usage(row, data),
    }
    result = data.get("result")
    if isinstance(result, Mapping):
        changes["tool_results"] = row.tool_results + 1
        changes["tool_errors"] = row.tool_errors + imported_result_failed(result)
        answered = result.get("call")
        if isinstance(answered, int) and imported_call_id(answered) in open_calls:
            open_calls.remove(imported_call_id(answered))
    return changes | {"open_calls": tuple(open_calls)}


def _usage(row: SessionSummary, data: JsonObject) -> Changes:
    prompt, completion = data.get("prompt_tokens"), data.get("completion_tokens")
    return {
        "prompt_tokens": added_count(row.prompt_tokens, token_count(prompt)),
        "completion_tokens": added_count(row.completion_tokens, token_count(completion)),
        "cost_usd": added_dollars(row.cost_usd, dollars(data.get("cost_usd"))),
    }


def imported_result_failed(result: JsonObject) -> bool:
    """Return whether an imported result is a failure: by the source's flag, else by its text."""
    error = result.get("error")
    return error is True if error is not None else result.get("derived_error") is True


def _event_recorded(row: SessionSummary, event: RecordedEvent) -> Changes:
    payload = mapping_of(event.data.get("event"))
    results = results_of(payload)
    if results:
        return _answered(row, results)
    if event.data.get("detached") is True:
        return {}
    match type_of(payload):
        case name if name in model_request_types:
            return {"messages": row.messages + 1}
        case "ag2.ModelResponse":
            return _responded(row, payload)
        case "ag2.UsageEvent":
            usage = mapping_of(payload.get("usage"))
            prompt = token_count(usage.get("prompt_tokens"))
            completion = token_count(usage.get("completion_tokens"))
            return {
                "prompt_tokens": added_count(row.prompt_tokens, prompt),
                "completion_tokens": added_count(row.completion_tokens, completion),
            }
        case _:
            return {}


def _responded(row: SessionSummary, response: JsonObject) -> Changes:
    calls = calls_of(response)
    if not calls and not message_text(response):
        return {}
    return {
        "messages": row.messages + 1,
        "tool_calls": row.tool_calls + len(calls),
        "parallel_call_messages": row.parallel_call_messages + (len(calls) > 1),
        "open_calls": (*row.open_calls, *(call_id(call, "id") for call in calls)),
    }


def _answered(row: SessionSummary, results: tuple[JsonObject, ...]) -> Changes:
    open_calls = list(row.open_calls)
    answers = errors = 0
    for result in results:
        call = call_id(result, "parent_id")
        if call in open_calls:
            open_calls.remove(call)
            answers += 1
            errors += type_of(result) in error_result_types
    if not answers:
        return {}
    return {
        "messages": row.messages + answers,
        "tool_results": row.tool_results + answers,
        "tool_errors": row.tool_errors + errors,
        "open_calls": tuple(open_calls),
    }


_rules: dict[str, Callable[[SessionSummary, RecordedEvent], Changes]] = {
    ConversationStarted.type: _started,
    TagsChanged.type: _tags_changed,
    EventRecorded.type: _event_recorded,
    MessageImported.type: _message_imported,
    UsageReported.type: lambda row, event: _usage(row, event.data),
    ConversationClosed.type: _closed,
    TurnStarted.type: lambda row, _: {"turns": row.turns + 1},
    TurnFailed.type: lambda row, _: {"turns_failed": row.turns_failed + 1},
}
event_types = frozenset(_rules)
