"""What fails, as providers' clients do, and what a log says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import retold
from retold.agents.resilience.retry import Retry
from retold.domain.event import RecordedEvent


class RateLimitError(Exception):
    """As openai's: with a status, and the response it came with."""

    def __init__(self, status: int = 429, headers: Mapping[str, str] | None = None) -> None:
        self.status_code = status
        self.response = SimpleNamespace(status_code=status, headers=dict(headers or {}))
        super().__init__(f"status {status}")


def at_once(attempts: int = 3, **options: Any) -> Retry:
    """Return a retry that does not pause."""
    return Retry(attempts=attempts, wait_seconds=0, jitter_seconds=0, **options)


def skipping_time() -> Callable[[float], None]:
    """Return a function that lets the running loop's clock skip so many seconds.

    Then what takes too long does so at once, and however slow the machine is, nothing else does.
    """
    loop = asyncio.get_running_loop()
    real, skipped = loop.time, 0.0

    def skip(seconds: float) -> None:
        nonlocal skipped
        skipped += seconds

    # A loop has no other way to be told the time.
    loop.time = lambda: real() + skipped  # type: ignore[method-assign]
    return skip


async def model_events(session: retold.Session) -> list[RecordedEvent]:
    """Return what is recorded of the model calls of a session, in order."""
    return [event for event in await session.events() if event.type.startswith("model.")]


async def causes_in(session: retold.Session) -> list[tuple[str, str | None]]:
    """Return what is recorded of the model calls, each with the type of what led to it."""
    types = {event.event_id: event.type for event in await session.events()}
    return [
        (event.type, None if event.causation_id is None else types.get(event.causation_id))
        for event in await model_events(session)
    ]


async def circuit_events(log: retold.Log, name: str) -> list[RecordedEvent]:
    """Return the events of a circuit."""
    return [event async for event in log.store.read_stream(f"circuit-{name}", missing_ok=True)]
