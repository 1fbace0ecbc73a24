"""Members of a group in processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from tests.forking import AsyncProcess, start

repository = Path(__file__).parents[3]


class Handled(NamedTuple):
    """An event that a child handled."""

    text: str
    stream: str
    version: int


class Child:
    """A member in a process of its own.

    Attributes:
        handled: what it said it handled, in order.
    """

    def __init__(self, process: AsyncProcess) -> None:
        self.handled: list[Handled] = []
        self.process = process
        self.reading = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        """Its id."""
        return self.process.pid

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if line.startswith(b"handled"):
                _, text, stream, version = line.decode().split()
                self.handled.append(Handled(text, stream, int(version)))

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    async def kill(self) -> None:
        """Kill it, and wait until all it said is read."""
        self.send(signal.SIGKILL)
        await self.process.wait()
        await self.reading


@asynccontextmanager
async def member(url: str, *, partitions: int, lease_seconds: float = 60) -> AsyncIterator[Child]:
    """Let a child work in the group while the block runs."""
    process = await start(
        "-m", "tests.store.consumers.member_child",
        url, str(partitions), str(lease_seconds),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=repository,
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    child = Child(process)
    try:
        yield child
    finally:
        if process.returncode is None:
            assert process.stdin is not None
            with contextlib.suppress(ProcessLookupError):
                child.send(signal.SIGCONT)
            process.stdin.write(b"stop\n")
            try:
                await asyncio.wait_for(process.wait(), 60)
            finally:
                if process.returncode is None:
                    process.kill()
        await child.reading


def times(children: Iterable[Child]) -> Counter[str]:
    """Return how often each text was handled."""
    return Counter(one.text for child in children for one in child.handled)


def in_order(child: Child) -> bool:
    """Return whether a child handled the events of each stream in order, if some twice."""
    last: dict[str, int] = {}
    for one in child.handled:
        if one.version < last.get(one.stream, 0):
            return False
        last[one.stream] = one.version
    return True
