"""An alert watch: measures on a schedule, raises and clears alerts, and calls hooks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeAlias
from uuid import UUID

from retold.agents.decided_stream import DecidedStream
from retold.agents.secrets import error_info
from retold.domain.alerts.alert import (
    AlertCommand,
    AlertHookCalled,
    AlertState,
    CallHook,
    Change,
    FailHook,
    TakeMeasure,
    alert_stream,
    alerts,
)
from retold.domain.alerts.rules import AlertRule, check_rules
from retold.errors import RetoldError, StoreClosed
from retold.logs import get_logger
from retold.projections.metrics.measuring import measure
from retold.projections.metrics.prefix import whole_log
from retold.store import EventStore

log = get_logger("retold.alerts")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertNotice:
    """What a hook is told.

    Attributes:
        rule: by which the alert was raised.
        change: whether it was raised or cleared.
        number: how often it was raised, this time included.
        value: the figure; None when it is not known any more.
        threshold: what it is greater than, or had to come down to.
        cause: what the figure is made of, in words.
        at: when it was measured.
    """

    rule: AlertRule
    change: Change
    number: int
    value: float | None
    threshold: float
    cause: str
    at: datetime


Hook: TypeAlias = Callable[[AlertNotice], Awaitable[object]]
"""Is told of an alert; what it returns does not matter, and what it raises is recorded."""


def _now() -> datetime:
    return datetime.now(UTC)


class AlertWatch:
    """Watches rules; use it as ``async with``, or by ``log.watch_alerts(...)``.

    What is measured is read from the log, and what is decided is recorded there, in the stream
    ``alert-<rule>``. Several processes may watch the same rules: an alert is raised once and
    cleared once, and each hook, by its name, is called once for either, by one of them.

    Attributes:
        rules: that are watched.
    """

    def __init__(
        self,
        store: EventStore,
        rules: Iterable[AlertRule | Mapping[str, Any]],
        *,
        hooks: Mapping[str, Hook] | None = None,
        every_seconds: float = 15.0,
        hook_seconds: float = 30.0,
        clock: Callable[[], datetime] = _now,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Store what is needed.

        Args:
            store: the log.
            rules: as such, or their fields by name.
            hooks: called when an alert is raised or cleared, by a name that stays.
            every_seconds: pause between two measurements.
            hook_seconds: how long a hook may take; then it counts as failed.
            clock: gives the time, with a zone.
            sleep: waits that many seconds.

        Raises:
            AlertRulesInvalid: when the rules cannot be watched, with all problems.
            InvalidStreamName: when a name cannot name a stream.
            ValueError: when a number is not above 0.
        """
        for what, seconds in (("every_seconds", every_seconds), ("hook_seconds", hook_seconds)):
            if not seconds > 0:
                raise ValueError(f"{what}: more than 0, not {seconds}")
        self.rules = check_rules(rules)
        self._store = store
        self._hooks = dict(hooks or {})
        self._every_seconds = every_seconds
        self._hook_seconds = hook_seconds
        self._clock = clock
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None
        self._streams: dict[str, DecidedStream[AlertCommand, AlertState]] = {
            rule.name: DecidedStream(store, alert_stream(rule.name), alerts) for rule in self.rules
        }

    async def __aenter__(self) -> Self:
        """Begin to watch, at once."""
        self._task = asyncio.create_task(self._run(), name="alert watch")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Watch no more; a measurement that is going on is cancelled."""
        await self.stop()

    async def stop(self) -> None:
        """Watch no more. A no-op when it was stopped or never begun."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def evaluate(self) -> dict[str, AlertState]:
        """Measure once, raise and clear what is due, call hooks, and return how alerts stand.

        Raises:
            ProjectionError, StoreError: when the log cannot be read or written.
            InvalidEventData, FutureSchemaVersion: when an event is of a later release.
        """
        at = self._clock()
        found = await measure(self._store, self.rules, whole_log(at))
        states = {}
        for rule in self.rules:
            measured = found[rule.name]
            command = TakeMeasure(rule=rule, value=measured.value, cause=measured.cause, at=at)
            state = (await self._streams[rule.name].decide(command)).state
            await asyncio.gather(*(self._tell(name, rule, state) for name in self._hooks))
            states[rule.name] = state
        return states

    async def _tell(self, hook: str, rule: AlertRule, state: AlertState) -> None:
        """Call a hook when it is due, unless another process does."""
        if not state.is_due(hook):
            return
        stream = self._streams[rule.name]
        decided = await stream.decide(CallHook(hook=hook, at=self._clock()))
        for event in decided.events:
            if isinstance(event, AlertHookCalled):
                await self._call(event, decided.state, rule, decided.ids[0])

    async def _call(
        self, called: AlertHookCalled, state: AlertState, rule: AlertRule, event_id: UUID
    ) -> None:
        notice = _notice(called, state, rule)
        try:
            async with asyncio.timeout(self._hook_seconds):
                await self._hooks[called.hook](notice)
        except (Exception, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                # It is the watch that ends, and not what the hook waited for.
                raise
            # Whoever is told of an alert must not keep the others from being told.
            info = error_info(self._store, error)
            log.warning("an alert's hook failed", rule=rule.name, hook=called.hook, error=info.type)
            failed = FailHook(
                number=called.number, change=called.change, hook=called.hook, error=info
            )
            await self._streams[rule.name].decide(failed, caused_by=event_id)

    async def _run(self) -> None:
        while True:
            try:
                await self.evaluate()
            except StoreClosed:
                return
            except RetoldError as error:
                # The next measurement may find the log at work again, or without what it holds of
                # a later release.
                log.warning("alerts not measured", error=error.code)
            await self._sleep(self._every_seconds)


def _notice(called: AlertHookCalled, state: AlertState, rule: AlertRule) -> AlertNotice:
    """Return what a hook is told of how an alert stands."""
    event = state.raised if called.change is Change.RAISED else state.cleared
    if event is None:
        raise RuntimeError(f"alert {rule.name!r} was never {called.change.value}")
    return AlertNotice(
        rule=rule,
        change=called.change,
        number=called.number,
        value=event.value,
        threshold=event.threshold,
        cause=event.cause,
        at=event.at,
    )
