"""Logs of earlier releases are opened, migrated and read by this one, and go on from there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ag2 import Agent

import retold
from retold.domain.event import NewEvent
from retold.domain.upcasting import Upcasters
from retold.projections.keeping.catch_up import catch_up, ensure_build
from retold.projections.keeping.checkpoint import read_place
from retold.projections.models.session_list import session_list
from retold.store import open_store, upkeep
from retold.store.append import ExpectedVersion
from retold.store.schema import SchemaState
from retold.store.work_queue import NewWorkItem, WorkQueue
from tests.agents.scripted import Script, results_in
from tests.conftest import must_have_postgres
from tests.golden.beside import files_name, queue_name
from tests.golden.read_log import contents_of, load, places_in, without_places
from tests.golden.record import folder

names = sorted(path.stem for path in folder.glob("log_*.sqlite"))
tenants = ("default", "acme & söhne")
# Their schema has a work queue and files.
later_names = [name for name in names if int(name.removeprefix("log_")) >= 5]


@pytest.fixture(params=names)
def name(request: pytest.FixtureRequest) -> str:
    """Name of a golden log."""
    return str(request.param)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old_url(request: pytest.FixtureRequest, name: str, tmp_path: Path) -> str:
    """URL of a copy of a golden log, as the earlier release left it."""
    if request.param == "sqlite":
        shutil.copyfile(folder / f"{name}.sqlite", tmp_path / "old.db")
        return f"sqlite:///{tmp_path / 'old.db'}"
    url = request.getfixturevalue("empty_postgres_url")
    assert isinstance(url, str)
    restore(folder / f"{name}.postgres.sql", url)
    return url


@pytest.fixture
async def url(old_url: str) -> str:
    """URL of a copy of a golden log, fit for this release."""
    if old_url.startswith("postgresql"):
        await upkeep.upgrade(old_url)
    return old_url


def restore(dump: Path, url: str) -> None:
    """Restore a dump into an empty database."""
    if shutil.which("psql") is None:
        reason = "psql is not installed"
        if must_have_postgres:
            pytest.fail(reason)
        pytest.skip(reason)
    psql = ["psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", url]
    done = subprocess.run([*psql, "--file", str(dump)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def covers(found: Any, expected: Any) -> bool:
    """Return whether all that is expected is found; a later release may know more."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(
            key in found and covers(found[key], value) for key, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(found) == len(expected)
            and all(map(covers, found, expected))
        )
    return type(found) is type(expected) and bool(found == expected)


def test_there_is_a_golden_log() -> None:
    assert names


async def test_a_log_of_an_earlier_release_reads_as_it_always_did(name: str, url: str) -> None:
    expected, expected_places = load(name)
    found = await contents_of(url, tenants)
    if url.startswith("sqlite"):
        expected_places = places_in(expected)
    assert places_in(found) == expected_places
    found, expected = without_places(found), without_places(expected)
    for tenant in tenants:
        for part, value in expected[tenant].items():
            assert covers(found[tenant][part], value), (tenant, part)


async def test_reading_leaves_the_events_of_an_earlier_release_as_they_were(url: str) -> None:
    before, after = [await contents_of(url, tenants) for _ in range(2)]
    for tenant in tenants:
        for part in ("database_id", "streams", "events", "sessions"):
            assert after[tenant][part] == before[tenant][part], (tenant, part)


async def test_every_tenant_of_a_log_of_an_earlier_release_is_unaltered(url: str) -> None:
    for tenant in tenants:
        async with await open_store(url, tenant=tenant) as store:
            report = await store.verify()
            assert report.ok, report.faults
            assert report.events > 0


async def test_an_earlier_log_needs_no_more_than_an_upgrade(old_url: str) -> None:
    await upkeep.upgrade(old_url)
    assert (await upkeep.check(old_url)).state is SchemaState.CURRENT


async def test_a_read_model_of_an_earlier_release_goes_on_from_its_checkpoint(url: str) -> None:
    async with await open_store(url, tenant="default") as store:
        known, build = await ensure_build(store, session_list)
        assert known.active == build.build
        async with store.connection() as connection:
            place = await read_place(connection, store.tenant, build)
        assert place is not None
        assert place.cursor is not None
        # The golden log ends with one event its session list has not seen.
        assert await catch_up(store, session_list) == 1


async def test_appending_to_a_log_of_an_earlier_release_goes_on(url: str) -> None:
    note = NewEvent(type="note.written", data={"text": "today"})
    async with await open_store(url, tenant="default") as store:
        head = await store.head("order-1")
        assert head is not None
        result = await store.append("order-1", [note], expected_version=head.version)
        assert result.first_version == head.version + 1
        await store.append("note-1", [note], expected_version=ExpectedVersion.NO_STREAM)
        written = [event.stream async for event in store.read_all(types=["note.written"])]
        assert written == ["order-1", "note-1"]
        assert (await store.verify()).ok


async def test_a_session_that_an_earlier_release_left_in_a_turn_is_resumed(url: str) -> None:
    async with retold.open(url, tenant="default") as log:
        session = await log.session("interrupted", subject="user:9")
        script = Script("I am back.")
        reply = await session.ask(Agent("mortal", config=log.model(script)), "Hello?")
        assert reply.body == "I am back."
        # The call the process died in was answered in its stead.
        assert "call_1" in results_in(script.said)
        assert [e.data["abandoned"] for e in await session.events() if e.type == "turn.failed"] == [
            True
        ]
        assert (await log.verify()).ok


async def test_an_inbox_that_an_earlier_release_filled_is_delivered(url: str) -> None:
    async with retold.open(url, tenant="default") as log:
        script = Script("Read.")
        await (await log.session("inbox")).ask(Agent("reader", config=log.model(script)), "now")
        assert "nobody has read this yet" in script.seen[-1].text


@pytest.mark.parametrize("name", later_names, indirect=True)
async def test_work_that_an_earlier_release_left_is_taken_over(url: str) -> None:
    async with await open_store(url, tenant="default") as store:
        queue = WorkQueue(store, queue_name)
        assert [one.id for one in await queue.sweep()] == ["run-1/lost"]
        taken = await queue.take("me", seconds=60, limit=9)
        assert [(one.id, one.token) for one in taken] == [("run-1/lost", 2), ("run-1/waiting", 1)]
        for item in taken:
            await queue.finish(item)
        assert await queue.put([NewWorkItem(id="run-1/done")]) == frozenset()


@pytest.mark.parametrize("name", later_names, indirect=True)
async def test_files_that_an_earlier_release_kept_go_on(url: str) -> None:
    async with retold.open(url, tenant="default") as log:
        files = await log.knowledge(files_name)
        assert await files.verify() == ()
        wal = await files.read("/channels/1/wal.jsonl")
        assert wal is not None
        assert await files.append("/channels/1/wal.jsonl", "more\n") == len(wal.encode())
        await files.write("/agents/1/passport.json", "{}")
        assert await files.verify() == ()
        assert (await log.verify()).ok


async def test_variables_that_an_earlier_release_kept_are_restored(url: str) -> None:
    async with retold.open(url, tenant="default") as log:
        script = Script("Hi.")
        session = await log.session("ticket-4711")
        await session.ask(Agent("support", config=log.model(script)), "Do you know me?")
        variables = script.seen[-1].variables
        assert variables["name"] == "Zoë"
        assert variables["limits"] == (1, 2.5, None)
        assert variables["found"] in {7, 2**53 + 1}


async def test_a_golden_log_is_read_in_a_later_form(url: str) -> None:
    upcasters = Upcasters()
    upcasters.aliases("order.opened", "order.placed")
    for version in (1, 2, 3):
        upcasters.register("order.placed", version, lambda data: {"was": dict(data)})
    async with await open_store(url) as plain:
        stored = {e.event_id: e async for e in plain.read_all(category="order")}
    async with await open_store(url, upcasters=upcasters) as store:
        found = [event async for event in store.read_all(types=["order.placed"])]
        assert [event.event_id for event in found] == [
            one.event_id for one in stored.values() if one.type in {"order.placed", "order.opened"}
        ]
        for event in found:
            was = event.data
            for _ in range(4 - stored[event.event_id].schema_version):
                was = was["was"]
            assert was == stored[event.event_id].data
            assert event.digest == stored[event.event_id].digest
        assert {stored[event.event_id].schema_version for event in found} == {1, 2, 3}
        assert (await store.verify()).ok
