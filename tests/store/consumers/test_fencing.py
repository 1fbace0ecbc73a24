"""Who lost a partition can write nothing about it any more, whatever it still believes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

import pytest

from retold.errors import GroupNotFound, LeaseLost
from retold.store import EventStore, open_store
from retold.store.consumers import ConsumerGroup
from retold.store.consumers.group import group_table
from retold.store.consumers.hold import Hold
from retold.store.consumers.names import partition_resource
from retold.store.consumers.table import Failure, GroupTable, Holding
from retold.store.lease import Leases
from tests.store.consumers.groups import (
    Handler,
    catch_up,
    cursors,
    eventually,
    lapse,
    parked,
    running,
)
from tests.store.events import append, read

Write: TypeAlias = Callable[[GroupTable, Holding, Failure], Awaitable[None]]


async def _move(table: GroupTable, holding: Holding, failure: Failure) -> None:
    await table.move(holding, failure.cursor)


async def _park(table: GroupTable, holding: Holding, failure: Failure) -> None:
    await table.park(holding, failure)


async def _park_again(table: GroupTable, holding: Holding, _failure: Failure) -> None:
    (one,) = await table.parked(holding.group, limit=10)
    await table.park_again(holding, one, reason="late", attempts=1)


async def _unpark(table: GroupTable, holding: Holding, _failure: Failure) -> None:
    (one,) = await table.parked(holding.group, limit=10)
    await table.unpark(holding, one)


writes = pytest.mark.parametrize("write", [_move, _park, _park_again, _unpark])


class World:
    """A group of one partition in which an event is parked, and what to write of another."""

    def __init__(self, store: EventStore) -> None:
        self.leases = Leases(store)
        self.table = group_table(store)
        self.store = store
        self.group = ConsumerGroup(store, "mail", partitions=1)

    async def fill(self) -> World:
        await append(self.store, "note-1", "a", "b", "c")
        await catch_up(self.group, Handler("b"))
        (event,) = await read(self.store, "note-1", limit=1)
        self.failure = Failure(
            event=event, cursor=str(self.store.cursor_of(event)), reason="late", attempts=1
        )
        return self

    async def hold(self, owner: str) -> Holding:
        lease = await self.leases.take(partition_resource("mail", 0), owner, 60)
        return Holding(group="mail", partition=0, lease=lease)

    async def kept(self) -> tuple[object, ...]:
        """Return all that is kept of the group, but for tokens."""
        return cursors(await self.group.status()), await parked(self.group)


@pytest.fixture
async def world(store: EventStore) -> World:
    return await World(store).fill()


@writes
async def test_a_holder_writes(world: World, write: Write) -> None:
    holding = await world.hold("me")
    await world.table.claim(holding)
    before = await world.kept()
    await write(world.table, holding, world.failure)
    assert await world.kept() != before


@writes
async def test_a_holder_whose_lease_was_taken_writes_nothing(
    world: World, store_url: str, write: Write
) -> None:
    paused = await world.hold("me")
    await world.table.claim(paused)
    await lapse(store_url)
    await world.hold("you")
    before = await world.kept()
    with pytest.raises(LeaseLost, match="lease of me on 'group:mail/partition/0'"):
        await write(world.table, paused, world.failure)
    assert await world.kept() == before


@writes
async def test_a_holder_whose_checkpoint_was_claimed_writes_nothing(
    world: World, store_url: str, write: Write
) -> None:
    """As between its look at the lease and its write: the checkpoint has a token of its own."""
    paused = await world.hold("me")
    await world.table.claim(paused)
    await lapse(store_url)
    later = await world.hold("you")
    await world.table.claim(later)
    lease = paused.lease
    async with world.store.transaction() as connection:
        await connection.exec_driver_sql(
            f"UPDATE leases SET owner = '{lease.owner}', token = {lease.token}"
            f" WHERE resource = '{lease.resource}'"
        )
    before = await world.kept()
    with pytest.raises(LeaseLost):
        await write(world.table, paused, world.failure)
    assert await world.kept() == before
    with pytest.raises(LeaseLost):
        await world.table.claim(paused)


@writes
async def test_who_did_not_claim_the_checkpoint_writes_nothing(world: World, write: Write) -> None:
    holding = await world.hold("me")
    before = await world.kept()
    with pytest.raises(LeaseLost):
        await write(world.table, holding, world.failure)
    assert await world.kept() == before


async def test_a_lease_that_lapsed_and_that_nobody_took_still_counts(
    world: World, store_url: str
) -> None:
    holding = await world.hold("me")
    await world.table.claim(holding)
    await lapse(store_url)
    await world.table.move(holding, world.failure.cursor)
    assert cursors(await world.group.status()) == [world.failure.cursor]


async def test_what_was_written_before_a_claim_is_what_the_claimer_reads(
    world: World, store_url: str
) -> None:
    earlier = await world.hold("me")
    await world.table.claim(earlier)
    await world.table.move(earlier, world.failure.cursor)
    await lapse(store_url)
    assert await world.table.claim(await world.hold("you")) == world.failure.cursor


async def test_a_holding_of_a_deleted_group_is_no_holding_of_its_successor(world: World) -> None:
    earlier = await world.hold("me")
    await world.table.claim(earlier)
    await world.leases.release(earlier.lease)
    await world.group.delete()
    with pytest.raises(GroupNotFound):
        await world.table.claim(replace(earlier, lease=(await world.hold("me")).lease))
    await world.group.begin()
    with pytest.raises(LeaseLost):
        await world.table.move(earlier, world.failure.cursor)
    assert cursors(await world.group.status()) == [None]


async def test_tenants_have_groups_of_their_own(world: World, store_url: str) -> None:
    holding = await world.hold("me")
    await world.table.claim(holding)
    async with await open_store(store_url, tenant="other") as other:
        with pytest.raises(LeaseLost):
            await group_table(other).move(holding, world.failure.cursor)
        assert await ConsumerGroup.list(other) == ()


# In a member -------------------------------------------------------------------------------------


async def test_a_member_whose_lease_was_taken_in_a_handler_moves_no_checkpoint(
    store: EventStore, store_url: str
) -> None:
    await append(store, "note-1", "a", "b", "c")
    slow, quick = Handler(), Handler()
    slow.gate = asyncio.Event()
    group = ConsumerGroup(store, "mail", partitions=1, lease_seconds=60)
    async with running(group, slow, checkpoint_every=1):
        await eventually(lambda: slow.called == ["a"])
        await lapse(store_url)
        lease = await Leases(store).take(partition_resource("mail", 0), "intruder", 60)
        slow.gate.set()
        await eventually(lambda: slow.texts == ["a"])
        await asyncio.sleep(0.2)
        # It did not go on to the next event, and did not move the checkpoint.
        assert slow.called == ["a"]
        assert cursors(await group.status()) == [None]
        await Leases(store).release(lease)
        await eventually(lambda: slow.texts == ["a", "a", "b", "c"])
    await catch_up(group, quick)
    assert quick.called == []


async def test_a_hold_is_asked_about_only_when_its_heartbeat_is_late(
    store: EventStore, store_url: str
) -> None:
    leases = Leases(store)
    lease = await leases.take("group:mail/partition/0", "me", 60)
    sure = Hold(leases, lease, seconds=60, asked_at=time.monotonic())
    late = Hold(leases, lease, seconds=60, asked_at=time.monotonic() - 61)
    await late.check()
    await lapse(store_url)
    await leases.take("group:mail/partition/0", "you", 60)
    await sure.check()
    await late.check()
    later = Hold(leases, lease, seconds=60, asked_at=time.monotonic() - 61)
    with pytest.raises(LeaseLost):
        await later.check()
    assert (later.lost, later.ended.is_set()) == (True, True)
    with pytest.raises(LeaseLost):
        await later.check()
    # What the heartbeat found out needs no question.
    sure.lose()
    with pytest.raises(LeaseLost):
        await sure.check()
