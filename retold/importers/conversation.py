"""A recorded conversation as events: the same ones, ids included, whenever it is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from retold.domain.event import DomainEvent, Metadata, NewEvent, check_stream_name
from retold.domain.recording import (
    ConversationClosed,
    ConversationStarted,
    EventRecorded,
    ImportedCall,
    ImportOrigin,
    MessageImported,
    Parent,
    UsageReported,
    conversation_stream,
)
from retold.errors import InvalidStreamName, MalformedRecord
from retold.importers.keeping import kept
from retold.importers.pairing import Step, pair
from retold.importers.reading.json_path import item, member
from retold.importers.reading.source_time import SourceTime
from retold.importers.source import (
    NestedConversation,
    SourceConversation,
    SourceEvent,
    SourceMessage,
    Usage,
    unknown_usage,
)
from retold.store.codec import made_plain
from retold.store.row import derived_event_id

_milliseconds_limit = 2**48


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedConversation:
    """One conversation as events, ready to be appended as a stream of its own.

    Attributes:
        session: id of the session it becomes.
        source: what the importer read.
        events: its start, its messages, its end.
        nested: the events of each conversation within it, by stream.
    """

    session: str
    source: SourceConversation
    events: tuple[NewEvent, ...]
    nested: Mapping[str, tuple[NewEvent, ...]]

    @property
    def stream(self) -> str:
        """Name of the conversation's stream."""
        return conversation_stream(self.session)


def to_events(source: SourceConversation, prefix: str = "") -> ImportedConversation:
    """Turn a conversation into events; equal conversations give equal events, ids included.

    Args:
        source: what an importer read.
        prefix: put before the source's id to make the session's id.

    Raises:
        MalformedRecord: when the id cannot be a session's id.
    """
    session = prefix + source.session
    try:
        for name in ("", *(f"/{nested.name}" for nested in source.nested)):
            check_stream_name(conversation_stream(session + name))
    except InvalidStreamName as error:
        raise MalformedRecord(
            source.path,
            source.where,
            source.session_field,
            f"{session!r} cannot be a session id (control characters, surrounding blanks, or "
            "too long)",
        ) from error
    writer = _Writer(source, session)
    return ImportedConversation(
        session=session,
        source=source,
        events=writer.session_events(),
        nested={
            conversation_stream(f"{session}/{nested.name}"): writer.nested_events(nested)
            for nested in source.nested
        },
    )


def event_id(source_format: str, conversation: str, index: int, time: SourceTime | None) -> UUID:
    """Return the id of an imported event: the same whenever and wherever it is imported.

    Args:
        source_format: name of the importer.
        conversation: id of the conversation.
        index: place of the event in its stream, from 0.
        time: by the source's clock; sets the id's time, which is 0 when unknown.
    """
    milliseconds = 0 if time is None else int(time.moment.timestamp() * 1000)
    if not 0 <= milliseconds < _milliseconds_limit:
        milliseconds = 0
    # An id holds no control characters, so the line breaks keep the parts apart.
    return derived_event_id(f"import:{source_format}\n{conversation}\n{index}", milliseconds)


class _Writer:
    """Makes the events of a session and of the conversations within it."""

    def __init__(self, source: SourceConversation, session: str) -> None:
        self._source = source
        self._session = session
        # Ids of each conversation's events, by its name; the session's own is None.
        self._ids: dict[str | None, list[UUID]] = {}

    def session_events(self) -> tuple[NewEvent, ...]:
        source = self._source
        # The messages are events of their own; a null keeps their field's place among the others.
        document: dict[str, Any] = source.record if isinstance(source.record, dict) else {}
        if source.messages_at is not None:
            document = document | {source.messages_at: None}
        started = ConversationStarted(
            source=source.format,
            agent=_plain(source.agent),
            tags={name: made_plain(value) for name, value in source.tags.items()},
            origin=self._origin(document),
        )
        return self._events(
            None,
            messages=source.messages,
            started=started,
            ending=_ending(source.usage, source.end_reason),
            times=(source.started, source.ended),
        )

    def nested_events(self, nested: NestedConversation) -> tuple[NewEvent, ...]:
        """Return the events of a nested conversation; its parent's were made before."""
        parent = self._session if nested.parent is None else f"{self._session}/{nested.parent}"
        started = ConversationStarted(
            source=self._source.format,
            agent=_plain(nested.agent),
            origin=self._origin({}),
            parent=Parent(stream=conversation_stream(parent), objective=_plain(nested.objective)),
        )
        # The first of the parent's ids is that of its start.
        cause = self._ids[nested.parent][0 if nested.after is None else nested.after + 1]
        return self._events(
            nested.name,
            messages=nested.messages,
            started=started,
            ending=_ending(nested.usage),
            times=(None, None),
            cause=cause,
        )

    def _origin(self, document: dict[str, Any]) -> ImportOrigin:
        source = self._source
        return ImportOrigin(
            format=source.format,
            file=made_plain(source.path.name),
            record=source.where,
            document=kept(source.path, source.where, document),
            messages_at=source.messages_at,
            derived=source.derived,
            shared={content.name: content.hash for content in source.shared},
        )

    def _events(
        self,
        name: str | None,
        *,
        messages: Sequence[SourceMessage | SourceEvent],
        started: ConversationStarted,
        ending: Sequence[DomainEvent],
        times: tuple[SourceTime | None, SourceTime | None],
        cause: UUID | None = None,
    ) -> tuple[NewEvent, ...]:
        """Return a conversation's events; ``times`` are those of its start and its end."""
        conversation = self._session if name is None else f"{self._session}/{name}"
        when = [times[0], *(message.time for message in messages), *[times[1]] * len(ending)]
        ids = [
            event_id(self._source.format, conversation, index, time)
            for index, time in enumerate(when)
        ]
        self._ids[name] = ids
        message_ids = ids[1 : 1 + len(messages)]
        # The event that made each call, by the call's ordinal.
        callers = [
            message_id
            for message_id, message in zip(message_ids, messages, strict=True)
            for _ in _calls(message)
        ]
        causes: list[UUID | None] = [cause]
        payloads: list[DomainEvent] = [started]
        answered_calls = _answered_calls(messages)
        for index, (message, answered) in enumerate(zip(messages, answered_calls, strict=True)):
            caller = None if answered is None else callers[answered]
            # A call recorded together with its result was not led to by itself.
            led = None if caller == message_ids[index] else caller
            if isinstance(message, SourceMessage):
                if message.caused_by is not None:
                    led = message_ids[message.caused_by]
                payloads.append(self._message(message, index, answered))
            else:
                payloads.append(self._event(message, index))
            causes.append(led)
        models = [None, *map(_model, messages), *[None] * len(ending)]
        causes += [None] * len(ending)
        payloads += ending
        return tuple(
            payload.to_new_event(
                metadata=_metadata(self._session, time, model),
                event_id=identity,
                correlation_id=self._session,
                causation_id=cause,
                occurred_at=None if time is None else time.moment,
            )
            for payload, identity, cause, time, model in zip(
                payloads, ids, causes, when, models, strict=True
            )
        )

    def _message(self, message: SourceMessage, index: int, answered: int | None) -> MessageImported:
        path, where = self._source.path, self._where(index)
        whole, content = message.source, message.content
        if "content" in whole:
            # Kept once, in a field of its own; a null keeps its place among the others.
            whole, content = whole | {"content": None}, whole["content"]
        return MessageImported(
            index=index,
            role=made_plain(message.role),
            name=_plain(message.name),
            content=kept(path, where, content),
            calls=tuple(
                ImportedCall(
                    name=made_plain(call.name),
                    id=_plain(call.id),
                    arguments=kept(path, where, call.arguments),
                    actor=_plain(call.actor),
                )
                for call in message.calls
            ),
            result=message.result
            and message.result.model_copy(
                update={"call": answered, "name": _plain(message.result.name)}
            ),
            prompt_tokens=message.prompt_tokens,
            completion_tokens=message.completion_tokens,
            cost_usd=message.cost_usd,
            source=kept(path, where, whole),
        )

    def _event(self, event: SourceEvent, index: int) -> EventRecorded:
        where = self._where(index)
        return EventRecorded(event=event.event, source=kept(self._source.path, where, event.source))

    def _where(self, index: int) -> str:
        source = self._source
        if source.messages_at is None:
            return item(source.where, index)
        return item(member(source.where, source.messages_at), index)


def _metadata(session: str, time: SourceTime | None, model: str | None) -> Metadata:
    metadata: Metadata = {"session": session}
    if time is not None:
        metadata["source_time"] = time.text
    if model is not None:
        metadata["model"] = model
    return metadata


def _model(message: SourceMessage | SourceEvent) -> str | None:
    return _plain(message.model) if isinstance(message, SourceMessage) else None


def _ending(usage: Usage, reason: str | None = None) -> list[DomainEvent]:
    closed = ConversationClosed(reason=_plain(reason))
    if usage == unknown_usage:
        return [closed]
    reported = UsageReported(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cost_usd=usage.cost_usd,
    )
    return [reported, closed]


def _calls(message: SourceMessage | SourceEvent) -> tuple[ImportedCall, ...]:
    return message.calls if isinstance(message, SourceMessage) else ()


def _answered_calls(messages: Sequence[SourceMessage | SourceEvent]) -> list[int | None]:
    """Return, for each message, the ordinal of the call it answers."""
    steps = [
        Step(
            calls=tuple(call.id for call in message.calls),
            answers=message.result is not None,
            answered_id=message.answered_id,
        )
        if isinstance(message, SourceMessage)
        else Step()
        for message in messages
    ]
    pairs = pair(steps)
    return [pairs.get(index) for index in range(len(messages))]


def _plain(text: str | None) -> str | None:
    # Names a database cannot store are spelled out; the source keeps them as they came.
    return None if text is None else made_plain(text)
