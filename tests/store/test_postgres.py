"""What only PostgreSQL can do to a log: transactions out of order, lost connections, locks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import asyncpg.transaction
import pytest

from retold.errors import DuplicateEventId, NotARetoldDatabase, StoreUnavailable
from retold.store import EventStore, open_store
from retold.store.append import Append, AppendResult
from retold.store.postgres import (
    backend as postgres_backend,
    connection as postgres_connection,
    statements,
    writer as postgres_writer,
)
from retold.store.postgres.locks import lock_key
from tests.store.events import ANY, append, event, event_id, events, read, read_all, texts
from tests.store.raw import PostgresConnection, Raw
from tests.store.writer_watch import until, writer_pid

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(migrated_postgres_url: str) -> str:
    return migrated_postgres_url


@pytest.fixture
def raw(url: str) -> Raw:
    return Raw(url)


@pytest.fixture
async def store(url: str) -> AsyncIterator[EventStore]:
    async with await open_store(url) as opened:
        yield opened


waiting_for_a_stream = "wait_event_type = 'Lock' AND wait_event = 'advisory'"


async def hold_stream(connection: PostgresConnection, stream: str) -> None:
    """Take the lock of a stream, as another process that appends to it would."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", lock_key("default", stream))


def two_streams() -> tuple[str, str]:
    """Return two names, the one that is locked first being the first."""
    one, two = sorted(("note-1", "note-2"), key=lambda name: lock_key("default", name))
    return one, two


# Order -------------------------------------------------------------------------------------------


async def _interleave(url: str, raw: Raw) -> list[tuple[str, int]]:
    """Let a transaction that began first append last; return stream and version as read."""
    first_locked, shared = two_streams()
    async with await open_store(url) as early, await open_store(url) as late:
        async with raw.connection() as other, other.transaction():
            await hold_stream(other, first_locked)
            began_first = asyncio.create_task(
                early.append_many(
                    [Append(first_locked, events("a"), ANY), Append(shared, events("last"), ANY)]
                )
            )
            await until(raw, waiting_for_a_stream)
            await append(late, shared, "first", expected_version=0)
        await began_first
        return [(one.stream, one.version) for one in await read_all(late)]


@pytest.mark.usefixtures("step_by_step")
async def test_readers_see_versions_in_order_though_transactions_interleave(
    url: str, raw: Raw
) -> None:
    seen = await _interleave(url, raw)
    _, shared = two_streams()
    assert [version for stream, version in seen if stream == shared] == [1, 2]
    assert len(seen) == 3


@pytest.mark.usefixtures("step_by_step")
async def test_with_an_id_taken_before_the_locks_the_order_would_be_inverted(
    url: str, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail: this is what it would see."""
    with_id = statements.take_locks.replace("SELECT", "SELECT pg_current_xact_id(),")
    monkeypatch.setattr(statements, "take_locks", with_id)
    seen = await _interleave(url, raw)
    _, shared = two_streams()
    assert [version for stream, version in seen if stream == shared] == [2, 1]


async def test_a_transaction_held_open_hides_later_events_and_none_is_skipped(
    url: str, raw: Raw, store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retold.store.log.own_writes_seconds", 0.1)
    await append(store, "note-1", "before")
    while not (seen := await read_all(store)):  # tests beside this one hold transactions too
        pass
    async with raw.connection() as other:
        held = other.transaction()
        await held.start()
        await other.execute("SELECT pg_current_xact_id()")
        await append(store, "note-2", "after", "that")
        # What is read by stream is not held back.
        assert texts(await read(store, "note-2")) == ["after", "that"]
        assert texts(await read_all(store)) == ["before"]
        cursor = store.cursor_of(seen[-1])
        assert await read_all(store, after=cursor) == []
        await held.rollback()
    monkeypatch.setattr("retold.store.log.own_writes_seconds", 20.0)
    assert texts(await read_all(store, after=cursor)) == ["after", "that"]
    assert texts(await read_all(store)) == ["before", "after", "that"]


async def test_a_reader_that_follows_skips_nothing_of_many_writers(url: str) -> None:
    async with (
        await open_store(url) as one,
        await open_store(url) as two,
        await open_store(url) as reader,
    ):
        seen: list[tuple[str, int]] = []

        async def follow() -> None:
            cursor = None
            while len(seen) < 600:
                async for found in reader.read_all(after=cursor):
                    seen.append((found.stream, found.version))
                    cursor = reader.cursor_of(found)

        async def write(store: EventStore, number: int) -> None:
            for _ in range(30):
                await append(store, f"note-{number % 6}", "a")

        following = asyncio.create_task(follow())
        await asyncio.gather(
            *(write(store, number) for store in (one, two) for number in range(10))
        )
        await asyncio.wait_for(following, 60)
    for stream in {stream for stream, _ in seen}:
        versions = [version for name, version in seen if name == stream]
        assert versions == list(range(1, len(versions) + 1))
    assert len(seen) == 600


async def test_whoever_opens_a_log_finds_what_was_appended_before(url: str, raw: Raw) -> None:
    """Also while somebody else's transaction is still open, if it ends soon."""
    async with await open_store(url) as store, raw.connection() as other:
        held = other.transaction()
        await held.start()
        await other.execute("SELECT pg_current_xact_id()")
        await append(store, "note-1", "a")
        async with await open_store(url) as reader:
            reading = asyncio.create_task(read_all(reader))
            await asyncio.sleep(0.1)
            assert not reading.done()
            await held.rollback()
            assert texts(await reading) == ["a"]


# At once -----------------------------------------------------------------------------------------


async def test_an_id_that_another_process_was_quicker_with_is_refused(
    url: str, raw: Raw, store: EventStore
) -> None:
    """Its insert waits for the other's, and then collides with it."""
    taken = event("taken", event_id=event_id(1))
    async with raw.connection() as other:
        held = other.transaction()
        await held.start()
        await other.execute(
            "INSERT INTO events (tenant, stream, version, event_id, type, schema_version, data,"
            " metadata, recorded_at, digest)"
            " VALUES ('default', 'note-9', 1, $1, 'test.happened', 1, '{}', '{}', 1, '')",
            event_id(1),
        )
        appends = asyncio.gather(
            store.append("note-1", [taken], expected_version=0),
            append(store, "note-2", "beside it"),
            return_exceptions=True,
        )
        await until(raw, "wait_event_type = 'Lock' AND wait_event = 'transactionid'")
        await held.commit()
    refused, beside = await appends
    assert isinstance(refused, DuplicateEventId)
    assert (refused.event_id, refused.recorded_in) == (event_id(1), "note-9")
    assert isinstance(beside, AppendResult)


async def test_a_stricter_isolation_by_default_changes_nothing(url: str, raw: Raw) -> None:
    database = url.rpartition("/")[2]
    await raw.execute(f"ALTER DATABASE {database} SET default_transaction_isolation = serializable")
    async with await open_store(url) as one, await open_store(url) as two:
        await asyncio.gather(
            *(append(store, "note-1", str(n)) for n in range(50) for store in (one, two))
        )
        assert len(await read(one, "note-1")) == 100
        assert (await two.verify()).ok


async def test_a_stream_that_stays_locked_is_an_error_that_wrote_nothing(
    url: str, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_connection, "lock_seconds", 1)
    async with (
        await open_store(url) as store,
        raw.connection() as other,
        other.transaction(),
    ):
        await hold_stream(other, "note-1")
        with pytest.raises(StoreUnavailable, match="LockNotAvailableError") as raised:
            await append(store, "note-1", "a")
        assert not raised.value.outcome_unknown
        assert "Nothing was written" in str(raised.value)
        await append(store, "note-2", "b")
        assert texts(await read(store, "note-2")) == ["b"]


@pytest.mark.usefixtures("step_by_step")
async def test_more_than_one_message_can_hold_is_sent_in_parts(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writer, "most_bytes_at_once", 1_000)
    new = [event(str(number)) for number in range(100)]
    await store.append_many([Append("note-1", new, 0), Append("note-2", events("x" * 5_000), 0)])
    assert texts(await read(store, "note-1")) == [str(number) for number in range(100)]
    positions = [one.position for one in await read_all(store)]
    assert positions == sorted(positions)
    assert (await store.verify()).ok


# Lost connections --------------------------------------------------------------------------------


async def test_a_writer_cut_off_while_idle_connects_again(store: EventStore, raw: Raw) -> None:
    await append(store, "note-1", "a")
    await raw.fetch("SELECT pg_terminate_backend(?, 5000)", writer_pid(store))
    result = await append(store, "note-1", "b", expected_version=1)
    assert (result.last_version, result.duplicate) == (2, False)


async def test_a_writer_cut_off_in_a_transaction_appends_once(store: EventStore, raw: Raw) -> None:
    async with raw.connection() as other, other.transaction():
        await hold_stream(other, "note-1")
        appending = asyncio.gather(*(append(store, "note-1", str(n)) for n in range(5)))
        await until(raw, waiting_for_a_stream)
        await raw.fetch("SELECT pg_terminate_backend(?, 5000)", writer_pid(store))
    results = await appending
    assert [result.last_version for result in results] == [1, 2, 3, 4, 5]
    assert not any(result.duplicate for result in results)
    assert texts(await read(store, "note-1")) == list("01234")


@pytest.fixture
def step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Append in a transaction of several statements, as to streams whose heads are unknown."""

    async def unable(_self: object, _requests: object) -> None:
        return None

    monkeypatch.setattr(postgres_writer.PostgresWriter, "_append_at_once", unable)


@pytest.fixture
def lost_after_commit(step_by_step: None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Lose the connection once, between a commit and its acknowledgement."""
    commit = asyncpg.transaction.Transaction.commit
    lost: list[int] = []

    async def commit_and_lose(self: Any) -> None:
        await commit(self)
        if not lost:
            lost.append(1)
            self._connection.terminate()
            raise asyncpg.ConnectionDoesNotExistError("connection was closed")

    monkeypatch.setattr(asyncpg.transaction.Transaction, "commit", commit_and_lose)
    return lost


async def test_a_commit_whose_answer_is_lost_is_found_by_its_ids(
    store: EventStore, lost_after_commit: list[int]
) -> None:
    results = await asyncio.gather(
        # Without ids of the caller's, and with them.
        append(store, "note-1", "a", "b", expected_version=0),
        append(store, "note-2", "c", expected_version=0, event_id=event_id(1)),
    )
    assert lost_after_commit
    assert [(one.first_version, one.last_version, one.duplicate) for one in results] == [
        (1, 2, False),
        (1, 1, False),
    ]
    assert sorted(texts(await read_all(store))) == ["a", "b", "c"]
    assert (await store.verify()).ok


async def test_a_server_that_stays_away_after_a_commit_leaves_the_outcome_unknown(
    store: EventStore, lost_after_commit: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writer, "retry_seconds", 0.2)
    dial = postgres_connection.dial

    async def away(*_arguments: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(postgres_writer, "dial", away)
    new = events("a")
    new[0] = event("a", event_id=event_id(1))
    with pytest.raises(StoreUnavailable, match="ConnectionRefusedError") as raised:
        await store.append("note-1", new, expected_version=0)
    assert lost_after_commit
    assert raised.value.outcome_unknown
    assert "try again with the same event ids" in str(raised.value)
    # Nothing was sent of this one.
    with pytest.raises(StoreUnavailable, match="Nothing was written") as raised:
        await append(store, "note-1", "b")
    assert not raised.value.outcome_unknown
    monkeypatch.setattr(postgres_writer, "dial", dial)
    again = await store.append("note-1", new, expected_version=0)
    assert (again.last_version, again.duplicate) == (1, True)
    assert texts(await read(store, "note-1")) == ["a"]


async def test_a_writer_cut_off_again_and_again_loses_and_doubles_nothing(
    store: EventStore, raw: Raw
) -> None:
    stop = asyncio.Event()

    async def cut() -> None:
        while not stop.is_set():
            await raw.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND query LIKE '%advisory%' OR query LIKE 'COMMIT%'"
            )

    async def write(number: int) -> None:
        for version in range(20):
            await append(store, f"note-{number}", str(version), expected_version=version)

    cutting = asyncio.create_task(cut())
    await asyncio.gather(*(write(number) for number in range(8)))
    stop.set()
    await cutting
    for number in range(8):
        assert texts(await read(store, f"note-{number}")) == [str(n) for n in range(20)]
    assert (await store.verify()).ok


async def test_readers_cut_off_connect_again(store: EventStore, raw: Raw) -> None:
    await append(store, "note-1", "a")
    await asyncio.gather(*(read(store, "note-1") for _ in range(5)))
    await raw.fetch(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    for found in await asyncio.gather(*(read(store, "note-1") for _ in range(5))):
        assert texts(found) == ["a"]


async def test_a_reader_cut_off_in_the_middle_is_told_without_statements(
    store: EventStore, raw: Raw
) -> None:
    async def read_two_things() -> None:
        async with store.connection() as connection:
            [(pid,)] = (await connection.exec_driver_sql("SELECT pg_backend_pid()")).all()
            await raw.fetch("SELECT pg_terminate_backend(?, 5000)", pid)
            await connection.exec_driver_sql("SELECT 'a secret'")

    with pytest.raises(StoreUnavailable, match=r"Reading failed: [A-Za-z]+Error") as raised:
        await read_two_things()
    assert "secret" not in str(raised.value)


async def test_a_server_before_version_13_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_backend, "oldest_server", 10_000_000)
    with pytest.raises(NotARetoldDatabase, match="the server is version 1"):
        await open_store(url)
