"""The session list as of a moment: a fold of what had happened, or had been recorded, by then."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from retold.domain.event import RecordedEvent
from retold.domain.recording import ConversationStarted, conversation_category
from retold.projections.models.session_summary import (
    SessionSummary,
    event_types,
    evolve,
    identified,
)
from retold.store.log import EventStore

Clock = Literal["source", "recorded"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment by one of the two clocks.

    Attributes:
        at: the moment, itself included. Without a zone its digits are compared as they are with
            those of source times that came without a zone, and as UTC with all others.
        clock: ``source`` for when it happened, ``recorded`` for when the log took it.
    """

    at: datetime
    clock: Clock = "source"

    def includes(self, event: RecordedEvent) -> bool | None:
        """Return whether an event was there by this moment; None when nobody knows."""
        time = event.occurred_at if self.clock == "source" else event.recorded_at
        return None if time is None else self.reaches(time)

    def reaches(self, time: datetime) -> bool:
        """Return whether a time is this moment or before it."""
        at = self.at if self.at.tzinfo is not None else self.at.replace(tzinfo=UTC)
        return time <= at


@dataclass(frozen=True, slots=True)
class AsOf:
    """What there was as of a moment.

    Attributes:
        sessions: by id of the conversation, those with an event by then.
        undated_events: events left out because their source gives no time.
    """

    sessions: Mapping[str, SessionSummary]
    undated_events: int


async def sessions_as_of(store: EventStore, moment: Moment) -> AsOf:
    """Fold the conversations of a log up to a moment.

    Every conversation event is read once; memory grows with the number of conversations only.

    Args:
        store: the log.
        moment: up to when.

    Raises:
        CorruptEvent: when an event's payload is not what was written.
    """
    events = store.read_all(category=conversation_category, types=event_types)
    return await _fold(events, moment)


async def stream_as_of(store: EventStore, stream: str, moment: Moment) -> AsOf:
    """Fold one conversation up to a moment.

    Args:
        store: the log.
        stream: of the conversation; what a fork shares with its parent is not its own.
        moment: up to when.

    Raises:
        StreamNotFound: when there is no such stream.
        CorruptEvent: as of :func:`sessions_as_of`.
    """
    events = store.read_stream(stream)
    own = (event async for event in events if event.stream == stream and event.type in event_types)
    return await _fold(own, moment)


async def _fold(events: AsyncIterable[RecordedEvent], moment: Moment) -> AsOf:
    rows: dict[str, SessionSummary] = {}
    starts: dict[str, RecordedEvent] = {}
    undated = 0
    async for event in events:
        included = moment.includes(event)
        if included:
            row = evolve(rows.get(event.stream), event)
            if event.stream in starts:
                row = identified(row, starts.pop(event.stream))
            rows[event.stream] = row
            continue
        undated += included is None
        if event.type == ConversationStarted.type:
            # Who and what it is does not depend on the time, which is unknown or, with clocks
            # that disagree, later than the first message.
            starts[event.stream] = event
    return AsOf({row.session: row for row in rows.values()}, undated)
