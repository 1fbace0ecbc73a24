"""A group in one process: what it handles, in which order, from where, and what it says of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from retold.domain.recorded import RecordedEvent
from retold.store import EventStore, open_store
from retold.store.consumers import ConsumerGroup
from retold.store.consumers.definition import GroupDefinition
from retold.store.consumers.share import fair_share
from retold.store.selection import Selection
from tests.store.consumers.groups import (
    Handler,
    catch_up,
    cursors,
    eventually,
    fill,
    holders,
    in_order,
    parked,
    running,
    stream_in,
)
from tests.store.events import append


async def test_each_event_is_handled_once_and_in_the_order_of_its_stream(
    store: EventStore,
) -> None:
    texts = await fill(store, 250)
    handler = Handler()
    await catch_up(ConsumerGroup(store, "mail"), handler, batch_size=20, checkpoint_every=7)
    assert sorted(handler.texts) == sorted(texts)
    assert in_order(handler.events)


async def test_a_later_run_goes_on_where_the_earlier_one_ended(store: EventStore) -> None:
    await fill(store, 30)
    await catch_up(ConsumerGroup(store, "mail"), Handler())
    await append(store, "note-1", "new")
    handler = Handler()
    await catch_up(ConsumerGroup(store, "mail"), handler)
    assert handler.texts == ["new"]


async def test_a_running_group_handles_what_is_appended(store: EventStore) -> None:
    handler = Handler()
    async with running(ConsumerGroup(store, "mail", partitions=2), handler):
        await fill(store, 20)
        await eventually(lambda: len(handler.events) == 20)
    status = await ConsumerGroup(store, "mail", partitions=2).status()
    assert (status.lag, status.members) == (0, ())


async def test_groups_do_not_disturb_each_other(store: EventStore) -> None:
    await fill(store, 10)
    one, two = Handler(), Handler()
    await catch_up(ConsumerGroup(store, "one"), one)
    await catch_up(ConsumerGroup(store, "two", partitions=3), two)
    assert sorted(one.texts) == sorted(two.texts)
    assert len(one.texts) == 10


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"category": "note"}, ["a", "b"]),
        ({"stream_prefix": "memo-"}, ["c"]),
        ({"types": ["test.other"]}, ["b"]),
        ({"category": "note", "types": {"test.happened"}}, ["a"]),
    ],
)
async def test_a_group_handles_only_what_it_selects(
    store: EventStore, selection: Any, expected: list[str]
) -> None:
    await append(store, "note-1", "a")
    await append(store, "note-1", "b", type="test.other")
    await append(store, "memo-1", "c")
    handler = Handler()
    await catch_up(ConsumerGroup(store, "mail", **selection), handler)
    assert sorted(handler.texts) == expected


async def test_only_a_group_for_every_tenant_handles_other_tenants_events(
    store: EventStore, store_url: str
) -> None:
    await append(store, "note-1", "mine")
    async with await open_store(store_url, tenant="other") as other:
        await append(other, "note-1", "theirs")
    mine, everybody = Handler(), Handler("theirs")
    await catch_up(ConsumerGroup(store, "mine"), mine)
    group = ConsumerGroup(store, "everybody", every_tenant=True)
    await catch_up(group, everybody)
    assert (mine.texts, everybody.texts) == (["mine"], ["mine"])
    (theirs,) = await parked(group)
    assert theirs.tenant == "other"
    everybody.failing.clear()
    assert await group.retry(theirs.event_id) == 1
    async with running(group, everybody):
        await eventually(lambda: everybody.texts == ["mine", "theirs"])


async def test_a_group_that_starts_at_the_end_handles_what_comes_later(store: EventStore) -> None:
    await fill(store, 10)
    group = ConsumerGroup(store, "mail", start="end")
    await group.begin()
    await append(store, "note-1", "later")
    handler = Handler()
    await catch_up(group, handler)
    assert handler.texts == ["later"]


async def test_an_empty_log_is_caught_up(store: EventStore) -> None:
    handler = Handler()
    await catch_up(ConsumerGroup(store, "mail"), handler)
    assert handler.called == []


async def test_partitions_are_worked_on_at_once_and_each_in_order(store: EventStore) -> None:
    for partition in range(4):
        await append(store, stream_in(partition, 4), *(f"{partition}{n}" for n in range(3)))
    handler = Handler()
    handler.gate = asyncio.Event()
    async with running(ConsumerGroup(store, "mail", partitions=4), handler):
        await eventually(lambda: len(handler.called) == 4)
        assert sorted(handler.called) == ["00", "10", "20", "30"]
        handler.gate.set()
        await eventually(lambda: len(handler.events) == 12)
    assert in_order(handler.events)


async def test_no_more_handlers_run_at_once_than_asked_for(store: EventStore) -> None:
    await fill(store, 30, streams=30)
    handler = Handler()
    handler.gate = asyncio.Event()
    group = ConsumerGroup(store, "mail", partitions=4)
    async with running(group, handler, concurrency=2):
        await eventually(lambda: _holds(group, 4))
        await eventually(lambda: len(handler.called) == 2)
        await asyncio.sleep(0.1)
        assert len(handler.called) == 2
        handler.gate.set()
        await eventually(lambda: len(handler.events) == 30)


async def _holds(group: ConsumerGroup, count: int) -> bool:
    return sum(holder is not None for holder in holders(await group.status()).values()) == count


async def test_a_member_that_is_stopped_finishes_the_event_in_hand_and_keeps_its_checkpoint(
    store: EventStore,
) -> None:
    texts = [str(number) for number in range(1_000)]
    await append(store, "note-1", *texts)
    group = ConsumerGroup(store, "mail", partitions=1)
    until = asyncio.Event()
    first: list[str] = []

    async def handler(event: RecordedEvent) -> None:
        until.set()
        await asyncio.sleep(0.02)
        first.append(event.data["text"])

    await group.run(handler, until=until)
    assert 1 <= len(first) < 1_000
    second = Handler()
    await catch_up(group, second)
    assert first + second.texts == texts


async def test_a_member_that_is_cancelled_cancels_its_handlers_and_keeps_what_was_handled(
    store: EventStore,
) -> None:
    await append(store, "note-1", "a", "b", "c")
    group = ConsumerGroup(store, "mail", partitions=1)
    cancelled = []
    stuck = asyncio.Event()

    async def handler(event: RecordedEvent) -> None:
        if event.data["text"] == "b":
            stuck.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(event.data["text"])
                raise

    task = asyncio.create_task(group.run(handler))
    await stuck.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled == ["b"]
    status = await group.status()
    assert (status.members, holders(status), status.parked) == ((), {0: None}, 0)
    second = Handler()
    await catch_up(group, second)
    assert second.texts == ["b", "c"]


async def test_a_handler_may_append_to_the_log(store: EventStore) -> None:
    await append(store, "note-1", "a")

    async def handler(event: RecordedEvent) -> None:
        if event.category == "note":
            await append(store, "memo-1", f"re: {event.data['text']}")

    group = ConsumerGroup(store, "mail")
    await group.run(handler, until="caught_up")
    assert [e.data["text"] async for e in store.read_stream("memo-1")] == ["re: a"]


# What it says -------------------------------------------------------------------------------------


async def test_status_says_who_holds_what_and_how_far_behind_it_is(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = ConsumerGroup(store, "mail", partitions=2, types=["test.happened"])
    await group.begin()
    first, second = stream_in(0, 2), stream_in(1, 2)
    await append(store, first, "a", "b", "c")
    await append(store, second, "d")
    await append(store, second, "e", type="test.other")
    status = await group.status()
    assert [one.lag for one in status.partitions] == [3, 1]
    assert (status.lag, status.parked, status.members) == (4, 0, ())
    assert cursors(status) == [None, None]
    handler = Handler("d")
    async with running(group, handler):
        await eventually(lambda: len(handler.texts) == 3)
        await eventually(lambda: parked(group))
        status = await group.status()
        (member,) = status.members
        assert holders(status) == {0: member, 1: member}
    status = await group.status()
    assert [(one.lag, one.parked) for one in status.partitions] == [(0, 0), (0, 1)]
    monkeypatch.setattr("retold.store.consumers.status.most_counted", 5)
    await append(store, first, *"fghijkl")
    assert [one.lag for one in (await group.status()).partitions] == [5, 0]


async def test_groups_are_listed_by_name(store: EventStore, store_url: str) -> None:
    await ConsumerGroup(store, "two", partitions=3, category="note", types=["b.b", "a.a"]).begin()
    await ConsumerGroup(store, "one").begin()
    async with await open_store(store_url, tenant="other") as other:
        await ConsumerGroup(other, "theirs").begin()
    assert await ConsumerGroup.list(store) == (
        GroupDefinition(name="one", partitions=8, selection=Selection()),
        GroupDefinition(
            name="two",
            partitions=3,
            selection=Selection(category="note", types=("a.a", "b.b")),
        ),
    )


# Shares -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("partitions", [1, 4, 8, 13])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 9])
def test_shares_add_up_and_differ_by_one_at_the_most(partitions: int, count: int) -> None:
    members = [f"member {number}" for number in range(count)]
    shares = [fair_share(member, members, partitions) for member in members]
    assert sum(shares) == partitions
    assert max(shares) - min(shares) <= 1


def test_a_member_that_nobody_sees_yet_counts_itself() -> None:
    assert fair_share("b", ["a"], 4) == 2


async def test_what_a_handler_collects_is_finished_before_the_checkpoint_moves(
    store: EventStore,
) -> None:
    texts = await fill(store, 30, streams=3)
    collected: list[RecordedEvent] = []
    finished: list[list[str]] = []
    refusing = True

    async def collect(event: RecordedEvent) -> None:
        collected.append(event)

    async def finish() -> None:
        if refusing and len(finished) == 2:
            raise OSError("no route to host")
        finished.append([event.data["text"] for event in collected])
        collected.clear()

    group = ConsumerGroup(store, "mail", partitions=1)
    options: dict[str, Any] = {"before_checkpoint": finish, "checkpoint_every": 7}
    with pytest.raises(OSError, match="no route"):
        await group.run(collect, until="caught_up", **options)
    assert list(map(len, finished)) == [7, 7]
    refusing = False
    collected.clear()
    await group.run(collect, until="caught_up", **options)
    assert sorted(text for batch in finished for text in batch) == sorted(texts)
    # The checkpoint may move once more, beyond what nobody wants.
    assert [len(batch) for batch in finished if batch] == [7, 7, 7, 7, 2]
