"""Short ways to fill and look at queues in the tests of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from retold.store.work_queue import NewWorkItem, TakenWorkItem, WorkQueue
from tests.store.raw import Raw


def items(*ids: str, priority: int = 0) -> list[NewWorkItem]:
    """Return items of these ids."""
    return [NewWorkItem(id=one, payload={"do": one}, priority=priority) for one in ids]


def ids(taken: Iterable[TakenWorkItem]) -> list[str]:
    """Return the ids of what was taken, in order."""
    return [item.id for item in taken]


async def take_one(queue: WorkQueue, owner: str = "me") -> TakenWorkItem:
    """Take one item; there must be one."""
    [taken] = await queue.take(owner, seconds=60)
    return taken


async def take_later(queue: WorkQueue) -> tuple[TakenWorkItem, ...]:
    """Take an item as soon as one can be taken."""
    async with asyncio.timeout(60):
        while not (taken := await queue.take("me", seconds=60)):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
    return taken


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds that another process brings about."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.002)


async def lapse(url: str) -> None:
    """Let every lease on an item lapse, without waiting for it."""
    await Raw(url).execute("UPDATE work_items SET lease_until = 1 WHERE state = 'taken'")
