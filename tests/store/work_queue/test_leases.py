"""Who has an item, until when, and what becomes of what a late one does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from retold.errors import StoreUnavailable, WorkItemLost, WorkItemNotFound
from retold.store import EventStore
from retold.store.work_queue import TakenWorkItem, WorkQueue, WorkState
from tests.store.work_queue.queues import ids, items, lapse, take_later, take_one


@pytest.fixture
def queue(store: EventStore) -> WorkQueue:
    return WorkQueue(store, "steps")


async def _refused(queue: WorkQueue, item: TakenWorkItem, match: str) -> None:
    """Check that who took ``item`` can do nothing to it any more."""
    before = await queue.find(item.id)
    attempts: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: queue.extend(item, 60),
        lambda: queue.finish(item),
        lambda: queue.release(item),
    )
    for attempt in attempts:
        with pytest.raises(WorkItemLost, match=match) as raised:
            await attempt()
        assert (raised.value.item_id, raised.value.owner) == (item.id, item.owner)
        assert raised.value.token == item.token
    assert await queue.extend_all([item], 60) == {item.id}
    assert await queue.find(item.id) == before


async def test_a_lapsed_item_is_taken_again_with_a_greater_token_once_swept(
    queue: WorkQueue, store_url: str
) -> None:
    await queue.put(items("a", "b"))
    first = await take_one(queue, "dead")
    await lapse(store_url)
    assert ids(await queue.take("me", seconds=60, limit=9)) == ["b"]
    [swept] = await queue.sweep()
    assert (swept.id, swept.owner, swept.token) == ("a", "dead", first.token)
    assert await queue.sweep() == ()
    await _refused(queue, first, "its lease lapsed")
    second = await take_one(queue)
    assert (second.id, second.token, second.attempts) == ("a", first.token + 1, 2)
    await _refused(queue, first, "taken again with token 2")
    await queue.extend(second, 60)
    await queue.finish(second)
    await _refused(queue, first, "it is done, and was taken again with token 2")


async def test_a_lease_that_nobody_swept_is_still_its_owners(
    queue: WorkQueue, store_url: str
) -> None:
    await queue.put(items("a"))
    taken = await take_one(queue)
    await lapse(store_url)
    await queue.extend(taken, 60)
    assert await queue.sweep() == ()
    await lapse(store_url)
    await queue.finish(taken)
    assert await queue.sweep() == ()


async def test_an_owner_who_took_it_again_is_refused_with_the_earlier_token(
    queue: WorkQueue, store_url: str
) -> None:
    await queue.put(items("a"))
    earlier = await take_one(queue)
    await lapse(store_url)
    await queue.sweep()
    later = await take_one(queue)
    await _refused(queue, earlier, "taken again with token 2")
    await queue.finish(later)


async def test_a_swept_item_keeps_its_place_in_the_order(queue: WorkQueue, store_url: str) -> None:
    await queue.put(items("a", "b", "c"))
    await take_one(queue)
    await lapse(store_url)
    await queue.sweep()
    assert ids(await queue.take("me", seconds=60, limit=9)) == ["a", "b", "c"]


async def test_finishing_twice_is_a_no_op(queue: WorkQueue) -> None:
    await queue.put(items("a"))
    taken = await take_one(queue)
    await queue.finish(taken)
    before = await queue.find("a")
    await queue.finish(taken)
    assert await queue.find("a") == before
    with pytest.raises(WorkItemLost, match="it was finished"):
        await queue.extend(taken, 60)


async def test_an_item_given_back_is_taken_at_once(queue: WorkQueue) -> None:
    await queue.put(items("a"))
    taken = await take_one(queue)
    await queue.release(taken)
    await _refused(queue, taken, "its lease lapsed, or it was given back")
    assert (await take_one(queue)).attempts == 2


async def test_an_item_that_was_not_tried_does_not_count_as_tried(queue: WorkQueue) -> None:
    await queue.put(items("a"))
    await queue.release(await take_one(queue), attempted=False)
    again = await take_one(queue)
    assert (again.attempts, again.token) == (1, 2)


async def test_a_retry_waits_for_its_time_by_the_database(queue: WorkQueue) -> None:
    await queue.put(items("a", "b"))
    await queue.release(await take_one(queue), delay=0.4)
    assert ids(await queue.take("me", seconds=60, limit=9)) == ["b"]
    taken = await take_later(queue)
    assert (ids(taken), taken[0].attempts) == (["a"], 2)
    assert taken[0].waited < 60
    item = await queue.find("a")
    assert item.taken_at is not None
    assert item.ready_at <= item.taken_at
    for delay in (-1, float("nan"), 400 * 86_400):
        with pytest.raises(ValueError, match="delay"):
            await queue.release(taken[0], delay=delay)


async def test_a_cancelled_item_is_lost_to_who_has_it(queue: WorkQueue) -> None:
    await queue.put(items("a", "b"))
    taken = await take_one(queue)
    assert await queue.cancel("a")
    assert await queue.cancel("b")
    await _refused(queue, taken, "it was cancelled")
    assert not await queue.cancel("a")
    assert await queue.take("me", seconds=60) == ()
    with pytest.raises(WorkItemNotFound):
        await queue.cancel("x")


async def test_a_finished_item_cannot_be_cancelled(queue: WorkQueue) -> None:
    await queue.put(items("a"))
    await queue.finish(await take_one(queue))
    assert not await queue.cancel("a")
    assert (await queue.find("a")).state is WorkState.DONE


async def test_an_item_that_was_forgotten_is_lost(queue: WorkQueue) -> None:
    await queue.put(items("a"))
    taken = await take_one(queue)
    await queue.cancel("a")
    await queue.forget(older_than=0)
    with pytest.raises(WorkItemLost, match="not in the queue any more"):
        await queue.extend(taken, 60)


async def test_many_leases_are_extended_at_once_but_for_those_that_were_lost(
    queue: WorkQueue,
) -> None:
    await queue.put(items("a", "b", "c"))
    taken = await queue.take("me", seconds=60, limit=9)
    await queue.cancel("b")
    assert await queue.extend_all(taken, 600) == {"b"}
    kept = await queue.find("a")
    assert kept.lease_until is not None
    assert kept.taken_at is not None
    assert (kept.lease_until - kept.taken_at).total_seconds() > 500
    assert await queue.extend_all([], 60) == frozenset()


async def test_sweeping_goes_on_by_itself_and_over_outages(
    queue: WorkQueue, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queue.put(items("a"))
    await take_one(queue, "dead")
    sweep, failed = queue._table.sweep, asyncio.Event()

    async def away_once(limit: int) -> object:
        if not failed.is_set():
            failed.set()
            raise StoreUnavailable("Writing", "it is away")
        return await sweep(limit)

    monkeypatch.setattr(queue._table, "sweep", away_once)
    async with queue.sweeping(every=0.01):
        await failed.wait()
        await lapse(store_url)
        taken = await take_later(queue)
    assert ids(taken) == ["a"]


async def test_sweeping_takes_all_there_is(
    queue: WorkQueue, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retold.store.work_queue.queue._page_size", 2)
    await queue.put(items("a", "b", "c", "d", "e"))
    await queue.take("dead", seconds=60, limit=5)
    await lapse(store_url)
    assert {item.id for item in await queue.sweep()} == {"a", "b", "c", "d", "e"}
    assert (await queue.figures()).ready == 5


async def test_a_lease_lapses_by_the_clock(queue: WorkQueue) -> None:
    await queue.put(items("a"))
    await queue.take("dead", seconds=0.2)
    assert await queue.sweep() == ()
    while not await queue.sweep():  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.05)
    assert (await take_one(queue)).attempts == 2


async def test_a_cancelled_taker_leaves_the_queue_usable(queue: WorkQueue, store_url: str) -> None:
    await queue.put(items(*map(str, range(10))))
    for ticks in range(0, 40, 4):
        task = asyncio.create_task(queue.take("dead", seconds=60))
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await lapse(store_url)
    await queue.sweep()
    taken = await queue.take("me", seconds=60, limit=20)
    assert sorted(ids(taken)) == sorted(map(str, range(10)))
