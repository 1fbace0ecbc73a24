"""Approvals, pause and resume, cancel, retry, versions."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from retold.agents.orchestrator.worker import Worker
from retold.errors import (
    ApprovalNotPending,
    RunNotFound,
    RunNotOver,
    RunOver,
    UnknownRunStep,
)
from tests.agents.orchestrator.orchestras import Orchestra, orchestra, until


async def over(band: Orchestra, run: str) -> bool:
    return (await band.orchestrator.status(run)).is_over


def approved(**approval: Any) -> list[dict[str, Any]]:
    return [
        {"name": "build", "agent": "a", "task": "Build"},
        {
            "name": "release",
            "agent": "a",
            "task": "Release",
            "approval": {"ask": "Release {{ build }}?", **approval},
        },
    ]


async def test_a_run_waits_for_an_approval_and_goes_on_with_it() -> None:
    async with orchestra() as band:
        await band.add("a", "v1", "released")
        await band.orchestrator.define("w", approved())
        result = await band.orchestrator.run("w")
        run = result.ids.session
        assert (result.status, result.value) == ("waiting", {"build": "v1"})
        [asked] = [e for e in await band.events(run) if e.type.endswith("approval_requested")]
        assert asked.data["question"] == "Release v1?"
        await band.orchestrator.approve(run, "release", by="ann", reason="looks good")
        result = await band.orchestrator.wait(run)
        assert (result.status, result.value) == (
            "completed",
            {"build": "v1", "release": "released"},
        )
        with pytest.raises(ApprovalNotPending):
            await band.orchestrator.approve(run, "release")


@pytest.mark.parametrize(("refused", "status"), [("skip", "completed"), ("fail", "failed")])
async def test_a_refused_approval_skips_its_step_or_fails_it(refused: str, status: str) -> None:
    async with orchestra() as band:
        script = await band.add("a", "v1")
        await band.orchestrator.define("w", approved(refused=refused))
        run = (await band.orchestrator.run("w")).ids.session
        await band.orchestrator.refuse(run, "release", by="ann", reason="not on a Friday")
        result = await band.orchestrator.wait(run)
        assert (result.status, len(script.seen)) == (status, 1)
        if status == "failed":
            assert result.error is not None
            assert result.error.message == "not on a Friday"


async def test_an_approval_nobody_gives_in_time_is_refused() -> None:
    now = datetime.now(UTC)
    clock = [now]
    async with orchestra(clock=lambda: clock[0]) as band:
        await band.add("a", "v1")
        await band.orchestrator.define("w", approved(timeout=0.3))
        run = (await band.orchestrator.run("w")).ids.session
        clock[0] += timedelta(seconds=1)
        async with band.orchestrator.working(), asyncio.timeout(20):
            await until(lambda: over(band, run))
        assert (await band.happened(run, "release"))[-2:] == [
            "approval_refused release",
            "step_failed release",
        ]


async def test_an_approval_is_refused_in_time_by_a_clock_that_is_behind_the_database() -> None:
    clock = [datetime.now(UTC)]
    async with orchestra(clock=lambda: clock[0]) as band:
        await band.add("a", "v1")
        await band.orchestrator.define("w", approved(timeout=20))
        run = (await band.orchestrator.run("w")).ids.session
        queue = band.orchestrator._parts.queue
        # By the database's clock, its time is over; by this one, it is not for some seconds.
        [expiry] = [
            row async for row in queue.items() if row.finished_at is None and "first" not in row.id
        ]
        for _ in range(2):
            await queue.hasten([expiry.id])
            async with band.orchestrator.working():
                await until(lambda: looked_at(band, expiry.id))
        clock[0] += timedelta(seconds=21)
        await queue.hasten([expiry.id])
        async with band.orchestrator.working(), asyncio.timeout(5):
            await until(lambda: over(band, run))


async def looked_at(band: Orchestra, row: str) -> bool:
    found = await band.orchestrator._parts.queue.find(row)
    return found.state != "taken" and found.ready_at > datetime.now(UTC)


async def test_a_paused_run_begins_no_step_until_it_is_resumed() -> None:
    async with orchestra() as band:
        begun, may_end = asyncio.Event(), asyncio.Event()

        async def wait() -> str:
            begun.set()
            await may_end.wait()
            return "one"

        script = await band.add("a", wait, "two")
        await band.orchestrator.define(
            "w", [{"name": name, "agent": "a", "task": name} for name in ("one", "two")]
        )
        running = asyncio.create_task(band.orchestrator.run("w", run="r"))
        await begun.wait()
        await band.orchestrator.pause("r", by="ann")
        may_end.set()
        assert (await running).status == "waiting"
        assert (await band.orchestrator.status("r")).steps["one"].result == "one"
        assert len(script.seen) == 1
        await band.orchestrator.resume("r")
        assert (await band.orchestrator.wait("r")).value == {"one": "one", "two": "two"}


async def test_cancelling_a_run_cancels_what_is_being_asked() -> None:
    async with orchestra() as band:
        begun, cancelled = asyncio.Event(), asyncio.Event()

        async def hang() -> str:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()
            return "never"

        await band.add("a", hang, "again")
        await band.orchestrator.define("w", [{"name": "one", "agent": "a", "task": "x"}])
        running = asyncio.create_task(band.orchestrator.run("w", run="r"))
        await begun.wait()
        await band.orchestrator.cancel("r", by="ann", reason="no need")
        assert (await running).status == "cancelled"
        assert cancelled.is_set()
        assert (await band.happened("r"))[-1] == "run_cancelled"
        with pytest.raises(RunOver):
            await band.orchestrator.pause("r")
        await band.orchestrator.retry_from("r", "one")
        assert (await band.orchestrator.wait("r")).value == {"one": "again"}


async def test_a_run_is_cancelled_while_other_workers_begin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with orchestra() as band:
        begun = asyncio.Event()

        async def hang() -> str:
            begun.set()
            await asyncio.Event().wait()
            return "never"

        await band.add("a", hang)
        await band.orchestrator.define("w", [{"name": "one", "agent": "a", "task": "x"}])
        running = asyncio.create_task(band.orchestrator.run("w", run="r"))
        await begun.wait()
        others = []
        look_at = Worker.look_at

        async def another_begins(worker: Worker, run: str | None) -> None:
            others.append(band.orchestrator.worker())
            await look_at(worker, run)

        with monkeypatch.context() as patch:
            patch.setattr(Worker, "look_at", another_begins)
            await band.orchestrator.cancel("r")
        assert (await running).status == "cancelled"


async def test_a_run_is_retried_from_a_step_and_what_is_before_it_is_not_asked_again() -> None:
    async with orchestra() as band:
        first = await band.add("a", "A")
        await band.add("b", RuntimeError("broken"), "B")
        await band.add("c", "C")
        await band.orchestrator.define(
            "w", [{"name": name, "agent": name, "task": name} for name in "abc"]
        )
        result = await band.orchestrator.run("w")
        run = result.ids.session
        assert (result.status, result.value) == ("failed", {"a": "A"})
        await band.orchestrator.retry_from(run, "b", by="ann")
        result = await band.orchestrator.wait(run)
        assert (result.status, result.value) == ("completed", {"a": "A", "b": "B", "c": "C"})
        assert len(first.seen) == 1
        session = await band.log.session(f"{run}/b/2")
        assert session.version > 0


async def test_a_run_that_is_paused_before_it_starts_starts_once_it_is_resumed() -> None:
    async with orchestra() as band:
        await band.add("a", "A")
        await band.orchestrator.define("w", [{"name": "one", "agent": "a", "task": "x"}])
        run = await band.orchestrator.queue("w")
        await band.orchestrator.pause(run)
        async with band.orchestrator.working():

            async def is_looked_after() -> bool:
                return (await band.orchestrator._parts.queue.figures()).delayed > 0

            await until(is_looked_after)
            assert (await band.orchestrator.wait(run)).status == "waiting"
            await band.orchestrator.resume(run)
            async with asyncio.timeout(20):
                assert (await band.orchestrator.wait(run)).value == {"one": "A"}


async def test_a_run_that_was_cancelled_before_it_started_can_be_retried() -> None:
    async with orchestra() as band:
        await band.add("a", "A")
        await band.orchestrator.define("w", [{"name": "one", "agent": "a", "task": "x"}])
        run = await band.orchestrator.queue("w")
        await band.orchestrator.cancel(run)
        await band.orchestrator.retry_from(run, "one")
        assert (await band.orchestrator.wait(run)).value == {"one": "A"}


async def test_a_run_ends_on_the_version_it_began_with() -> None:
    async with orchestra() as band:
        await band.add("a", "done", "done")
        first = await band.orchestrator.define("w", [{"name": "x", "agent": "a", "task": "old"}])
        run = await band.orchestrator.queue("w")
        again = await band.orchestrator.define("w", [{"name": "x", "agent": "a", "task": "old"}])
        second = await band.orchestrator.define("w", [{"name": "x", "agent": "a", "task": "new"}])
        assert (first.version, again.version, second.version) == (1, 1, 2)
        await band.orchestrator.wait(run)
        await band.orchestrator.run("w", run="later")
        assert [told.splitlines()[0] for told in band.told("a")] == ["Task: old", "Task: new"]
        workflows = [(await band.orchestrator.status(one)).workflow for one in (run, "later")]
        assert [workflow and workflow.version for workflow in workflows] == [1, 2]


async def test_what_is_not_there_is_said_so() -> None:
    async with orchestra() as band:
        await band.add("a", "A")
        await band.orchestrator.define("w", [{"name": "one", "agent": "a", "task": "x"}])
        for ask in (
            band.orchestrator.status("none"),
            band.orchestrator.wait("none"),
            band.orchestrator.pause("none"),
            band.orchestrator.cancel("none"),
            band.orchestrator.approve("none", "one"),
            band.orchestrator.retry_from("none", "one"),
        ):
            with pytest.raises(RunNotFound):
                await ask
        run = await band.orchestrator.queue("w")
        with pytest.raises(RunNotOver):
            await band.orchestrator.retry_from(run, "one")
        with pytest.raises(UnknownRunStep):
            await band.orchestrator.approve(run, "two")
