"""A recorded conversation as an importer reads it, whatever form it came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retold.domain.recording import ImportedCall, ImportedResult
from retold.importers.keeping import kept
from retold.importers.reading.document import check_keepable
from retold.importers.reading.record import Record
from retold.importers.reading.source_time import SourceTime
from retold.store.content import content_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMessage:
    """One message as an importer read it.

    Attributes:
        source: the message as it came.
        name: who spoke, when the source says it beside the role.
        content: what it says, where ``source`` has no field of the name ``content``.
        model: that made it, where the source says so outside of the message.
        caused_by: index of the message that led to it, where the source says so.
        result: set for a tool result; which call it answers is found by pairing.
        answered_id: the id of the call it answers, as the provider says.
        time: by the source's clock.
        Others: as in :class:`~retold.domain.recording.MessageImported`.
    """

    source: dict[str, Any]
    role: str
    name: str | None = None
    content: Any = None
    model: str | None = None
    caused_by: int | None = None
    calls: tuple[ImportedCall, ...] = ()
    result: ImportedResult | None = None
    answered_id: str | None = None
    time: SourceTime | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEvent:
    """One event of AG2's own, as AG2 stored it elsewhere.

    Attributes:
        source: the event as it came.
        event: the same by Retold's codec; ``event["$"]`` is its stable type name.
        time: by AG2's clock.
    """

    source: Any
    event: dict[str, Any]
    time: SourceTime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a conversation used as a whole, where its source says it so."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None


unknown_usage = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedConversation:
    """A conversation within another; it becomes a stream of its own.

    Attributes:
        name: the session's id, a slash and this make its id.
        parent: name of the nested conversation it hangs in; None when in the session itself.
        after: index of the parent's message it follows; None when it follows none.
        messages: in order.
        objective: what it was to do, when the source says so.
        agent: name of the agent.
        usage: what it used as a whole.
    """

    name: str
    parent: str | None = None
    after: int | None = None
    messages: Sequence[SourceMessage]
    objective: str | None = None
    agent: str | None = None
    usage: Usage = unknown_usage


@dataclass(frozen=True, slots=True)
class SharedContent:
    """What a file holds once for several conversations.

    Attributes:
        name: key in ``ImportOrigin.shared``.
        kind: kind of the recorded content, such as ``tau2.info``.
        content: as the log keeps it.
        hash: under which the log keeps it.
    """

    name: str
    kind: str
    content: object
    hash: str

    @classmethod
    def of(cls, record: Record, name: str, kind: str) -> SharedContent:
        """Return a record as shared content.

        Raises:
            MalformedRecord: when it could not be given back as it came.
        """
        check_keepable(record.path, record.where, record.value)
        content = kept(record.path, record.where, record.value)
        return cls(name, kind, content, content_hash(kind, content))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConversation:
    """One conversation as an importer read it.

    Attributes:
        format: name of the importer.
        session: its id in the source.
        session_field: field of the record that holds the id.
        path: the file.
        where: JSON path of its record in the file.
        record: the record as it came, messages included.
        messages_at: field of the record that holds the messages; None when the record is the
            list of its messages, or they are derived.
        derived: True when the messages are no part of the record as they are, but were read out
            of it; it is kept whole.
        messages: in order.
        nested: conversations within it; one stands after the one it hangs in.
        started: when it began, by the source's clock.
        ended: when it ended.
        end_reason: why it ended.
        agent: name of the agent.
        tags: for finding the session.
        usage: what it used as a whole.
        shared: contents recorded once and named by the conversation's origin.
        notes: what a reader should know of it, though it was imported.
    """

    format: str
    session: str
    session_field: str
    path: Path
    where: str
    record: Any
    messages_at: str | None = None
    derived: bool = False
    messages: Sequence[SourceMessage | SourceEvent]
    nested: tuple[NestedConversation, ...] = ()
    started: SourceTime | None = None
    ended: SourceTime | None = None
    end_reason: str | None = None
    agent: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    usage: Usage = unknown_usage
    notes: tuple[str, ...] = ()
    shared: tuple[SharedContent, ...] = ()
