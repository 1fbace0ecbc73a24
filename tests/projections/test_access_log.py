"""Who read the log: what is recorded of it, what never is, and how it is read back."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from retold.domain.access import AccessAction, LogAccessed, access_category, access_stream
from retold.domain.event import check_stream_name
from retold.errors import InvalidActor
from retold.projections.access_log import AccessLog, accesses, checked_actor
from retold.projections.models.session_list import each_session
from retold.projections.models.totals import totals
from retold.store import EventStore, open_store
from retold.store.append import ExpectedVersion
from retold.testing import memory_store
from tests.projections.histories import started, tool_turn
from tests.store.roles import role


def alice(store: EventStore) -> AccessLog:
    return AccessLog(store, actor="alice", door="library")


async def test_an_access_is_read_back_as_it_was_recorded(store: EventStore) -> None:
    before = datetime.now(UTC)
    await alice(store).record(
        AccessAction.EXPORT, "ticket-1", parameters={"format": "html", "at": None}, rows=3
    )
    (access,) = await accesses(store)
    assert (access.actor, access.action, access.target) == ("alice", "export", "ticket-1")
    assert (access.parameters, access.rows, access.door) == ({"format": "html"}, 3, "library")
    assert before <= access.at <= datetime.now(UTC)


async def test_nobodys_reads_are_not_recorded(store: EventStore) -> None:
    await AccessLog(store, actor=None, door="cli").record(AccessAction.READ, "s")
    assert [head async for head in store.streams()] == []


async def test_accesses_are_found_by_actor_action_target_and_time(store: EventStore) -> None:
    bob = AccessLog(store, actor="bob", door="cli")
    for number in range(3):
        await alice(store).record(AccessAction.READ, f"s{number}")
    await bob.record(AccessAction.EXPORT, "s1")
    assert [a.target for a in await accesses(store)] == ["s1", "s2", "s1", "s0"]
    assert [a.target for a in await accesses(store, actor="alice", limit=2)] == ["s2", "s1"]
    assert [a.actor for a in await accesses(store, target="s1")] == ["bob", "alice"]
    assert [a.actor for a in await accesses(store, action="export")] == ["bob"]
    middle = (await accesses(store))[1].recorded_at
    assert [a.target for a in await accesses(store, since=middle)] == ["s1", "s2"]
    assert [a.target for a in await accesses(store, until=middle)] == ["s1", "s0"]
    assert await accesses(store, since=middle + timedelta(days=1)) == []
    with pytest.raises(ValueError, match="limit is 0"):
        await accesses(store, limit=0)


async def test_accesses_of_several_days_come_newest_first(store: EventStore) -> None:
    days = [date(2026, 1, 2), date(2025, 12, 31), date(2026, 1, 1)]
    for day in days:
        accessed = LogAccessed(actor="a", action="read", target=str(day), door="cli")
        await store.append(
            access_stream(day), [accessed.to_new_event()], expected_version=ExpectedVersion.ANY
        )
    found = await accesses(store)
    assert [a.target for a in found] == ["2026-01-02", "2026-01-01", "2025-12-31"]


async def test_accesses_are_no_sessions_and_are_not_followed(store: EventStore) -> None:
    await store.append("conversation-s", [started(), *tool_turn], expected_version=0)
    before = await totals(store)
    await alice(store).record(AccessAction.READ, "s")
    assert [s.session async for s in each_session(store)] == ["s"]
    assert await totals(store) == before
    await store.append("note-1", [started()], expected_version=0)
    last = ""
    async with store.subscribe() as subscription:
        async for event in subscription:
            assert event.category != access_category
            last = event.stream
            if last == "note-1":
                break
    async with store.subscribe(category=access_category) as subscription:
        async for event in subscription:
            assert event.type == LogAccessed.type
            break
    assert [e.type async for e in store.read_all(category=access_category)] == [LogAccessed.type]
    assert (await store.verify()).ok


async def test_in_memory_accesses_are_not_followed_either() -> None:
    async with memory_store() as store:
        await alice(store).record(AccessAction.READ, "s")
        await store.append("note-1", [started()], expected_version=0)
        async with store.subscribe() as subscription:
            async for event in subscription:
                assert event.stream == "note-1"
                break


async def test_no_password_of_a_url_is_recorded(store: EventStore) -> None:
    await alice(store).record(
        AccessAction.QUERY,
        "postgresql://me:s3cret@host/db",
        parameters={"sql": "SELECT 'https://u:hunter2@h/'", "long": "x" * 5_000},
    )
    (access,) = await accesses(store)
    assert access.target == "postgresql://me:***@host/db"
    assert access.parameters["sql"] == "SELECT 'https://u:***@h/'"
    assert access.parameters["long"] == "x" * 1_000 + "..."


@pytest.mark.parametrize("actor", ["", "  ", "a\nb", "\x00", "x" * 256])
def test_a_name_that_names_nobody_is_refused(actor: str) -> None:
    with pytest.raises(InvalidActor) as raised:
        checked_actor(actor)
    assert raised.value.actor == actor


@given(
    st.dictionaries(st.text(), st.none() | st.integers() | st.floats() | st.text() | st.dates()),
    st.none() | st.text(),
)
async def test_whatever_was_asked_for_recording_it_stops_nobody(
    parameters: dict[str, object], target: str | None
) -> None:
    async with memory_store() as store:
        await alice(store).record(AccessAction.QUERY, target, parameters=parameters)


@pytest.mark.postgres
async def test_a_role_that_may_only_read_reads_on_and_a_warning_is_logged(
    migrated_postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with await open_store(migrated_postgres_url) as store:
        await store.append("conversation-s", [started()], expected_version=0)
    grant = "SELECT ON ALL TABLES IN SCHEMA public"
    async with (
        role(migrated_postgres_url, grant) as (_, url),
        await open_store(url) as store,
    ):
        await alice(store).record(AccessAction.READ, "s")
        assert await accesses(store) == []
        assert [event.version async for event in store.read_stream("conversation-s")] == [1]
    assert "an access could not be recorded" in caplog.text


async def test_a_log_that_refuses_the_record_is_read_on_and_a_warning_is_logged(
    store: EventStore, caplog: pytest.LogCaptureFixture
) -> None:
    day = datetime.now(UTC).date()
    for stream in (access_stream(day), access_stream(day + timedelta(days=1))):
        await store.append(stream, [started()], expected_version=0)
        await store.end_stream(stream)
    await alice(store).record(AccessAction.READ, "s")
    assert "an access could not be recorded" in caplog.text
    assert await accesses(store) == []


async def test_a_log_that_somebody_else_holds_is_not_waited_for(
    sqlite_url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retold.projections.access_log.recording_seconds", 0.05)
    async with await open_store(sqlite_url) as store:
        path = sqlite_url.removeprefix("sqlite:///")
        holder = sqlite3.connect(path, isolation_level=None)
        try:
            holder.execute("BEGIN IMMEDIATE")
            await alice(store).record(AccessAction.READ, "s")
            assert "an access could not be recorded" in caplog.text
            assert await accesses(store) == []
        finally:
            holder.close()


@given(st.dates())
def test_every_day_names_a_stream_and_names_sort_as_days_do(day: date) -> None:
    stream = check_stream_name(access_stream(day))
    if day < date.max:
        assert stream < access_stream(day + timedelta(days=1))
