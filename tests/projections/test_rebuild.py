"""Rebuilding beside the rows that are read, switching, switching back, dropping."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
import sqlalchemy as sa

from retold.errors import InvalidCursor, ProjectionBusy, ProjectionFailed, RebuildRefused
from retold.projections.keeping import rebuild as rebuilding
from retold.projections.keeping.builds import Build, kept
from retold.projections.keeping.catch_up import catch_up
from retold.projections.keeping.control import drop_others, switch_back
from retold.projections.keeping.folding import Folding
from retold.projections.keeping.processes import Processes
from retold.projections.keeping.rebuild import InProcess, RebuildProgress, rebuild
from retold.projections.keeping.status import status
from retold.projections.models.session_list import session_list, session_rows
from retold.projections.projection import Projection
from retold.projections.registry import Registry
from retold.projections.rows import Rows
from retold.store import EventStore, open_store
from tests.projections.test_catch_up import fill, log as conversation_events, scratch
from tests.projections.words import fold_notes, folded, notes, rows_of, say, words


async def tables_in(store: EventStore) -> set[str]:
    async with store.connection() as connection:
        return set(await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names()))


async def test_a_rebuild_makes_the_same_rows_beside_those_that_are_read(store: EventStore) -> None:
    await say(store, "a b", "c", "forget c", "d a")
    await catch_up(store, words)
    before = await rows_of(store, words)
    rebuilt = await rebuild(store, words, batch_size=2)
    assert (rebuilt.build, rebuilt.previous, rebuilt.events, rebuilt.switched) == (2, 1, 4, True)
    assert await rows_of(store, words) == before == await rows_of(store, words, build_number=1)
    # What is appended later goes into the build that is read.
    await say(store, "new")
    await catch_up(store, words)
    assert ("new", 1, "note-0") in (await rows_of(store, words))["words"]
    assert ("new", 1, "note-0") not in (await rows_of(store, words, build_number=1))["words"]


async def test_who_reads_meanwhile_sees_the_old_rows_until_the_switch(store: EventStore) -> None:
    await say(store, *["a"] * 6)
    await catch_up(store, words)
    await rebuild(store, words, switch=False)
    (found,) = await status(store, [words])
    assert found.active is not None
    assert found.rebuilding is not None
    assert (found.active.build, found.rebuilding.build, found.rebuilding.events) == (1, 2, 6)
    await say(store, "b")
    await catch_up(store, words)
    assert (await rows_of(store, words))["words"] == [("a", 6, "note-2"), ("b", 1, "note-0")]
    assert (await rows_of(store, words, build_number=2))["words"] == [("a", 6, "note-2")]
    rebuilt = await rebuild(store, words)
    assert (rebuilt.build, rebuilt.resumed, rebuilt.events) == (2, True, 7)
    assert await rows_of(store, words) == await folded(store, words)


async def test_a_switch_is_taken_back_until_the_old_rows_are_dropped(store: EventStore) -> None:
    await say(store, "a", "b")
    await catch_up(store, words)
    await rebuild(store, words)
    assert await switch_back(store, "words") == 1
    await say(store, "c")
    await catch_up(store, words)
    assert await rows_of(store, words) == await folded(store, words)
    assert await switch_back(store, "words") == 2
    assert await drop_others(store, words, Registry(words)) == [1]
    assert "words_v1_1" not in await tables_in(store)
    assert "words_v1_2" in await tables_in(store)
    with pytest.raises(RebuildRefused, match="no build to switch back to"):
        await switch_back(store, "words")
    await catch_up(store, words)
    assert await rows_of(store, words) == await folded(store, words)


async def test_tables_that_hold_rows_of_another_tenant_stay(
    store: EventStore, store_url: str
) -> None:
    async with await open_store(store_url, tenant="other") as other:
        for one in (store, other):
            await say(one, "a")
            await catch_up(one, words)
            await rebuild(one, words)
        assert await drop_others(store, words, Registry(words)) == [1]
        assert "words_v1_1" in await tables_in(store)
        assert await switch_back(other, "words") == 1
        assert await rows_of(other, words) == await folded(other, words)
        await switch_back(other, "words")
        await drop_others(other, words, Registry(words))
        assert "words_v1_1" not in await tables_in(store)
        assert await rows_of(store, words) == await folded(store, words)


async def test_a_rebuild_that_failed_goes_on_where_it_was(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(store, *"abcdef")
    steps = Folding.steps

    async def two(self: Folding) -> Any:
        done = 0
        async for step in steps(self):
            yield step
            done += 1
            if done == 2:
                raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(Folding, "steps", two)
        with pytest.raises(RuntimeError, match="killed"):
            await rebuild(store, words, batch_size=2)
    rebuilt = await rebuild(store, words, batch_size=2)
    assert (rebuilt.build, rebuilt.resumed, rebuilt.events) == (1, True, 6)
    assert await rows_of(store, words) == await folded(store, words)


async def test_a_rebuild_by_other_code_begins_anew(store: EventStore) -> None:
    await say(store, "a b")
    await rebuild(store, notes, switch=False)

    def louder(rows: Rows, event: Any) -> None:
        fold_notes(rows, event)

    rebuilt = await rebuild(store, dataclasses.replace(notes, fold=louder))
    assert (rebuilt.build, rebuilt.resumed) == (2, False)


async def test_a_rebuild_from_a_cursor_leaves_out_what_is_before(store: EventStore) -> None:
    await say(store, "a", "b", streams=1)
    cursor = await store.end()
    await say(store, "c d", streams=1)
    rebuilt = await rebuild(store, notes, after=cursor)
    # It holds a part of the log, so nobody reads it before somebody says so.
    assert (rebuilt.switched, rebuilt.after) == (False, str(cursor))
    rebuilt = await rebuild(store, notes, after=cursor, switch=True)
    assert (rebuilt.switched, rebuilt.resumed, rebuilt.events) == (True, True, 1)
    assert await rows_of(store, notes) == {"last_notes": [("note-0", "c d", 2)]}
    with pytest.raises(InvalidCursor):
        await rebuild(store, notes, after="c2.ffffffff.1.0.1")


@pytest.mark.parametrize("workers", [2, 3])
async def test_several_workers_make_the_rows_one_would_make(
    store: EventStore, workers: int
) -> None:
    await say(store, *["a b", "c", "d e f"] * 7, streams=5)
    rebuilt = await rebuild(store, notes, workers=workers, batch_size=3)
    assert rebuilt.events == 21
    assert await rows_of(store, notes) == await folded(store, notes)
    await say(store, "later")
    assert await catch_up(store, notes) == 1
    assert await rows_of(store, notes) == await folded(store, notes)


async def test_worker_processes_make_the_rows_one_would_make(
    store: EventStore, store_url: str
) -> None:
    await fill(store, 11, 60)
    events = await conversation_events(store)
    rebuilt = await rebuild(
        store, session_list, workers=2, run_workers=Processes(store_url, batch_size=20)
    )
    assert rebuilt.events == len(events)
    found = (await rows_of(store, session_list))["sessions"]
    assert found == sorted(session_rows.values_of(row) for row in scratch(events).values())


async def test_a_worker_process_says_which_event_its_fold_failed_on(
    store: EventStore, store_url: str
) -> None:
    await say(store, "a", "b !", "c")
    by = Processes(store_url, modules=["tests.projections.words"])
    with pytest.raises(ProjectionFailed, match=r"note-1.*nobody says that"):
        await rebuild(store, notes, workers=2, run_workers=by)
    parking = Processes(store_url, modules=["tests.projections.words"], on_error="park")
    rebuilt = await rebuild(store, notes, workers=2, run_workers=parking, on_error="park")
    assert (rebuilt.events, rebuilt.resumed) == (3, True)
    assert [row[0] for row in (await rows_of(store, notes))["last_notes"]] == ["note-0", "note-2"]


async def test_workers_are_for_folds_of_one_stream_only(store: EventStore) -> None:
    with pytest.raises(RebuildRefused, match="not each of one stream"):
        await rebuild(store, words, workers=2)
    with pytest.raises(RebuildRefused, match="0 workers"):
        await rebuild(store, notes, workers=0)
    async with store.connection() as connection:
        assert (await kept(connection, store.tenant, "words")).builds == {}


async def test_one_process_at_a_time_rebuilds_a_projection(
    store: EventStore, store_url: str
) -> None:
    await say(store, *["a"] * 40)
    async with await open_store(store_url) as other:
        outcomes = await asyncio.gather(
            rebuild(store, words, batch_size=1),
            rebuild(other, words, batch_size=1),
            return_exceptions=True,
        )
    refused = [one for one in outcomes if isinstance(one, ProjectionBusy)]
    done = [one for one in outcomes if not isinstance(one, BaseException)]
    assert (len(refused), len(done)) == (1, 1)
    assert await rows_of(store, words) == await folded(store, words)


async def test_appends_during_a_rebuild_are_in_it(store: EventStore) -> None:
    await say(store, *["a b"] * 30)

    async def go_on() -> None:
        for _ in range(20):
            await say(store, "c")

    await asyncio.gather(rebuild(store, words, batch_size=2), go_on())
    await catch_up(store, words)
    assert await rows_of(store, words) == await folded(store, words)


async def test_progress_is_told_while_a_rebuild_goes_on(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "_look_seconds", 0.001)
    await say(store, *["a"] * 30)
    seen: list[RebuildProgress] = []
    await rebuild(store, words, batch_size=1, progress=seen.append)
    assert seen
    assert [one.events for one in seen] == sorted(one.events for one in seen)
    assert all(0.0 <= one.share <= 1.0 for one in seen)


async def test_who_lost_the_rebuild_folds_nothing_twice(store: EventStore) -> None:
    await say(store, *["a", "b c"] * 6, streams=4)
    await catch_up(store, notes)

    class Slow(InProcess):
        """Stands still after its partitions are done, while another process ends the rebuild."""

        async def run(self, store: EventStore, projection: Projection, build: Build) -> None:
            await super().run(store, projection, build)
            async with store.transaction() as connection:
                await connection.exec_driver_sql("UPDATE leases SET expires_at = 0, owner = NULL")
            await rebuild(store, projection, workers=2)
            await say(store, "later", streams=4)
            await catch_up(store, projection)

    with pytest.raises(RebuildRefused, match="another process"):
        await rebuild(store, notes, workers=2, run_workers=Slow())
    await catch_up(store, notes)
    assert await rows_of(store, notes) == await folded(store, notes)
    assert await switch_back(store, "notes") == 1


async def test_partitions_that_have_not_ended_are_not_joined(store: EventStore) -> None:
    class Idle(InProcess):
        async def run(self, store: EventStore, projection: Projection, build: Build) -> None:
            await self.fold(store, projection, build, 0)

    await say(store, *["a"] * 8, streams=4)
    with pytest.raises(RebuildRefused, match="a partition has not ended"):
        await rebuild(store, notes, workers=2, run_workers=Idle())
    rebuilt = await rebuild(store, notes, workers=2)
    assert (rebuilt.events, rebuilt.resumed) == (8, True)


async def test_no_number_of_a_build_is_given_twice(store: EventStore) -> None:
    await say(store, "a")
    await rebuild(store, notes, switch=False)

    def louder(rows: Rows, event: Any) -> None:
        fold_notes(rows, event)

    other = dataclasses.replace(notes, fold=louder)
    assert (await rebuild(store, other, switch=False)).build == 2
    assert (await rebuild(store, notes)).build == 3
    await rebuild(store, notes)
    assert await drop_others(store, notes, Registry(notes)) == [3]
    assert (await rebuild(store, notes)).build == 5


async def test_a_partition_that_fails_is_told_as_one_error(store: EventStore) -> None:
    await say(store, "a", "b !", "c")
    with pytest.raises(ProjectionFailed, match="nobody says that"):
        await rebuild(store, notes, workers=2)


async def test_tenants_that_begin_and_drop_at_once_keep_their_tables(
    store: EventStore, store_url: str
) -> None:
    async with await open_store(store_url, tenant="other") as other:
        await say(store, "a")
        await say(other, "b")
        await asyncio.gather(catch_up(store, words), catch_up(other, words))
        for _ in range(3):
            await asyncio.gather(
                rebuild(store, words),
                rebuild(other, words),
                drop_others(store, words, Registry(words)),
                drop_others(other, words, Registry(words)),
            )
        for one in (store, other):
            await say(one, "c")
            await catch_up(one, words)
            assert await rows_of(one, words) == await folded(one, words)
