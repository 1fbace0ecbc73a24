"""A probe runs on a schedule; the log says when its finding changed, and nothing else."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

import retold
from retold import HealthCheck
from retold.domain.event import RecordedEvent
from retold.domain.health import HealthChanged, HealthState, ReportHealth, health
from retold.domain.value import ErrorInfo
from retold.errors import InvalidStreamName
from retold.testing import given

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)
down = ErrorInfo(type="ConnectionError", message="refused")


def test_only_a_change_happens() -> None:
    ill = HealthChanged(status="unhealthy", was="unknown", at=noon, error=down)
    well = HealthChanged(status="healthy", was="unhealthy", at=noon)
    given(health).when(ReportHealth(at=noon, error=down)).then(ill)
    given(health, ill).when(ReportHealth(at=noon, error=down)).then()
    state = given(health, ill).when(ReportHealth(at=noon)).then(well)
    assert state == HealthState(status="healthy", since=noon)
    given(health, ill, well).when(ReportHealth(at=noon)).then()


async def changes_in(log: retold.Log) -> list[RecordedEvent]:
    return [event async for event in log.store.read_all(category="health")]


class Probe:
    """Fails when it is told to, and counts how often it ran."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.runs = 0
        self.ran = asyncio.Condition()

    async def __call__(self) -> None:
        self.runs += 1
        async with self.ran:
            self.ran.notify_all()
        if self.error is not None:
            raise self.error

    async def run_again(self, times: int = 2) -> None:
        """Wait until it has begun so often again: by then the check before it is over."""
        wanted = self.runs + times
        async with asyncio.timeout(10), self.ran:
            await self.ran.wait_for(lambda: self.runs >= wanted)


async def test_a_schedule_records_changes_only_and_ends_with_the_log(store_url: str) -> None:
    probe = Probe()
    async with retold.open(store_url) as log:
        check = await log.check_health("openai", probe, every_seconds=0.001)
        await probe.run_again(4)
        probe.error = ConnectionError("refused")
        await probe.run_again(4)
        assert (await check.state()).status == "unhealthy"
        probe.error = None
        await probe.run_again(4)
        changes = await changes_in(log)
    runs = probe.runs
    await asyncio.sleep(0.02)
    assert probe.runs == runs
    assert [(event.data["was"], event.data["status"]) for event in changes] == [
        ("unknown", "healthy"),
        ("healthy", "unhealthy"),
        ("unhealthy", "healthy"),
    ]
    assert changes[1].data["error"] == {"type": "ConnectionError", "message": "refused"}
    assert {event.stream for event in changes} == {"health-openai"}


async def test_what_another_process_found_is_no_change(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log, retold.open(sqlite_url) as other:
        clock = lambda: noon  # noqa: E731 - a clock that stands still
        checks = [HealthCheck(o.store, "db", Probe(), clock=clock) for o in (log, other)]
        for check in checks:
            assert await check.check() == HealthState(status="healthy", since=noon)
        assert len(await changes_in(log)) == 1


async def test_a_probe_that_takes_too_long_is_a_failure(sqlite_url: str) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    async with retold.open(sqlite_url) as log:
        check = HealthCheck(log.store, "slow", hang, timeout_seconds=0.01)
        state = await check.check()
    assert state.status == "unhealthy"
    assert state.error is not None
    assert state.error.type == "TimeoutError"


async def test_it_goes_by_its_own_schedule(sqlite_url: str) -> None:
    pauses: list[float] = []
    enough = asyncio.Event()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            enough.set()
            await asyncio.Event().wait()

    probe = Probe()
    async with retold.open(sqlite_url) as log:
        async with HealthCheck(log.store, "x", probe, every_seconds=7, sleep=sleep):
            await enough.wait()
        assert probe.runs == 3
    assert pauses == [7, 7, 7]


async def test_what_cannot_be_is_refused(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        with pytest.raises(InvalidStreamName):
            await log.check_health("", Probe())
        with pytest.raises(ValueError, match="every_seconds"):
            await log.check_health("x", Probe(), every_seconds=0)


async def test_a_log_that_fails_does_not_end_the_checks(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = Probe()
    async with retold.open(sqlite_url) as log:
        real, failures = log.store.append, 0

        async def fail(*_: object, **__: object) -> None:
            nonlocal failures
            failures += 1
            raise retold.errors.StoreUnavailable("the log", "the disk is full")

        monkeypatch.setattr(log.store, "append", fail)
        check = await log.check_health("openai", probe, every_seconds=0.001)
        await probe.run_again(3)
        assert failures
        monkeypatch.setattr(log.store, "append", real)
        await probe.run_again(3)
        state = await check.state()
    assert state.status == "healthy"
    assert state.since is not None
    assert state.since > noon + timedelta(days=1)


async def test_checks_that_outlive_their_log_end_by_themselves(sqlite_url: str) -> None:
    checked, log_is_closed = asyncio.Event(), asyncio.Event()

    async def sleep(_: float) -> None:
        checked.set()
        await log_is_closed.wait()

    async with retold.open(sqlite_url) as log:
        check = HealthCheck(log.store, "x", Probe(), sleep=sleep)
        await check.__aenter__()
        await checked.wait()
    log_is_closed.set()
    async with asyncio.timeout(10):
        assert check._task is not None
        await check._task
    await check.stop()
