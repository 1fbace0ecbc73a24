"""A PostgreSQL server restarted, crashed and full under a log that stays open."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Literal

import pytest

from retold.domain.event import NewEvent
from retold.errors import StoreUnavailable
from retold.store import EventStore, open_store, upkeep
from tests.store.crash_matrix import CrashedLog, Figures
from tests.store.crash_writer import retry_setting
from tests.store.events import append, event, event_id, read_all, texts
from tests.store.fork_server import ForkServer
from tests.store.postgres_cluster import Cluster
from tests.store.raw import Raw
from tests.store.small_disk import DiskUnavailable, SmallDisk, small_disk

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]

CLUSTER_RESTARTS = 10

KeepFigures = Callable[[str, Figures], None]


@pytest.fixture
async def url(cluster: Cluster) -> AsyncIterator[str]:
    """URL of a migrated log in the private cluster."""
    name = f"log_{secrets.token_hex(3)}"
    raw = Raw(cluster.url())
    await raw.execute(f"CREATE DATABASE {name}")
    await upkeep.upgrade(cluster.url(name))
    yield cluster.url(name)
    await raw.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def log(url: str, tmp_path: Path, fork_server: ForkServer) -> CrashedLog:
    """That log, with a writer and a reader to come, and always the same chances."""
    return CrashedLog(url, tmp_path, random.Random(3), fork_server)  # noqa: S311 - no secrets


async def restart(cluster: Cluster, mode: Literal["fast", "immediate"]) -> None:
    await asyncio.to_thread(cluster.restart, mode)


async def cut_off(url: str) -> None:
    """End every session of the log's, at whatever each is."""
    await Raw(url).fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


async def test_an_append_lives_through_a_crash_of_the_server(
    log: CrashedLog, cluster: Cluster, keep_figures: KeepFigures
) -> None:
    await log.disturb([partial(restart, cluster, "immediate")])
    await log.finish()
    # The log waits for the server by itself, so that no caller has to.
    assert log.errors == set()
    keep_figures("PostgreSQL restarted, a sample", log.figures)


async def test_a_connection_cut_off_in_the_middle_of_an_append_is_replaced(
    log: CrashedLog, url: str, keep_figures: KeepFigures
) -> None:
    await log.disturb([partial(cut_off, url)] * 5)
    await log.disturb([partial(cut_off, url)] * 5, "impatient")
    await log.finish()
    assert log.figures.failed + log.figures.unknown > 0
    keep_figures("PostgreSQL connections cut off", log.figures)


@pytest.mark.stress
@pytest.mark.parametrize("patience", ["patient", "impatient"])
async def test_10_restarts_lose_nothing(
    log: CrashedLog, cluster: Cluster, keep_figures: KeepFigures, patience: str
) -> None:
    """Once with a log that waits for the server, once with callers who are told at once."""
    modes: list[Literal["fast", "immediate"]] = ["immediate", "fast"] * (CLUSTER_RESTARTS // 2)
    await log.disturb([partial(restart, cluster, mode) for mode in modes], patience)
    await log.finish()
    assert log.figures.restarts == CLUSTER_RESTARTS
    told = log.figures.failed + log.figures.unknown
    assert told == 0 if patience == "patient" else told > 0
    for error in log.errors:
        assert error.startswith("Appending failed: ")
        assert "Nothing was written." in error or "with the same event ids" in error
    keep_figures(f"PostgreSQL restarted, {patience}", log.figures)


@pytest.fixture
async def unheard(cluster: Cluster) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Let commits be made, but not acknowledged: they wait for a standby that does not exist."""
    raw = Raw(cluster.url())
    reload = "SELECT pg_reload_conf()"

    async def wait_for_a_standby() -> None:
        await raw.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        await raw.execute(reload)

    yield wait_for_a_standby
    await raw.execute("ALTER SYSTEM RESET synchronous_standby_names")
    await raw.execute(reload)


@pytest.mark.parametrize("retry_seconds", [15.0, 0.0])
async def test_a_commit_the_server_cannot_acknowledge_is_found_by_its_id(
    url: str,
    unheard: Callable[[], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
    retry_seconds: float,
) -> None:
    """By the log itself; or by its caller, who is told that the outcome is unknown."""
    monkeypatch.setattr(retry_setting, retry_seconds)
    new = [event("a", event_id=event_id(1)), event("b", event_id=event_id(2))]
    raw = Raw(url)
    async with await open_store(url) as store:
        await unheard()
        appending = asyncio.create_task(store.append("note-1", new, expected_version=0))
        async with asyncio.timeout(30):
            # "The transaction has already committed locally", says the server when it is cut off.
            while not await raw.fetch(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event = 'SyncRep'"
            ):
                assert not appending.done()
                await asyncio.sleep(0.01)
        if retry_seconds:
            assert not (await appending).duplicate
        else:
            with pytest.raises(StoreUnavailable, match="with the same event ids") as raised:
                await appending
            assert raised.value.outcome_unknown
        again = await store.append("note-1", new, expected_version=0)
        assert (again.first_version, again.last_version, again.duplicate) == (1, 2, True)
        assert texts(await read_all(store)) == ["a", "b"]
        assert (await store.verify()).ok


async def test_a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room(
    cluster: Cluster, tmp_path: Path
) -> None:
    """The tables are on the full disk; the server's write-ahead log is on another."""
    folder = cluster.folder / "tablespace"
    folder.mkdir()
    raw = Raw(cluster.url())
    try:
        with small_disk(folder, 24) as disk:
            cluster.own(folder)
            await raw.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
            await raw.execute("CREATE DATABASE log_full TABLESPACE small")
            try:
                await _fill_and_free(cluster.url("log_full"), disk)
            finally:
                disk.free()
                await raw.execute("DROP DATABASE log_full WITH (FORCE)")
                await raw.execute("DROP TABLESPACE small")
    except DiskUnavailable as error:
        pytest.skip(f"no disk to fill: {error}")


async def _fill_and_free(url: str, disk: SmallDisk) -> None:
    await upkeep.upgrade(url)
    async with await open_store(url) as store:
        await append(store, "note-1", "a", expected_version=0)
        disk.fill()
        error, acknowledged, refused = await _append_until_refused(store)
        assert str(error) == (
            "Appending failed: DiskFullError (SQLSTATE 53100). Nothing was written."
        )
        report = await store.verify()
        assert (report.faults, report.events) == ((), acknowledged + 1)
        disk.free()
        result = await store.append("note-2", [refused], expected_version=acknowledged)
        assert not result.duplicate
        report = await store.verify()
        assert (report.faults, report.events) == ((), acknowledged + 2)


async def _append_until_refused(store: EventStore) -> tuple[StoreUnavailable, int, NewEvent]:
    for acknowledged in count():
        # Not to be compressed away.
        text = random.randbytes(10_000).hex()  # noqa: S311 - no secret
        new = event(text, event_id=event_id(acknowledged))
        try:
            await store.append("note-2", [new], expected_version=acknowledged)
        except StoreUnavailable as error:
            return error, acknowledged, new
    raise AssertionError
