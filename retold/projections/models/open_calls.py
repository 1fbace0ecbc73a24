"""The open calls of a conversation as a row, so that a projection can read its transcript on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from retold.domain.event import RecordedEvent
from retold.domain.recording import conversation_of
from retold.projections.models.transcript import Entry, TranscriptReader
from retold.projections.read_table import ReadTable
from retold.projections.rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCalls:
    """Where the transcript of a conversation stands.

    Attributes:
        session: id of the conversation.
        calls: how many calls there were so far.
        open_calls: number and id of those without an answer, in order.
    """

    session: str
    calls: int = 0
    open_calls: tuple[tuple[int, str], ...] = ()


class CallList(TypeDecorator[tuple[tuple[int, str], ...]]):
    """Numbers and ids of calls as JSON, in ASCII, so that an id may hold what databases refuse."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: tuple[tuple[int, str], ...] | None, dialect: Dialect
    ) -> str | None:
        """Return what is stored."""
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Return the pairs."""
        return (
            None if value is None else tuple((number, name) for number, name in json.loads(value))
        )


def next_entries(rows: Rows, table: ReadTable[OpenCalls], event: RecordedEvent) -> list[Entry]:
    """Return what an event adds to its conversation's transcript, and keep what is open after it.

    Args:
        rows: of the projection, whose ``needs`` name the conversation's row of ``table``.
        table: where it keeps what is open.
        event: any.
    """
    session = conversation_of(event.stream)
    before = rows.get(table, session) or OpenCalls(session=session)
    reader = TranscriptReader(before.calls, before.open_calls)
    entries = list(reader.entries(event))
    after = OpenCalls(session=session, calls=reader.calls, open_calls=tuple(reader.open_calls))
    if after != before:
        rows.put(table, after)
    return entries
