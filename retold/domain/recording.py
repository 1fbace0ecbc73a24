"""What is recorded of a conversation: its start and end, the agents' own events, its turns.

A conversation is one stream, ``conversation-<id>``. The root of a tree of nested conversations is
a session; a nested conversation names its parent and shares the session's id.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from retold.domain.dialogue.events import dialogue_events
from retold.domain.event import DomainEvent, EventRegistry
from retold.domain.model_call import ModelCallCompleted, ModelCallFailed, ModelCallStarted
from retold.domain.upcasting import Upcasters
from retold.domain.value import ErrorInfo, Value

conversation_category = "conversation"


def conversation_stream(conversation: str) -> str:
    """Return the name of a conversation's stream."""
    return f"{conversation_category}-{conversation}"


def conversation_of(stream: str) -> str:
    """Return the id of the conversation a stream holds."""
    return stream.partition("-")[2]


def is_conversation(stream: str | None) -> bool:
    """Return whether a stream holds a conversation; that of a run, for one, does not."""
    return stream is not None and stream.startswith(f"{conversation_category}-")


# The conversation ------------------------------------------------------------------------------


class Parent(Value):
    """Where a nested conversation hangs.

    Attributes:
        stream: the parent conversation's stream; of a step of a workflow, that of the run.
        task_id: AG2's id of the delegated task, when it said so.
        tool_call_id: the tool call that delegated, when there was one.
        objective: what the nested conversation was asked to do.
    """

    stream: str
    task_id: str | None = None
    tool_call_id: str | None = None
    objective: str | None = None


class ImportOrigin(Value):
    """Where an imported conversation came from.

    Attributes:
        format: name of the importer, such as ``tau2``.
        file: name of the file, without its folder.
        record: place of the conversation in the file, as a JSON path.
        document: the conversation's record as it came. Its messages are events of their own; a
            null keeps the place of their field.
        messages_at: field of the record that held the messages; None when the record is the list
            of its messages.
        derived: True when the messages were read out of the document, which is kept whole.
        shared: name to content hash of what the file holds once for all its conversations.
    """

    format: str
    file: str
    record: str
    document: dict[str, Any] = Field(default_factory=dict)
    messages_at: str | None = None
    derived: bool = False
    shared: dict[str, str] = Field(default_factory=dict)


class ConversationStarted(DomainEvent):
    """A conversation began.

    Attributes:
        source: who recorded it: ``ag2``, or the name of an importer.
        ag2_stream_id: the UUID AG2 knows the conversation by.
        subject: whom it concerns, such as ``user:7``.
        agent: name of the agent, when known.
        origin: set when it was imported.
    """

    type: ClassVar[str] = "conversation.started"
    source: str
    ag2_stream_id: str | None = None
    subject: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    agent: str | None = None
    parent: Parent | None = None
    origin: ImportOrigin | None = None


class TagsChanged(DomainEvent):
    """A session's tags were added to or changed; ``tags`` holds the new values only."""

    type: ClassVar[str] = "conversation.tags_changed"
    tags: dict[str, str]


class EventRecorded(DomainEvent):
    """One of AG2's own events, as AG2 handed it to its storage.

    Attributes:
        event: the event by Retold's codec; ``event["$"]`` is its stable type name.
        detached: True when it is not part of the history until a later ``HistoryReplaced``
            refers to it.
        inbox: ids of the enqueued messages this event delivers.
        source: the event as it came, when it was imported from what AG2 itself stored.
    """

    type: ClassVar[str] = "conversation.event_recorded"
    event: dict[str, Any]
    detached: bool = False
    inbox: tuple[str, ...] = ()
    source: Any = None


class HistorySpan(Value):
    """Versions ``first`` to ``last`` of a stream, both included; ``stream`` None is its own."""

    first: int = Field(ge=1)
    last: int = Field(ge=1)
    stream: str | None = None


class HistoryReplaced(DomainEvent):
    """The history was replaced; it now consists of the events referred to, in this order."""

    type: ClassVar[str] = "conversation.history_replaced"
    spans: tuple[HistorySpan, ...]


class HistoryDropped(DomainEvent):
    """The history was dropped: a tombstone, what is recorded later starts anew."""

    type: ClassVar[str] = "conversation.history_dropped"


class VariablesChanged(DomainEvent):
    """Context variables changed; values by Retold's codec."""

    type: ClassVar[str] = "conversation.variables_changed"
    changed: dict[str, Any] = Field(default_factory=dict)
    removed: tuple[str, ...] = ()


class MessageEnqueued(DomainEvent):
    """A message was put into the conversation's inbox for its next model call."""

    type: ClassVar[str] = "conversation.message_enqueued"
    message: str
    parts: tuple[dict[str, Any], ...]


class HumanInputRequested(DomainEvent):
    """An agent asked a human; the answer is an AG2 ``HumanMessage`` recorded later."""

    type: ClassVar[str] = "conversation.human_input_requested"
    event: dict[str, Any]


class ImportedCall(Value):
    """A tool call in an imported message; ``id`` is the provider's and need not be unique."""

    name: str
    id: str | None = None
    arguments: Any = None
    actor: str | None = None


class ImportedResult(Value):
    """What an imported tool message answers.

    Attributes:
        call: ordinal of the call it answers among all calls of the conversation, from 0;
            paired in order, never by the provider's id. None when nothing was asked.
        error: the source's own error flag; None when it has none.
        derived_error: an error read from the text, where the source has no flag.
    """

    name: str | None = None
    call: int | None = None
    error: bool | None = None
    derived_error: bool | None = None


class MessageImported(DomainEvent):
    """One message of a conversation recorded elsewhere.

    Attributes:
        index: place in the conversation, from 0.
        name: who spoke, when the source says it beside the role.
        content: the message's content as it came.
        cost_usd: as the source gives it; None when it gives none.
        source: the message as it came. Its ``content`` is kept once, in the field of that name.

    ``content``, ``source`` and the arguments of calls are by Retold's codec, which leaves JSON as
    it is but for what no database takes, such as lone surrogates, and marks of its own.
    """

    type: ClassVar[str] = "conversation.message_imported"
    index: int = Field(ge=0)
    role: str
    name: str | None = None
    content: Any = None
    calls: tuple[ImportedCall, ...] = ()
    result: ImportedResult | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    source: dict[str, Any]


class UsageReported(DomainEvent):
    """What an imported conversation used as a whole, where its source says it so.

    Attributes:
        prompt_tokens: tokens sent to models.
        completion_tokens: tokens models produced.
        cost_usd: dollars.
    """

    type: ClassVar[str] = "conversation.usage_reported"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None


class ConversationClosed(DomainEvent):
    """A conversation ended; ``reason`` is None when the source does not say why."""

    type: ClassVar[str] = "conversation.closed"
    reason: str | None = None


# A turn ----------------------------------------------------------------------------------------


class Stage(StrEnum):
    """The stages of a turn, in order."""

    BOOTSTRAP = "bootstrap"
    INPUT_NORMALISATION = "input_normalisation"
    EXECUTION = "execution"
    POLICY_CHECKS = "policy_checks"
    OUTPUT_COMPOSITION = "output_composition"
    TELEMETRY = "telemetry"


class TurnStarted(DomainEvent):
    """A turn began; its holder has the lease of the session.

    Attributes:
        turn: id of the turn, a UUIDv7.
        agent: name of the agent asked.
        owner: the process that holds the lease.
        fencing_token: grows with every lease taken on the session; None without a lease.
        implicit: the turn was begun by AG2 on the session's stream, not by ``session.ask``.
    """

    type: ClassVar[str] = "turn.started"
    turn: str
    agent: str | None = None
    owner: str | None = None
    fencing_token: int | None = None
    implicit: bool = False


class StageFinished(DomainEvent):
    """A stage of a turn succeeded or failed.

    Attributes:
        detail: facts of the stage, such as ``{"closed_calls": 1}``.
        error: set when the stage failed.
        duration_ms: milliseconds of wall time by a monotonic clock.
    """

    type: ClassVar[str] = "turn.stage_finished"
    turn: str
    stage: Stage
    ok: bool
    detail: dict[str, Any] = Field(default_factory=dict)
    error: ErrorInfo | None = None
    duration_ms: float | None = None


class TurnCompleted(DomainEvent):
    """A turn gave its reply."""

    type: ClassVar[str] = "turn.completed"
    turn: str
    duration_ms: float | None = None


class TurnFailed(DomainEvent):
    """A turn ended with an error, or was found abandoned by a process that died."""

    type: ClassVar[str] = "turn.failed"
    turn: str
    error: ErrorInfo | None = None
    stage: Stage | None = None
    abandoned: bool = False
    duration_ms: float | None = None


class TurnCancelled(DomainEvent):
    """A turn was cancelled by its caller."""

    type: ClassVar[str] = "turn.cancelled"
    turn: str
    stage: Stage | None = None
    duration_ms: float | None = None


# A content -------------------------------------------------------------------------------------


class ContentRecorded(DomainEvent):
    """A content many events refer to by its SHA-256, recorded once."""

    type: ClassVar[str] = "content.recorded"
    kind: str
    content: Any = None


content_category = "content"


def content_stream(content_hash: str) -> str:
    """Return the name of the stream that holds a content."""
    return f"{content_category}-{content_hash}"


# Older versions of the types of this module and of model_call, to be registered here.
recording_upcasters = Upcasters()

recording_events = EventRegistry(
    ConversationStarted,
    TagsChanged,
    EventRecorded,
    HistoryReplaced,
    HistoryDropped,
    VariablesChanged,
    MessageEnqueued,
    HumanInputRequested,
    MessageImported,
    UsageReported,
    ConversationClosed,
    TurnStarted,
    StageFinished,
    TurnCompleted,
    TurnFailed,
    TurnCancelled,
    ModelCallStarted,
    ModelCallCompleted,
    ModelCallFailed,
    ContentRecorded,
    *dialogue_events,
    upcasters=recording_upcasters,
)
