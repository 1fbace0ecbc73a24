"""Changes of the files of a knowledge store: which, when, how large, and by which content."""

from __future__ import annotations

from typing import ClassVar

from retold.domain.event import DomainEvent, EventRegistry

knowledge_category = "knowledge"


class KnowledgeWritten(DomainEvent):
    """A file was written as a whole, in place of what was there.

    Attributes:
        change: number of the change within the store, from 1, without gaps.
        path: of the file, such as ``/channels/1/metadata.json``.
        size: bytes it has now.
        sha256: of its content, 64 hex digits.
    """

    type: ClassVar[str] = "knowledge.written"
    change: int
    path: str
    size: int
    sha256: str


class KnowledgeAppended(DomainEvent):
    """Something was appended to a file, which it began when there was none.

    Attributes:
        change: number of the change within the store, from 1, without gaps.
        path: of the file.
        offset: byte at which it begins in the file.
        size: bytes that were appended.
        sha256: of these bytes, 64 hex digits.
    """

    type: ClassVar[str] = "knowledge.appended"
    change: int
    path: str
    offset: int
    size: int
    sha256: str


class KnowledgeDeleted(DomainEvent):
    """A file was deleted.

    Attributes:
        change: number of the change within the store, from 1, without gaps.
        path: of the file.
        size: bytes it had.
    """

    type: ClassVar[str] = "knowledge.deleted"
    change: int
    path: str
    size: int


def knowledge_stream(name: str) -> str:
    """Return the name of the stream that holds the changes of a store's files."""
    return f"{knowledge_category}-{name}"


knowledge_events = EventRegistry(KnowledgeWritten, KnowledgeAppended, KnowledgeDeleted)
