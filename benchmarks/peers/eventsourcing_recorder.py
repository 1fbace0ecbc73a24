"""eventsourcing: its ``SQLiteApplicationRecorder``, the layer its applications save through."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from benchmarks.chat import Message


async def append(path: Path, callers: list[list[Message]]) -> float:
    """See :mod:`benchmarks.peers`."""
    datastore = SQLiteDatastore(f"file:{path}")
    try:
        recorder = SQLiteApplicationRecorder(datastore)
        recorder.create_table()
        events = [_events(messages) for messages in callers]

        async def insert(of_caller: list[Any]) -> None:
            for event in of_caller:
                await asyncio.to_thread(recorder.insert_events, [event])

        begin = time.perf_counter()
        await asyncio.gather(*map(insert, events))
        seconds = time.perf_counter() - begin
        stored = len(recorder.select_events(events[0][0].originator_id))
    finally:
        datastore.close()
    if stored != len(callers[0]):
        raise RuntimeError(f"{stored} events were stored of {len(callers[0])}")
    return seconds


def _events(messages: list[Message]) -> list[Any]:
    originator = uuid4()
    return [
        StoredEvent(
            originator_id=originator,
            originator_version=number,
            topic="bench.chat:MessageAdded",
            state=orjson.dumps({"message": {"role": said.role, "content": said.text}}),
        )
        for number, said in enumerate(messages, 1)
    ]
