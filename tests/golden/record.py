"""Writes what a golden recording folds to now, for review: ``python tests/golden/record.py NAME``.

A recording (``NAME.jsonl``, the output of ``retold sessions export ID --format events``) is never
changed. What it folds to (``NAME.folds.json``) may change only where that is meant.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from retold.agents.codec import encode_event
from retold.agents.history import history_of
from retold.domain.conversation_state import ConversationState
from retold.domain.dialogue.state import DialogueState
from retold.domain.event import RecordedEvent
from retold.domain.recording import recording_upcasters
from retold.projections.models.session_summary import SessionSummary, evolve
from retold.projections.models.transcript import transcript
from retold.store import open_store

folder = Path(__file__).parent


def recorded_events(name: str, ending: str = ".jsonl") -> list[RecordedEvent]:
    """Return the events of a recording, or with ``.ndjson`` of a log, in their order."""
    # Not splitlines, which also breaks at characters a payload may hold.
    lines = (folder / f"{name}{ending}").read_text().strip("\n").split("\n")
    return [_event(json.loads(line)) for line in lines]


def _event(row: dict[str, Any]) -> RecordedEvent:
    times = {
        column: None if row[column] is None else datetime.fromisoformat(row[column])
        for column in ("occurred_at", "recorded_at")
    }
    ids = {
        column: None if row[column] is None else UUID(row[column])
        for column in ("event_id", "causation_id")
    }
    return RecordedEvent(**(row | times | ids | {"digest": bytes.fromhex(row["digest"])}))


async def folds_of(events: list[RecordedEvent]) -> dict[str, Any]:
    """Return what each conversation of a recording folds to, as JSON."""
    by_stream: dict[str, list[RecordedEvent]] = {}
    for event in map(recording_upcasters.upcast_event, events):
        by_stream.setdefault(event.stream, []).append(event)
    async with await open_store("sqlite:///:memory:") as store:
        return {
            stream: json.loads(
                json.dumps(
                    {
                        "state": _state(own),
                        "summary": _summary(own),
                        "transcript": [asdict(entry) for entry in transcript(own)],
                        "history": [encode_event(e) for e in await history_of(store, own)],
                    },
                    default=str,
                )
            )
            for stream, own in by_stream.items()
        }


def _state(events: list[RecordedEvent]) -> dict[str, Any]:
    state = ConversationState(events[0].stream)
    for event in events:
        state.apply(event)
    found = asdict(state)
    # What came with a later release is left out where it is as it begins: no event wrote it.
    begun = DialogueState()
    return {
        name: value.model_dump(mode="json") if hasattr(value, "model_dump") else value
        for name, value in found.items()
        if name not in DialogueState.model_fields or value != getattr(begun, name)
    }


def _summary(events: list[RecordedEvent]) -> dict[str, Any]:
    summary: SessionSummary | None = None
    for event in events:
        summary = evolve(summary, event)
    assert summary is not None
    return asdict(summary)


def main(name: str) -> None:
    """Write what a recording folds to."""
    folds = asyncio.run(folds_of(recorded_events(name)))
    text = json.dumps(folds, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / f"{name}.folds.json").write_text(text + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
