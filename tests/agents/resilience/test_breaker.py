"""A model that keeps failing is left alone; the log says when, why, and what was refused."""

from __future__ import annotations

import asyncio
import gc
import weakref
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ag2 import Agent
from hypothesis import HealthCheck as Check, given as for_all, settings, strategies as st
from purgatory import AsyncCircuitBreakerFactory

import retold
from retold import Breaker, Bulkhead
from retold.agents.resilience.circuit_unit import CircuitUnit
from retold.domain.circuit import CircuitClosed, CircuitOpened, CircuitState, circuit
from retold.domain.event import DomainEvent
from retold.domain.value import ErrorInfo
from retold.errors import BreakerWithoutLog, CircuitOpen, InvalidStreamName, StoreUnavailable
from tests.agents.resilience.failing import (
    RateLimitError,
    at_once,
    circuit_events,
    model_events,
)
from tests.agents.scripted import Script, Turn
from tests.examples import share

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return noon + timedelta(seconds=self.seconds)


async def ask(log: retold.Log, breaker: Breaker, *turns: Turn, session: str = "s") -> str:
    """Ask once, and say what came of it."""
    agent = Agent("a", config=breaker.around(log.model(Script(*turns))))
    try:
        reply = await (await log.session(session)).ask(agent, "hello")
    except (RateLimitError, ValueError, CircuitOpen) as error:
        return type(error).__name__
    return str(reply.body)


def short(events: list[Any]) -> list[str]:
    return [event.type.removeprefix("circuit.") for event in events]


async def test_it_opens_refuses_probes_and_closes(store_url: str) -> None:
    clock = Clock()
    breaker = Breaker("openai", failures=2, open_seconds=30, clock=clock)
    async with retold.open(store_url) as log:
        assert await ask(log, breaker, RateLimitError()) == "RateLimitError"
        assert await ask(log, breaker, RateLimitError(503)) == "RateLimitError"
        clock.seconds = 29
        assert await ask(log, breaker) == "CircuitOpen"
        clock.seconds = 30
        assert await ask(log, breaker, "done") == "done"
        assert await ask(log, breaker, "again") == "again"
        state = await breaker.state(log.store)
        events = await circuit_events(log, "openai")
        session = await log.session("s")
        calls = await model_events(session)
        turns = {e.metadata["turn"] for e in await session.events()}

    assert short(events) == [
        "call_failed",
        "call_failed",
        "opened",
        "call_refused",
        "half_opened",
        "probe_started",
        "closed",
    ]
    assert state == CircuitState(
        openings=1, refused=1, error=ErrorInfo(type="RateLimitError", message="status 503")
    )
    # The failure of the call is what opened it, the answer is what closed it, and the refusal is
    # what the caller was told.
    (answered, _) = [event.event_id for event in calls if event.type == "model.call_completed"]
    assert events[-1].causation_id == answered
    failures = [event.event_id for event in calls if event.type == "model.call_failed"]
    assert [event.causation_id for event in events[:3]] == [failures[0], failures[1], failures[1]]
    (refused,) = [event for event in calls if event.type == "model.call_refused"]
    assert refused.causation_id == events[3].event_id
    assert refused.data["error"]["type"] == "CircuitOpen"
    assert "2025-08-01T12:00:30.000+00:00" in refused.data["error"]["message"]
    assert (refused.data["by"], refused.data["name"]) == ("circuit", "openai")
    for event in events:
        assert event.metadata["session"] == "s"
        assert event.metadata["agent"] == "a"
        assert event.metadata["turn"] in turns
        assert event.correlation_id is not None


async def test_a_restart_finds_the_circuit_as_it_was(store_url: str) -> None:
    clock = Clock()
    async with retold.open(store_url) as log:
        breaker = Breaker("openai", failures=1, clock=clock)
        assert await ask(log, breaker, RateLimitError()) == "RateLimitError"
    async with retold.open(store_url) as log:
        assert await ask(log, Breaker("openai", failures=1, clock=clock)) == "CircuitOpen"
        # One object serves several logs.
        assert await ask(log, breaker) == "CircuitOpen"


async def test_a_breaker_keeps_no_log_alive(sqlite_url: str) -> None:
    breaker = Breaker("openai")
    async with retold.open(sqlite_url) as log:
        await breaker.state(log.store)
        store = weakref.ref(log.store)
    del log
    gc.collect()
    assert store() is None


async def test_an_answer_that_is_no_failure_leaves_it_closed(sqlite_url: str) -> None:
    breaker = Breaker("openai", failures=2)
    async with retold.open(sqlite_url) as log:
        for _ in range(3):
            assert await ask(log, breaker, RateLimitError()) == "RateLimitError"
            # "Bad request" is an answer, too: the provider is there.
            assert await ask(log, breaker, RateLimitError(400)) == "RateLimitError"
        events = await circuit_events(log, "openai")
    assert short(events) == ["call_failed", "recovered"] * 3


async def test_a_healthy_model_leaves_no_trace(sqlite_url: str) -> None:
    breaker = Breaker("openai")
    async with retold.open(sqlite_url) as log:
        for _ in range(3):
            await ask(log, breaker, "done")
        assert await circuit_events(log, "openai") == []


async def test_a_call_that_was_retried_counts_once(sqlite_url: str) -> None:
    breaker = Breaker("openai", failures=2)
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        config = breaker.around(at_once(3).around(log.model(Script(*[RateLimitError()] * 3))))
        with pytest.raises(RateLimitError):
            await session.ask(Agent("a", config=config), "hello")
        (failed,) = await circuit_events(log, "openai")
        calls = await model_events(session)
    assert failed.data["failures"] == 1
    assert failed.causation_id == calls[-1].event_id


async def test_a_probe_that_is_cancelled_or_refused_inside_gives_its_place_back(
    sqlite_url: str,
) -> None:
    clock, begun = Clock(), asyncio.Event()
    breaker = Breaker("openai", failures=1, open_seconds=30, clock=clock)
    bulkhead = Bulkhead("openai", 1, waiting=0)

    async def hang() -> str:
        begun.set()
        await asyncio.Event().wait()
        return "never"

    async with retold.open(sqlite_url) as log:
        await ask(log, breaker, RateLimitError())
        clock.seconds = 30
        task = asyncio.create_task(ask(log, breaker, hang))
        await begun.wait()
        assert await ask(log, breaker, session="other") == "CircuitOpen"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with bulkhead.hold():
            config = breaker.around(bulkhead.around(log.model(Script())))
            with pytest.raises(retold.errors.PoolFull):
                await (await log.session("s")).ask(Agent("a", config=config), "hello")
        assert await ask(log, breaker, "done") == "done"
        events = await circuit_events(log, "openai")
    assert short(events)[-6:] == [
        "call_refused",
        "probe_released",
        "probe_started",
        "probe_released",
        "probe_started",
        "closed",
    ]


async def test_a_call_that_is_cancelled_while_it_is_let_through_holds_no_place(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, appending, go_on = Clock(), asyncio.Event(), asyncio.Event()
    breaker = Breaker("openai", failures=1, open_seconds=30, clock=clock)
    async with retold.open(sqlite_url) as log:
        await ask(log, breaker, RateLimitError())
        clock.seconds = 30
        real = log.store.append

        async def slow(stream: str, *rest: Any, **options: Any) -> Any:
            if stream == "circuit-openai":
                appending.set()
                await go_on.wait()
            return await real(stream, *rest, **options)

        monkeypatch.setattr(log.store, "append", slow)
        task = asyncio.create_task(ask(log, breaker))
        await appending.wait()
        task.cancel()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await ask(log, breaker, "done") == "done"
        events = await circuit_events(log, "openai")
    assert short(events)[-5:] == [
        "half_opened",
        "probe_started",
        "probe_released",
        "probe_started",
        "closed",
    ]


async def test_what_ends_after_it_opened_changes_nothing(sqlite_url: str) -> None:
    clock, go_on, begun = Clock(), asyncio.Event(), asyncio.Semaphore(0)
    breaker = Breaker("openai", failures=1, open_seconds=30, clock=clock)

    def late(outcome: Any) -> Any:
        async def answer() -> Any:
            begun.release()
            await go_on.wait()
            return outcome

        return answer

    async with retold.open(sqlite_url) as log:
        asked = [
            asyncio.create_task(ask(log, breaker, late(outcome), session=f"s{number}"))
            for number, outcome in enumerate([RateLimitError(), "done"])
        ]
        for _ in asked:
            await begun.acquire()
        await ask(log, breaker, RateLimitError())
        go_on.set()
        assert await asyncio.gather(*asked) == ["RateLimitError", "done"]
        assert short(await circuit_events(log, "openai")) == ["call_failed", "opened"]


async def test_calls_at_once_share_the_probes(sqlite_url: str) -> None:
    clock, go_on = Clock(), asyncio.Event()
    breaker = Breaker("openai", failures=1, open_seconds=30, probes=2, clock=clock)

    async def answer() -> str:
        await go_on.wait()
        return "done"

    async with retold.open(sqlite_url) as log:
        await ask(log, breaker, RateLimitError())
        clock.seconds = 31
        asked = [
            asyncio.create_task(ask(log, breaker, answer, session=f"s{number}"))
            for number in range(5)
        ]
        first = asyncio.as_completed(asked)
        refused = [await next(first) for _ in range(3)]
        go_on.set()
        outcomes = refused + [await outcome for outcome in first]
        events = await circuit_events(log, "openai")
    assert outcomes == ["CircuitOpen"] * 3 + ["done"] * 2
    assert short(events).count("closed") == 1


async def test_a_log_that_cannot_take_the_outcome_does_not_lose_the_answer(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    breaker = Breaker("openai", failures=9)
    async with retold.open(sqlite_url) as log:
        await ask(log, breaker, RateLimitError())
        real = log.store.append

        async def fail(stream: str, *rest: Any, **options: Any) -> Any:
            if stream == "circuit-openai":
                raise StoreUnavailable("the log", "the disk is full")
            return await real(stream, *rest, **options)

        monkeypatch.setattr(log.store, "append", fail)
        assert await ask(log, breaker, "done") == "done"
        assert await ask(log, breaker, RateLimitError()) == "RateLimitError"
    assert "circuit not recorded" in caplog.text


async def test_around_a_model_of_no_log_it_needs_one(sqlite_url: str) -> None:
    with pytest.raises(BreakerWithoutLog, match="'openai' has no log"):
        Breaker("openai").around(Script())
    async with retold.open(sqlite_url) as log:
        breaker = Breaker("openai", failures=1, store=log.store)
        agent = Agent("a", config=breaker.around(Script(RateLimitError())))
        with pytest.raises(RateLimitError):
            await agent.ask("hello")
        with pytest.raises(CircuitOpen, match="the last one with RateLimitError"):
            await agent.ask("hello")
        assert (await breaker.state()).refused == 1


@pytest.mark.parametrize(
    ("error", "options"),
    [
        (InvalidStreamName, {"name": ""}),
        (InvalidStreamName, {"name": " x"}),
        (ValueError, {"name": "x", "failures": 0}),
        (ValueError, {"name": "x", "probes": 0}),
        (ValueError, {"name": "x", "open_seconds": 0}),
        (ValueError, {"name": "x", "probe_seconds": float("nan")}),
    ],
)
def test_what_cannot_be_is_refused(error: type[Exception], options: dict[str, Any]) -> None:
    with pytest.raises(error):
        Breaker(**options)


# Purgatory with its own memory is the model of what we make of it.


@settings(suppress_health_check=[Check.too_slow], deadline=None, max_examples=share(50))
@for_all(st.lists(st.sampled_from([None, RateLimitError(), ValueError()]), max_size=12))
def test_it_opens_and_recovers_as_purgatory_does_by_itself(
    outcomes: list[Exception | None],
) -> None:
    def counts(error: Exception) -> bool:
        return isinstance(error, RateLimitError)

    async def by_purgatory() -> list[tuple[str, int | None]]:
        factory = AsyncCircuitBreakerFactory(
            3, 1_000, exclude=[(Exception, lambda error: not counts(error))]
        )
        breaker = await factory.get_breaker("x")
        states: list[tuple[str, int | None]] = []
        for outcome in outcomes:
            with nullcontext() if outcome is None else pytest.raises(type(outcome)):
                async with breaker:
                    if outcome is not None:
                        raise outcome
            states.append((breaker.context.state, breaker.context.failure_count))
            if breaker.context.state == "opened":
                break
        return states

    async def by_the_log() -> list[tuple[str, int | None]]:
        state, history = CircuitState(), list[DomainEvent]()
        states: list[tuple[str, int | None]] = []
        for number, outcome in enumerate(outcomes):
            unit = CircuitUnit(
                "x",
                state,
                call=str(number),
                failures=3,
                open_time=timedelta(seconds=1_000),
                at=noon,
            )
            info = None if outcome is None else ErrorInfo.of(outcome)
            events = list(await unit.settle(outcome, info, counts))
            state, history = circuit.after(events, state), history + events
            name = "opened" if state.status == "open" else state.status
            states.append((name, None if state.status == "open" else state.failures))
            if state.status == "open":
                break
        assert sum(isinstance(event, CircuitOpened) for event in history) == state.openings
        assert not any(isinstance(event, CircuitClosed) for event in history)
        return states

    expected = asyncio.run(by_purgatory())
    found = asyncio.run(by_the_log())
    assert [name for name, _ in found] == [name for name, _ in expected]
    closed = [count for name, count in expected if name == "closed"]
    assert [count for name, count in found if name == "closed"] == closed
