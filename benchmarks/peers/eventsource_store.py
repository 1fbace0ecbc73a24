"""eventsource-py: its ``SQLiteEventStore``, with exact expected versions."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from eventsource import DomainEvent, ExpectedVersion, SQLiteEventStore, StreamId

from benchmarks.chat import Message

_category = "Chat"


class MessageAdded(DomainEvent):  # type: ignore[misc] # the peer is not where types are checked
    """A message of a chat, as this peer wants its events declared."""

    event_type: str = "MessageAdded"
    aggregate_type: str = _category
    role: str
    text: str


async def append(path: Path, callers: list[list[Message]]) -> float:
    """See :mod:`benchmarks.peers`."""
    streams = [StreamId(uuid4(), _category) for _ in callers]
    events = [
        [
            MessageAdded(aggregate_id=stream.aggregate_id, role=said.role, text=said.text)
            for said in messages
        ]
        for stream, messages in zip(streams, callers, strict=True)
    ]
    store = SQLiteEventStore(str(path))

    async def add(stream: Any, of_caller: list[Any]) -> None:
        for version, event in enumerate(of_caller):
            await store.append(stream, [event], ExpectedVersion.exact(version))

    try:
        await store.get_stream_version(streams[0])  # it makes its tables when first used
        begin = time.perf_counter()
        await asyncio.gather(*map(add, streams, events))
        seconds = time.perf_counter() - begin
        stored = await store.get_stream_version(streams[0])
    finally:
        await store.close()
    if stored != len(callers[0]):
        raise RuntimeError(f"{stored} events were stored of {len(callers[0])}")
    return seconds
