"""Recordings of earlier releases are read by this one, and fold to what they always did."""

from __future__ import annotations

import hashlib
import json

import orjson
import pytest

from retold.domain.event import RecordedEvent
from tests.golden.record import folder, folds_of, recorded_events

names = sorted(path.stem for path in folder.glob("*.jsonl"))


def test_there_are_recordings() -> None:
    assert names


@pytest.mark.parametrize("name", names)
async def test_a_recording_folds_to_what_it_always_did(name: str) -> None:
    expected = json.loads((folder / f"{name}.folds.json").read_text())
    assert await folds_of(recorded_events(name)) == expected


@pytest.mark.parametrize("name", names)
def test_the_hash_chain_of_a_recording_still_holds(name: str) -> None:
    last: dict[str, bytes] = {}
    for event in recorded_events(name):
        previous = last.get(event.stream, bytes(32))
        assert digest_of(previous, event) == event.digest, (event.stream, event.version)
        last[event.stream] = event.digest


def digest_of(previous: bytes, event: RecordedEvent) -> bytes:
    """Compute a digest as docs/log.md describes it, not as the code does."""
    occurred = event.occurred_at
    columns = [
        event.tenant.encode(),
        event.stream.encode(),
        str(event.version).encode(),
        event.event_id.bytes,
        event.type.encode(),
        str(event.schema_version).encode(),
        orjson.dumps(event.data),
        orjson.dumps(event.metadata),
        None if event.correlation_id is None else event.correlation_id.encode(),
        None if event.causation_id is None else event.causation_id.bytes,
        None if occurred is None else str(round(occurred.timestamp() * 1_000_000)).encode(),
        str(round(event.recorded_at.timestamp() * 1_000_000)).encode(),
    ]
    text = previous
    for column in columns:
        if column is None:
            text += b"\xff" * 8
        else:
            text += len(column).to_bytes(8, "big") + column
    return hashlib.sha256(text).digest()
