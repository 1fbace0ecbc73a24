"""Recorded calls of a model client of AutoGen, each with its request and its answer.

The file is ``[{mode, messages, response: {content, usage, finish_reason, cached}, stream}]``. Each
call is a session of its own: it holds all it was asked, and knows nothing of the calls before. It
is tagged with the file's name and its number, by which calls can be put in order again; some ask
the same. The form has no times.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retold.domain.recording import ImportedCall, ImportedResult
from retold.errors import ImportFailed
from retold.importers.reading.document import check_keepable
from retold.importers.reading.json_path import item, member
from retold.importers.reading.record import Record
from retold.importers.source import SourceConversation, SourceMessage

_own_fields = frozenset({"messages", "response"})
_roles = {
    "SystemMessage": "system",
    "UserMessage": "user",
    "AssistantMessage": "assistant",
    "FunctionExecutionResultMessage": "tool",
}


class LLMRecording:
    """The importer for recorded calls of a model client."""

    name = "autogen-llm"
    form = "a list of objects with mode, messages and response"
    markers = (b'"finish_reason"', b'"UserMessage"')

    def recognises(self, document: object) -> bool:
        """Tell whether an entry of a list has a request and a response."""
        return isinstance(document, list) and any(
            isinstance(entry, dict)
            and entry.keys() >= _own_fields
            and not entry.keys().isdisjoint({"mode", "stream"})
            for entry in document
        )

    def count(self, document: object) -> int:
        """Return the number of calls."""
        return len(document) if isinstance(document, list) else 0

    def read(self, document: object, path: Path) -> Iterator[SourceConversation | ImportFailed]:
        """Yield each call, or the error that makes it unusable."""
        for index, entry in enumerate(document if isinstance(document, list) else ()):
            try:
                yield _read_call(path, index, entry)
            except ImportFailed as error:
                yield error


def _read_call(path: Path, index: int, entry: object) -> SourceConversation:
    where = item("$", index)
    check_keepable(path, where, entry)
    record = Record.of(path, where, entry)
    messages = [message for asked in record.objects("messages") for message in _asked(asked)]
    response = record.optional_object("response")
    if response is None:
        raise record.expected("response", "an object")
    answer = _answer(response)
    return SourceConversation(
        format=LLMRecording.name,
        session=f"{path.stem}#{index}",
        session_field="",
        path=path,
        where=where,
        record=record.value,
        derived=True,
        messages=[*messages, answer],
        end_reason=response.optional_text("finish_reason"),
        tags={"recording": path.stem, "call": str(index)},
    )


def _asked(message: Record) -> Iterator[SourceMessage]:
    """Yield a message of the request; one for each result, where it holds several."""
    kind = message.text("type")
    role = _roles.get(kind, kind)
    content = message.value.get("content")
    match content:
        case [dict(), *_] if role == "tool":
            for result in message.objects("content"):
                yield SourceMessage(
                    source=result.value,
                    role=role,
                    result=ImportedResult(
                        name=result.optional_text("name"), error=result.optional_flag("is_error")
                    ),
                    answered_id=result.optional_text("call_id"),
                )
        case None | str() | list():
            yield SourceMessage(source=message.value, role=role, calls=_calls(message))
        case _:
            raise message.expected("content", "a text, a list or null")


def _answer(response: Record) -> SourceMessage:
    content = response.value.get("content")
    if content is not None and not isinstance(content, str | list):
        raise response.expected("content", "a text, a list of calls or null")
    usage = response.optional_object("usage")
    response.optional_flag("cached")
    return SourceMessage(
        source=response.value,
        role="assistant",
        calls=_calls(response),
        prompt_tokens=usage.optional_count("prompt_tokens") if usage else None,
        completion_tokens=usage.optional_count("completion_tokens") if usage else None,
    )


def _calls(message: Record) -> tuple[ImportedCall, ...]:
    """Return the calls an assistant's content is a list of; other lists are parts."""
    content: Any = message.value.get("content")
    if not isinstance(content, list):
        return ()
    where = member(message.where, "content")
    calls = [
        Record.of(message.path, item(where, index), part)
        for index, part in enumerate(content)
        if isinstance(part, dict) and part.keys() >= {"name", "arguments"}
    ]
    return tuple(
        ImportedCall(
            name=call.text("name"),
            id=call.optional_text("id"),
            arguments=call.value.get("arguments"),
        )
        for call in calls
    )
