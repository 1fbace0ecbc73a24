"""A worker dies: what it had is settled by the log, and nothing is recorded twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from retold.agents.orchestrator.asking import ask_for_step
from retold.agents.orchestrator.entries import StepEntry, entry_of
from retold.agents.orchestrator.worker import Worker
from retold.domain.event import NewEvent
from retold.domain.workflow.commands import CompleteStep, StartRun, StartStep
from retold.domain.workflow.events import StepCompleted
from retold.domain.workflow.preparing import prepare_step
from retold.errors import RunExists, RunStepError, StaleFencingToken, StoreUnavailable
from retold.store.append import Append
from retold.store.work_queue import TakenWorkItem
from tests.agents.orchestrator.orchestras import Orchestra, orchestra, until

two_steps = [{"name": name, "agent": "a", "task": name} for name in ("one", "two")]


@pytest.fixture
async def band(tmp_path: Any) -> AsyncIterator[Orchestra]:
    async with orchestra(f"sqlite:///{tmp_path / 'log.db'}") as band:
        yield band


async def taken_by_dead(band: Orchestra, **step: Any) -> tuple[StepEntry, TakenWorkItem]:
    """Have a worker take the first step of a run, and no more: its lease has lapsed."""
    parts = band.orchestrator._parts
    steps = [{**two_steps[0], **step}, two_steps[1]]
    await band.orchestrator.define("w", steps)
    run = await band.orchestrator.queue("w", run="r")
    await parts.runs.decide(run, StartRun(at=datetime.now(UTC)))
    [taken] = await parts.queue.take("dead", seconds=0.000001)
    entry = entry_of(taken.payload)
    assert isinstance(entry, StepEntry)
    return entry, taken


async def begun_by_dead(band: Orchestra, **step: Any) -> tuple[StepEntry, int]:
    """Have it begin the step as well."""
    entry, taken = await taken_by_dead(band, **step)
    command = StartStep(
        step="one",
        attempt=1,
        agent="a",
        worker="dead",
        token=entry.token(taken),
        at=datetime.now(UTC),
    )
    await band.orchestrator._parts.runs.decide("r", command)
    return entry, command.token


async def answered_to_dead(band: Orchestra, entry: StepEntry) -> None:
    """Have the agent answer it, too."""
    parts = band.orchestrator._parts
    run = await parts.runs.state("r")
    agent = parts.agents["a"].agent("1")
    await ask_for_step(
        parts.log,
        entry,
        agent,
        prepare_step(run, "one"),
        caused_by=UUID(entry.event),
        correlation_id="r",
    )


async def test_a_step_that_was_taken_and_not_begun_is_begun_by_another(band: Orchestra) -> None:
    script = await band.add("a", "A", "B")
    await taken_by_dead(band)
    result = await band.orchestrator.wait("r")
    assert (result.status, result.value) == ("completed", {"one": "A", "two": "B"})
    assert len(script.seen) == 2
    assert "step_lost one" not in await band.happened("r")


async def test_a_step_that_was_begun_is_lost_and_begun_anew(band: Orchestra) -> None:
    script = await band.add("a", "A", "B")
    _, token = await begun_by_dead(band)
    result = await band.orchestrator.wait("r")
    assert result.value == {"one": "A", "two": "B"}
    assert await band.happened("r", "one") == [
        "step_ready one",
        "step_started one",
        "step_lost one",
        "step_ready one",
        "step_started one",
        "step_completed one",
    ]
    assert len(script.seen) == 2
    late = CompleteStep(step="one", token=token, result="late", at=datetime.now(UTC))
    with pytest.raises(StaleFencingToken):
        await band.orchestrator._parts.runs.decide("r", late)


async def test_an_answer_that_was_given_is_used_and_not_asked_for_again(band: Orchestra) -> None:
    script = await band.add("a", "A", "B")
    entry, _ = await begun_by_dead(band)
    await answered_to_dead(band, entry)
    result = await band.orchestrator.wait("r")
    assert result.value == {"one": "A", "two": "B"}
    assert len(script.seen) == 2
    assert await band.happened("r", "one") == [
        "step_ready one",
        "step_started one",
        "step_completed one",
    ]


async def test_a_step_that_must_not_be_done_twice_fails_when_its_worker_died(
    band: Orchestra,
) -> None:
    script = await band.add("a")
    await begun_by_dead(band, retry={"restarts": 0})
    result = await band.orchestrator.wait("r")
    assert result.status == "failed"
    assert not script.seen


async def test_what_was_recorded_and_not_put_into_the_queue_is_put_by_another(
    band: Orchestra, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = await band.add("a", "A", "B")
    entry, token = await begun_by_dead(band)
    parts = band.orchestrator._parts
    with monkeypatch.context() as patch:
        # It dies between recording the result and putting the next step.
        patch.setattr(parts.queue, "put", _put_nothing)
        command = CompleteStep(step="one", token=token, result="A", at=datetime.now(UTC))
        await parts.runs.decide("r", command, caused_by=UUID(entry.event))
    result = await band.orchestrator.wait("r")
    assert result.value == {"one": "A", "two": "A"}
    assert len(script.seen) == 1


async def test_what_was_recorded_without_the_database_saying_so_is_followed_at_once(
    band: Orchestra, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = await band.add("a", "A", "B")
    await band.orchestrator.define("w", two_steps)
    append = band.log.store.append
    answers = [StoreUnavailable("Appending", "the connection is gone")]

    async def unheard(stream: str, events: Sequence[NewEvent], **options: Any) -> Any:
        appended = await append(stream, events, **options)
        if events[0].type == StepCompleted.type and answers:
            raise answers.pop()
        return appended

    monkeypatch.setattr(band.log.store, "append", unheard)
    async with asyncio.timeout(20):
        result = await band.orchestrator.run("w")
    assert (result.value, len(script.seen)) == ({"one": "A", "two": "B"}, 2)
    assert not answers


async def _put_nothing(rows: object) -> frozenset[str]:
    return frozenset()


async def test_a_call_that_a_dead_worker_had_does_not_count_against_the_limit(
    band: Orchestra,
) -> None:
    await band.add("a", "A", "B", limits={"concurrent_calls": 1})
    parts = band.orchestrator._parts
    entry, taken = await taken_by_dead(band)
    described = parts.agents["a"].described
    await parts.limits.admit(described, entry, taken, datetime.now(UTC))
    result = await band.orchestrator.wait("r")
    assert result.status == "completed"
    assert not (await parts.limits.state("a")).in_flight


async def test_a_worker_that_is_stopped_gives_its_step_to_others(band: Orchestra) -> None:
    begun = asyncio.Event()

    async def hang() -> str:
        begun.set()
        await asyncio.Event().wait()
        return "never"

    await band.add("a", hang, "A", "B")
    await band.orchestrator.define("w", two_steps)
    run = await band.orchestrator.queue("w")
    worker = band.orchestrator.worker()
    working = asyncio.create_task(worker.run(grace_seconds=0))
    await begun.wait()
    worker.stop()
    await working
    assert (await band.happened(run, "one"))[-2:] == ["step_lost one", "step_ready one"]
    assert (await band.orchestrator.wait(run)).value == {"one": "A", "two": "B"}


async def test_a_log_that_does_not_do_its_work_is_no_failure_of_the_agent(
    band: Orchestra, monkeypatch: pytest.MonkeyPatch
) -> None:
    await band.add("a", "A", "B")
    await band.orchestrator.define("w", two_steps)
    append_many = band.log.store.append_many
    failures = [StoreUnavailable("Appending", "the disk is full")]

    async def failing(appends: Sequence[Append]) -> Any:
        if appends[0].stream.startswith("conversation-") and failures:
            raise failures.pop()
        return await append_many(appends)

    monkeypatch.setattr(band.log.store, "append_many", failing)
    result = await band.orchestrator.run("w")
    assert result.value == {"one": "A", "two": "B"}
    happened = await band.happened(result.ids.session, "one")
    assert "step_lost one" in happened
    assert "step_failed one" not in happened


async def test_a_worker_that_lost_its_step_gives_it_up(band: Orchestra) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def hang() -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return "never"

    await band.add("a", hang, "A", "B")
    await band.orchestrator.define("w", two_steps)
    run = await band.orchestrator.queue("w")
    # Its leases lapse at once, and it is not heard of: another one sweeps them.
    slow = Worker(band.orchestrator._parts, name="slow", lease_seconds=3600)
    working = asyncio.create_task(slow.run())
    await begun.wait()
    [row] = [one for one in slow._held.values() if entry_of(one.taken.payload).run == run]
    await band.orchestrator._parts.queue.extend(row.taken, 0.000001)
    await until(lambda: _swept(band))
    await slow.beat()
    await asyncio.wait_for(cancelled.wait(), 20)
    slow.stop()
    await working
    result = await band.orchestrator.wait(run)
    assert result.value == {"one": "A", "two": "B"}
    assert (await band.happened(run)).count("step_completed one") == 1


async def _swept(band: Orchestra) -> bool:
    return bool(await band.orchestrator._parts.queue.sweep())


async def test_the_same_answer_of_two_workers_is_recorded_once(band: Orchestra) -> None:
    await band.add("a", "A", "B")
    entry, token = await begun_by_dead(band)
    parts = band.orchestrator._parts
    command = CompleteStep(step="one", token=token, result="A", at=datetime.now(UTC))
    outcomes = await asyncio.gather(
        *(parts.runs.decide("r", command, caused_by=UUID(entry.event)) for _ in range(3))
    )
    assert [len(outcome.events) > 0 for outcome in outcomes].count(True) == 1
    other = command.model_copy(update={"token": token + 1})
    with pytest.raises(RunStepError):
        await parts.runs.decide("r", other)


async def test_a_run_that_is_over_is_looked_after_no_more_whoever_ended_it_died(
    band: Orchestra, monkeypatch: pytest.MonkeyPatch
) -> None:
    await band.add("a", "A")
    await band.orchestrator.define("w", [two_steps[0]])
    parts = band.orchestrator._parts
    run = await band.orchestrator.queue("w", run="r")
    # Its row is put, and given back for much later, as by whoever looked after it.
    [first] = await parts.queue.take("looker", seconds=30)
    await parts.runs.decide(run, StartRun(at=datetime.now(UTC)))
    await parts.queue.release(first, delay=3600)
    [taken] = await parts.queue.take("dead", seconds=0.000001)
    entry = entry_of(taken.payload)
    assert isinstance(entry, StepEntry)
    token = entry.token(taken)
    now = datetime.now(UTC)
    start = StartStep(step="one", attempt=1, agent="a", worker="dead", token=token, at=now)
    await parts.runs.decide(run, start)
    with monkeypatch.context() as patch:
        patch.setattr(parts.queue, "cancel", _cancel_nothing)
        await parts.runs.decide(run, CompleteStep(step="one", token=token, result="A", at=now))
    async with band.orchestrator.working():
        await until(lambda: _is_empty(band))


@pytest.mark.parametrize("is_given_up", [True, False])
async def test_a_run_is_queued_again_after_whoever_queued_it_died_halfway(
    band: Orchestra, is_given_up: bool
) -> None:
    await band.add("a", "A", "B")
    await band.orchestrator.define("w", two_steps)
    parts = band.orchestrator._parts
    # It put the run's row, and recorded no run: nobody will look at that for long, or ever.
    await parts.runs.look_after("r", 0, is_new=True)
    [row] = await parts.queue.take("looker", seconds=30)
    if is_given_up:
        await parts.queue.finish(row)
    else:
        await parts.queue.release(row, delay=3600)
    assert await band.orchestrator.queue("w", run="r") == "r"
    assert (await band.orchestrator.wait("r")).value == {"one": "A", "two": "B"}
    for _ in range(2):
        with pytest.raises(RunExists):
            await band.orchestrator.queue("w", run="r")


async def _cancel_nothing(row: str) -> bool:
    return True


async def _is_empty(band: Orchestra) -> bool:
    figures = await band.orchestrator._parts.queue.figures()
    return figures.ready == figures.delayed == figures.taken == 0
