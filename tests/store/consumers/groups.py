"""Short ways to run groups in the tests of consumers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from retold.domain.recorded import RecordedEvent
from retold.store import EventStore
from retold.store.consumers import ConsumerGroup, GroupStatus, ParkedEvent
from retold.store.selection import partition_of
from tests.store.events import append
from tests.store.raw import Raw

patience = 60.0


class Handler:
    """Keeps what it was called with; fails, or waits, where it is told to.

    Attributes:
        events: what it returned from, in order.
        called: texts of what it was called with, in order.
        failing: texts it raises an error on.
        error: what it raises.
    """

    def __init__(self, *failing: str, error: Exception | None = None) -> None:
        self.events: list[RecordedEvent] = []
        self.called: list[str] = []
        self.failing = set(failing)
        self.error = error or ValueError("it does not fit")
        self.gate: asyncio.Event | None = None

    @property
    def texts(self) -> list[str]:
        """Texts of what it returned from, in order."""
        return [event.data["text"] for event in self.events]

    async def __call__(self, event: RecordedEvent) -> None:
        text = event.data["text"]
        self.called.append(text)
        if self.gate is not None:
            await self.gate.wait()
        if text in self.failing:
            raise self.error
        self.events.append(event)


def in_order(events: list[RecordedEvent]) -> bool:
    """Return whether the events of each stream are in order."""
    last: dict[str, int] = {}
    for event in events:
        if event.version <= last.get(event.stream, 0):
            return False
        last[event.stream] = event.version
    return True


async def fill(store: EventStore, count: int, *, streams: int = 10) -> list[str]:
    """Append events of different texts to streams in turn; return the texts."""
    texts = [str(number) for number in range(count)]
    for number in range(min(streams, count)):
        await append(store, f"note-{number}", *texts[number::streams])
    return texts


async def catch_up(group: ConsumerGroup, handler: Handler, **options: Any) -> None:
    """Run a group until it has handled what is in the log, without long pauses."""
    options = {"attempts": 2, "pause": 0.001, "until": "caught_up", **options}
    await asyncio.wait_for(group.run(handler, **options), patience)


@asynccontextmanager
async def running(group: ConsumerGroup, handler: Any, **options: Any) -> AsyncIterator[None]:
    """Let a member work while the block runs; it ends in good order."""
    until = asyncio.Event()
    await group.begin()
    options = {"attempts": 2, "pause": 0.001, **options}
    task = asyncio.create_task(group.run(handler, until=until, **options))
    try:
        yield
    finally:
        until.set()
        await asyncio.wait_for(task, patience)


async def eventually(condition: Callable[[], Any]) -> None:
    """Wait until something is true; it may be awaitable."""
    async with asyncio.timeout(patience):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.01)


async def parked(group: ConsumerGroup, **options: Any) -> list[ParkedEvent]:
    """Return what is parked."""
    return [one async for one in group.parked(**options)]


def holders(status: GroupStatus) -> dict[int, str | None]:
    """Return who holds which partition."""
    return {one.partition: one.holder for one in status.partitions}


def cursors(status: GroupStatus) -> list[str | None]:
    """Return where the checkpoints stand."""
    return [one.cursor for one in status.partitions]


async def lapse(url: str, *, of: str = "") -> None:
    """Let every lease lapse whose owner's id has a part, without waiting for it."""
    await Raw(url).execute("UPDATE leases SET expires_at = 1 WHERE owner LIKE ?", f"%{of}%")


def stream_in(partition: int, of: int) -> str:
    """Return the name of a stream that belongs to a partition."""
    number = 0
    while partition_of(f"note-{number}", of) != partition:
        number += 1
    return f"note-{number}"
