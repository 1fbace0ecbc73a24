"""What is done once at a time: who waits, and who would wait for ever."""

from __future__ import annotations

import asyncio

import pytest

from retold.agents.one_at_a_time import OneAtATime
from retold.errors import WaitsForItself

A, B = ("ask", "conversation-s", "a"), ("ask", "conversation-s", "b")


async def test_the_second_waits_for_the_first() -> None:
    once, done = OneAtATime(), list[str]()

    async def work(name: str) -> None:
        async with once.alone(A):
            done.append(f"{name} begins")
            await asyncio.sleep(0)
            done.append(f"{name} ends")

    await asyncio.gather(work("1"), work("2"))
    assert done == ["1 begins", "1 ends", "2 begins", "2 ends"]


async def test_who_waits_for_itself_is_told_so() -> None:
    once = OneAtATime()
    async with once.alone(A):
        async with once.alone(B):
            with pytest.raises(WaitsForItself, match="ask 'a' in 'conversation-s'"):
                async with once.alone(A):
                    pass
        with pytest.raises(WaitsForItself):
            await asyncio.create_task(_enter(once, A))
    await _enter(once, A)


async def test_two_that_would_wait_for_each_other_do_not() -> None:
    once, both = OneAtATime(), asyncio.Barrier(2)

    async def work(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
        async with once.alone(one):
            await both.wait()
            await _enter(once, other)

    ends = await asyncio.gather(work(A, B), work(B, A), return_exceptions=True)
    assert {type(end) for end in ends} == {type(None), WaitsForItself}


async def test_a_wait_that_was_cancelled_stands_in_nobodys_way() -> None:
    once, a_is_held, waits = OneAtATime(), asyncio.Event(), asyncio.Event()

    async def hold_b_and_wait_for_a() -> None:
        async with once.alone(B):
            await a_is_held.wait()
            waits.set()
            await _enter(once, A)

    waiting = asyncio.create_task(hold_b_and_wait_for_a())
    async with once.alone(A):
        a_is_held.set()
        await waits.wait()
        with pytest.raises(WaitsForItself):
            await _enter(once, B)
        waiting.cancel()
        await asyncio.wait([waiting])
        await _enter(once, B)


async def test_what_outlives_a_block_may_do_the_same_again() -> None:
    once, over = OneAtATime(), asyncio.Event()

    async def later() -> None:
        await over.wait()
        await _enter(once, A)

    async with once.alone(A):
        task = asyncio.create_task(later())
    over.set()
    await task


async def _enter(once: OneAtATime, name: tuple[str, str, str]) -> None:
    async with once.alone(name):
        pass
