"""A recorded conversation as events: the same ones, ids included, whenever it is imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from retold.domain.event import DomainEvent, Metadata, NewEvent, check_stream_name
from retold.domain.recording import (
    ConversationClosed,
    ConversationStarted,
    ImportedCall,
    ImportOrigin,
    MessageImported,
    conversation_stream,
)
from retold.errors import InvalidStreamName, MalformedRecord
from retold.importers.keeping import kept
from retold.importers.pairing import Step, pair
from retold.importers.reading.json_path import item, member
from retold.importers.reading.source_time import SourceTime
from retold.importers.source import SourceConversation, SourceMessage
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
    """

    session: str
    source: SourceConversation
    events: tuple[NewEvent, ...]

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
        check_stream_name(conversation_stream(session))
    except InvalidStreamName as error:
        raise MalformedRecord(
            source.path,
            source.where,
            source.session_field,
            f"{session!r} cannot be a session id (control characters, surrounding blanks, or "
            "too long)",
        ) from error
    return ImportedConversation(session=session, source=source, events=_events(source, session))


def event_id(source_format: str, session: str, index: int, time: SourceTime | None) -> UUID:
    """Return the id of an imported event: the same whenever and wherever it is imported.

    Args:
        source_format: name of the importer.
        session: id of the session.
        index: place of the event in its stream, from 0.
        time: by the source's clock; sets the id's time, which is 0 when unknown.
    """
    milliseconds = 0 if time is None else int(time.moment.timestamp() * 1000)
    if not 0 <= milliseconds < _milliseconds_limit:
        milliseconds = 0
    # A session id holds no control characters, so the line breaks keep the parts apart.
    return derived_event_id(f"import:{source_format}\n{session}\n{index}", milliseconds)


def _events(source: SourceConversation, session: str) -> tuple[NewEvent, ...]:
    times = [source.started, *(message.time for message in source.messages), source.ended]
    ids = [event_id(source.format, session, index, time) for index, time in enumerate(times)]
    message_ids = ids[1:-1]
    # The event that made each call, by the call's ordinal.
    callers = [
        message_id
        for message_id, message in zip(message_ids, source.messages, strict=True)
        for _ in message.calls
    ]
    causes: list[UUID | None] = [None]
    payloads: list[DomainEvent] = [_started(source)]
    for index, answered in enumerate(_answered_calls(source.messages)):
        causes.append(None if answered is None else callers[answered])
        payloads.append(_message(source, index, answered))
    causes.append(None)
    payloads.append(ConversationClosed(reason=_plain(source.end_reason)))
    return tuple(
        payload.to_new_event(
            metadata=_metadata(session, time),
            event_id=identity,
            correlation_id=session,
            causation_id=cause,
            occurred_at=None if time is None else time.moment,
        )
        for payload, identity, cause, time in zip(payloads, ids, causes, times, strict=True)
    )


def _metadata(session: str, time: SourceTime | None) -> Metadata:
    return {"session": session} if time is None else {"session": session, "source_time": time.text}


def _started(source: SourceConversation) -> ConversationStarted:
    # The messages are events of their own; a null keeps their field's place among the others.
    document = source.record | {source.messages_at: None}
    return ConversationStarted(
        source=source.format,
        agent=_plain(source.agent),
        tags={name: made_plain(value) for name, value in source.tags.items()},
        origin=ImportOrigin(
            format=source.format,
            file=made_plain(source.path.name),
            record=source.where,
            document=kept(source.path, source.where, document),
            messages_at=source.messages_at,
            shared={content.name: content.hash for content in source.shared},
        ),
    )


def _answered_calls(messages: Sequence[SourceMessage]) -> list[int | None]:
    """Return, for each message, the ordinal of the call it answers."""
    steps = [
        Step(
            calls=tuple(call.id for call in message.calls),
            answers=message.result is not None,
            answered_id=message.answered_id,
        )
        for message in messages
    ]
    pairs = pair(steps)
    return [pairs.get(index) for index in range(len(messages))]


def _message(source: SourceConversation, index: int, answered: int | None) -> MessageImported:
    message = source.messages[index]
    path, where = source.path, item(member(source.where, source.messages_at), index)
    whole, content = message.source, None
    if "content" in whole:
        # Kept once, in a field of its own; a null keeps its place among the others.
        whole, content = whole | {"content": None}, kept(path, where, whole["content"])
    return MessageImported(
        index=index,
        role=made_plain(message.role),
        content=content,
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


def _plain(text: str | None) -> str | None:
    # Names a database cannot store are spelled out; the source keeps them as they came.
    return None if text is None else made_plain(text)
