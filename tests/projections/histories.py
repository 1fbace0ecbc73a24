"""Conversations to fold: as new events for a store, and as recorded ones for pure folds."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from retold.domain.event import NewEvent, RecordedEvent
from retold.domain.recording import (
    ConversationClosed,
    ConversationStarted,
    EventRecorded,
    ImportedCall,
    ImportedResult,
    MessageImported,
    Parent,
    conversation_stream,
)
from retold.projections.models.session_summary import SessionSummary, evolve

epoch = datetime(2026, 1, 1, tzinfo=UTC)


def dice(seed: int) -> random.Random:
    """Return a source of choices that are the same in every run."""
    return random.Random(seed)  # noqa: S311 - choices, not secrets


def recorded(news: Iterable[NewEvent], *, session: str = "s") -> list[RecordedEvent]:
    """Return events as a log would give them, a second apart."""
    return [
        RecordedEvent(
            position=version,
            transaction_id=0,
            stream=conversation_stream(session),
            version=version,
            event_id=new.event_id or UUID(int=version),
            type=new.type,
            schema_version=new.schema_version,
            data=new.data,
            metadata=new.metadata,
            correlation_id=new.correlation_id,
            causation_id=new.causation_id,
            occurred_at=new.occurred_at,
            recorded_at=epoch + timedelta(seconds=version),
            tenant="default",
            digest=b"",
        )
        for version, new in enumerate(news, 1)
    ]


def folded(news: Iterable[NewEvent], *, session: str = "s") -> SessionSummary:
    """Return the summary of a conversation of these events."""
    summary: SessionSummary | None = None
    for event in recorded(news, session=session):
        summary = evolve(summary, event)
    assert summary is not None
    return summary


def started(
    *,
    source: str = "ag2",
    subject: str | None = None,
    tags: dict[str, str] | None = None,
    ag2_stream_id: str | None = None,
    parent: str | None = None,
    session: str | None = None,
    at: datetime | None = None,
    text: str | None = None,
) -> NewEvent:
    """Return the first event of a conversation."""
    metadata = {"session": session, "source_time": text}
    return ConversationStarted(
        source=source,
        subject=subject,
        tags=tags or {},
        ag2_stream_id=ag2_stream_id,
        parent=None if parent is None else Parent(stream=parent),
    ).to_new_event(
        metadata={name: value for name, value in metadata.items() if value is not None},
        occurred_at=at,
    )


def closed(
    reason: str | None = None, *, at: datetime | None = None, text: str | None = None
) -> NewEvent:
    """Return the last event of a conversation."""
    metadata = {} if text is None else {"source_time": text}
    return ConversationClosed(reason=reason).to_new_event(metadata=metadata, occurred_at=at)


def message(
    role: str = "user",
    *,
    calls: int = 0,
    result: ImportedResult | None = None,
    tokens: tuple[int | None, int | None] = (None, None),
    cost: float | None = None,
    content: Any = "text",
    at: datetime | None = None,
) -> NewEvent:
    """Return an imported message."""
    return MessageImported(
        index=0,
        role=role,
        content=content,
        calls=tuple(ImportedCall(name="tool", id="x", arguments={"n": n}) for n in range(calls)),
        result=result,
        prompt_tokens=tokens[0],
        completion_tokens=tokens[1],
        cost_usd=cost,
        source={"role": role},
    ).to_new_event(occurred_at=at)


def ag2(event: dict[str, Any], *, detached: bool = False, at: datetime | None = None) -> NewEvent:
    """Return one of AG2's events, as Retold records it."""
    return EventRecorded(event=event, detached=detached).to_new_event(
        metadata={"agent": "support"}, occurred_at=at
    )


def request(text: str = "hello", *, drained: bool = False) -> dict[str, Any]:
    """Return a ``ModelRequest``."""
    name = "ag2.DrainedModelRequest" if drained else "ag2.ModelRequest"
    return {"$": name, "parts": [{"$": "ag2.TextInput", "content": text}]}


def response(text: str | None = None, *, calls: Sequence[str] = ()) -> dict[str, Any]:
    """Return a ``ModelResponse`` that asks for tools by these call ids."""
    return {
        "$": "ag2.ModelResponse",
        "message": None if text is None else {"$": "ag2.ModelMessage", "content": text},
        "tool_calls": {
            "$": "ag2.ToolCallsEvent",
            "calls": [
                {"$": "ag2.ToolCallEvent", "id": call, "name": "tool", "arguments": "{}"}
                for call in calls
            ],
        },
        "usage": {"$": "ag2.Usage", "prompt_tokens": 900, "completion_tokens": 900},
    }


def result(call: str, text: str = "42", *, kind: str = "ag2.ToolResultEvent") -> dict[str, Any]:
    """Return a ``ToolResultEvent``, or one of its failures."""
    part = {"$": "ag2.TextInput", "content": text}
    return {
        "$": kind,
        "parent_id": call,
        "name": "tool",
        "result": {"$": "ag2.ToolResult", "parts": [part]},
    }


def results(*of: dict[str, Any]) -> dict[str, Any]:
    """Return a ``ToolResultsEvent``."""
    return {"$": "ag2.ToolResultsEvent", "results": list(of)}


def usage(
    prompt: float | None, completion: float | None, *, kind: str = "model_call"
) -> dict[str, Any]:
    """Return a ``UsageEvent``."""
    tokens = {"$": "ag2.Usage", "prompt_tokens": prompt, "completion_tokens": completion}
    return {"$": "ag2.UsageEvent", "usage": tokens, "kind": kind}


tool_turn = [
    ag2(request()),
    ag2(response(calls=["a"])),
    ag2({"$": "ag2.ToolCallsEvent", "calls": [{"$": "ag2.ToolCallEvent", "id": "a"}]}),
    ag2({"$": "ag2.ToolCallEvent", "id": "a"}),
    ag2(result("a")),
    ag2(results(result("a"))),
    ag2(usage(7, 3)),
    ag2(response("done")),
]
