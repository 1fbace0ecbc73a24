"""Health checks: a probe runs on a schedule, and what it finds is recorded when it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from retold.agents.decided_stream import DecidedStream
from retold.agents.secrets import error_info
from retold.domain.health import HealthState, ReportHealth, health, health_stream
from retold.errors import StoreClosed, StoreError
from retold.logs import get_logger
from retold.store import EventStore

log = get_logger("retold.health")

Probe = Callable[[], Awaitable[object]]
"""Returns when all is well, and raises when it is not; what it returns does not matter."""


def _now() -> datetime:
    return datetime.now(UTC)


class HealthCheck:
    """Runs a probe every so often; use it as ``async with``, or by ``log.check_health(...)``.

    A change is an event, ``health.changed``, in the stream ``health-<name>``. As long as nothing
    changes, nothing is recorded, whichever of several processes checks.

    Attributes:
        name: of what is checked.
    """

    def __init__(
        self,
        store: EventStore,
        name: str,
        probe: Probe,
        *,
        every_seconds: float = 30.0,
        timeout_seconds: float = 10.0,
        clock: Callable[[], datetime] = _now,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Store what is needed.

        Args:
            store: the log.
            name: of what is checked, such as the provider's.
            probe: finds out.
            every_seconds: pause between two checks.
            timeout_seconds: how long a probe may take; then it counts as failed.
            clock: gives the time, with a zone.
            sleep: waits that many seconds.

        Raises:
            InvalidStreamName: when the name cannot name a stream.
            ValueError: when a number is not above 0.
        """
        for what, seconds in (
            ("every_seconds", every_seconds),
            ("timeout_seconds", timeout_seconds),
        ):
            if not seconds > 0:
                raise ValueError(f"{what}: more than 0, not {seconds}")
        self.name = name
        self._store = store
        self._stream = DecidedStream(store, health_stream(name), health)
        self._probe = probe
        self._every_seconds = every_seconds
        self._timeout_seconds = timeout_seconds
        self._clock = clock
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to check, at once."""
        self._task = asyncio.create_task(self._run(), name=f"health check {self.name}")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Check no more; a check that is going on is cancelled."""
        await self.stop()

    async def stop(self) -> None:
        """Check no more. A no-op when it was stopped or never begun."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def check(self) -> HealthState:
        """Run the probe once, record a change, and return how things are.

        Raises:
            StoreError: when the log cannot be read or written.
        """
        failure: Exception | None = None
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._probe()
        except Exception as error:
            failure = error
        info = None if failure is None else error_info(self._store, failure)
        decided = await self._stream.decide(ReportHealth(at=self._clock(), error=info))
        return decided.state

    async def state(self) -> HealthState:
        """Return what the log says of it, by this or any other process.

        Raises:
            StoreError: when the log cannot be read.
        """
        return await self._stream.state()

    async def _run(self) -> None:
        while True:
            try:
                await self.check()
            except StoreClosed:
                return
            except StoreError as error:
                # The next check may find the log at work again.
                log.warning("health not recorded", name=self.name, error=error.code)
            await self._sleep(self._every_seconds)
