"""Putting items into a work queue, and in which order they are taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from retold.errors import InvalidWorkItem, InvalidWorkQueue, WorkItemNotFound
from retold.store import EventStore, open_store
from retold.store.work_queue import NewWorkItem, WorkQueue, WorkState
from tests.store.raw import Raw
from tests.store.work_queue.queues import ids, items, take_later, take_one


@pytest.fixture
def queue(store: EventStore) -> WorkQueue:
    return WorkQueue(store, "steps")


async def test_what_was_put_is_taken_once_with_its_payload(queue: WorkQueue) -> None:
    payload = {"step": "a\0b", "tries": [1, 2.5, None, True], "nested": {"ü": "🜚"}}
    assert await queue.put([NewWorkItem(id="run-1/a", payload=payload, priority=7)]) == {"run-1/a"}
    [taken] = await queue.take("me", seconds=60, limit=5)
    assert (taken.id, taken.payload, taken.priority) == ("run-1/a", payload, 7)
    assert (taken.owner, taken.token, taken.attempts) == ("me", 1, 1)
    assert 0 <= taken.waited < 60
    assert await queue.take("you", seconds=60, limit=5) == ()


async def test_an_id_is_put_once_whatever_became_of_it(queue: WorkQueue) -> None:
    assert await queue.put(items("a", "b")) == {"a", "b"}
    again = [NewWorkItem(id="a", payload={"do": "other"}, priority=9), NewWorkItem(id="c")]
    assert await queue.put(again) == {"c"}
    assert (await queue.find("a")).payload == {"do": "a"}
    await queue.finish(await take_one(queue))
    await queue.cancel("b")
    assert await queue.put(items("a", "b", "c")) == frozenset()
    assert ids(await queue.take("me", seconds=60, limit=9)) == ["c"]


async def test_one_batch_may_hold_an_id_twice(queue: WorkQueue) -> None:
    assert await queue.put(items("a", "a", "b")) == {"a", "b"}
    assert ids(await queue.take("me", seconds=60, limit=9)) == ["a", "b"]


async def test_the_highest_priority_is_taken_first_then_the_oldest(queue: WorkQueue) -> None:
    await queue.put(items("low-1", "low-2", priority=-1))
    await queue.put(items("z", "y", "x"))
    await queue.put(items("high", priority=2**31 - 1) + items("lowest", priority=-(2**31)))
    order = ["high", "z", "y", "x", "low-1", "low-2", "lowest"]
    assert ids(await queue.take("me", seconds=60, limit=3)) == order[:3]
    assert ids(await queue.take("me", seconds=60, limit=9)) == order[3:]


async def test_one_of_high_priority_overtakes_five_hundred(queue: WorkQueue) -> None:
    await queue.put(items(*(f"run-{number}" for number in range(500))))
    await queue.put(items("urgent", priority=10))
    assert (await take_one(queue)).id == "urgent"
    assert (await take_one(queue)).id == "run-0"


async def test_what_was_ready_earlier_is_taken_earlier(queue: WorkQueue) -> None:
    now = datetime.now(UTC)
    for hours in (1, 3, 2):
        ready_at = now - timedelta(hours=hours)
        await queue.put([NewWorkItem(id=f"{hours} hours ago", ready_at=ready_at)])
    [oldest, *_] = await queue.take("me", seconds=60, limit=9)
    assert oldest.id == "3 hours ago"
    assert 3 * 3_600 - 60 < oldest.waited < 3 * 3_600 + 60


async def test_what_is_not_ready_is_not_taken_and_lets_others_by(queue: WorkQueue) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.4)
    await queue.put([NewWorkItem(id="later", priority=5, ready_at=soon), NewWorkItem(id="now")])
    figures = await queue.figures()
    assert (figures.ready, figures.delayed) == (1, 1)
    assert ids(await queue.take("me", seconds=60, limit=9)) == ["now"]
    taken = await take_later(queue)
    assert ids(taken) == ["later"]
    assert datetime.now(UTC) >= soon


async def test_queues_and_tenants_are_apart(store: EventStore, store_url: str) -> None:
    one, other = WorkQueue(store, "steps"), WorkQueue(store, "runs")
    await one.put(items("a"))
    assert await other.put(items("a")) == {"a"}
    async with await open_store(store_url, tenant="other") as theirs:
        assert await WorkQueue(theirs, "steps").take("me", seconds=60) == ()
        assert await WorkQueue(theirs, "steps").put(items("a")) == {"a"}
        await WorkQueue(theirs, "steps").cancel("a")
    assert await one.cancel("a")
    assert ids(await other.take("me", seconds=60)) == ["a"]


async def test_figures_count_what_there_is(queue: WorkQueue, store_url: str) -> None:
    nothing = await queue.figures()
    assert (nothing.ready, nothing.delayed, nothing.taken, nothing.oldest_wait) == (0, 0, 0, 0)
    await queue.put(items("a", "b", "c", "d", "e"))
    earlier = datetime.now(UTC) - timedelta(seconds=1_000)
    later = datetime.now(UTC) + timedelta(days=1)
    await queue.put([NewWorkItem(id="old", priority=-9, ready_at=earlier)])
    await queue.put([NewWorkItem(id="later", ready_at=later)])
    await queue.finish(await take_one(queue))
    await take_one(queue)
    await take_one(queue)
    await Raw(store_url).execute("UPDATE work_items SET lease_until = 1 WHERE item_id = 'b'")
    await queue.cancel("d")
    figures = await queue.figures()
    assert (figures.ready, figures.delayed, figures.taken, figures.lapsed) == (2, 1, 2, 1)
    assert figures.untried == 2
    assert [(await queue.figures(start)).ready for start in ("o", "old", "x")] == [1, 1, 0]
    assert 1_000 <= figures.oldest_wait < 1_100


async def test_items_are_listed_with_what_became_of_them(
    queue: WorkQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retold.store.work_queue.queue._page_size", 2)
    await queue.put(items("a", "b", "c", "d", "e"))
    await queue.finish(await take_one(queue))
    await queue.cancel("b")
    held = await take_one(queue)
    states = {item.id: item.state.value async for item in queue.items()}
    assert states == {
        "a": "done", "b": "cancelled", "c": "taken", "d": "waiting", "e": "waiting"
    }  # fmt: skip
    assert [item.id async for item in queue.items(WorkState.WAITING)] == ["d", "e"]
    done, taken = await queue.find("a"), await queue.find("c")
    assert done.finished_at is not None
    assert taken.taken_at is not None
    assert taken.lease_until is not None
    assert done.ready_at <= done.finished_at
    assert (taken.owner, taken.token, done.lease_until) == ("me", held.token, None)
    # PostgreSQL reads its clock for each of the two.
    kept = taken.lease_until - taken.taken_at - timedelta(seconds=60)
    assert abs(kept) <= timedelta(seconds=1)
    with pytest.raises(WorkItemNotFound, match="'steps' has no item 'x'"):
        await queue.find("x")


async def test_finished_items_can_be_forgotten(
    queue: WorkQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retold.store.work_queue.queue._page_size", 2)
    await queue.put(items("a", "b", "c", "d", "e"))
    for item in await queue.take("me", seconds=60, limit=3):
        await queue.finish(item)
    await queue.cancel("d")
    assert await queue.forget(older_than=3_600) == 0
    assert await queue.forget(older_than=0) == 4
    assert [item.id async for item in queue.items()] == ["e"]
    assert await queue.put(items("a")) == {"a"}
    with pytest.raises(ValueError, match="older_than"):
        await queue.forget(older_than=-1)


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "ü", "a" * 101, None, 7])
async def test_a_name_that_can_name_no_queue_is_refused(store: EventStore, name: Any) -> None:
    with pytest.raises(InvalidWorkQueue, match="cannot name a work queue"):
        WorkQueue(store, name)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (NewWorkItem(id=""), "an id is printable text"),
        (NewWorkItem(id="a\nb"), "an id is printable text"),
        (NewWorkItem(id="a\0b"), "an id is printable text"),
        (NewWorkItem(id="a" * 256), "1 to 255"),
        (NewWorkItem(id=7), "an id is printable text"),  # type: ignore[arg-type]
        (NewWorkItem(id="bad", priority=2**31), "2\\*\\*31"),
        (NewWorkItem(id="bad", priority=True), "no whole number"),
        (NewWorkItem(id="bad", priority=1.5), "no whole number"),  # type: ignore[arg-type]
        (NewWorkItem(id="bad", ready_at="now"), "no time"),  # type: ignore[arg-type]
        (NewWorkItem(id="bad", payload=[1]), "no dict"),  # type: ignore[arg-type]
        (NewWorkItem(id="bad", payload={"at": datetime.now(UTC)}), "not JSON-native"),
        (NewWorkItem(id="bad", payload={"x": float("nan")}), "NaN"),
        (NewWorkItem(id="bad", payload={"x": "\ud800"}), "not JSON-native"),
        (NewWorkItem(id="bad", payload={"x": "a" * 70_000}), "65,536 is the most"),
    ],
)
async def test_a_bad_item_is_refused_with_its_whole_batch(
    queue: WorkQueue, item: NewWorkItem, reason: str
) -> None:
    with pytest.raises(InvalidWorkItem, match=reason) as raised:
        await queue.put([*items("a"), item])
    assert (raised.value.queue, raised.value.item_id) == ("steps", item.id)
    assert [item async for item in queue.items()] == []


async def test_too_many_at_once_are_refused_and_none_are_fine(queue: WorkQueue) -> None:
    with pytest.raises(InvalidWorkItem, match="10,001 items at once"):
        await queue.put([NewWorkItem(id="a")] * 10_001)
    assert await queue.put([]) == frozenset()


@pytest.mark.parametrize(
    "arguments",
    [
        {"owner": "", "seconds": 60},
        {"owner": "a\0b", "seconds": 60},
        {"owner": "me", "seconds": 0},
        {"owner": "me", "seconds": -1},
        {"owner": "me", "seconds": float("nan")},
        {"owner": "me", "seconds": float("inf")},
        {"owner": "me", "seconds": 60, "limit": 0},
        {"owner": "me", "seconds": 60, "limit": 1_001},
    ],
)
async def test_taking_in_no_sensible_way_is_refused(
    queue: WorkQueue, arguments: dict[str, Any]
) -> None:
    await queue.put(items("a"))
    with pytest.raises(ValueError, match="give"):
        await queue.take(**arguments)
    assert (await take_one(queue)).id == "a"


async def test_a_batch_of_thousands_keeps_its_order(queue: WorkQueue) -> None:
    many = [f"{number:04}" for number in range(1_200)]
    assert await queue.put(items(*many)) == set(many)
    assert ids(await queue.take("me", seconds=60, limit=1_000)) == many[:1_000]
    assert ids(await queue.take("me", seconds=60, limit=1_000)) == many[1_000:]


async def test_what_waits_for_later_can_be_taken_now_once_it_is_hastened(queue: WorkQueue) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    await queue.put([NewWorkItem(id=one, ready_at=later) for one in ("a", "b")])
    await queue.put(items("given-back", "taken", "done"))
    for taken in await queue.take("me", seconds=60, limit=3):
        if taken.id == "given-back":
            await queue.release(taken, delay=3600)
        elif taken.id == "done":
            await queue.finish(taken)
    named = ["a", "given-back", "taken", "done", "unknown"]
    assert await queue.hasten(named) == {"a", "given-back"}
    assert await queue.hasten(named) == await queue.hasten([]) == frozenset()
    assert set(ids(await queue.take("you", seconds=60, limit=9))) == {"a", "given-back"}
