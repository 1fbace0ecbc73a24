"""Calling a handler until it does its work, or it is clear that it does not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from retold.domain.recorded import RecordedEvent
from retold.logs import get_logger

Handler: TypeAlias = Callable[[RecordedEvent], Awaitable[object]]

longest_pause_seconds = 30.0
longest_reason = 2_000

log = get_logger("retold.consumers")


@dataclass(frozen=True, slots=True)
class Failed:
    """A handler that failed at every attempt.

    Attributes:
        error: what it raised last.
        attempts: how often it was called.
    """

    error: Exception
    attempts: int

    @property
    def reason(self) -> str:
        """Type and message of the error, cut at 2,000 characters, as a database can keep it."""
        text = f"{type(self.error).__qualname__}: {self.error}"[:longest_reason]
        return text.encode(errors="replace").decode().replace("\x00", "\ufffd")


class Delivery:
    """Hands events to a handler.

    Not stamina: a pause must end when the partition is to be let go, and its log lines hold the
    text of the error, which may hold the event's data.
    """

    def __init__(
        self, handler: Handler, *, attempts: int, pause: float, concurrency: int | None
    ) -> None:
        """Store how.

        Args:
            handler: called with one event; what it returns is not looked at.
            attempts: how often it is called for an event that it fails on.
            pause: seconds before the second attempt; they double with each further one, up to
                30, and a random part of up to a half is taken off.
            concurrency: calls at once at the most; None: as many as there are partitions.
        """
        self._handler = handler
        self._attempts = attempts
        self._pause = pause
        self._slots = None if concurrency is None else asyncio.Semaphore(concurrency)

    async def deliver(self, event: RecordedEvent, stop: asyncio.Event) -> Failed | bool:
        """Call the handler until it returns.

        Args:
            event: what to hand over.
            stop: no further attempt is made when it is set.

        Returns:
            True when the handler returned, False when it was not called again because of
            ``stop``, or how it failed.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                await self._call(event)
            except Exception as error:
                log.info(
                    "handler failed",
                    stream=event.stream,
                    version=event.version,
                    attempt=attempt,
                    error=type(error).__name__,
                )
                if attempt >= self._attempts:
                    return Failed(error, attempt)
            else:
                return True
            if await happens(stop, within=self._pause_after(attempt)):
                return False

    async def _call(self, event: RecordedEvent) -> None:
        if self._slots is None:
            await self._handler(event)
        else:
            async with self._slots:
                await self._handler(event)

    def _pause_after(self, attempt: int) -> float:
        # 2 ** 40 pauses of a microsecond are longer than the longest.
        longest: float = min(self._pause * 2 ** min(attempt - 1, 40), longest_pause_seconds)
        return longest * random.uniform(0.5, 1)  # noqa: S311 - a pause, not a secret


async def happens(event: asyncio.Event, *, within: float) -> bool:
    """Wait for an event, ``within`` so many seconds; return whether it happened."""
    try:
        async with asyncio.timeout(within):
            return await event.wait()
    except TimeoutError:
        return event.is_set()
