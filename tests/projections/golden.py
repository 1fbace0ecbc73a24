"""The events of the golden recordings, as a log gives them."""

from __future__ import annotations

import json

from retold.domain.event import RecordedEvent
from retold.domain.recording import recording_upcasters
from tests.golden.record import _event, folder, recorded_events


def killed() -> list[RecordedEvent]:
    """Return a session that delegated, and whose process was killed in a turn."""
    return [recording_upcasters.upcast_event(e) for e in recorded_events("killed_in_mid_turn")]


def log_0003() -> list[RecordedEvent]:
    """Return the conversations of the first tenant of a log with sessions of all kinds."""
    # Not splitlines, which also breaks at characters a payload may hold.
    lines = (folder / "log_0003.events.ndjson").read_text().strip("\n").split("\n")
    events = [_event(json.loads(line)) for line in lines]
    return [
        recording_upcasters.upcast_event(event)
        for event in events
        if event.tenant == "default" and event.category == "conversation"
    ]


def of_conversation(events: list[RecordedEvent], name: str) -> list[RecordedEvent]:
    """Return the events of a conversation and of those nested in it."""
    return [event for event in events if event.metadata.get("session") == name]
