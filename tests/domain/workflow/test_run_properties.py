"""Whatever the workflow and whatever goes wrong: runs end, in order, and nothing counts twice."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from retold.domain.event import DomainEvent
from retold.domain.workflow.commands import (
    CompleteStep,
    ExpireApproval,
    FailStep,
    GiveApproval,
    LoseStep,
    PauseRun,
    RefuseApproval,
    ResumeRun,
    RetryFrom,
    StartRun,
    StartStep,
    TimeOutStep,
)
from retold.domain.workflow.definition import OnFailure, Workflow
from retold.domain.workflow.events import (
    Next,
    RetriedFrom,
    StepCompleted,
    StepFailed,
    StepFannedOut,
    StepLost,
    StepReady,
    StepSkipped,
    StepStarted,
    StepTimedOut,
    workflow_events,
)
from retold.domain.workflow.graph import reachable
from retold.domain.workflow.preparing import prepare_step, results_of
from retold.domain.workflow.reading import approvals_pending, ready_steps, steps_in_flight
from retold.domain.workflow.run import runs
from retold.domain.workflow.state import RunStatus, StepStatus, settled_statuses
from retold.errors import StaleFencingToken
from retold.testing import MemoryDatabase, memory_store
from tests.domain.workflow.played import Play, boom, step, workflow
from tests.examples import share

most_turns = 3_000

retries = st.fixed_dictionaries(
    {"attempts": st.integers(1, 3), "restarts": st.integers(0, 2), "wait_jitter": st.just(0)}
)
fallbacks = st.sampled_from(
    [[], "skip", {"answer": 0}, {"agent": "bob"}, [{"agent": "bob"}, {"answer": 1}]]
)
fan_outs = st.none() | st.fixed_dictionaries(
    {"over": st.lists(st.integers(0, 9), max_size=4), "max_parallel": st.none() | st.integers(1, 2)}
)


# A seed, not st.randoms(): that draws for every turn, and a run has many.
randoms = st.integers(0, 2**32).map(Random)


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    """Return any workflow of a few steps."""
    steps = []
    for number in range(draw(st.integers(1, 6))):
        before = [f"s{earlier}" for earlier in range(number)]
        needed = draw(st.lists(st.sampled_from(before), unique=True, max_size=3)) if before else []
        fields: dict[str, Any] = {
            "retry": draw(retries),
            "fallback": draw(fallbacks),
            "fan_out": draw(fan_outs),
            "timeout": draw(st.none() | st.just(5)),
        }
        if needed:
            fields["condition"] = draw(
                st.none() | st.sampled_from([f"exists({needed[0]})", f"{needed[0]} == 7"])
            )
            if draw(st.booleans()):
                # Not there in every result, so that steps cannot be prepared at times.
                fields["task"] = f"use {{{{ {needed[-1]}.x }}}}"
        if draw(st.integers(0, 5)) == 0:
            fields["approval"] = draw(
                st.sampled_from(["Go?", {"ask": "Go?", "refused": "skip", "timeout": 3}])
            )
        steps.append(step(f"s{number}", *needed, **fields))
    return workflow(*steps, on_failure=draw(st.sampled_from(list(OnFailure))))


class Chance:
    """Plays a run by chance, crashes included, until it is over."""

    def __init__(self, definition: Workflow, random: Random) -> None:
        self.play = Play(definition, start=False)
        self.random = random
        self._token = 0
        self._stale: list[tuple[str, int | None, int]] = []

    def run(self) -> None:
        for _ in range(most_turns):
            if self.play.run.is_over:
                return
            self.turn()
        pytest.fail(f"the run does not end: {self.play.run!r}")

    def turn(self) -> None:
        play, random = self.play, self.random
        if play.status is RunStatus.QUEUED:
            play.do(StartRun(worker="w", at=play.now))
        elif play.status is RunStatus.PAUSED and random.random() < 0.5:
            play.do(ResumeRun())
        elif random.random() < 0.05:
            play.do(PauseRun())
        else:
            self._step()

    def _step(self) -> None:
        play, random = self.play, self.random
        ready, in_flight = ready_steps(play.run), steps_in_flight(play.run)
        asked = list(approvals_pending(play.run))
        choices: list[Any] = [*ready, *in_flight, *asked]
        if not choices:
            # Nothing may begin and nothing is in flight: then it is paused, or over.
            assert play.status is RunStatus.PAUSED
            play.do(ResumeRun())
            return
        chosen = random.choice(choices)
        play.now += timedelta(seconds=random.choice([0, 1, 6]))
        if isinstance(chosen, str):
            kind = random.choice([GiveApproval, RefuseApproval, ExpireApproval])
            play.do(kind(step=chosen, at=play.now))
        elif chosen in ready:
            prepare_step(play.run, chosen.step, chosen.item)
            self._token += 1
            play.do(
                StartStep(
                    step=chosen.step,
                    item=chosen.item,
                    attempt=chosen.attempt,
                    agent=chosen.agent or "any",
                    worker=f"w{random.randrange(3)}",
                    token=self._token,
                    at=play.now,
                )
            )
        else:
            self._report(chosen.step, chosen.item, chosen.token)

    def _report(self, name: str, item: int | None, token: int) -> None:
        play, random = self.play, self.random
        where: dict[str, Any] = {"step": name, "item": item, "token": token, "at": play.now}
        result = random.choice([7, "text", None, {"x": 1}, [1]])
        match random.randrange(5):
            case 0 | 1:
                play.do(CompleteStep(**where, result=result))
            case 2:
                play.do(FailStep(**where, error=boom, is_retryable=random.random() < 0.8))
                self._stale.append((name, item, token))
            case 3:
                play.do(TimeOutStep(**where))
            case _:
                play.do(LoseStep(**where))
                self._stale.append((name, item, token))
        if self._stale and random.random() < 0.5:
            name, item, token = random.choice(self._stale)
            with pytest.raises(StaleFencingToken):
                play.do(CompleteStep(step=name, item=item, token=token, at=play.now))


class Oracle:
    """Reads a log for itself: what is over, and what may therefore begin."""

    def __init__(self, definition: Workflow) -> None:
        self.needed = definition.dependencies()
        self.sizes: dict[str, int] = {}
        self.over: set[tuple[str, int | None]] = set()
        self.in_flight: dict[tuple[str, int | None], int] = {}
        self.completed: Counter[tuple[str, int | None]] = Counter()

    def is_over(self, name: str) -> bool:
        if (name, None) in self.over:
            return True
        size = self.sizes.get(name)
        return size is not None and all((name, place) in self.over for place in range(size))

    def read(self, event: DomainEvent) -> None:
        key = (getattr(event, "step", ""), getattr(event, "item", None))
        match event:
            case StepFannedOut(step=name, items=items):
                self.sizes[name] = len(items)
            case StepReady(step=name):
                assert all(map(self.is_over, self.needed[name]))
                assert key not in self.over
                assert key not in self.in_flight
            case StepStarted(step=name, token=token):
                assert all(map(self.is_over, self.needed[name]))
                assert key not in self.over
                assert key not in self.in_flight
                self.in_flight[key] = token
            case StepCompleted(token=token):
                if token is not None:
                    assert self.in_flight.pop(key) == token
                self.completed[key] += 1
                assert self.completed[key] == 1
                self.over.add(key)
            case StepSkipped():
                self.over.add(key)
            case StepFailed(token=None):
                assert key not in self.in_flight
            case StepFailed(token=token) | StepTimedOut(token=token) | StepLost(token=token):
                assert self.in_flight.pop(key) == token
                assert (event.next is Next.RETRY) == (event.retry_at is not None)
            case RetriedFrom(reopened=reopened):
                again = {key for key in self.over if key[0] in reopened}
                self.over -= again
                for key in again:
                    del self.completed[key]
                for name in reopened:
                    self.sizes.pop(name, None)


@settings(max_examples=share(150), deadline=None)
@given(workflows(), randoms, st.booleans())
def test_runs_end_in_order_and_nothing_finishes_twice(
    definition: Workflow, random: Random, is_retried: bool
) -> None:
    chance = Chance(definition, random)
    play = chance.play
    chance.run()
    if is_retried:
        play.do(RetryFrom(step=random.choice(definition.steps).name, at=play.now))
        chance.run()
    oracle = Oracle(definition)
    for event in play.events:
        oracle.read(event)
    assert not oracle.in_flight
    run = play.run
    assert (run.status is RunStatus.COMPLETED) == (not run.failed)
    assert run.settled == sum(map(oracle.is_over, run.steps))
    if run.status is RunStatus.COMPLETED:
        assert all(map(oracle.is_over, run.steps))
    blocked = {below for name in run.failed for below in reachable(run.dependants, name)}
    for name in blocked:
        assert run.steps[name].status is StepStatus.PENDING
    if definition.on_failure is OnFailure.FINISH:
        for name in run.steps.keys() - blocked - set(run.failed):
            assert run.steps[name].status in settled_statuses


@settings(max_examples=share(40), deadline=None)
@given(workflows(), randoms)
def test_the_state_at_each_event_is_the_fold_of_the_events_before(
    definition: Workflow, random: Random
) -> None:
    play = Play(definition, start=False)
    chance = Chance(definition, random)
    chance.play = play
    for _ in range(40):
        if play.run.is_over:
            break
        chance.turn()
        # As it is decided on, so it is read back from the log, or from a snapshot.
        assert runs.after(play.events) == play.run
        assert runs.fold.decode(runs.fold.encode(play.run)) == play.run
    state = runs.state()
    for counted, event in enumerate(play.events, 1):
        before = state.model_dump()
        state = runs.evolve(state, event)
        assert state == runs.after(play.events[:counted])
        assert before == runs.after(play.events[: counted - 1]).model_dump()
    assert state == play.run
    assert results_of(state) == results_of(play.run)


@settings(max_examples=15, deadline=None)
@given(workflows(), randoms)
async def test_a_run_is_the_same_when_it_is_read_from_a_log(
    definition: Workflow, random: Random
) -> None:
    chance = Chance(definition, random)
    chance.run()
    events = chance.play.events
    async with memory_store(MemoryDatabase()) as store:
        await store.append(
            "workflow-r1", [event.to_new_event() for event in events], expected_version=0
        )
        recorded = [event async for event in store.read_stream("workflow-r1")]
        assert [workflow_events.decode(event) for event in recorded] == events
        folded = await store.fold("workflow-r1", runs.fold)
        assert folded.state == chance.play.run
