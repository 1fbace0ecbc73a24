"""Several processes on one queue: nothing is lost or done twice, not even when one is killed."""

from __future__ import annotations

import asyncio
import subprocess
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from retold.store import EventStore
from retold.store.work_queue import WorkQueue, WorkState
from tests.forking import AsyncProcess, start
from tests.store.work_queue.queues import items, until

repository = Path(__file__).parents[3]
pytestmark = pytest.mark.crash


class Taker:
    """A taker in a process of its own, and what it said."""

    def __init__(self, process: AsyncProcess) -> None:
        self.process = process
        self.said: list[tuple[str, str, int]] = []
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            what, item_id, token = line.decode().split()
            self.said.append((what, item_id, int(token)))

    def go(self) -> None:
        """Let it begin."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"go\n")

    async def end(self) -> None:
        """Wait until it ended and all it said is read."""
        await self.process.wait()
        await self.reading

    def of(self, what: str) -> list[tuple[str, int]]:
        """Return ids and tokens of what it took, did or lost."""
        return [(item_id, token) for said, item_id, token in self.said if said == what]


async def _taker(stack: AsyncExitStack, url: str, seconds: float) -> Taker:
    process = await start(
        "-m", "tests.store.work_queue.taker_child", url, str(seconds),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=repository,
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    taker = Taker(process)

    async def stop() -> None:
        if process.returncode is None:
            process.kill()
        await taker.end()

    stack.push_async_callback(stop)
    return taker


async def _all_done(queue: WorkQueue, expected: list[str]) -> None:
    done = [item.id async for item in queue.items(WorkState.DONE)]
    assert sorted(done) == sorted(expected)
    assert [item.id async for item in queue.items() if item.state is not WorkState.DONE] == []


async def test_three_processes_take_a_thousand_items_each_once(
    store: EventStore, store_url: str
) -> None:
    queue = WorkQueue(store, "steps")
    names = [f"run-{number}" for number in range(1_000)]
    async with AsyncExitStack() as stack:
        takers = [await _taker(stack, store_url, 60) for _ in range(3)]
        await queue.put(items(*names[:700]))
        for taker in takers:
            taker.go()
        # While they work.
        await queue.put(items(*names[700:], priority=1))
        for taker in takers:
            await taker.end()
    assert Counter(one for taker in takers for one in taker.of("taken")) == {
        (name, 1): 1 for name in names
    }
    assert Counter(one for taker in takers for one in taker.of("done")) == {
        (name, 1): 1 for name in names
    }
    assert sum(bool(taker.of("done")) for taker in takers) >= 2
    await _all_done(queue, names)


async def test_what_a_killed_process_had_is_done_by_others(
    store: EventStore, store_url: str
) -> None:
    queue = WorkQueue(store, "steps")
    names = [f"run-{number}" for number in range(300)]
    await queue.put(items(*names))
    async with AsyncExitStack() as stack:
        victim = await _taker(stack, store_url, 1)
        victim.go()
        await until(lambda: len(victim.of("done")) >= 30)
        victim.process.kill()
        await victim.end()
        held = [item.id async for item in queue.items(WorkState.TAKEN)]
        # One that died with items in hand, wherever the kill found the first one.
        [left, *_] = await queue.take("dead too", seconds=1, limit=2)
        others = [await _taker(stack, store_url, 60) for _ in range(2)]
        for other in others:
            other.go()
        for other in others:
            await other.end()
    await _all_done(queue, names)
    done = Counter(name for taker in (victim, *others) for name, _ in taker.of("done"))
    assert set(names) - done.keys() <= set(names[:60])  # done as it was killed, and not said
    assert set(done.values()) == {1}
    again = {name: token for other in others for name, token in other.of("done") if token > 1}
    assert left.id in again
    assert set(held) <= again.keys()
    assert not any(other.of("lost") for other in others)
