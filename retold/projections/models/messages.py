"""The messages: the transcripts of all conversations, a row an entry."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from retold.domain.event import RecordedEvent
from retold.domain.recording import conversation_category, conversation_of
from retold.projections.keeping.readable import readable
from retold.projections.models.message_table import MessageRow, MessagesStateRow
from retold.projections.models.open_calls import OpenCalls, next_entries
from retold.projections.models.transcript import Entry, ToolCall, event_types
from retold.projections.paging import Page, page_of
from retold.projections.payload import printable
from retold.projections.projection import Need, Projection
from retold.projections.read_table import Key, ReadTable
from retold.projections.rows import Rows
from retold.store.codec import made_plain
from retold.store.log import EventStore

_no_calls = "[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One entry of a conversation's transcript. Unknown is None.

    Attributes:
        session: id of the conversation.
        version: version of the event it is from.
        item: place among the entries of that event, from 0.
        root_session: id of the session the conversation belongs to; its own unless it is nested.
        role: ``user``, ``assistant``, ``tool``, ``human``, a role of the source's own, or
            ``note`` for what is no message.
        name: name of the agent or the tool, when known.
        agent: name of the agent that was acting, when known.
        turn: id of the turn it was recorded in; None when in none.
        text: what was said.
        calls: tool calls in it, as a JSON list of ``number``, ``name``, ``id``, ``arguments``.
        answers: ordinal of the call a tool result answers; None when it answers none.
        error: whether a tool result is a failure; None for what is no result or has no flag.
        derived: True when ``error`` was read from the text, because the source has no flag.
        occurred_at: when it happened by the source's clock, UTC.
        time_text: the source's own text of that time, where it was kept.
        recorded_at: when the log took it, UTC.
    """

    session: str
    version: int
    item: int
    root_session: str
    role: str
    text: str
    recorded_at: datetime
    name: str | None = None
    agent: str | None = None
    turn: str | None = None
    calls: str = _no_calls
    answers: int | None = None
    error: bool | None = None
    derived: bool = False
    occurred_at: datetime | None = None
    time_text: str | None = None

    @property
    def entry(self) -> Entry:
        """The same as an entry of :func:`~retold.projections.models.transcript.transcript`."""
        return Entry(
            version=self.version,
            time=self.occurred_at,
            time_text=self.time_text,
            recorded_at=self.recorded_at,
            role=self.role,
            name=self.name,
            text=self.text,
            calls=tuple(ToolCall(**call) for call in json.loads(self.calls)),
            answers=self.answers,
            error=self.error,
            derived=self.derived,
        )


message_rows = ReadTable(MessageRow, Message)
messages_state = ReadTable(MessagesStateRow, OpenCalls)


def _needs(event: RecordedEvent) -> Iterable[Need]:
    return ((messages_state, conversation_of(event.stream)),)


def _fold(rows: Rows, event: RecordedEvent) -> None:
    for item, entry in enumerate(next_entries(rows, messages_state, event)):
        rows.put(message_rows, message_of(event, item, entry))


def message_of(event: RecordedEvent, item: int, entry: Entry) -> Message:
    """Return the row of an entry.

    Args:
        event: which the entry is from.
        item: place of the entry among those of the event, from 0.
        entry: what the transcript says.
    """
    session = conversation_of(event.stream)
    return Message(
        session=session,
        version=event.version,
        item=item,
        root_session=printable(event.metadata.get("session")) or session,
        role=made_plain(entry.role),
        name=printable(entry.name),
        agent=printable(event.metadata.get("agent")),
        turn=printable(event.metadata.get("turn")),
        text=made_plain(entry.text),
        calls=_calls(entry) if entry.calls else _no_calls,
        answers=entry.answers,
        error=entry.error,
        derived=entry.derived,
        occurred_at=entry.time,
        time_text=printable(entry.time_text),
        recorded_at=entry.recorded_at,
    )


def _calls(entry: Entry) -> str:
    # In ASCII, so that arguments may hold what databases refuse.
    return json.dumps(
        [
            {"number": c.number, "name": c.name, "id": c.id, "arguments": c.arguments}
            for c in entry.calls
        ]
    )


messages = Projection(
    name="messages",
    version=1,
    fold=_fold,
    needs=_needs,
    tables=(message_rows, messages_state),
    types=event_types,
    category=conversation_category,
    per_stream=True,
    code=(next_entries, message_of, _calls),
    description="a row a message: who said what, when; with tool calls, results and notes",
)


async def list_messages(
    store: EventStore, *, session: str | None = None, after: Key | None = None, limit: int = 100
) -> Page[Message]:
    """Bring the messages up to date and return a page of them.

    Args:
        store: the log.
        session: those of this conversation, in its order; of all conversations in the order the
            log took them when None.
        after: the ``next`` of the page before; None for the first page.
        limit: messages on a page.

    Raises:
        ValueError: when the limit is below 1, or ``after`` is of another list.
        ProjectionError: when the projection cannot be brought up to date.
    """
    table = (await readable(store, messages))[message_rows]
    if session is None:
        order: tuple[str, ...] = ("recorded_at", "session", "version", "item")
        return await page_of(store, message_rows, table, order, after=after, limit=limit)
    of_session = table.c.session == made_plain(session)
    return await page_of(
        store,
        message_rows,
        table,
        ("version", "item"),
        where=(of_session,),
        after=after,
        limit=limit,
    )
