"""A log restored into another cluster, whose transaction ids are elsewhere: nothing is lost.

The ids in the restored rows mean nothing there. A reader by raw ids shows what that would do.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from retold.domain.recording import conversation_stream
from retold.errors import StoreUnavailable
from retold.projections.keeping.catch_up import catch_up
from retold.projections.models.session_list import session_list, session_rows
from retold.store import EventStore, open_store, upkeep
from retold.store.append import Append
from retold.store.cursor import Cursor
from tests.forking import start
from tests.projections.histories import message, started
from tests.store.clusters import cluster_at, new_log, next_id, promote, replica_of, restore
from tests.store.events import ANY, append, events, read, read_all, texts
from tests.store.postgres_cluster import Cluster
from tests.store.raw import Raw

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(240)]

repository = Path(__file__).parents[2]
epochs = "SELECT epoch FROM epochs ORDER BY epoch"
# What the first release read by, before there were epochs.
by_raw_ids = """
SELECT stream, version FROM events
WHERE transaction_id < pg_snapshot_xmin(pg_current_snapshot())
      AND (transaction_id, position) > (?::text::xid8, ?)
ORDER BY transaction_id, position
"""


@pytest.fixture(scope="module")
def low() -> Iterator[Cluster]:
    with cluster_at(0) as made:
        yield made


@pytest.fixture(scope="module")
def high() -> Iterator[Cluster]:
    with cluster_at(3) as made:
        yield made


async def fill(url: str) -> list[Cursor]:
    """Append to a log in many transactions; return the cursor after each event."""
    async with await open_store(url) as store:
        for number in range(6):
            await store.append_many(
                [Append(f"note-{n}", events(f"{number}", f"{number}b"), ANY) for n in range(3)]
            )
        await store.fork("note-0", "note-fork", at=3)
        await append(store, "note-fork", "forked")
        await store.end_stream("note-2")
        return [store.cursor_of(event) for event in await read_all(store)]


def places(cursors: list[Cursor]) -> list[int]:
    return [cursor.position for cursor in cursors]


async def positions(store: EventStore, after: Cursor | str | None = None) -> list[int]:
    return [event.position for event in await read_all(store, after=after)]


@pytest.mark.parametrize("direction", ["to far lower ids", "to far higher ids"])
async def test_a_restored_log_is_read_on_without_loss_or_repetition(
    low: Cluster, high: Cluster, direction: str
) -> None:
    source, target = (high, low) if direction == "to far lower ids" else (low, high)
    url = await new_log(source)
    cursors = await fill(url)
    old = places(cursors)
    async with await open_store(url) as store:
        settled = await store.backend.frontier()
        async with store.subscribe() as subscription:
            assert len([await anext(subscription) for _ in old]) == len(old)
            followed = subscription.cursor
    restored = await restore(url, target)

    # It is a move that raw ids do not survive, one way; the other way it is one they do.
    lower = await next_id(restored) < cursors[0].transaction_id
    assert lower == (direction == "to far lower ids")

    async with await open_store(restored) as store:
        assert await Raw(restored).fetch(epochs) == [(1,), (2,)]
        assert await positions(store) == old
        await append(store, "note-1", "new", expected_version=12)
        await append(store, "note-new", "new", "newer")
        all_events = await read_all(store)
        new = [event.position for event in all_events[len(old) :]]
        assert [event.position for event in all_events] == [*old, *new]
        assert texts(all_events[-3:]) == ["new", "new", "newer"]
        assert [event.epoch for event in all_events] == [1] * len(old) + [2] * 3
        for number, cursor in enumerate(cursors):
            # As text, too: that is how checkpoints keep them.
            assert await positions(store, cursor) == [*old, *new][number + 1 :]
            assert await positions(store, str(cursor)) == [*old, *new][number + 1 :]
        assert await positions(store, settled) == new
        assert await positions(store, followed) == new
        for after, expected in ((followed, new), (str(cursors[3]), [*old, *new][4:])):
            async with store.subscribe(after=after) as subscription:
                assert [(await anext(subscription)).position for _ in expected] == expected
        assert (await store.verify()).ok
        assert texts(await read(store, "note-fork"))[-1] == "forked"

    last = cursors[-1]
    by_ids = await Raw(restored).fetch(by_raw_ids, str(last.transaction_id), last.position)
    from_start = await Raw(restored).fetch(by_raw_ids, "0", 0)
    if lower:
        # Every new event is lost to who has read the old ones, and the old ones to who has not.
        assert by_ids == []
        assert len(from_start) == 3
    else:
        assert len(by_ids) == 3


async def test_a_log_that_comes_back_begins_a_third_epoch(low: Cluster, high: Cluster) -> None:
    url = await new_log(high)
    await fill(url)
    there = await restore(url, low)
    async with await open_store(there) as store:
        await append(store, "note-there", "there")
        before = [store.cursor_of(event) for event in await read_all(store)]
    back = await restore(there, high)
    async with await open_store(back) as store:
        await append(store, "note-back", "back")
        assert texts(await read_all(store, after=before[-1])) == ["back"]
        assert (await positions(store))[:-1] == places(before)
    assert await Raw(back).fetch(epochs) == [(1,), (2,), (3,)]


async def test_read_models_go_on_in_a_restored_log(low: Cluster, high: Cluster) -> None:
    url = await new_log(high)
    async with await open_store(url) as store:
        for number in range(3):
            stream = conversation_stream(f"chat-{number}")
            await store.append(stream, [started(), message("user")], expected_version=0)
        assert await catch_up(store, session_list) == 6
        # Not yet seen by the read model when the backup is made.
        await store.append(
            conversation_stream("chat-0"), [message("assistant")], expected_version=2
        )
    restored = await restore(url, low)
    async with await open_store(restored) as store:
        await store.append(
            conversation_stream("chat-1"), [message("assistant")], expected_version=2
        )
        assert await catch_up(store, session_list) == 2
        assert await catch_up(store, session_list) == 0
        raw = Raw(restored)
        table = session_rows.physical("v1_1")
        kept = await raw.rows(table.name)
        await raw.execute("UPDATE projection_checkpoints SET cursor = NULL")
        await raw.execute(f"DELETE FROM {table.name}")
        assert await catch_up(store, session_list) == 8
        assert await raw.rows(table.name) == kept
        assert len(kept) == 3


async def test_many_processes_that_open_a_restored_log_at_once_begin_one_epoch(
    low: Cluster, high: Cluster
) -> None:
    url = await new_log(high)
    cursors = await fill(url)
    restored = await restore(url, low)
    children = [
        await start(
            "-m", "retold", "status", "-o", "json", "--url", restored,
            stdout=subprocess.PIPE, cwd=repository,
        )
        for _ in range(2)
    ]  # fmt: skip
    outputs = [output for output, _ in await asyncio.gather(*(c.communicate() for c in children))]
    assert [json.loads(output)["frontier"]["epoch"] for output in outputs] == [2, 2]
    assert await Raw(restored).fetch(epochs) == [(1,), (2,)]

    again = await restore(url, low)
    stores = await asyncio.gather(*(open_store(again) for _ in range(10)))
    try:
        await asyncio.gather(*(append(store, "note-9", "x") for store in stores))
        assert await Raw(again).fetch(epochs) == [(1,), (2,)]
        assert len(await read_all(stores[0], after=cursors[-1])) == 10
    finally:
        await asyncio.gather(*(store.close() for store in stores))


async def test_a_role_that_only_reads_sees_all_of_a_log_whose_epoch_nobody_has_begun(
    low: Cluster, high: Cluster
) -> None:
    """By raw ids, which are far below, it would see nothing."""
    url = await new_log(high)
    cursors = await fill(url)
    restored = await restore(url, low)
    raw = Raw(restored)
    await raw.execute("CREATE ROLE reader LOGIN")
    await raw.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    async with await open_store(restored.replace("postgres@", "reader@")) as store:
        assert await raw.fetch(epochs) == [(1,)]
        assert await positions(store) == places(cursors)
        frontier = await store.backend.frontier()
        assert frontier > cursors[-1]
        assert await store.backend.held_back() == 0  # type: ignore[attr-defined]
        assert (await store.verify()).ok
        with pytest.raises(StoreUnavailable, match="retold db upgrade") as raised:
            await append(store, "note-1", "x")
        assert not raised.value.outcome_unknown
        # The owner begins it; the reader goes on where it was.
        assert (await upkeep.upgrade(restored)).state == "current"
        assert await raw.fetch(epochs) == [(1,), (2,)]
        async with await open_store(restored) as owner:
            await append(owner, "note-1", "after")
        for cursor in (cursors[-1], frontier):
            assert texts(await read_all(store, after=cursor)) == ["after"]
        with pytest.raises(StoreUnavailable, match="InsufficientPrivilegeError"):
            await append(store, "note-1", "x")
    await raw.execute("DROP OWNED BY reader")
    await raw.execute("DROP ROLE reader")


async def test_a_log_on_a_replica_is_read_and_appended_to_once_it_is_promoted(
    low: Cluster,
) -> None:
    url = await new_log(low)
    cursors = await fill(url)
    with replica_of(low) as replica:
        there = replica.url(url.rpartition("/")[2])
        async with await open_store(there) as store:
            assert await positions(store) == places(cursors)
            assert await store.stalls() == ()
            with pytest.raises(StoreUnavailable, match="is a replica") as raised:
                await append(store, "note-1", "x")
            assert not raised.value.outcome_unknown
            async with await open_store(url) as primary:
                await append(primary, "note-1", "followed")
            async with asyncio.timeout(20):
                while not await read_all(store, after=cursors[-1]):  # noqa: ASYNC110 - polls
                    await asyncio.sleep(0.02)
            # What the primary still takes and the replica never hears of.
            replica_is_behind = await open_store(url)
            async with replica_is_behind:
                promote(replica)
                for _ in range(30):
                    await append(replica_is_behind, "note-1", "lost with the primary")
                lost = store.cursor_of((await read_all(replica_is_behind))[-1])
            await append(store, "note-1", "promoted", expected_version=13)
            assert await Raw(there).fetch(epochs) == [(1,), (2,)]
            assert texts(await read_all(store, after=cursors[-1])) == ["followed", "promoted"]
            # A reader that was ahead misses what was never here, and nothing that is.
            assert texts(await read_all(store, after=lost)) == ["promoted"]
            ((now,),) = await Raw(there).fetch(
                "SELECT max(transaction_id::text::bigint) FROM events"
            )
            assert now < lost.transaction_id
            assert (await store.verify()).ok
