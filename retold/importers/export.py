"""A session out of the log: as it came, as chat messages, or as its events."""

from __future__ import annotations

import json
from typing import Any

from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.recording import (
    EventRecorded,
    MessageImported,
    conversation_category,
    conversation_of,
    conversation_stream,
)
from retold.errors import ExportFormatUnavailable, InvalidStreamName, SessionNotFound
from retold.importers.chat import native_chat
from retold.importers.formats.openai_chat import OpenAIChat
from retold.importers.formats.tau_bench import TauBench
from retold.importers.imported import ImportedSession, original, read_imported
from retold.importers.keeping import given_back
from retold.store import EventStore

export_formats = ("source", "messages", "events")

# Forms whose messages are chat messages already, and are given back as they came.
_chat_forms = frozenset({TauBench.name, OpenAIChat.name})


async def export_session(store: EventStore, session: str, export_format: str) -> Any:
    """Return a session in the form asked for.

    Args:
        store: the log.
        session: id of the session.
        export_format: ``source``, the record it was imported from, equal to what came in and
            with its keys in their order; ``messages``, as OpenAI chat messages; ``events``, every
            column of its events, those of nested conversations included, in the global order.

    Returns:
        JSON-serialisable: an object or a list, as it came, for ``source``; a list for the others.

    Raises:
        SessionNotFound: when the log has no such session.
        ExportFormatUnavailable: when the format is unknown, or the session was not imported and
            so has no source.
        StoreError: when it cannot be read.
    """
    if export_format not in export_formats:
        raise ExportFormatUnavailable(
            session, export_format, f"the formats are {', '.join(export_formats)}"
        )
    stream = conversation_stream(session)
    try:
        head = await store.head(stream)
    except InvalidStreamName as error:
        raise SessionNotFound(session) from error
    if head is None:
        raise SessionNotFound(session)
    if export_format == "events":
        return await _events(store, session, stream)
    imported = await read_imported(store, session)
    if export_format == "messages":
        if imported is None or _is_of_ag2(imported):
            return await native_chat(store.read_stream(stream))
        return _imported_chat(imported)
    if imported is None:
        raise ExportFormatUnavailable(
            session, export_format, "it was not imported; use 'messages' or 'events'"
        )
    if imported.parent is not None:
        raise ExportFormatUnavailable(
            session,
            export_format,
            f"it is part of {conversation_of(imported.parent)!r}, whose source holds it",
        )
    return imported.record()


async def _events(store: EventStore, session: str, stream: str) -> list[JsonObject]:
    names = {stream}
    async for head in store.streams(category=conversation_category, session=session):
        names.add(head.stream)
    recorded = [event for name in sorted(names) async for event in store.read_stream(name)]
    recorded.sort(key=lambda event: (event.transaction_id, event.position))
    return [event_as_json(event) for event in recorded]


def event_as_json(event: RecordedEvent) -> JsonObject:
    """Return every column of an event, JSON-serialisable: ids as text, times in ISO 8601."""
    return {
        "position": event.position,
        "transaction_id": event.transaction_id,
        "stream": event.stream,
        "version": event.version,
        "event_id": str(event.event_id),
        "type": event.type,
        "schema_version": event.schema_version,
        "data": event.data,
        "metadata": event.metadata,
        "correlation_id": event.correlation_id,
        "causation_id": None if event.causation_id is None else str(event.causation_id),
        "occurred_at": None if event.occurred_at is None else event.occurred_at.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
        "tenant": event.tenant,
        "digest": event.digest.hex(),
    }


def _is_of_ag2(imported: ImportedSession) -> bool:
    return any(isinstance(message, EventRecorded) for message in imported.messages)


def _imported_chat(imported: ImportedSession) -> list[JsonObject]:
    if imported.origin.format in _chat_forms:
        return [original(message) for message in imported.messages]
    messages = [m for m in imported.messages if isinstance(m, MessageImported)]
    call_ids = [call.id for message in messages for call in message.calls]
    return [_chat_message(message, call_ids) for message in messages]


def _chat_message(message: MessageImported, call_ids: list[str | None]) -> JsonObject:
    chat: dict[str, Any] = {"role": message.role, "content": given_back(message.content)}
    if message.calls:
        chat["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": _arguments(call.arguments)},
            }
            for call in message.calls
        ]
    if message.result is not None:
        call = message.result.call
        chat["tool_call_id"] = None if call is None else call_ids[call]
    return chat


def _arguments(arguments: Any) -> str:
    """Return arguments as the JSON text chat messages carry."""
    given = given_back(arguments)
    if isinstance(given, str):
        return given
    return json.dumps({} if given is None else given, ensure_ascii=False)
