"""A call may take only so long, and only so many go on at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from ag2 import Agent

import retold
from retold import Bulkhead, ResourcePool, Timeout
from retold.errors import ModelTimedOut, PoolFull
from tests.agents.resilience.failing import at_once, causes_in, model_events, skipping_time
from tests.agents.scripted import Script


async def hang() -> str:
    await asyncio.Event().wait()
    return "never"


async def test_a_call_that_takes_too_long_is_cancelled_and_may_be_repeated(store_url: str) -> None:
    skip = skipping_time()

    async def hang_long() -> str:
        skip(600)
        return await hang()

    async with retold.open(store_url) as log:
        session = await log.session("s")
        config = at_once().around(Timeout(500).around(log.model(Script(hang_long, "done"))))
        assert (await session.ask(Agent("a", config=config), "hello")).body == "done"
        events, causes = await model_events(session), await causes_in(session)
    assert causes[:4] == [
        ("model.call_started", "conversation.event_recorded"),
        ("model.call_failed", "model.call_started"),
        ("model.call_timed_out", "model.call_failed"),
        ("model.call_retried", "model.call_timed_out"),
    ]
    assert events[1].data["outcome"] == "cancelled"
    assert events[2].data == {"seconds": 500, "model": "scripted"}
    assert events[3].data["error"]["type"] == "ModelTimedOut"


async def test_a_timeout_is_told_from_one_inside() -> None:
    agent = Agent("a", config=Timeout(60).around(Script(TimeoutError("of the client"))))
    with pytest.raises(TimeoutError, match="of the client") as raised:
        await agent.ask("hello")
    assert not isinstance(raised.value, ModelTimedOut)
    with pytest.raises(ModelTimedOut, match=r"'scripted' did not answer within 0.01 s"):
        await Agent("a", config=Timeout(0.01).around(Script(hang))).ask("hello")


class Gate:
    """Model calls that stand still until they are let on."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.open = asyncio.Event()
        self.entered = asyncio.Condition()

    async def __call__(self) -> str:
        self.inside += 1
        self.most = max(self.most, self.inside)
        async with self.entered:
            self.entered.notify_all()
        try:
            await self.open.wait()
        finally:
            self.inside -= 1
        return "done"

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(10):
            while not reached():  # noqa: ASYNC110 - of a pool, which tells nobody
                await asyncio.sleep(0)


async def test_a_bulkhead_lets_so_many_go_on_and_so_many_wait(sqlite_url: str) -> None:
    gate, bulkhead = Gate(), Bulkhead("openai", 2, waiting=1)
    async with retold.open(sqlite_url) as log:
        config = bulkhead.around(log.model(Script(*[gate] * 3)))
        sessions = [await log.session(f"s{number}") for number in range(4)]
        asked = [
            asyncio.create_task(session.ask(Agent("a", config=config), "hello"))
            for session in sessions[:3]
        ]
        await gate.until(lambda: gate.inside == 2 and bulkhead.waiting == 1)
        assert bulkhead.in_use == 2
        with pytest.raises(PoolFull, match="all 2 of it are in use, and 1 wait"):
            await sessions[3].ask(Agent("a", config=config), "hello")
        gate.open.set()
        assert [reply.body for reply in await asyncio.gather(*asked)] == ["done"] * 3
        (refused,) = await model_events(sessions[3])
    assert (refused.type, refused.data["by"], refused.data["name"]) == (
        "model.call_refused",
        "pool",
        "openai",
    )
    assert refused.data["error"]["type"] == "PoolFull"
    assert (gate.most, bulkhead.in_use, bulkhead.waiting, bulkhead.refused) == (2, 0, 0, 1)


async def test_who_waits_for_too_long_is_refused_and_leaves_the_pool_as_it_was() -> None:
    gate, bulkhead = Gate(), Bulkhead("gpu", 1, wait_seconds=0.02)
    agent = Agent("a", config=bulkhead.around(Script(*[gate] * 3)))
    first = asyncio.create_task(agent.ask("hello"))
    await gate.until(lambda: gate.inside == 1)
    with pytest.raises(PoolFull, match=r"none became free within 0\.02 s") as raised:
        await agent.ask("hello")
    assert (raised.value.waited_seconds, bulkhead.waiting) == (0.02, 0)
    gate.open.set()
    await first
    await agent.ask("hello")
    assert bulkhead.in_use == 0


async def test_a_cancelled_or_failed_call_gives_its_place_back() -> None:
    gate, bulkhead = Gate(), Bulkhead("gpu", 1)
    agent = Agent("a", config=bulkhead.around(Script(gate, gate, ValueError("no"), "done")))
    holder = asyncio.create_task(agent.ask("hello"))
    await gate.until(lambda: gate.inside == 1)
    waiter = asyncio.create_task(agent.ask("hello"))
    await gate.until(lambda: bulkhead.waiting == 1)
    for task in (waiter, holder):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    gate.open.set()
    assert (bulkhead.in_use, bulkhead.waiting) == (0, 0)
    await agent.ask("hello")
    with pytest.raises(ValueError, match="no"):
        await agent.ask("hello")
    assert (await agent.ask("hello")).body == "done"


async def test_several_configurations_share_one_pool() -> None:
    gate, gpus = Gate(), ResourcePool("gpus", ["cuda:0", "cuda:1"])
    agents = [Agent("a", config=gpus.around(Script(gate, name=name))) for name in "abc"]
    asked = [asyncio.create_task(agent.ask("hello")) for agent in agents]
    await gate.until(lambda: gate.inside == 2 and gpus.waiting == 1)
    gate.open.set()
    await asyncio.gather(*asked)
    assert gate.most == 2


async def test_a_resource_is_held_by_one_at_a_time_and_given_to_who_waited_first() -> None:
    gpus = ResourcePool("gpus", ["cuda:0", "cuda:1"])
    held: set[str] = set()
    order: list[int] = []

    async def use(number: int) -> None:
        async with gpus.hold() as gpu:
            assert gpu not in held
            held.add(gpu)
            order.append(number)
            await asyncio.sleep(0)
            held.remove(gpu)

    await asyncio.gather(*(use(number) for number in range(20)))
    assert order == list(range(20))
    assert gpus.in_use == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: Timeout(0),
        lambda: Bulkhead("b", 0),
        lambda: Bulkhead("b", -1),
        lambda: Bulkhead("b", 1, waiting=-1),
        lambda: ResourcePool("p", ["x"], wait_seconds=-1),
    ],
)
def test_numbers_out_of_range_are_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=r"more|least"):
        make()
