"""The figures of a log as of every event are those that the events say when they are counted."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings, strategies as st

from retold.domain.event import DomainEvent, RecordedEvent
from retold.domain.workflow.commands import CancelRun, RetryFrom
from retold.domain.workflow.definition import Workflow
from retold.domain.workflow.events import (
    ApprovalGiven,
    ApprovalRefused,
    ApprovalRequested,
    RetriedFrom,
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunQueued,
    RunStarted,
    StepCompleted,
    StepFailed,
    StepLost,
    StepReady,
    StepStarted,
    StepTimedOut,
    run_stream,
    workflow_events,
)
from retold.domain.workflow.run import runs
from retold.domain.workflow.state import StepStatus, settled_statuses
from retold.projections.keeping.catch_up import catch_up
from retold.projections.keeping.rebuild import rebuild
from retold.projections.metrics.groups import Tallies, figures
from retold.projections.metrics.metrics import Metrics, metrics_of, windows
from retold.projections.metrics.prefix import Prefix, prefix_of
from retold.projections.metrics.read_models import ReadModels
from retold.projections.metrics.reading import Fact
from retold.projections.metrics.workflows import workflow_figures
from retold.projections.models.workflow_attempt_table import approval_rows, attempt_rows
from retold.projections.models.workflow_runs import workflow_runs
from retold.projections.models.workflow_table import course_rows, execution_rows, run_rows
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from tests.domain.workflow.played import diamond, noon, step, workflow
from tests.domain.workflow.test_run_properties import Chance, randoms, workflows
from tests.projections.histories import dice
from tests.projections.tables import in_batches, in_database, in_memory

second = timedelta(seconds=1)


def played(definition: Workflow, random: Random, name: str) -> list[DomainEvent]:
    """Return the events of a run that is played by chance, and perhaps cancelled and retried."""
    chance = Chance(definition, random)
    play = chance.play
    for _ in range(random.choice([3, 9, 2_000])):
        if play.run.is_over:
            break
        chance.turn()
    if not play.run.is_over and random.random() < 0.5:
        play.do(CancelRun())
    if play.run.is_over:
        play.do(RetryFrom(step=random.choice(list(play.run.steps)), at=play.now))
        for _ in range(random.choice([2, 2_000])):
            if play.run.is_over:
                break
            chance.turn()
    return [
        event.model_copy(update={"run": name}) if isinstance(event, RunQueued) else event
        for event in play.events
    ]


def as_log(
    streams: Mapping[str, Sequence[DomainEvent]], random: Random, *, clocks: bool
) -> list[RecordedEvent]:
    """Return the events of several runs as a log takes them, in a random order of the runs."""
    waiting = {name: list(events) for name, events in streams.items()}
    versions = dict.fromkeys(waiting, 0)
    found = list[RecordedEvent]()
    now = noon
    while waiting:
        name = random.choice(sorted(waiting))
        for _ in range(min(random.randrange(1, 5), len(waiting[name]))):
            event = waiting[name].pop(0)
            versions[name] += 1
            new = event.to_new_event(
                occurred_at=now - random.choice([0, 1]) * second if clocks else None
            )
            found.append(
                RecordedEvent(
                    position=len(found) + 1,
                    transaction_id=0,
                    stream=run_stream(name),
                    version=versions[name],
                    event_id=UUID(int=len(found) + 1),
                    type=new.type,
                    schema_version=new.schema_version,
                    data=new.data,
                    metadata=new.metadata,
                    correlation_id=None,
                    causation_id=None,
                    occurred_at=new.occurred_at,
                    recorded_at=now,
                    tenant="default",
                    digest=b"",
                )
            )
        now += random.choice([0, 0, 1, 20, 70, 4_000]) * second
        if not waiting[name]:
            del waiting[name]
    return found


# By hand ---------------------------------------------------------------------------------------


class Counted:
    """Counts attempts by hand: event by event, with nothing but lists."""

    def __init__(self) -> None:
        self.begun = self.successes = self.lost = self.cancelled = 0
        self.failures: Counter[str] = Counter()
        self.ends: list[tuple[datetime, bool]] = []
        self.latencies: list[float] = []
        self.waits: list[float] = []

    def metrics(self, until: datetime, waiting: int) -> dict[str, Any]:
        failed = self.failures.total()
        over = self.successes + failed + self.lost + self.cancelled
        ordered = sorted(self.latencies)
        rates = {}
        for seconds in windows:
            ends = [bad for at, bad in self.ends if at > until - seconds * second]
            rates[seconds] = sum(ends) / len(ends) if ends else None
        return {
            "calls": self.begun,
            "waiting": waiting,
            "active": self.begun - over,
            "completed": over,
            "successes": self.successes,
            "failures": failed,
            "failures_by_type": dict(self.failures),
            "lost": self.lost,
            "cancelled": self.cancelled,
            "success_rate": self.successes / (self.successes + failed) if self.ends else None,
            "error_rate": failed / (self.successes + failed) if self.ends else None,
            "error_rates": rates,
            "latency_ms": pytest.approx(sum(ordered) / len(ordered)) if ordered else None,
            "latency_median_ms": statistics.median(ordered) if ordered else None,
            "latency_p95_ms": pytest.approx(interpolated(ordered)) if ordered else None,
            "queue_wait_ms": (
                pytest.approx(sum(self.waits) / len(self.waits)) if self.waits else None
            ),
        }


def interpolated(ordered: Sequence[float]) -> float:
    place = 0.95 * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def between(start: RecordedEvent, end: RecordedEvent, ready_at: datetime | None) -> float | None:
    known = start.occurred_at is not None and end.occurred_at is not None
    first = start.occurred_at if known else start.recorded_at
    last = end.occurred_at if known else end.recorded_at
    assert first is not None
    assert last is not None
    if ready_at is not None:
        first = max(first, ready_at)
    return None if last < first else (last - first) / second * 1_000


def counted(  # noqa: C901, PLR0912 - a case for each event
    events: Iterable[RecordedEvent],
) -> tuple[dict[str | None, Counted], Counter[Any]]:
    """Return what each agent's attempts add up to, and how many wait for each."""
    of: dict[str | None, Counted] = defaultdict(Counted)
    ready: dict[Any, tuple[RecordedEvent, StepReady]] = {}
    begun: dict[Any, tuple[RecordedEvent, str]] = {}
    for recorded in events:
        event = workflow_events.decode(recorded)
        key = (recorded.stream, getattr(event, "step", None), getattr(event, "item", None))
        match event:
            case StepReady():
                ready[key] = (recorded, event)
            case StepStarted(agent=agent):
                found, asked = ready.pop(key)
                begun[key] = (recorded, agent)
                of[agent].begun += 1
                wait = between(found, recorded, asked.ready_at)
                if wait is not None:
                    of[agent].waits.append(wait)
            case StepCompleted() | StepFailed() | StepTimedOut() | StepLost():
                if event.attempt is None:
                    continue
                started, agent = begun.pop(key)
                it = of[agent]
                if isinstance(event, StepLost):
                    it.lost += 1
                    continue
                it.ends.append((recorded.recorded_at, not isinstance(event, StepCompleted)))
                took = between(started, recorded, None)
                if took is not None:
                    it.latencies.append(took)
                match event:
                    case StepCompleted():
                        it.successes += 1
                    case StepFailed(error=error):
                        it.failures[error.type] += 1
                    case _:
                        it.failures["StepTimedOut"] += 1
            case RunCancelled() | RunFailed() | RunCompleted():
                for cut in [key for key in begun if key[0] == recorded.stream]:
                    of[begun.pop(cut)[1]].cancelled += 1
                for cut in [key for key in ready if key[0] == recorded.stream]:
                    del ready[cut]
    return of, Counter(asked.agent for _, asked in ready.values())


def as_row(metrics: Metrics, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(metrics, name) for name in names}


def facts_of(rows: Iterable[Any]) -> list[Fact]:
    return [Fact(**{name: getattr(row, name) for name in Fact._fields}) for row in rows]


def by_agent(facts: Iterable[Fact], prefix: Prefix) -> dict[str | None, Metrics]:
    tallies = Tallies[str | None](prefix, lambda fact: fact.agent_in(prefix))
    for fact in facts:
        if prefix.includes(fact.recorded_at, fact.position):
            tallies.add(fact)
    return dict(tallies.metrics)


@settings(max_examples=30)
@given(st.lists(workflows(), min_size=1, max_size=3), randoms, st.booleans())
def test_the_figures_as_of_every_event_are_what_counting_gives(
    definitions: list[Workflow], random: Random, clocks: bool
) -> None:
    streams = {
        f"r{number}": played(definition, random, f"r{number}")
        for number, definition in enumerate(definitions)
    }
    log = as_log(streams, random, clocks=clocks)
    facts = facts_of(workflow_runs.folded(log).of(attempt_rows).values())
    places = range(1, len(log) + 1)
    for place in places:
        until = log[place - 1].recorded_at
        expected, waiting = counted(log[:place])
        found = by_agent(facts, Prefix(until, place))
        for agent in {*expected, *waiting, *found}:
            by_hand = expected[agent].metrics(until, waiting[agent])
            assert as_row(found.get(agent, metrics_of([], Prefix(until))), by_hand) == by_hand
    # By the clock of the log, at whichever event is the last of its moment.
    for place in random.sample(places, min(len(log), 10)):
        until = log[place - 1].recorded_at
        whole = [event for event in log if event.recorded_at <= until]
        expected, waiting = counted(whole)
        found = by_agent(facts, Prefix(until))
        for agent in {*expected, *waiting, *found}:
            by_hand = expected[agent].metrics(until, waiting[agent])
            assert as_row(found.get(agent, metrics_of([], Prefix(until))), by_hand) == by_hand


@settings(max_examples=30)
@given(workflows(), randoms, st.lists(st.integers(0, 80), max_size=5))
def test_rows_are_what_a_run_is(definition: Workflow, random: Random, cuts: list[int]) -> None:
    events = played(definition, random, "r")
    log = as_log({"r": events}, random, clocks=True)
    state = runs.after(events)
    (row,) = workflow_runs.folded(log).of(run_rows).values()
    assert (row.run, row.workflow, row.status) == ("r", "work", state.status.value)
    assert (row.steps, row.definition) == (len(state.steps), 1)
    statuses = Counter(found.status for found in state.steps.values())
    assert row.steps_failed == statuses[StepStatus.FAILED]
    assert row.steps_done == statuses[StepStatus.COMPLETED]
    assert row.steps_skipped == statuses[StepStatus.SKIPPED]
    assert row.steps_done + row.steps_skipped == sum(
        found.status in settled_statuses for found in state.steps.values()
    )
    assert row.attempts == sum(isinstance(event, StepStarted) for event in events)
    assert (row.ended_at is not None) is state.is_over
    assert row.error == (None if state.error is None else state.error.message)
    assert row.executions == sum(isinstance(event, RunQueued | RetriedFrom) for event in events)
    assert in_batches(workflow_runs, log, cuts) == in_memory(workflow_runs, log)
    rows = workflow_runs.folded(log)
    (course,) = rows.of(course_rows).values()
    attempts = rows.of(attempt_rows).values()
    is_open = {"ready", "running"}
    assert {one["version"] for one in course.open} == {
        attempt.version for attempt in attempts if attempt.status in is_open
    }
    if state.is_over:
        assert course.open == course.asked == course.execution == ()
    asked = sum(isinstance(event, ApprovalRequested) for event in events)
    answered = sum(isinstance(event, ApprovalGiven | ApprovalRefused) for event in events)
    approvals = rows.of(approval_rows).values()
    assert len(approvals) == asked
    closed = sum(a.status in {"given", "refused", "expired"} for a in approvals)
    assert closed == answered
    executions = list(rows.of(execution_rows).values())
    assert sum(e.ended_at is not None for e in executions) == sum(
        isinstance(event, RunCompleted | RunFailed | RunCancelled) for event in events
    )
    assert sum(e.started_at is not None for e in executions) == sum(
        isinstance(event, RunStarted) for event in events
    ) + sum(
        isinstance(event, RetriedFrom) and any(isinstance(e, RunStarted) for e in events[:place])
        for place, event in enumerate(events)
    )


async def fill(store: EventStore) -> dict[str, list[DomainEvent]]:
    """Append runs of two workflows, in turns, and keep a batch of them up in between."""
    random = dice(5)
    flaky = diamond(retry={"attempts": 2, "wait_jitter": 0}, fallback={"agent": "bob"})
    other = workflow(step("only", capability="coding", approval="Go?"))
    other = other.model_copy(update={"name": "other"})
    streams = {f"r{n}": played([flaky, other][n % 2], random, f"r{n}") for n in range(8)}
    waiting = {name: list(events) for name, events in streams.items()}
    while waiting:
        name = random.choice(sorted(waiting))
        batch = [waiting[name].pop(0) for _ in range(min(3, len(waiting[name])))]
        news = [event.to_new_event() for event in batch]
        await store.append(run_stream(name), news, expected_version=ExpectedVersion.ANY)
        if random.random() < 0.2:
            await catch_up(store, workflow_runs, batch_size=random.randrange(1, 20))
        if not waiting[name]:
            del waiting[name]
    return streams


async def test_rows_kept_in_batches_are_those_folded_at_once_and_made_anew(
    store: EventStore,
) -> None:
    await fill(store)
    events = [event async for event in store.read_all(category="workflow")]
    expected = in_memory(workflow_runs, events)
    assert all(expected.values())
    assert await in_database(store, workflow_runs) == expected
    await rebuild(store, workflow_runs, workers=2, batch_size=7)
    assert await in_database(store, workflow_runs) == expected


async def test_the_database_gives_the_figures_that_counting_gives_at_every_event(
    store: EventStore,
) -> None:
    await fill(store)
    log = [event async for event in store.read_all(category="workflow")]
    for place, last in [*list(enumerate(log, 1))[::9], (len(log), log[-1])]:
        prefix = await prefix_of(store, last.position)
        assert prefix == Prefix(last.recorded_at, last.position)
        expected, waiting = counted(log[:place])
        found = (await figures(ReadModels(store), prefix)).agents
        for agent in {*expected, *waiting, *found}:
            by_hand = expected[agent].metrics(prefix.until, waiting[agent])
            assert as_row(found[agent], by_hand) == by_hand
        begun = {
            event.stream: workflow_events.decode(event)
            for event in log[:place]
            if event.type == RunQueued.type
        }
        of_workflows = {
            one.workflow: one for one in await workflow_figures(ReadModels(store), prefix)
        }
        queued = Counter(event.workflow for event in begun.values())  # type: ignore[attr-defined]
        assert {name: one.runs for name, one in of_workflows.items()} == queued
    now = await figures(ReadModels(store), await prefix_of(store, None))
    assert now.total.calls == sum(m.calls for m in now.agents.values())
    assert now.total.calls == sum(m.calls for m in now.steps.values()) > 10
    assert (await figures(ReadModels(store), await prefix_of(store, 0))).total.calls == 0
