"""Alerts are raised once whoever measures, and each hook is told once, also after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from retold.agents.alerting.watch import AlertNotice, AlertWatch, Hook
from retold.domain.alerts.alert import AlertStatus, Change
from retold.domain.circuit import CircuitClosed, CircuitOpened, circuit_stream
from retold.domain.event import DomainEvent, NewEvent
from retold.domain.value import ErrorInfo
from retold.domain.workflow.commands import CompleteStep
from retold.domain.workflow.events import RunQueued, run_stream
from retold.errors import AlertRulesInvalid, FutureSchemaVersion
from retold.projections.audit.audit import Audit
from retold.projections.keeping.rebuild import rebuild
from retold.projections.models.alerts import alerts
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from tests.domain.workflow.played import Play, step, workflow
from tests.projections.tables import in_database, in_memory

three = workflow(step("a", retry={"attempts": 3, "wait_initial": 0, "wait_jitter": 0}), step("b"))
errors = {"name": "errors", "measure": "error_rate", "above": 0.5, "window_seconds": 60}


class Told:
    """Keeps what a hook was told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.changes: list[tuple[str, Change, int]] = []
        self.notices: list[AlertNotice] = []
        self._error = error

    async def __call__(self, notice: AlertNotice) -> None:
        self.changes.append((notice.rule.name, notice.change, notice.number))
        self.notices.append(notice)
        if self._error is not None:
            raise self._error


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def watch(store: EventStore, *rules: Mapping[str, Any], **options: Any) -> AlertWatch:
    return AlertWatch(store, rules, **options)


async def append(store: EventStore, stream: str, *events: DomainEvent) -> None:
    news = [event.to_new_event(metadata={"agent": "ann"}) for event in events]
    await store.append(stream, news, expected_version=ExpectedVersion.ANY)


async def fails(store: EventStore, name: str, times: int = 2) -> None:
    """Let a run begin in which an attempt fails so often, and another step waits."""
    play = Play(three)
    for _ in range(times):
        play.fail("a")
    events = [
        event.model_copy(update={"run": name}) if isinstance(event, RunQueued) else event
        for event in play.events
    ]
    await append(store, run_stream(name), *events)


async def works(store: EventStore, name: str, times: int) -> None:
    """Let runs go well."""
    for number in range(times):
        play = Play(workflow(step("a")))
        token = play.start("a")
        play.do(CompleteStep(step="a", token=token, result=1, at=play.now))
        await append(store, run_stream(f"{name}{number}"), *play.events)


async def test_an_alert_is_raised_and_cleared_with_its_figure_and_cause(store: EventStore) -> None:
    clock, told = Clock(), Told()
    watching = watch(store, errors, hooks={"page": told}, clock=clock)
    assert (await watching.evaluate())["errors"].status is AlertStatus.CLEAR
    await fails(store, "bad")
    clock.now = datetime.now(UTC)
    state = (await watching.evaluate())["errors"]
    assert (state.status, state.number) == (AlertStatus.RAISED, 1)
    assert state.raised is not None
    assert (state.raised.value, state.raised.threshold) == (1.0, 0.5)
    assert state.raised.cause == ("2 of 2 attempts that ended within 60 s failed (BoomError: 2)")
    await works(store, "good", 2)
    await watching.evaluate()
    await watching.evaluate()
    assert told.changes == [("errors", Change.RAISED, 1), ("errors", Change.CLEARED, 1)]
    assert [notice.value for notice in told.notices] == [1.0, 0.5]
    (row,) = (await Audit(store).alerts()).rows
    assert (row.rule, row.status, row.value, row.cleared_value) == ("errors", "cleared", 1.0, 0.5)
    assert (row.hooks, row.hooks_failed) == (2, 0)
    assert (await Audit(store).orchestrator_status()).alerts == []


async def test_two_processes_raise_once_and_tell_each_hook_once(store: EventStore) -> None:
    await fails(store, "bad")
    first, second = Told(), Told()
    watches = [
        watch(store, errors, hooks={"page": told}) for told in (first, second, first, second)
    ]
    await asyncio.gather(*(watching.evaluate() for watching in watches))
    assert len(first.changes) + len(second.changes) == 1
    assert len((await Audit(store).alerts()).rows) == 1
    assert [alert.rule for alert in (await Audit(store).orchestrator_status()).alerts] == ["errors"]
    # A restart, later on.
    again = Told()
    await watch(store, errors, hooks={"page": again}).evaluate()
    assert again.changes == []
    # One that nobody was, by that name, is told of what still stands.
    other = Told()
    await watch(store, errors, hooks={"page": again, "mail": other}).evaluate()
    assert (again.changes, other.changes) == ([], [("errors", Change.RAISED, 1)])


async def test_a_hook_that_raises_is_recorded_and_stops_no_other(
    store: EventStore, caplog: pytest.LogCaptureFixture
) -> None:
    await fails(store, "bad")
    broken, told = Told(ConnectionError("nobody there")), Told()

    async def hangs(_: AlertNotice) -> None:
        await asyncio.Event().wait()

    hooks: dict[str, Hook] = {"broken": broken, "hangs": hangs, "page": told}
    watching = watch(store, errors, hooks=hooks, hook_seconds=0.05)
    await watching.evaluate()
    await watching.evaluate()
    assert len(broken.changes) == len(told.changes) == 1
    assert [name for name in hooks if f"hook='{name}'" in caplog.text] == ["broken", "hangs"]
    (row,) = (await Audit(store).alerts()).rows
    assert (row.hooks, row.hooks_failed) == (3, 2)
    events = [event async for event in store.read_stream("alert-errors")]
    failed = {e.data["hook"]: e.data["error"]["type"] for e in events if "error" in e.data}
    assert failed == {"broken": "ConnectionError", "hangs": "TimeoutError"}


async def test_each_measure_is_read_from_the_log(store: EventStore) -> None:
    await fails(store, "bad", times=1)
    error = ErrorInfo(type="Timeout", message="late")
    now = datetime.now(UTC)
    opened = CircuitOpened(call="c", failures=3, error=error, opened_at=now, retry_at=now)
    await append(store, circuit_stream("openai"), opened)
    rules = [
        {"name": "depth", "measure": "queue_depth", "above": 1, "workflow": "work"},
        {"name": "depth of the queue", "measure": "queue_depth", "above": 0},
        {
            "name": "depth of b",
            "measure": "queue_depth",
            "above": 0,
            "workflow": "work",
            "step": "b",
        },
        {"name": "open", "measure": "open_circuits", "above": 0},
        {"name": "open of bob", "measure": "open_circuits", "above": 0, "agent": "bob"},
        {"name": "slow", "measure": "latency_p95", "above": 1e9},
        {"name": "few", "measure": "error_rate", "above": 0.1, "at_least": 2},
        {"name": "tokens", "measure": "tokens", "above": 0},
        {"name": "cost", "measure": "cost", "above": 0},
    ]
    watching = watch(store, *rules)
    states = await watching.evaluate()
    raised = {name for name, state in states.items() if state.status is AlertStatus.RAISED}
    assert raised == {"depth", "depth of b", "open"}
    cause = states["open"].raised
    assert cause is not None
    assert cause.cause == "openai is open after Timeout"
    await append(store, circuit_stream("openai"), CircuitClosed(call="c"))
    assert (await watching.evaluate())["open"].status is AlertStatus.CLEAR


async def test_for_a_while_it_is_pending_and_then_raised(store: EventStore) -> None:
    await fails(store, "bad")
    clock = Clock()
    lasting = {**errors, "window_seconds": 3_600, "for_seconds": 30}
    first, second = watch(store, lasting, clock=clock), watch(store, lasting, clock=clock)
    seen = []
    for watching in (first, second, first):
        seen.append((await watching.evaluate())["errors"].status.value)
        clock.on(15)
    assert seen == ["pending", "pending", "raised"]


async def test_rows_of_alerts_are_the_same_made_anew(store: EventStore) -> None:
    await fails(store, "bad")
    await watch(store, errors, hooks={"page": Told(ValueError("x"))}).evaluate()
    await works(store, "good", 3)
    await watch(store, errors, hooks={"page": Told()}).evaluate()
    events = [event async for event in store.read_all(category="alert")]
    expected = in_memory(alerts, events)
    assert len(events) == 5
    assert await in_database(store, alerts) == expected
    await rebuild(store, alerts, batch_size=2)
    assert await in_database(store, alerts) == expected


async def test_a_watch_runs_until_it_is_left(store: EventStore) -> None:
    await fails(store, "bad")
    told, slept = Told(), asyncio.Event()

    async def sleep(_: float) -> None:
        slept.set()
        await asyncio.Event().wait()

    async with watch(store, errors, hooks={"page": told}, sleep=sleep):
        await slept.wait()
    assert told.changes == [("errors", Change.RAISED, 1)]


async def test_bad_rules_and_times_are_refused(store: EventStore) -> None:
    with pytest.raises(AlertRulesInvalid, match="none is watched"):
        watch(store, {**errors, "above": -1})
    with pytest.raises(ValueError, match="every_seconds"):
        watch(store, errors, every_seconds=0)


async def test_a_hook_that_is_cancelled_within_is_recorded_and_ends_no_watch(
    store: EventStore,
) -> None:
    await fails(store, "bad")
    told, pauses = Told(), 0

    async def cancelled(notice: AlertNotice) -> None:
        raise asyncio.CancelledError

    async def pause(seconds: float) -> None:
        nonlocal pauses
        pauses += 1
        if pauses == 2:
            enough.set()
        await asyncio.sleep(0)

    enough = asyncio.Event()
    hooks: Mapping[str, Hook] = {"a": cancelled, "b": told}
    async with watch(store, errors, hooks=hooks, sleep=pause), asyncio.timeout(20):
        await enough.wait()
    (row,) = (await Audit(store).alerts()).rows
    assert (row.hooks, row.hooks_failed) == (2, 1)
    assert told.changes == [("errors", Change.RAISED, 1)]


async def test_a_watch_outlives_an_event_of_a_later_release(store: EventStore) -> None:
    name = circuit_stream("provider")
    later = NewEvent(type=CircuitOpened.type, data={}, schema_version=99)
    await store.append(name, [later], expected_version=ExpectedVersion.ANY)
    rule = {"name": "circuits", "measure": "open_circuits", "above": 0}
    with pytest.raises(FutureSchemaVersion):
        await watch(store, rule).evaluate()
    enough = asyncio.Event()
    pauses = 0

    async def pause(seconds: float) -> None:
        nonlocal pauses
        pauses += 1
        if pauses == 2:
            enough.set()
        await asyncio.sleep(0)

    async with watch(store, rule, sleep=pause), asyncio.timeout(20):
        await enough.wait()
