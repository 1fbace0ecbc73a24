"""The texts of all conversations, a row each, to be searched for words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Literal, TypeAlias

from retold.domain.event import RecordedEvent
from retold.domain.recording import EventRecorded, conversation_category, conversation_of
from retold.projections.models.full_text_table import SearchIndex, SearchRow, SearchStateRow
from retold.projections.models.open_calls import OpenCalls, next_entries
from retold.projections.models.transcript import Entry, event_types
from retold.projections.payload import mapping_of, plain_text, printable, type_of
from retold.projections.projection import Need, Projection
from retold.projections.read_table import ReadTable
from retold.projections.rows import Rows
from retold.store.codec import made_plain

Kind: TypeAlias = Literal["message", "tool_arguments", "tool_result", "summary", "note"]

# The rest of a longer text is in the messages, but not found.
longest_text = 100_000
# Texts of one event that are kept: a number tells them apart within the whole database.
_most_texts = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchText:
    """One text that can be found. Unknown is None.

    Attributes:
        session: id of the conversation.
        version: version of the event it is from.
        item: place of its message among those of the event, from 0, as in the messages.
        part: 0 for the text of the message itself, from 1 on for the arguments of its calls.
        number: of the text in the whole database; grows with the log.
        root_session: id of the session the conversation belongs to; its own unless it is nested.
        kind: ``message``, ``tool_arguments``, ``tool_result``, ``summary`` of a history, or
            ``note`` for what is no message.
        role: whose it is, as in the messages.
        name: name of the agent or the tool, when known.
        text: what can be found: the first :data:`longest_text` characters.
        occurred_at: when it happened by the source's clock, UTC.
        recorded_at: when the log took it, UTC.
    """

    session: str
    version: int
    item: int
    part: int
    number: int
    root_session: str
    kind: Kind
    role: str
    name: str | None
    text: str
    occurred_at: datetime | None
    recorded_at: datetime


search_index = SearchIndex()
search_rows = ReadTable(SearchRow, SearchText, besides=search_index)
search_state = ReadTable(SearchStateRow, OpenCalls)


def _needs(event: RecordedEvent) -> Iterable[Need]:
    return ((search_state, conversation_of(event.stream)),)


def _fold(rows: Rows, event: RecordedEvent) -> None:
    session = conversation_of(event.stream)
    root_session = printable(event.metadata.get("session")) or session
    occurred_at, recorded_at = event.occurred_at, event.recorded_at
    entries = next_entries(rows, search_state, event)
    texts = _texts(entries) if entries else _summary(event)
    for place, (item, part, kind, role, name, text) in enumerate(islice(texts, _most_texts)):
        found = SearchText(
            session=session,
            version=event.version,
            item=item,
            part=part,
            number=event.position * _most_texts + place,
            root_session=root_session,
            kind=kind,
            role=made_plain(role),
            name=printable(name),
            text=made_plain(text[:longest_text]),
            occurred_at=occurred_at,
            recorded_at=recorded_at,
        )
        rows.put(search_rows, found)


_Text: TypeAlias = tuple[int, int, Kind, str, str | None, str]


def _texts(entries: Iterable[Entry]) -> Iterator[_Text]:
    for item, entry in enumerate(entries):
        if entry.text:
            yield item, 0, _kind_of(entry), entry.role, entry.name, entry.text
        for part, call in enumerate(entry.calls, 1):
            yield item, part, "tool_arguments", entry.role, call.name, call.arguments


def _kind_of(entry: Entry) -> Kind:
    match entry.role:
        case "tool":
            return "tool_result"
        case "note":
            return "note"
        case _:
            return "message"


def _summary(event: RecordedEvent) -> Iterator[_Text]:
    """Yield what a compaction put in place of messages, which is no entry of a transcript."""
    payload = mapping_of(event.data.get("event"))
    text = plain_text(payload.get("summary"))
    if event.type == EventRecorded.type and type_of(payload) == "ag2.CompactionSummary" and text:
        yield 0, 0, "summary", "summary", printable(event.metadata.get("agent")), text


full_text = Projection(
    name="full_text",
    version=1,
    fold=_fold,
    needs=_needs,
    tables=(search_rows, search_state),
    types=event_types,
    category=conversation_category,
    per_stream=True,
    code=(next_entries, _texts, _kind_of, _summary),
    description="a row a text: messages, tool arguments, tool results, summaries, to be searched",
)
