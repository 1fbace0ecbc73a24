"""A group of several processes: who has which partition, and what a death costs."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack

import pytest

from retold.store import EventStore
from retold.store.consumers import ConsumerGroup
from retold.store.cursor import Cursor
from tests.store.consumers.children import Child, in_order, member, times
from tests.store.consumers.groups import Handler, cursors, eventually, fill, holders, lapse, running
from tests.store.events import append

pytestmark = pytest.mark.crash


async def _shares(group: ConsumerGroup) -> list[int]:
    """Return how many partitions each holder has, sorted, and 0 for those that nobody has."""
    found = [holder for holder in holders(await group.status()).values() if holder]
    return sorted(found.count(holder) for holder in set(found))


async def _shared(group: ConsumerGroup, *shares: int) -> None:
    async def as_expected() -> bool:
        return await _shares(group) == list(shares)

    await eventually(as_expected)


async def test_three_processes_handle_each_event_exactly_once_and_in_order(
    store: EventStore, store_url: str
) -> None:
    """They share the work from the start, while members come, and while events are appended."""
    texts = await fill(store, 150, streams=20)
    group = ConsumerGroup(store, "mail", partitions=8)
    await group.begin()
    async with AsyncExitStack() as stack:
        children = [
            await stack.enter_async_context(member(store_url, partitions=8)) for _ in range(3)
        ]
        await _shared(group, 2, 3, 3)
        for number in range(40):
            await append(store, f"note-{number}", f"later-{number}")
        texts += [f"later-{number}" for number in range(40)]
        await eventually(lambda: len(times(children)) == len(texts))
    assert times(children) == dict.fromkeys(texts, 1)
    assert all(in_order(child) for child in children)
    assert sum(bool(child.handled) for child in children) >= 2


async def test_the_partitions_of_a_killed_member_go_to_others_and_nothing_is_lost(
    store: EventStore, store_url: str
) -> None:
    group = ConsumerGroup(store, "mail", partitions=4)
    await group.begin()
    texts = await fill(store, 400, streams=20)
    async with (
        member(store_url, partitions=4) as victim,
        member(store_url, partitions=4) as other,
    ):
        await _shared(group, 2, 2)
        await eventually(lambda: len(victim.handled) > 20)
        await victim.kill()
        dead = {
            one.partition: one.cursor
            for one in (await group.status()).partitions
            if one.holder is not None and f":{victim.pid}:" in one.holder
        }
        assert dead
        # Instead of waiting until they lapse by themselves.
        await lapse(store_url, of=f":{victim.pid}:")
        texts += await _append_later(store, 40)
        await eventually(lambda: times([victim, other]).keys() == set(texts))
        await _shared(group, 4)
    positions = {event.data["text"]: store.cursor_of(event) async for event in store.read_all()}
    twice = [text for text, count in times([victim, other]).items() if count > 1]
    # What was handled twice came after the dead member's last checkpoint.
    earliest = min(Cursor.parse(cursor).position if cursor else 0 for cursor in dead.values())
    assert all(positions[text].position > earliest for text in twice)
    assert max(times([victim, other]).values()) <= 2
    # Ten events a partition are handled between two checkpoints, and one more is in hand.
    assert len(twice) <= 11 * len(dead)


async def _append_later(store: EventStore, count: int) -> list[str]:
    texts = [f"later-{number}" for number in range(count)]
    for number, text in enumerate(texts):
        await append(store, f"note-{number}", text)
    return texts


async def test_a_killed_member_is_replaced_within_its_lease(
    store: EventStore, store_url: str
) -> None:
    group = ConsumerGroup(store, "mail", partitions=2, lease_seconds=2)
    await group.begin()
    handler = Handler()
    async with member(store_url, partitions=2, lease_seconds=2) as victim:
        await _shared(group, 2)
        async with running(group, handler):
            await _shared(group, 1, 1)
            await victim.kill()
            loop = asyncio.get_running_loop()
            killed = loop.time()
            await _shared(group, 2)
            # The lease, a look around, and a slow machine.
            assert loop.time() - killed < 2 + 1 + 5
            texts = await fill(store, 20)
            await eventually(lambda: sorted(handler.texts) == sorted(texts))


async def test_partitions_are_shared_anew_when_members_join_and_leave(
    store: EventStore,
) -> None:
    group = ConsumerGroup(store, "mail", partitions=5, lease_seconds=60)
    one, two, three = Handler(), Handler(), Handler()
    async with running(group, one):
        await _shared(group, 5)
        async with running(group, two):
            await _shared(group, 2, 3)
            async with running(group, three):
                await _shared(group, 1, 2, 2)
                texts = await fill(store, 50, streams=25)
                await eventually(lambda: len(one.texts + two.texts + three.texts) == 50)
            await _shared(group, 2, 3)
        # Whoever leaves lets go at once; nobody waits for a lease to lapse.
        await _shared(group, 5)
    assert sorted(one.texts + two.texts + three.texts) == sorted(texts)
    assert one.texts
    assert two.texts
    assert three.texts


async def test_more_members_than_partitions_leave_some_idle(store: EventStore) -> None:
    group = ConsumerGroup(store, "mail", partitions=1, lease_seconds=60)
    one, two = Handler(), Handler()
    async with running(group, one), running(group, two):
        await eventually(lambda: _members(group, 2))
        await _shared(group, 1)
        await append(store, "note-1", "a")
        await eventually(lambda: len(one.texts + two.texts) == 1)


async def _members(group: ConsumerGroup, count: int) -> bool:
    return len((await group.status()).members) == count


async def test_a_process_that_was_paused_moves_no_checkpoint_when_it_goes_on(
    store: EventStore, store_url: str
) -> None:
    group = ConsumerGroup(store, "mail", partitions=1, lease_seconds=9)
    await group.begin()
    texts = await fill(store, 300, streams=3)
    handler = Handler()
    async with member(store_url, partitions=1, lease_seconds=9) as paused:
        await eventually(lambda: len(paused.handled) > 20)
        paused.send(signal.SIGSTOP)
        # Another takes over, and comes to the end.
        await lapse(store_url, of=f":{paused.pid}:")
        async with running(group, handler):
            await _caught_up(group)
            (at_the_end,) = cursors(await group.status())
            paused.send(signal.SIGCONT)
            before = len(paused.handled)
            await _gave_up(group, paused)
            (now,) = cursors(await group.status())
    assert at_the_end is not None
    assert now is not None
    assert Cursor.parse(now) >= Cursor.parse(at_the_end)
    # It noticed at its next checkpoint, ten events later at the most.
    assert len(paused.handled) <= before + 12
    seen = set(times([paused])) | set(handler.texts)
    assert seen == set(texts)


async def _caught_up(group: ConsumerGroup) -> None:
    async def caught_up() -> bool:
        return (await group.status()).lag == 0

    await eventually(caught_up)


async def _gave_up(group: ConsumerGroup, paused: Child) -> None:
    """Wait until a member that was taken for dead is a member again, with nothing to do."""

    async def is_idle() -> bool:
        status = await group.status()
        return any(f":{paused.pid}:" in one for one in status.members)

    await eventually(is_idle)
