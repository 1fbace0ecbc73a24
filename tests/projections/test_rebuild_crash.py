"""Rebuilds killed with SIGKILL at random points: they go on, and each event counts once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

import pytest
import sqlalchemy as sa

from retold.domain.event import RecordedEvent
from retold.errors import LeaseHeld
from retold.projections.keeping.builds import Build, Kept, checkpoints, kept
from retold.projections.keeping.catch_up import catch_up, tables_of
from retold.projections.keeping.hold import holding, new_owner
from retold.projections.keeping.rebuild import rebuild
from retold.projections.models.session_list import session_list, session_rows
from retold.projections.models.session_summary import SessionSummary
from retold.store import EventStore, open_store
from retold.store.cursor import Cursor
from retold.store.selection import Partition
from tests.projections.histories import dice
from tests.projections.test_catch_up import fill, scratch

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]

# Which process is killed: the one that rebuilds, or one that folds a partition for it.
Victim = Literal["rebuilder", "worker"]
cases = [(1, "rebuilder"), (2, "rebuilder"), (2, "worker")]
name = session_list.name
appends = 100
many_kills = 20
most_between_kills = 60
give_up_seconds = 60.0


@dataclass
class Rebuilds:
    """Rebuilds of one log, and what must be true of it after each kill.

    Attributes:
        url: of the log.
        store: the log.
        events: those the projection reads.
        workers: of each rebuild.
        chance: moments to kill at.
        midway: kills that left a rebuild in the middle.
    """

    url: str
    store: EventStore
    events: list[RecordedEvent]
    workers: int
    chance: Random
    midway: int = 0

    async def kill(self, victim: Victim) -> None:
        """Start a rebuild, or go on with the one that was killed, and kill it in the middle."""
        await self._until_nobody_holds_it()
        live, live_rows = await self._marked()
        before = (await self._kept()).rebuilding()
        done = 0 if before is None else sum((await self._events(before)).values())
        wanted = done + self.chance.randint(1, most_between_kills)
        module = "tests.projections.rebuild_child"
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", module, self.url, str(self.workers)),
            stdout=PIPE,
            stderr=PIPE,
            cwd=Path(__file__).parents[2],
        )
        try:
            pids = [await self._worker_of(process) for _ in range(self.workers) if self.workers > 1]
            await self._until_folded(wanted, process)
            target = process.pid if victim == "rebuilder" else self.chance.choice(pids)
            # One that is done is gone already.
            with suppress(ProcessLookupError):
                os.kill(target, signal.SIGKILL)
            # Its workers have this pipe too: it ends when all of them have ended.
            _, said = await asyncio.wait_for(process.communicate(), give_up_seconds)
        finally:
            if process.returncode is None:
                process.kill()
        if victim == "worker" and process.returncode:
            assert b"the worker of partition" in said
        assert await self._rows(live) == live_rows

    async def check(self) -> None:
        """Each partition's rows are what its checkpoint says."""
        build = (await self._kept()).rebuilding()
        if build is None:
            return
        self.midway += 1
        rows: dict[str, SessionSummary] = {}
        for number, place in (await self._places(build)).items():
            partition = Partition(number, build.partitions)
            wanted = session_list.selection(partition if build.partitions > 1 else None)
            behind = [
                event
                for event in self.events
                if wanted.wants(event)
                and place is not None
                and self.store.cursor_of(event) <= place
            ]
            if build.until is not None:
                assert (await self._events(build))[number] == len(behind)
            rows |= scratch(behind)
        assert await self._rows(build) == rows

    async def finish(self) -> None:
        """Let it come to its end: the rows are a fold from nothing, every event counted once."""
        await self._until_nobody_holds_it()
        done = await rebuild(self.store, session_list, workers=self.workers)
        assert done.events == len(self.events)
        known = await self._kept()
        assert known.active == done.build
        assert await self._rows(known.builds[done.build]) == scratch(self.events)

    async def _marked(self) -> tuple[Build, dict[str, SessionSummary]]:
        """Change the rows that are read, so that they are like no others, and return them."""
        known = await self._kept()
        assert known.active is not None
        live = known.builds[known.active]
        table = tables_of(session_list, live)[session_rows]
        async with self.store.transaction() as connection:
            await connection.execute(sa.update(table).values(subject="nobody folds this"))
        return live, await self._rows(live)

    async def _worker_of(self, process: Process) -> int:
        assert process.stdout is not None
        line = await process.stdout.readline()
        if not line:
            _, said = await process.communicate()
            pytest.fail(said.decode())
        return int(line)

    async def _until_folded(self, events: int, process: Process) -> None:
        while process.returncode is None:
            build = (await self._kept()).rebuilding()
            if build is not None and sum((await self._events(build)).values()) >= events:
                # Somewhere in the batch after.
                await asyncio.sleep(self.chance.uniform(0.0, 0.01))
                return
            await asyncio.sleep(0.002)

    async def _until_nobody_holds_it(self) -> None:
        async with asyncio.timeout(give_up_seconds):
            while True:
                try:
                    async with holding(self.store, f"rebuild:{name}", new_owner(), 30.0):
                        return
                except LeaseHeld:
                    await asyncio.sleep(0.05)

    async def _kept(self) -> Kept:
        async with self.store.connection() as connection:
            return await kept(connection, self.store.tenant, name)

    async def _events(self, build: Build) -> dict[int, int]:
        return {number: events for number, (_, events) in (await self._checkpoints(build)).items()}

    async def _places(self, build: Build) -> dict[int, Cursor | None]:
        found = await self._checkpoints(build)
        return {
            number: None if cursor is None else Cursor.parse(cursor)
            for number, (cursor, _) in found.items()
        }

    async def _checkpoints(self, build: Build) -> dict[int, tuple[str | None, int]]:
        statement = sa.select(checkpoints).where(
            checkpoints.c.name == name, checkpoints.c.build == build.build
        )
        async with self.store.connection() as connection:
            found = (await connection.execute(statement)).mappings().all()
        return {row["partition"]: (row["cursor"], row["events"]) for row in found}

    async def _rows(self, build: Build) -> dict[str, SessionSummary]:
        table = tables_of(session_list, build)[session_rows]
        async with self.store.connection() as connection:
            found = (await connection.execute(sa.select(table))).mappings().all()
        return {row["session"]: session_rows.row_of(row) for row in found}


async def crash(url: str, workers: int, victim: Victim, kills: int) -> int:
    """Kill rebuilds of one log; return how many kills left one in the middle."""
    async with await open_store(url) as store:
        events = await fill(store, 4, appends)
        await catch_up(store, session_list)
        rebuilds = Rebuilds(url, store, events, workers, dice(kills * workers))
        for _ in range(kills):
            await rebuilds.kill(victim)
            await rebuilds.check()
        await rebuilds.finish()
        return rebuilds.midway


@pytest.mark.parametrize(("workers", "victim"), cases)
async def test_a_killed_rebuild_goes_on_and_counts_each_event_once(
    store_url: str, workers: int, victim: Victim
) -> None:
    await crash(store_url, workers, victim, 1)


@pytest.mark.stress
@pytest.mark.parametrize(("workers", "victim"), cases)
async def test_20_kills_change_nothing_of_a_rebuild(
    store_url: str, workers: int, victim: Victim
) -> None:
    assert await crash(store_url, workers, victim, many_kills) > 0
