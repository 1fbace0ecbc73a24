"""Events that carry the time they were sent, to see how long they are on their way.

The clock is the monotonic one, which all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.chat import chat_message
from retold.domain.event import NewEvent
from retold.store import EventStore

stream = "chat-timed"
first_type, timed_type = "chat.opened", "chat.message_added"
give_up_seconds = 120.0


async def open_stream(store: EventStore) -> None:
    """Append the event by which a subscriber sees that it has caught up."""
    new = NewEvent(type=first_type, data={})
    await store.append(stream, [new], expected_version=0)


async def send(store: EventStore, count: int, pause: float) -> None:
    """Append ``count`` events, one after the other, ``pause`` seconds between them."""
    for number in range(count):
        await asyncio.sleep(pause)
        said = chat_message(number, stream)
        data = {"message": {"role": said.role, "content": said.text}, "sent": time.monotonic_ns()}
        await store.append(
            stream, [NewEvent(type=timed_type, data=data)], expected_version=number + 1
        )


async def receive(
    store: EventStore, count: int, when_live: Callable[[], Awaitable[None]]
) -> list[float]:
    """Subscribe and return how many seconds each timed event took, from before its append.

    Args:
        store: with a stream opened by :func:`open_stream`.
        count: timed events to wait for.
        when_live: called once the subscription has caught up.
    """
    found: list[float] = []
    # Benchmarks may be run on a release that has no subscriptions yet.
    subscribing: Any = store
    async with asyncio.timeout(give_up_seconds), subscribing.subscribe(after=None) as events:
        async for event in events:
            if event.type == first_type:
                await when_live()
            elif event.type == timed_type:
                found.append((time.monotonic_ns() - event.data["sent"]) / 1e9)
                if len(found) == count:
                    break
    return found
