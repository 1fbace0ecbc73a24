"""What is recorded when a conversation's history is replaced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from ag2.events import BaseEvent

from retold.agents.new_event import new_event, occurred_at
from retold.agents.stream_writer import Make
from retold.domain.conversation_state import Reference, spans
from retold.domain.event import JsonObject, NewEvent
from retold.domain.recording import EventRecorded, HistoryReplaced


def replacement(
    stream: str,
    session: str,
    recorded: Sequence[tuple[BaseEvent, JsonObject]],
    known: Sequence[Reference | None],
    cause_of: Callable[[BaseEvent], UUID | None],
) -> tuple[Make, list[Reference]]:
    """Return what makes the events, and the list in which it leaves where all of them are.

    Args:
        stream: of the conversation.
        session: id of its root session.
        recorded: the new history, each event with its record.
        known: where each is recorded; None for one that is not, which is recorded first.
        cause_of: the id of the recorded event that led to an event.
    """
    history: list[Reference] = []

    def make(first_version: int) -> list[NewEvent]:
        news: list[NewEvent] = []
        history.clear()
        for (event, record), reference in zip(recorded, known, strict=True):
            history.append(reference or Reference(stream, first_version + len(news)))
            if reference is None:
                news.append(
                    new_event(
                        EventRecorded(event=dict(record), detached=True),
                        session,
                        occurred_at=occurred_at(event),
                        causation_id=cause_of(event),
                    )
                )
        return [*news, new_event(HistoryReplaced(spans=spans(stream, history)), session)]

    return make, history
