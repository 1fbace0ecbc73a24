"""An imported session read back from the log: its record and messages as they came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from retold.domain.recording import (
    ConversationStarted,
    EventRecorded,
    ImportOrigin,
    MessageImported,
    conversation_stream,
)
from retold.store.codec import Codec, TypeRegistry
from retold.store.log import EventStore

# No type is registered: an import file holds JSON, and whatever looks like a record in it is data.
json_codec = Codec(TypeRegistry())


def given_back(value: Any) -> Any:
    """Return a part of an import file as it came, from the form the log keeps."""
    return json_codec.decode(value)


@dataclass(frozen=True, slots=True)
class ImportedSession:
    """An imported session.

    Attributes:
        origin: where it came from.
        messages: the recorded messages, in order.
        parent: stream of the conversation it is nested in; None for a session.
    """

    origin: ImportOrigin
    messages: tuple[MessageImported | EventRecorded, ...]
    parent: str | None = None

    def record(self) -> Any:
        """Return the conversation's record as it came, order of keys included."""
        document: dict[str, Any] = given_back(self.origin.document)
        if self.origin.derived:
            return document
        messages = [original(message) for message in self.messages]
        if self.origin.messages_at is None:
            return messages
        document[self.origin.messages_at] = messages
        return document


def original(message: MessageImported | EventRecorded) -> Any:
    """Return a message as it came, order of keys included."""
    if isinstance(message, EventRecorded):
        return given_back(message.source)
    source: dict[str, Any] = given_back(message.source)
    if "content" in source:
        source["content"] = given_back(message.content)
    return source


async def read_imported(store: EventStore, session: str) -> ImportedSession | None:
    """Return an imported session, or None when there is none of that id.

    Args:
        store: the log.
        session: id of the session.

    Raises:
        InvalidEventData: when an event of it does not fit its type.
        StoreError: when it cannot be read.
    """
    origin: ImportOrigin | None = None
    parent: str | None = None
    messages: list[MessageImported | EventRecorded] = []
    async for event in store.read_stream(conversation_stream(session), missing_ok=True):
        if event.type == ConversationStarted.type:
            started = ConversationStarted.from_recorded(event)
            origin = started.origin
            parent = None if started.parent is None else started.parent.stream
        elif event.type == MessageImported.type:
            messages.append(MessageImported.from_recorded(event))
        elif event.type == EventRecorded.type and event.data.get("source") is not None:
            # What an agent went on with after the import has no source.
            messages.append(EventRecorded.from_recorded(event))
    return None if origin is None else ImportedSession(origin, tuple(messages), parent)
