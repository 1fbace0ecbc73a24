"""Leases: one holder at a time, over tasks and processes, until it lets go or dies."""

from __future__ import annotations

import asyncio
import subprocess
import time
from pathlib import Path

import pytest

from retold.errors import LeaseHeld, LeaseLost
from retold.store import EventStore, open_store
from retold.store.lease import Lease, Leases
from tests.forking import start
from tests.store.events import append
from tests.store.raw import Raw

repository = Path(__file__).parents[2]


@pytest.fixture
async def leases(store: EventStore) -> Leases:
    return Leases(store)


async def _lapse(url: str) -> None:
    """Let every lease lapse, without waiting for it."""
    await Raw(url).execute("UPDATE leases SET expires_at = 1 WHERE owner IS NOT NULL")


async def test_a_free_lease_is_taken(leases: Leases) -> None:
    assert await leases.take("note-1", "me", 60) == Lease("note-1", "me", 1)
    assert await leases.take("note-2", "me", 60) == Lease("note-2", "me", 1)


@pytest.mark.parametrize("other", ["you", "me"])
async def test_a_held_lease_is_refused_with_its_holder_and_the_time_left(
    leases: Leases, other: str
) -> None:
    await leases.take("note-1", "me", 60)
    with pytest.raises(LeaseHeld, match="'note-1' is held by me for another") as raised:
        await leases.take("note-1", other, 60)
    assert (raised.value.resource, raised.value.owner) == ("note-1", "me")
    assert 50 < raised.value.seconds_left <= 60


async def test_a_lease_may_last_for_days(leases: Leases) -> None:
    await leases.take("note-1", "me", 10 * 86_400)
    with pytest.raises(LeaseHeld) as raised:
        await leases.take("note-1", "you", 1)
    assert raised.value.seconds_left > 9 * 86_400


async def test_a_lease_lapses_by_the_clock(leases: Leases) -> None:
    await leases.take("note-1", "me", 0.3)
    with pytest.raises(LeaseHeld) as raised:
        await leases.take("note-1", "you", 60)
    assert 0 < raised.value.seconds_left <= 0.3
    await asyncio.sleep(raised.value.seconds_left + 0.01)
    assert (await leases.take("note-1", "you", 60)).token == 2


async def test_every_later_lease_has_a_greater_token(leases: Leases, store_url: str) -> None:
    tokens = []
    for number in range(4):
        lease = await leases.take("note-1", f"owner {number}", 60)
        tokens.append(lease.token)
        if number % 2:
            await leases.release(lease)
        else:
            await _lapse(store_url)
    assert tokens == [1, 2, 3, 4]


async def test_a_released_lease_is_free_at_once(leases: Leases) -> None:
    lease = await leases.take("note-1", "me", 60)
    await leases.release(lease)
    await leases.release(lease)
    assert (await leases.take("note-1", "you", 60)).token == 2


async def test_a_renewed_lease_lasts_from_now(leases: Leases, store_url: str) -> None:
    lease = await leases.take("note-1", "me", 60)
    await leases.renew(lease, 600)
    with pytest.raises(LeaseHeld) as raised:
        await leases.take("note-1", "you", 60)
    assert 500 < raised.value.seconds_left <= 600
    # Lapsed, but nobody took it meanwhile.
    await _lapse(store_url)
    await leases.renew(lease, 60)
    with pytest.raises(LeaseHeld):
        await leases.take("note-1", "you", 60)


async def test_a_lease_that_somebody_else_took_is_lost(leases: Leases, store_url: str) -> None:
    lost = await leases.take("note-1", "me", 60)
    await _lapse(store_url)
    taken = await leases.take("note-1", "you", 60)
    with pytest.raises(LeaseLost, match="lease of me on 'note-1' lapsed and was taken") as raised:
        await leases.renew(lost, 60)
    assert (raised.value.resource, raised.value.owner) == ("note-1", "me")
    await leases.release(lost)
    await leases.renew(taken, 60)
    with pytest.raises(LeaseHeld, match="held by you"):
        await leases.take("note-1", "me", 60)


async def test_an_owner_who_took_it_again_has_lost_the_earlier_lease(
    leases: Leases, store_url: str
) -> None:
    earlier = await leases.take("note-1", "me", 60)
    await _lapse(store_url)
    later = await leases.take("note-1", "me", 60)
    with pytest.raises(LeaseLost):
        await leases.renew(earlier, 60)
    await leases.release(earlier)
    await leases.renew(later, 60)


async def test_a_lease_released_can_be_renewed_by_nobody(leases: Leases) -> None:
    lease = await leases.take("note-1", "me", 60)
    await leases.release(lease)
    with pytest.raises(LeaseLost):
        await leases.renew(lease, 60)


async def test_of_many_at_once_one_gets_it(leases: Leases) -> None:
    outcomes = await asyncio.gather(
        *(leases.take("note-1", f"owner {number}", 60) for number in range(10)),
        return_exceptions=True,
    )
    winners = [outcome for outcome in outcomes if isinstance(outcome, Lease)]
    assert len(winners) == 1
    losers = [outcome for outcome in outcomes if isinstance(outcome, LeaseHeld)]
    assert {loser.owner for loser in losers} == {winners[0].owner}
    assert len(losers) == 9


async def test_tenants_hold_leases_of_their_own(store_url: str, leases: Leases) -> None:
    await leases.take("note-1", "me", 60)
    async with await open_store(store_url, tenant="other") as other:
        assert (await Leases(other).take("note-1", "me", 60)).token == 1


async def test_leases_are_taken_while_others_append(store: EventStore, leases: Leases) -> None:
    """SQLite's own way of waiting for the write lock would starve these."""
    stop = asyncio.Event()

    async def keep_appending() -> None:
        while not stop.is_set():
            await append(store, "note-1", "a")

    writers = [asyncio.create_task(keep_appending()) for _ in range(16)]
    slowest = 0.0
    for number in range(20):
        started = time.monotonic()
        lease = await leases.take("note-1", f"owner {number}", 60)
        await leases.release(lease)
        slowest = max(slowest, time.monotonic() - started)
    stop.set()
    await asyncio.gather(*writers)
    assert slowest < 5


async def test_a_cancelled_taker_leaves_the_store_usable(leases: Leases) -> None:
    for ticks in range(0, 60, 3):
        task = asyncio.create_task(leases.take(f"note-{ticks}", "me", 60))
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await asyncio.wait_for(leases.take("note-x", "me", 60), 30)


async def test_many_leases_are_renewed_at_once_but_for_those_that_were_lost(
    leases: Leases, store_url: str
) -> None:
    first, second = [await leases.take(f"note-{number}", "me", 60) for number in (1, 2)]
    assert await leases.renew_all([first, second], 600) == frozenset()
    with pytest.raises(LeaseHeld) as raised:
        await leases.take("note-2", "you", 1)
    assert raised.value.seconds_left > 500
    await _lapse(store_url)
    await leases.take("note-1", "you", 60)
    assert await leases.renew_all([first, second], 60) == {first}
    with pytest.raises(LeaseHeld, match="held by me"):
        await leases.take("note-2", "you", 60)
    assert await leases.renew_all([], 60) == frozenset()


async def test_live_leases_are_listed_by_how_their_names_begin(
    leases: Leases, store_url: str
) -> None:
    first = await leases.take("group:a/1", "me", 60)
    second = await leases.take("group:a/2", "you", 60)
    released = await leases.take("group:a/3", "me", 60)
    for other in ("group:b/1", "group:a", "group:A/1", "groupXa/1"):
        await leases.take(other, "me", 60)
    await leases.release(released)
    assert await leases.held("group:a/") == (first, second)
    assert await leases.held("%") == ()
    await _lapse(store_url)
    assert await leases.held("group:a/") == ()


async def test_what_nobody_holds_can_be_forgotten(leases: Leases, store_url: str) -> None:
    await leases.take("group:a/1", "dead", 60)
    await _lapse(store_url)
    held = await leases.take("group:a/2", "me", 60)
    await leases.release(await leases.take("group:a/3", "me", 60))
    await leases.release(await leases.take("group:b/1", "me", 60))
    await leases.forget("group:a/")
    rows = await Raw(store_url).fetch("SELECT resource FROM leases ORDER BY resource")
    assert rows == [("group:a/2",), ("group:b/1",)]
    await leases.renew(held, 60)


_child = """
import asyncio, sys
from retold.errors import LeaseHeld
from retold.store import open_store
from retold.store.lease import Leases

async def main():
    async with await open_store(sys.argv[1]) as store:
        leases = Leases(store)
        print("ready", flush=True)
        for line in sys.stdin:
            try:
                lease = await leases.take("note-1", "child", float(line))
                print("token", lease.token, flush=True)
            except LeaseHeld as error:
                print("held", error.owner, flush=True)
asyncio.run(main())
"""


async def test_two_processes_exclude_each_other(leases: Leases, store_url: str) -> None:
    child = await start(
        "-c", _child, store_url,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=repository,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    assert await child.stdout.readline() == b"ready\n"

    async def ask(seconds: int) -> str:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(b"%d\n" % seconds)
        return (await child.stdout.readline()).decode().strip()

    mine = await leases.take("note-1", "parent", 60)
    assert await ask(60) == "held parent"
    await leases.release(mine)
    assert await ask(60) == "token 2"
    with pytest.raises(LeaseHeld, match="held by child"):
        await leases.take("note-1", "parent", 60)
    # A dead holder's lease lapses; nothing else gives it free.
    child.kill()
    await child.wait()
    with pytest.raises(LeaseHeld, match="held by child"):
        await leases.take("note-1", "parent", 60)
    await _lapse(store_url)
    assert (await leases.take("note-1", "parent", 60)).token == 3
