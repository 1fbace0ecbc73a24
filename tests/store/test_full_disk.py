"""A disk that really is full: nothing acknowledged is lost, and work goes on when there is room.

What a limit on the pages of a SQLite file shows without root's privileges is in test_sqlite.py.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest

from retold.domain.event import NewEvent
from retold.errors import StoreUnavailable
from retold.store import EventStore, open_store
from retold.store.append import Append, AppendResult
from tests.store.crash_matrix import CrashedLog
from tests.store.events import append, event, event_id, read_all
from tests.store.fork_server import ForkServer
from tests.store.raw import Raw
from tests.store.small_disk import DiskUnavailable, SmallDisk, small_disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Ten megabytes: room for more than one checkpoint of the write-ahead log."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        with small_disk(folder, 10) as mounted:
            yield mounted
    except DiskUnavailable as error:
        pytest.skip(f"no disk to fill: {error}")


@pytest.fixture
def url(disk: SmallDisk) -> str:
    """URL of a log on that disk."""
    return f"sqlite:///{disk.path / 'log.db'}"


async def check(store: EventStore, url: str, acknowledged: Mapping[UUID, tuple[str, int]]) -> None:
    """See that the log holds what was acknowledged, and nothing else, and that it is sound."""
    held = {one.event_id: (one.stream, one.version) for one in await read_all(store)}
    assert held == acknowledged
    report = await store.verify()
    assert (report.faults, report.events) == ((), len(held))
    assert await Raw(url).fetch("PRAGMA integrity_check") == [("ok",)]


def placed(results: Iterable[AppendResult]) -> dict[UUID, tuple[str, int]]:
    """Return where events went that were appended for the first time."""
    found = {}
    for result in results:
        assert not result.duplicate
        for version, one in enumerate(result.event_ids, result.first_version):
            found[one] = (result.stream, version)
    return found


def large_event(number: int) -> NewEvent:
    return event("x" * 20_000, event_id=event_id(number))


async def test_writers_fill_the_disk_and_go_on_when_it_has_grown(disk: SmallDisk, url: str) -> None:
    acknowledged: dict[UUID, tuple[str, int]] = {}
    refused: dict[str, Append] = {}

    async def until_full(store: EventStore, caller: int) -> StoreUnavailable:
        stream = f"note-{caller}"
        for version in count():
            refused[stream] = Append(stream, [large_event(caller * 100_000 + version)], version)
            try:
                acknowledged.update(placed(await store.append_many([refused[stream]])))
            except StoreUnavailable as error:
                return error
        raise AssertionError

    async with await open_store(url) as store:
        for error in await asyncio.gather(*(until_full(store, caller) for caller in range(4))):
            assert str(error) == (
                "Appending failed: SQLite says: database or disk is full. Nothing was written."
            )
            assert not error.outcome_unknown
        assert len(acknowledged) > 100
        await check(store, url, acknowledged)
        # Still full, and still the same.
        with pytest.raises(StoreUnavailable, match="disk is full"):
            await store.append("late-1", [large_event(999_999)], expected_version=0)
        async with await open_store(url) as other:
            await check(other, url, acknowledged)
        disk.grow(40)
        acknowledged |= placed(await store.append_many(list(refused.values())))
        assert len(refused) == 4
        await check(store, url, acknowledged)
    async with await open_store(url) as store:
        await check(store, url, acknowledged)


async def test_an_append_is_whole_or_absent_however_little_room_there_is(
    disk: SmallDisk, url: str
) -> None:
    acknowledged: dict[UUID, tuple[str, int]] = {}
    refused = 0
    async with await open_store(url) as store:
        for blocks in range(24):
            numbers = count(blocks * 100)
            request = [
                Append(f"{name}-{blocks}", [large_event(next(numbers)) for _ in range(2)], 0)
                for name in ("one", "two", "three")
            ]
            disk.fill(but=blocks * 2)
            with suppress(StoreUnavailable):
                acknowledged |= placed(await store.append_many(request))
            await check(store, url, acknowledged)
            disk.free()
            if request[0].events[0].event_id not in acknowledged:
                refused += 1
                acknowledged |= placed(await store.append_many(request))
            await check(store, url, acknowledged)
    assert 0 < refused < 24


async def test_a_log_is_not_made_on_a_full_disk_and_is_when_there_is_room(
    disk: SmallDisk, url: str
) -> None:
    disk.fill()
    with pytest.raises(StoreUnavailable, match=r"^Opening the .* disk is full\. Nothing"):
        await open_store(url)
    disk.free()
    async with await open_store(url) as store:
        await append(store, "note-1", "a")
        await check(store, url, {one.event_id: ("note-1", 1) for one in await read_all(store)})


async def test_a_log_is_not_opened_on_a_full_disk_and_is_whole_when_there_is_room(
    disk: SmallDisk, url: str
) -> None:
    """Nothing is beside the file: what SQLite needs there cannot be made."""
    async with await open_store(url) as store:
        await append(store, "note-1", "a")
    assert [path.name for path in disk.path.iterdir()] == ["log.db"]
    disk.fill()
    with pytest.raises(StoreUnavailable, match=r"^Opening .* \(its disk has 0 bytes left\)\. No"):
        await open_store(url)
    disk.free()
    async with await open_store(url) as store:
        result = await append(store, "note-1", "b", expected_version=1)
        assert result.last_version == 2
        assert (await store.verify()).ok


@pytest.mark.crash
async def test_under_load_a_disk_that_fills_again_and_again_loses_nothing(
    disk: SmallDisk, url: str, tmp_path: Path, fork_server: ForkServer
) -> None:
    async def full_for_a_while() -> None:
        disk.fill()
        # There is room in the write-ahead log first, for a moment.
        await asyncio.sleep(0.5)
        disk.free()

    chance = random.Random(4)  # noqa: S311 - moments, no secrets
    log = CrashedLog(url, tmp_path, chance, fork_server)
    disk.grow(200)
    await log.disturb([full_for_a_while] * 3)
    await log.kill_writer()
    await log.finish()
    assert log.figures.failed > 0
    assert log.figures.unknown == 0
    assert all("disk is full. Nothing was written." in error for error in log.errors)
