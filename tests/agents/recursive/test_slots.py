"""A limit of what goes on at once, by places."""

from __future__ import annotations

import asyncio
import random

from retold.agents.recursive.slots import Slots


async def test_no_more_go_on_than_there_are_slots_and_all_get_one() -> None:
    slots, chance = Slots(3), random.Random(3)  # noqa: S311 - choices, not secrets
    going = most = done = 0

    async def go(place: tuple[int, ...]) -> None:
        nonlocal going, most, done
        async with slots.held(place):
            going += 1
            most = max(most, going)
            await asyncio.sleep(0)
            going -= 1
        done += 1

    async with asyncio.timeout(20):
        await asyncio.gather(*(go((chance.randrange(5),)) for _ in range(50)))
    assert (most, done) == (3, 50)


async def test_the_first_by_its_place_is_next() -> None:
    slots, order = Slots(1), list[tuple[int, ...]]()

    async def go(place: tuple[int, ...]) -> None:
        async with slots.held(place):
            order.append(place)

    async with slots.held((0,)):
        waiting = [asyncio.create_task(go(place)) for place in [(0, 2), (0, 1, 2), (0, 1, 1)]]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert order == [(0, 1, 1), (0, 1, 2), (0, 2)]


async def test_who_is_cancelled_takes_no_slot_along() -> None:
    slots, chance = Slots(2), random.Random(4)  # noqa: S311 - choices, not secrets
    done = 0

    async def go(number: int) -> None:
        nonlocal done
        async with slots.held((number,)):
            await asyncio.sleep(0)
        done += 1

    for _ in range(20):
        tasks = [asyncio.create_task(go(number)) for number in range(8)]
        for task in chance.sample(tasks, 4):
            for _ in range(chance.randrange(6)):
                await asyncio.sleep(0)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    done = 0
    async with asyncio.timeout(20):
        await asyncio.gather(*(go(number) for number in range(4)))
    assert done == 4
