"""All the pieces together, around one configuration."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any, Self

import pytest
from ag2 import Agent
from ag2.config import OpenAIConfig

import retold
from retold import Breaker, Bulkhead, Fallback, ResourcePool, Retry, Timeout, resilient
from retold.agents.model import RecordedModel
from retold.agents.resilience.guarded_model import GuardedModel, records_every_call
from retold.errors import TurnAborted
from tests.agents.resilience.failing import (
    RateLimitError,
    at_once,
    causes_in,
    circuit_events,
    model_events,
    skipping_time,
)
from tests.agents.scripted import Script, call


def pieces_of(config: Any) -> list[str]:
    """Return the pieces around a configuration, the outermost first."""
    found = []
    while isinstance(config, GuardedModel):
        found.append(getattr(config.piece, "name", type(config.piece).__name__))
        config = config.inner
    return found


async def test_all_pieces_work_together_and_each_decision_says_what_led_to_it(
    store_url: str,
) -> None:
    skip = skipping_time()

    async def hang() -> str:
        skip(600)
        await asyncio.Event().wait()
        return "never"

    async with retold.open(store_url) as log:
        first = Script(RateLimitError(), hang, RateLimitError(500), name="first")
        second = Script("from the second", "again from the second", name="second")
        config = resilient(
            log.model(first),
            timeout=500,
            bulkhead=Bulkhead("calls", 2),
            pools=[ResourcePool("gpus", ["cuda:0"])],
            retry=at_once(3),
            breaker=Breaker("first", failures=1),
            fallback=log.model(second),
        )
        session = await log.session("s")
        agent = Agent("a", config=config)
        assert (await session.ask(agent, "hello")).body == "from the second"
        assert (await session.ask(agent, "again")).body == "again from the second"
        events, causes = await model_events(session), await causes_in(session)
        opened = [event.type for event in await circuit_events(log, "first")]
        stages = [e for e in await session.events() if e.type == "turn.stage_finished"]
        totals = await log.totals()

    request = "conversation.event_recorded"
    assert causes == [
        ("model.call_started", request),
        ("model.call_failed", "model.call_started"),
        ("model.call_retried", "model.call_failed"),
        ("model.call_started", request),
        ("model.call_failed", "model.call_started"),
        ("model.call_timed_out", "model.call_failed"),
        ("model.call_retried", "model.call_timed_out"),
        ("model.call_started", request),
        ("model.call_failed", "model.call_started"),
        ("model.fell_back", "model.call_failed"),
        ("model.call_started", request),
        ("model.call_completed", "model.call_started"),
        # In the second turn the circuit is open: by an event of its own stream.
        ("model.call_refused", None),
        ("model.fell_back", "model.call_refused"),
        ("model.call_started", request),
        ("model.call_completed", "model.call_started"),
    ]
    assert [e.data["attempt"] for e in events if e.type == "model.call_started"] == [1, 2, 3, 1, 1]
    assert opened == ["circuit.call_failed", "circuit.opened", "circuit.call_refused"]
    executed = [e.data["detail"] for e in stages if e.data["stage"] == "execution"]
    assert executed == [{"model_calls_recorded": True}] * 2
    assert totals.turns == 2
    assert totals.turns_failed == 0


async def test_the_pieces_are_in_their_order() -> None:
    gpus, clients = ResourcePool("gpus", [1]), ResourcePool("clients", [1])
    config = resilient(
        Script(),
        retry=Retry(),
        pools=[gpus, clients],
        fallback="later",
        bulkhead=Bulkhead("calls", 1),
        timeout=Timeout(1),
    )
    assert pieces_of(config) == ["Fallback", "Retry", "calls", "clients", "gpus", "Timeout"]
    with pytest.raises(ValueError, match="at least one piece"):
        resilient(Script())


@dataclass
class Parameters(Script):
    """A configuration with a parameter of its own."""

    temperature: float = 0.5
    name: str = "m"

    def copy(self, **overrides: Any) -> Self:
        """Return a copy with some parameters changed."""
        return replace(self, **overrides)


async def test_everything_else_is_the_inner_configurations(sqlite_url: str) -> None:
    config = OpenAIConfig("gpt", api_key="sk", temperature=0.5)
    async with retold.open(sqlite_url) as log:
        guarded = resilient(log.model(config), retry=Retry(), timeout=1)
        assert (guarded.model, guarded.provider) == ("gpt", config.provider)
        assert guarded.temperature == 0.5
        with pytest.raises(AttributeError, match="no_such"):
            _ = guarded.no_such
        other = guarded.copy(temperature=0.9)
        assert (other.temperature, guarded.temperature) == (0.9, 0.5)
        assert pieces_of(other) == pieces_of(guarded)
        assert other.piece is guarded.piece


async def test_a_log_records_each_attempt_inside_and_nothing_twice(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        inside = log.model(Script())
        guarded = Retry().around(inside)
        assert log.model(guarded) is guarded
        again: object = log.model(inside)
        assert again is inside
        bare = Fallback(Script("done"), answer="later").around(
            at_once(2).around(Script(RateLimitError(), RateLimitError()))
        )
        assert not records_every_call(bare)
        recorded = log.model(bare)
        assert records_every_call(recorded, log.store)
        assert pieces_of(recorded) == pieces_of(bare)
        assert isinstance(recorded.inner, GuardedModel)
        assert isinstance(recorded.inner.inner, RecordedModel)
        session = await log.session("s")
        assert (await session.ask(Agent("a", config=recorded), "hello")).body == "done"
        types = [event.type for event in await model_events(session)]
        assert types.count("model.call_started") == 3
        assert types.count("model.fell_back") == 1


async def test_a_session_says_when_a_fallback_is_not_recorded(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        config = Fallback(Script()).around(log.model(Script("done")))
        await session.ask(Agent("a", config=config), "hello")
        (detail,) = [
            event.data["detail"]
            for event in await session.events()
            if event.type == "turn.stage_finished" and event.data["stage"] == "execution"
        ]
    assert detail == {"model_calls_recorded": False}


async def test_tools_and_nested_agents_work_through_the_pieces(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        retry = at_once(2)
        expert_config = retry.around(log.model(Script(RateLimitError(), "42")))
        expert = Agent("expert", config=expert_config)
        delegates = call("task_expert", "call_1", '{"objective": "compute"}')
        config = retry.around(log.model(Script([delegates], "It is 42.")))
        agent = Agent("a", config=config, tools=[expert.as_tool(description="knows")])
        session = await log.session("s")
        assert (await session.ask(agent, "what is it?")).body == "It is 42."
        retried = [event async for event in log.store.read_all(types=["model.call_retried"])]
        report = await log.verify()
    assert [event.metadata["agent"] for event in retried] == ["expert"]
    assert {event.metadata["session"] for event in retried} == {"s"}
    assert retried[0].stream != "conversation-s"
    assert report.ok


async def test_a_decision_that_cannot_be_recorded_aborts_the_turn(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script(RateLimitError(), "never asked for")
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        real = log.store.append

        async def fail(stream: str, events: Any, **options: Any) -> Any:
            if any(event.type == "model.call_retried" for event in events):
                raise retold.errors.StoreUnavailable("the log", "the disk is full")
            return await real(stream, events, **options)

        monkeypatch.setattr(log.store, "append", fail)
        config = resilient(log.model(script), retry=at_once(3), fallback="never given")
        with pytest.raises(TurnAborted):
            await session.ask(Agent("a", config=config), "hello")
    assert len(script.seen) == 1


async def test_no_secret_of_a_configuration_gets_into_what_is_recorded(sqlite_url: str) -> None:
    secret = "sk-never-to-be-recorded"
    async with retold.open(sqlite_url) as log:
        log.model(OpenAIConfig("gpt", api_key=secret))
        script = Script(*[ConnectionError(f"refused {secret}") for _ in range(2)])
        config = resilient(
            log.model(script),
            retry=at_once(2),
            breaker=Breaker("x", failures=1),
            fallback="later",
        )
        await (await log.session("s")).ask(Agent("a", config=config), "hello")
        async for event in log.store.read_all():
            assert secret not in repr(event.data), event.type
