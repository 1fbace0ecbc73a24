"""Queued runs of three trivial steps, worked on by four processes, against the same turns alone.

The runs wait in the queue before the workers begin. A round counts only when every run was
completed and every step was begun, asked for and completed once.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

from ag2 import Agent

import retold
from benchmarks.child import Child
from benchmarks.children.orchestrated import agent_name, queue_name, task
from benchmarks.log import Durability, empty_log, scratch_folder, sqlite_url
from benchmarks.measure import Settings, interleave, percentile
from benchmarks.model_call_cost import Answering
from benchmarks.postgres_server import PostgresServer, postgres_missing
from benchmarks.result import Measured, Missing, Reference, Result
from retold.domain.model_call import ModelCallCompleted
from retold.domain.workflow.events import (
    RunCompleted,
    RunFailed,
    RunStarted,
    StepCompleted,
    StepReady,
    StepStarted,
    run_event_types,
)
from retold.store.work_queue import NewWorkItem, WorkQueue

name = "orchestrator"
runs, quick_runs = 1_000, 40
workers = 4
steps = ("first", "second", "third")
# A round takes a minute or so.
most_rounds = 3
give_up_seconds = 900.0
workflow = "trivial"
# What a run without faults has; an event more is a step that was lost or done again.
once = Counter({RunStarted.type: 1, RunCompleted.type: 1}) + Counter(
    dict.fromkeys((StepReady.type, StepStarted.type, StepCompleted.type), len(steps))
)

ends = frozenset({RunCompleted.type, RunFailed.type})

NewLog: TypeAlias = Callable[[], AbstractContextManager[str]]


class NotOnce(Exception):
    """A run, or a step of one, was lost or done more than once."""


@dataclass(frozen=True, slots=True)
class Round:
    """What came of a round; the asks and the queue have their rate only.

    Attributes:
        rate: steps, asks or items a second.
        waits: seconds of each step from when it was ready until it was begun.
        lengths: seconds of each run from its start to its end.
    """

    rate: float
    waits: tuple[float, ...] = ()
    lengths: tuple[float, ...] = ()


def run(settings: Settings) -> Iterator[Result]:
    """Measure SQLite at both durabilities, then PostgreSQL where there is a server."""
    yield from _measure("SQLite, full", "full", _sqlite_log, settings)
    yield from _measure("SQLite, normal", "normal", _sqlite_log, settings)
    if reason := postgres_missing():
        yield Missing(benchmark=name, case="PostgreSQL", reason=reason)
        return
    with PostgresServer.with_template() as server:
        yield from _measure("PostgreSQL", "full", server.log, settings)


def _measure(
    database: str, durability: Durability, new_log: NewLog, settings: Settings
) -> Iterator[Result]:
    count = quick_runs if settings.quick else runs

    def worked() -> Round:
        with new_log() as url:
            return asyncio.run(orchestrated(url, durability, count))

    def asked() -> Round:
        with new_log() as url:
            return _together(url, durability, count, lambda number: ("ask", f"s{number}"))

    def taken() -> Round:
        with new_log() as url:
            asyncio.run(_fill_queue(url, durability, len(steps) * count))
            return _together(url, durability, count, lambda _: ("take",))

    contenders = {"worked": worked, "asked": asked, "taken": taken}
    found = interleave(contenders, min(settings.rounds, most_rounds))
    rounds, where = found["worked"], f"{database}, {workers} workers"
    yield Measured(
        benchmark=name,
        case=f"{where}, steps of {count:,} runs",
        unit="steps/s",
        rounds=tuple(one.rate for one in rounds),
        reference=Reference(
            name="session.ask alone", rounds=tuple(one.rate for one in found["asked"])
        ),
    )
    yield Measured(
        benchmark=name,
        case=f"{where}, runs",
        unit="runs/s",
        rounds=tuple(one.rate / len(steps) for one in rounds),
    )
    yield Measured(
        benchmark=name,
        case=f"{where}, the queue alone, taken and finished",
        unit="items/s",
        rounds=tuple(one.rate for one in found["taken"]),
    )
    waits, lengths = [one.waits for one in rounds], [one.lengths for one in rounds]
    yield from _latencies(f"{where}, step ready to step started", waits)
    yield from _latencies(f"{where}, run started to run completed", lengths)


def _latencies(case: str, rounds: Sequence[Sequence[float]]) -> Iterator[Result]:
    yield Measured(
        benchmark=name,
        case=f"{case}, median",
        unit="ms",
        rounds=tuple(median(seconds) * 1_000 for seconds in rounds),
    )
    yield Measured(
        benchmark=name,
        case=f"{case}, 95th percentile",
        unit="ms",
        rounds=tuple(percentile(seconds, 95) * 1_000 for seconds in rounds),
    )


# The orchestrator ----------------------------------------------------------------------------


async def orchestrated(url: str, durability: Durability, count: int) -> Round:
    """Queue runs on an empty log, and let the workers run them.

    Raises:
        NotOnce: when it is not that each run, and each step of it, was completed once.
    """
    async with retold.open(url, durability=durability) as log:
        orchestrator = retold.AgentOrchestrator(log)
        await orchestrator.register(agent_name, Agent(agent_name, config=log.model(Answering())))
        await orchestrator.define(
            workflow,
            [
                {"name": step, "agent": agent_name, "task": task, "depends_on": list(before)}
                for step, before in zip(steps, ((), *((one,) for one in steps)), strict=False)
            ],
        )
        queued = [await orchestrator.queue(workflow) for _ in range(count)]
        begin = await _let_work(url, durability, log, count)
        return await checked(log, begin, queued)


async def _let_work(url: str, durability: Durability, log: retold.Log, count: int) -> float:
    """Start the workers, wait until they are through, and return when they began."""
    children = [Child("orchestrated", url, durability, "work") for _ in range(workers)]
    try:
        for child in children:
            await asyncio.to_thread(child.wait_until_ready)
        after = await log.store.end()
        begin = time.time()
        for child in children:
            child.go()
        ended = 0
        async with (
            asyncio.timeout(give_up_seconds),
            log.store.subscribe(after=after, types=ends) as events,
        ):
            async for _ in events:
                ended += 1
                if ended == count:
                    break
        for child in children:
            await asyncio.to_thread(child.result)
        return begin
    finally:
        for child in children:
            child.stop()


async def checked(log: retold.Log, begin: float, queued: Sequence[str]) -> Round:
    """Return what the log says of runs that were begun at a time, seconds since 1970-01-01 UTC.

    Raises:
        NotOnce: when it is not that each run, and each step of it, was completed once.
    """
    happened: defaultdict[str, Counter[str]] = defaultdict(Counter)
    at: dict[tuple[str, str, str], datetime] = {}
    types = {event.type for event in run_event_types}
    async for event in log.store.read_all(category="workflow", types=types):
        run_id = event.stream.removeprefix("workflow-")
        happened[run_id][event.type] += 1
        at[run_id, event.type, str(event.data.get("step", ""))] = (
            event.occurred_at or event.recorded_at
        )
    for run_id in queued:
        counts = happened[run_id]
        if any(counts[kind] != number for kind, number in once.items()):
            raise NotOnce(f"run {run_id}: {dict(counts)}")
        for step in steps:
            if (run_id, StepCompleted.type, step) not in at:
                raise NotOnce(f"run {run_id}: step {step} was not completed")
    calls = 0
    async for _ in log.store.read_all(types={ModelCallCompleted.type}):
        calls += 1
    if calls != len(queued) * len(steps) or len(happened) != len(queued):
        raise NotOnce(f"{calls:,} model calls in {len(happened):,} of {len(queued):,} runs")

    def seconds(run_id: str, first: str, last: str, step: str = "") -> float:
        return (at[run_id, last, step] - at[run_id, first, step]).total_seconds()

    end = max(at[run_id, RunCompleted.type, ""] for run_id in queued).timestamp()
    return Round(
        len(queued) * len(steps) / (end - begin),
        tuple(
            seconds(one, StepReady.type, StepStarted.type, step) for one in queued for step in steps
        ),
        tuple(seconds(one, RunStarted.type, RunCompleted.type) for one in queued),
    )


# What it is compared with --------------------------------------------------------------------


def _together(
    url: str, durability: Durability, count: int, what: Callable[[int], tuple[str, ...]]
) -> Round:
    """Let as many processes do as many things, without an orchestrator."""
    each = len(steps) * count // workers
    children = [
        Child("orchestrated", url, durability, *what(number), each) for number in range(workers)
    ]
    try:
        for child in children:
            child.wait_until_ready()
        for child in children:
            child.go()
        found: list[dict[str, Any]] = [child.result() for child in children]
    finally:
        for child in children:
            child.stop()
    seconds = max(one["end"] for one in found) - min(one["begin"] for one in found)
    return Round(each * workers / seconds)


async def _fill_queue(url: str, durability: Durability, count: int) -> None:
    async with retold.open(url, durability=durability) as log:
        queue = WorkQueue(log.store, queue_name)
        await queue.put([NewWorkItem(id=f"item-{number}") for number in range(count)])


@contextmanager
def _sqlite_log() -> Iterator[str]:
    with scratch_folder() as folder:
        yield sqlite_url(empty_log(Path(folder) / "log.db"))
