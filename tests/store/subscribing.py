"""Taking events from a subscription, and a process that appends some."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from retold.domain.recorded import RecordedEvent
from retold.store import EventStore
from retold.store.subscription import Subscription
from tests.forking import start

repository = Path(__file__).parents[2]
# Far longer than anything here takes: a test that waits so long fails.
patience = 90.0
# So long that what is seen before was told by a hint.
never = 3_600.0


async def take(subscription: Subscription, count: int) -> list[RecordedEvent]:
    """Return the next events, waiting for them."""
    async with asyncio.timeout(patience):
        return [await anext(subscription) for _ in range(count)]


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(patience):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.005)


async def caught_up(subscription: Subscription) -> list[RecordedEvent]:
    """Return everything up to the page that says that there is no more."""
    found: list[RecordedEvent] = []
    async with asyncio.timeout(patience):
        async for page in subscription.pages():
            if not page:
                break
            found += page
    return found


@asynccontextmanager
async def appender(url: str) -> AsyncIterator[Callable[[str, str], Any]]:
    """Start a process that appends what it is told to."""
    process = await start(
        "-m", "tests.store.appender", url,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=repository,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None

    async def tell(stream: str, text: str) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{stream} {text}\n".encode())
        assert await process.stdout.readline() == b"appended\n"

    assert await process.stdout.readline() == b"ready\n"
    yield tell
    process.stdin.close()
    assert await process.wait() == 0


def count_readings(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Count how often the log is asked, and for what."""
    counts = dict.fromkeys(("page", "frontier", "newest"), 0)
    for name in counts:
        ask = getattr(store.backend, name)

        async def counted(*args: Any, name: str = name, ask: Any = ask) -> Any:
            counts[name] += 1
            return await ask(*args)

        monkeypatch.setattr(store.backend, name, counted)
    return counts


async def settled(store: EventStore) -> None:
    """Wait until everything committed can be read; tests beside this one hold transactions."""
    newest = await store.backend.newest()
    while newest is not None and await store.backend.frontier() < newest:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
