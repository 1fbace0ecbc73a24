"""The turns of conversations: a row a turn, and how it ended."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from retold.domain.event import RecordedEvent
from retold.domain.recording import (
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    conversation_category,
    conversation_of,
)
from retold.projections.event_facts import metadata_text, root_session_of, short_text
from retold.projections.models.turn_table import TurnRow
from retold.projections.payload import mapping_of, printable
from retold.projections.projection import Projection
from retold.projections.read_table import ReadTable

_ends = {
    TurnCompleted.type: "completed",
    TurnFailed.type: "failed",
    TurnCancelled.type: "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a conversation.

    Attributes:
        session: id of the conversation.
        turn: id of the turn.
        root_session: id of the session it belongs to.
        recorded_at: when the log took its first event, UTC.
        agent: who was asked; None when unknown.
        status: ``running``, ``completed``, ``failed`` or ``cancelled``.
        error_type: what ended a failed turn.
        error: its message.
        stage: the stage it failed or was cancelled in.
        abandoned: a failed turn was found open after the process that held it had died.
        started_version, ended_version: events that began and ended it; None when there is none.
        started_at, ended_at: when, by the source's clock.
        seconds: how long it took, as the process that held it measured; None when it did not.
    """

    session: str
    turn: str
    root_session: str
    recorded_at: datetime
    agent: str | None = None
    status: str = "running"
    error_type: str | None = None
    error: str | None = None
    stage: str | None = None
    abandoned: bool = False
    started_version: int | None = None
    ended_version: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: float | None = None


def _key(event: RecordedEvent) -> tuple[str, str] | None:
    turn = short_text(printable(event.data.get("turn")))
    return None if turn is None else (conversation_of(event.stream), turn)


def _evolve(row: Turn | None, event: RecordedEvent) -> Turn:
    session = conversation_of(event.stream)
    if row is None:
        row = Turn(
            session=session,
            turn=short_text(printable(event.data.get("turn"))) or "",
            root_session=root_session_of(event),
            agent=short_text(metadata_text(event, "agent")),
            recorded_at=event.recorded_at,
        )
    if event.type == TurnStarted.type:
        agent = short_text(printable(event.data.get("agent")))
        return replace(
            row,
            agent=row.agent if agent is None else agent,
            started_version=event.version,
            started_at=event.occurred_at,
        )
    error = mapping_of(event.data.get("error"))
    return replace(
        row,
        status=_ends[event.type],
        error_type=short_text(printable(error.get("type"))),
        error=printable(error.get("message")),
        stage=printable(event.data.get("stage")),
        abandoned=event.data.get("abandoned") is True,
        ended_version=event.version,
        ended_at=event.occurred_at,
        seconds=_seconds(event.data.get("duration_ms")),
    )


def _seconds(milliseconds: Any) -> float | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    return milliseconds / 1_000 if math.isfinite(milliseconds) else None


turn_rows = ReadTable(TurnRow, Turn)
turns = Projection.of_rows(
    "turns",
    version=1,
    row=turn_rows,
    key=_key,
    evolve=_evolve,
    types=frozenset({TurnStarted.type, *_ends}),
    category=conversation_category,
    per_stream=True,
    code=(_seconds,),
    description="a row a turn: agent, status, error, times",
)
