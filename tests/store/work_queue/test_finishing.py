"""An item is finished, what follows is put, and another one is taken in its place, as one step."""

from __future__ import annotations

import pytest

from retold.errors import InvalidWorkItem, WorkItemLost
from retold.store import EventStore
from retold.store.work_queue import NewWorkItem, WorkQueue, WorkState
from tests.store.work_queue.queues import ids, items, lapse, take_one


@pytest.fixture
def queue(store: EventStore) -> WorkQueue:
    return WorkQueue(store, "steps")


async def test_what_follows_is_taken_in_its_place(queue: WorkQueue) -> None:
    await queue.put(items("a"))
    first = await take_one(queue)
    finished = await queue.finish(first, put=items("b", "c"), take_for=60)
    assert finished.new == {"b", "c"}
    [taken] = finished.taken
    assert (taken.id, taken.owner, taken.token) == ("b", first.owner, 1)
    assert (await queue.find("a")).state is WorkState.DONE
    assert (await queue.find("b")).state is WorkState.TAKEN
    assert ids(await queue.take("other", seconds=60, limit=9)) == ["c"]


async def test_what_is_more_urgent_is_taken_before_what_follows(queue: WorkQueue) -> None:
    await queue.put(items("a"))
    first = await take_one(queue)
    await queue.put([NewWorkItem(id="urgent", priority=5)])
    finished = await queue.finish(first, put=items("b"), take_for=60)
    assert ids(finished.taken) == ["urgent"]
    assert (await queue.find("b")).state is WorkState.WAITING


async def test_nothing_is_taken_unless_it_is_asked_for(queue: WorkQueue) -> None:
    await queue.put(items("a", "b"))
    finished = await queue.finish(await take_one(queue), put=items("c"))
    assert finished.new == {"c"}
    assert finished.taken == ()
    assert ids(await queue.take("other", seconds=60, limit=9)) == ["b", "c"]


async def test_finished_twice_it_takes_once(queue: WorkQueue) -> None:
    await queue.put(items("a"))
    first = await take_one(queue)
    await queue.finish(first, put=items("b", "c"), take_for=60)
    again = await queue.finish(first, put=items("b", "c"), take_for=60)
    assert (again.new, again.taken) == (frozenset(), ())
    assert (await queue.find("c")).state is WorkState.WAITING


async def test_who_lost_it_takes_nothing_but_what_follows_is_put(
    queue: WorkQueue, store_url: str
) -> None:
    await queue.put(items("a"))
    first = await take_one(queue, "slow")
    await lapse(store_url)
    await queue.sweep()
    second = await take_one(queue)
    with pytest.raises(WorkItemLost):
        await queue.finish(first, put=items("b"), take_for=60)
    assert (await queue.find("a")).token == second.token
    assert (await queue.find("b")).state is WorkState.WAITING


async def test_what_cannot_be_put_leaves_it_taken(queue: WorkQueue) -> None:
    await queue.put(items("a"))
    first = await take_one(queue)
    with pytest.raises(InvalidWorkItem):
        await queue.finish(first, put=[NewWorkItem(id="")], take_for=60)
    assert (await queue.find("a")).state is WorkState.TAKEN
    with pytest.raises(ValueError, match="more than 0"):
        await queue.finish(first, take_for=0)
    assert (await queue.find("a")).state is WorkState.TAKEN
