"""What a session's stream holds, in the short forms the tests compare."""

from __future__ import annotations

from typing import Any

import retold
from retold.domain.event import RecordedEvent
from retold.store import EventStore


async def events_of(session: retold.Session, *types: str) -> list[RecordedEvent]:
    """Return the session's events of these types, in order."""
    return [event for event in await session.events() if event.type in types]


async def names_of(session: retold.Session) -> list[str]:
    """Return the session's events by name: AG2's by their class, ours by type."""
    return [name_of(event) for event in await session.events()]


def name_of(event: RecordedEvent) -> str:
    """Return AG2's class name of an AG2 event, the type of any other, stages with outcome."""
    if event.type == "conversation.event_recorded":
        return str(event.data["event"]["$"]).removeprefix("ag2.")
    if event.type == "turn.stage_finished":
        return f"{event.data['stage']} {'ok' if event.data['ok'] else 'failed'}"
    return event.type


async def stages_of(session: retold.Session) -> list[str]:
    """Return the stages recorded, in order, with their outcome."""
    return [name_of(event) for event in await events_of(session, "turn.stage_finished")]


async def nested_in(store: EventStore, session: str) -> dict[str, dict[str, Any]]:
    """Return the nested conversations of a session: what their start says, by stream."""
    starts = {}
    async for event in store.read_all(session=session, types=["conversation.started"]):
        if event.stream != f"conversation-{session}":
            starts[event.stream] = dict(event.data) | {"caused_by": event.causation_id}
    return starts


async def conversations_in(store: EventStore) -> list[str]:
    """Return the ids of all conversations of a log."""
    return [
        head.stream.removeprefix("conversation-")
        async for head in store.streams(category="conversation")
    ]
