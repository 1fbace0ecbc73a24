"""A conversation recorded from AG2 as OpenAI chat messages."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterator
from typing import Any

from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.recording import EventRecorded
from retold.projections.payload import (
    batched_results_type,
    calls_of,
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


async def native_chat(events: AsyncIterable[RecordedEvent]) -> list[JsonObject]:
    """Return what was said in a conversation, whatever became of its history later.

    As in the session list, a message is each request to the model, each response with text or
    calls, and each tool result; a result is taken where it first answers an open call. Events
    that were only copied into the history add nothing but results for open calls.

    Args:
        events: of the conversation's stream, in order.
    """
    messages: list[JsonObject] = []
    open_calls: list[str] = []
    async for event in events:
        if event.type != EventRecorded.type:
            continue
        payload = mapping_of(event.data.get("event"))
        for result in results_of(payload):
            call = plain_text(result.get("parent_id"))
            if call in open_calls:
                open_calls.remove(call)
                messages.append(
                    {"role": "tool", "tool_call_id": call, "content": result_text(result)}
                )
        if event.data.get("detached") is not True:
            for message in _said(payload):
                messages.append(message)
                open_calls += [call["id"] for call in message.get("tool_calls", ())]
    return messages


def chat_messages(payload: JsonObject) -> Iterator[JsonObject]:
    """Yield what one of AG2's events says to a model, or a model says: request, response, results.

    Args:
        payload: the event; one that is handed on by another, such as a loose result, says nothing.
    """
    if type_of(payload) == batched_results_type:
        for result in results_of(payload):
            call = plain_text(result.get("parent_id"))
            yield {"role": "tool", "tool_call_id": call, "content": result_text(result)}
    else:
        yield from _said(payload)


def _said(payload: JsonObject) -> Iterator[dict[str, Any]]:
    if type_of(payload) in model_request_types:
        yield {"role": "user", "content": _content(payload.get("parts"))}
    elif type_of(payload) == "ag2.ModelResponse":
        text, calls = message_text(payload), calls_of(payload)
        if text or calls:
            response: dict[str, Any] = {"role": "assistant", "content": text}
            if calls:
                response["tool_calls"] = [_call(call) for call in calls]
            yield response


def _call(call: JsonObject) -> dict[str, Any]:
    function = {
        "name": plain_text(call.get("name")),
        "arguments": plain_text(call.get("arguments")),
    }
    return {"id": plain_text(call.get("id")), "type": "function", "function": function}


def _content(parts: object) -> str | list[JsonObject]:
    """Return a text for a single part, as chat messages have it, else a list of parts."""
    content = [_part(part) for part in objects_of(parts)]
    match content:
        case [{"type": "text", "text": str(text)}]:
            return text
        case _:
            return content


def _part(part: JsonObject) -> JsonObject:
    if type_of(part) == "ag2.UrlInput" and "image" in plain_text(part.get("kind")):
        return {"type": "image_url", "image_url": {"url": plain_text(part.get("url"))}}
    # Chat messages have no form for the rest: data is its JSON, a file is named.
    return {"type": "text", "text": parts_text([part])}
