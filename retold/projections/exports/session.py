"""A session out of the log: as it came, as chat messages, as its events, to read, or as spans."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, get_args, overload

from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.model_call import ModelCallStarted
from retold.domain.recording import (
    EventRecorded,
    MessageImported,
    conversation_category,
    conversation_of,
    conversation_stream,
)
from retold.errors import (
    ContentNotFound,
    ExportFormatUnavailable,
    InvalidStreamName,
    SessionNotFound,
)
from retold.projections.exports.chat import native_chat
from retold.projections.exports.document import Document, document_of
from retold.projections.exports.html import to_html
from retold.projections.exports.imported import (
    ImportedSession,
    given_back,
    original,
    read_imported,
)
from retold.projections.exports.markdown import to_markdown
from retold.projections.exports.spans import to_spans
from retold.projections.payload import objects_of
from retold.store.content import read_content
from retold.store.log import EventStore

ExportFormat = Literal["source", "messages", "events", "jsonl", "markdown", "html", "spans", "otlp"]
Exported = JsonObject | list[JsonObject] | list[Any] | str
export_formats: tuple[str, ...] = get_args(ExportFormat)
_aliases = {"jsonl": "events", "otlp": "spans"}

# Forms whose messages are chat messages already, and are given back as they came.
_chat_forms = frozenset({"tau-bench", "openai-chat"})
_hashes = ("prompt_hash", "tools_hash", "parameters_hash")


@overload
async def export_session(
    store: EventStore, session: str, export_format: Literal["spans", "otlp"]
) -> JsonObject: ...
@overload
async def export_session(
    store: EventStore, session: str, export_format: Literal["source"]
) -> JsonObject | list[Any]: ...
@overload
async def export_session(
    store: EventStore, session: str, export_format: Literal["messages", "events", "jsonl"]
) -> list[JsonObject]: ...
@overload
async def export_session(
    store: EventStore, session: str, export_format: Literal["markdown", "html"]
) -> str: ...
@overload
async def export_session(store: EventStore, session: str, export_format: str) -> Exported: ...
async def export_session(store: EventStore, session: str, export_format: str) -> Exported:
    """Return a session in the form asked for.

    Args:
        store: the log.
        session: id of the session.
        export_format: ``source``, the record it was imported from, equal to what came in and
            with its keys in their order; ``messages``, as OpenAI chat messages; ``events``, every
            column of its events, those of nested conversations included, in the global order,
            also called ``jsonl`` after how they are written;
            ``markdown`` and ``html``, a transcript to read, nested conversations after their
            parents; ``spans``, OpenTelemetry spans in OTLP's JSON form with OpenInference's
            attribute names, also called ``otlp``.

    Returns:
        Text for ``markdown`` and ``html``; otherwise JSON-serialisable: an object or a list, as it
        came, for ``source``, an object for ``spans``, a list for the others.

    Raises:
        SessionNotFound: when the log has no such session.
        ExportFormatUnavailable: when the format is unknown, or the session has no source of its
            own: it was not imported, or is nested in one that was.
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
    export_format = canonical_format(export_format)
    match export_format:
        case "events":
            return [event_as_json(event) for event in await _events(store, session, stream)]
        case "markdown":
            return to_markdown(await _documents(store, session, stream))
        case "html":
            return to_html(await _documents(store, session, stream))
        case "spans":
            documents = await _documents(store, session, stream)
            contents = await _contents(store, documents)
            return to_spans(documents, contents, scope_version=_own_version())
    imported = await read_imported(store, session)
    if export_format == "messages":
        if imported is None or _is_of_ag2(imported):
            return await native_chat(store.read_stream(stream))
        return _imported_chat(imported)
    if imported is None:
        raise ExportFormatUnavailable(
            session, export_format, "it was not imported; use 'messages' or another format"
        )
    if imported.parent is not None:
        raise ExportFormatUnavailable(
            session,
            export_format,
            f"it is part of {conversation_of(imported.parent)!r}, whose source holds it",
        )
    record: JsonObject | list[Any] = imported.record()
    return record


def canonical_format(export_format: str) -> str:
    """Return the first name of a format that has two."""
    return _aliases.get(export_format, export_format)


async def _events(store: EventStore, session: str, stream: str) -> list[RecordedEvent]:
    names = {stream}
    async for head in store.streams(category=conversation_category, session=session):
        names.add(head.stream)
    recorded = [event for name in sorted(names) async for event in store.read_stream(name)]
    recorded.sort(key=lambda event: (event.epoch, event.transaction_id, event.position))
    return recorded


async def _documents(store: EventStore, session: str, stream: str) -> list[Document]:
    """Return the session's conversation, then those nested in it in the order they began."""
    nested = [
        head.stream
        async for head in store.streams(category=conversation_category, session=session)
        if head.stream != stream
    ]
    conversations = [
        [event async for event in store.read_stream(name)] for name in (stream, *nested)
    ]
    root, *others = (document_of(events) for events in conversations if events)
    others.sort(key=lambda d: (d.events[0].epoch, d.events[0].transaction_id, d.events[0].position))
    return [root, *others]


async def _contents(store: EventStore, documents: Sequence[Document]) -> dict[str, Any]:
    """Return what the model calls refer to by hash, as far as the log holds it."""
    calls = [e.data for d in documents for e in d.events if e.type == ModelCallStarted.type]
    wanted = {call.get(name) for call in calls for name in _hashes}
    wanted |= {span.get("content") for call in calls for span in objects_of(call.get("messages"))}
    contents: dict[str, Any] = {}
    for digest in wanted:
        if isinstance(digest, str):
            try:
                contents[digest] = await read_content(store, digest)
            except (ContentNotFound, InvalidStreamName):
                continue
    return contents


def _own_version() -> str:
    try:
        return version("retold")
    except PackageNotFoundError:  # a source tree that was never installed
        return "0+unknown"


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
