"""AG2's own streams on a log, and what was sent to them by hand."""

from __future__ import annotations

from ag2.annotations import Context
from ag2.events import BaseEvent, ModelRequest, TextInput
from ag2.stream import MemoryStream

import retold


def request(text: str) -> ModelRequest:
    """Return what a user says."""
    return ModelRequest([TextInput(text)])


async def sent(log: retold.Log, *events: BaseEvent) -> MemoryStream:
    """Return a stream to which these events were sent."""
    stream = MemoryStream(log.storage)
    for event in events:
        await stream.send(event, Context(stream))
    return stream
