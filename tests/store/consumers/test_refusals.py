"""What a consumer group refuses."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from retold.errors import GroupInUse, GroupMismatch, GroupNotFound, InvalidGroup
from retold.store import EventStore
from retold.store.consumers import ConsumerGroup
from retold.store.consumers.definition import selection_in, selection_text
from tests.store.consumers.groups import (
    Handler,
    catch_up,
    eventually,
    fill,
    parked,
    running,
)
from tests.store.events import append


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"partitions": 4}, "4 partitions"),
        ({"category": "note"}, '8 partitions of {"category":"note"}'),
        ({"types": ["a.a"]}, '"types":\\["a.a"\\]'),
        ({"every_tenant": True}, '"every_tenant":true'),
    ],
)
async def test_a_process_with_another_idea_of_the_group_is_refused(
    store: EventStore, options: Any, says: str
) -> None:
    await ConsumerGroup(store, "mail").begin()
    with pytest.raises(GroupMismatch, match=f"begun with 8 partitions of {{}}, .* gave .*{says}"):
        await ConsumerGroup(store, "mail", **options).run(Handler())
    handler = Handler()
    await catch_up(ConsumerGroup(store, "mail"), handler)


async def test_the_same_selection_in_another_order_is_the_same_group(store: EventStore) -> None:
    await ConsumerGroup(store, "mail", types=["a.a", "b.b"], category="note").begin()
    again = await ConsumerGroup(store, "mail", types=("b.b", "a.a"), category="note").begin()
    assert selection_text(again.selection) == '{"category":"note","types":["a.a","b.b"]}'
    assert selection_in(selection_text(again.selection)) == again.selection


@pytest.mark.parametrize("name", ["", "a/b", "-a", "a b", "a\n", "é", "x" * 101, "%", None, 7])
def test_names_are_checked(store: EventStore, name: Any) -> None:
    with pytest.raises(InvalidGroup, match="a name is 1 to 100 letters"):
        ConsumerGroup(store, name)


@pytest.mark.parametrize(
    "options",
    [
        {"partitions": 0},
        {"partitions": 1_025},
        {"partitions": 2.5},
        {"partitions": True},
        {"lease_seconds": 0},
        {"lease_seconds": float("nan")},
        {"start": "middle"},
        {"types": "test.happened"},
    ],
)
def test_numbers_and_choices_are_checked(store: EventStore, options: Any) -> None:
    with pytest.raises(InvalidGroup, match="'mail' cannot be a consumer group"):
        ConsumerGroup(store, "mail", **options)


async def test_a_group_that_was_never_begun_is_not_found(store: EventStore) -> None:
    group = ConsumerGroup(store, "mail")
    with pytest.raises(GroupNotFound, match="no consumer group 'mail'"):
        await group.status()
    with pytest.raises(GroupNotFound):
        await parked(group)
    with pytest.raises(GroupNotFound):
        await group.retry()
    with pytest.raises(GroupNotFound):
        await group.delete()


async def test_a_group_is_deleted_when_nobody_works_in_it(store: EventStore) -> None:
    texts = await fill(store, 5)
    group = ConsumerGroup(store, "mail", partitions=2)
    async with running(group, Handler("3")):
        await eventually(lambda: _parked_one(group))
        with pytest.raises(GroupInUse, match="work in it") as raised:
            await group.delete()
        assert len(raised.value.members) == 1
    await group.delete()
    assert await ConsumerGroup.list(store) == ()
    # Another one of that name begins anew, with other partitions.
    handler = Handler()
    again = ConsumerGroup(store, "mail", partitions=3)
    await catch_up(again, handler)
    assert sorted(handler.texts) == texts
    assert await parked(again) == []


async def _parked_one(group: ConsumerGroup) -> bool:
    return [one.lag for one in (await group.status()).partitions] == [0, 0] and bool(
        await parked(group)
    )


async def test_a_member_whose_group_is_gone_says_so(store: EventStore) -> None:
    group = ConsumerGroup(store, "mail", partitions=1, lease_seconds=0.6)
    handler = Handler()
    task = asyncio.create_task(group.run(handler))
    await append(store, "note-1", "a")
    await eventually(lambda: handler.texts == ["a"])
    await group._table.delete("mail")
    await append(store, "note-1", "b")
    with pytest.raises(GroupNotFound):
        await asyncio.wait_for(task, 30)
