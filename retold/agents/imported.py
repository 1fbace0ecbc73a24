"""Imported messages as AG2 events, so that an AG2 agent can go on with a conversation of others."""

from __future__ import annotations

import json

from ag2.events import (
    BaseEvent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextInput,
    ToolCallEvent,
    ToolCallsEvent,
    ToolResult,
    ToolResultEvent,
    ToolResultsEvent,
    UnknownEvent,
)

from retold.agents.codec import event_codec
from retold.domain.event import RecordedEvent
from retold.domain.recording import MessageImported
from retold.store.codec import JSONValue


def to_ag2_event(recorded: RecordedEvent, first_call: int) -> BaseEvent:
    """Return an imported message as the AG2 event it corresponds to.

    Providers reuse call ids, and AG2 pairs calls with results by id, so calls get ids of their
    place in the conversation: ``call_0``, ``call_1`` and so on.

    Args:
        recorded: a ``conversation.message_imported``.
        first_call: ordinal of the message's first call among all calls of the conversation.

    Returns:
        A request for a user's message, a response for an assistant's, results for a tool's; for
        any other role an ``UnknownEvent``, which AG2 keeps and shows to no model.
    """
    message = MessageImported.from_recorded(recorded)
    created_at = (recorded.occurred_at or recorded.recorded_at).timestamp()
    match message.role:
        case "user":
            return ModelRequest([TextInput(_text(message.content))], created_at=created_at)
        case "assistant":
            calls = [
                ToolCallEvent(
                    call.name,
                    id=f"call_{ordinal}",
                    arguments="{}" if call.arguments is None else _text(call.arguments),
                    created_at=created_at,
                )
                for ordinal, call in enumerate(message.calls, first_call)
            ]
            return ModelResponse(
                None
                if message.content is None
                else ModelMessage(_text(message.content), created_at=created_at),
                tool_calls=ToolCallsEvent(calls, created_at=created_at),
                created_at=created_at,
            )
        case "tool" if message.result is not None and message.result.call is not None:
            result = ToolResultEvent(
                parent_id=f"call_{message.result.call}",
                name=message.result.name,
                result=ToolResult(_text(message.content)),
                created_at=created_at,
            )
            return ToolResultsEvent([result], created_at=created_at)
        case role:
            return UnknownEvent(
                type_name=f"imported.{role}",
                data={"content": event_codec.decode(message.content)},
                created_at=created_at,
            )


def _text(value: JSONValue) -> str:
    """Return text as it came, undoing the codec's marks, and anything else as JSON."""
    decoded = event_codec.decode(value)
    return decoded if isinstance(decoded, str) else json.dumps(decoded, ensure_ascii=False)
