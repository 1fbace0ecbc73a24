"""Plain OpenAI chat: ``{"messages": [message, ...]}``, or the bare list of messages.

A file holds one conversation, or several: a JSON list of such objects, or JSON lines with an
object (or a list of messages) on each. JSON lines with a message on each are one conversation.
The id is the record's ``id`` where it has one, else the file's name and its place in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from retold.errors import ImportFailed
from retold.importers.formats.openai_message import read_message
from retold.importers.reading.document import check_keepable
from retold.importers.reading.json_path import item
from retold.importers.reading.record import Record
from retold.importers.source import SourceConversation


class OpenAIChat:
    """The importer for plain OpenAI chat messages."""

    name = "openai-chat"
    form = (
        "an object with messages (a list of objects with role), a list of messages, or a list or "
        "JSON lines of either"
    )
    # Nothing is left of a broken file that only this form has.
    markers: tuple[bytes, ...] = ()

    def recognises(self, document: object) -> bool:
        """Tell whether a document holds a conversation of chat messages, or a list of them."""
        if _is_conversation(document):
            return True
        return isinstance(document, list) and any(map(_is_conversation, document))

    def count(self, document: object) -> int:
        """Return the number of conversations."""
        return len(document) if isinstance(document, list) and not _is_talk(document) else 1

    def read(self, document: object, path: Path) -> Iterator[SourceConversation | ImportFailed]:
        """Yield each conversation, or the error that makes it unusable."""
        entries = [("$", path.stem, document)]
        if isinstance(document, list) and not _is_talk(document):
            entries = [
                (item("$", index), f"{path.stem}#{index}", entry)
                for index, entry in enumerate(document)
            ]
        for where, name, entry in entries:
            try:
                yield _read_conversation(path, where, name, entry)
            except ImportFailed as error:
                yield error


def _is_conversation(value: object) -> bool:
    if isinstance(value, dict):
        # A recorded call has a response beside its messages, and is another form.
        return isinstance(value.get("messages"), list) and "response" not in value
    return _is_talk(value)


def _is_talk(value: object) -> bool:
    return isinstance(value, list) and any(
        isinstance(entry, dict)
        and isinstance(entry.get("role"), str)
        and not entry.keys().isdisjoint({"content", "tool_calls", "function_call"})
        for entry in value
    )


def _read_conversation(path: Path, where: str, name: str, entry: object) -> SourceConversation:
    check_keepable(path, where, entry)
    if isinstance(entry, list):
        messages = [
            Record.of(path, item(where, index), message) for index, message in enumerate(entry)
        ]
        return SourceConversation(
            format=OpenAIChat.name,
            session=name,
            session_field="",
            path=path,
            where=where,
            record=entry,
            messages=[read_message(message) for message in messages],
        )
    record = Record.of(path, where, entry)
    return SourceConversation(
        format=OpenAIChat.name,
        session=record.key("id") if record.value.get("id") is not None else name,
        session_field="id",
        path=path,
        where=where,
        record=record.value,
        messages_at="messages",
        messages=[read_message(message) for message in record.objects("messages")],
    )
