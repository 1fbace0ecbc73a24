"""How the writer of PostgreSQL gets on when others append, or the connection goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

from retold.errors import (
    DuplicateEventId,
    StoreError,
    StoreUnavailable,
    StreamTombstoned,
    WrongExpectedVersion,
)
from retold.store import EventStore, open_store
from retold.store.postgres import connection, statements, writer
from tests.store.events import ANY, append, event, event_id, read, texts
from tests.store.raw import PostgresConnection, Raw
from tests.store.writer_watch import (
    locked,
    until,
    waiting,
    watch_ways,
    writer_of,
    writer_pid,
)

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


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return watch_ways(monkeypatch)


# Which way ---------------------------------------------------------------------------------------


async def test_a_stream_that_is_known_is_appended_to_in_one_call(
    store: EventStore, ways: list[str]
) -> None:
    for version in range(3):
        await append(store, "note-1", "a", expected_version=version)
    # A new stream that must not exist needs no looking up either.
    await append(store, "note-2", "b", expected_version=0)
    assert ways == ["step by step", "at once", "at once", "at once"]
    assert (await store.verify()).ok


async def test_a_head_moved_by_another_process_is_read_anew(
    url: str, store: EventStore, ways: list[str]
) -> None:
    await append(store, "note-1", "a")
    async with await open_store(url) as other:
        await append(other, "note-1", "b", "c")
    ways.clear()
    assert (await append(store, "note-1", "d")).last_version == 4
    # And is known from then on.
    assert (await append(store, "note-1", "e", expected_version=4)).last_version == 5
    assert ways == ["step by step", "at once"]
    assert texts(await read(store, "note-1")) == ["a", "b", "c", "d", "e"]
    assert (await store.verify()).ok


async def test_a_version_that_only_another_process_reached_is_accepted(
    url: str, store: EventStore
) -> None:
    await append(store, "note-1", "a")
    async with await open_store(url) as other:
        await append(other, "note-1", "b")
    # What is remembered says 1.
    assert (await append(store, "note-1", "c", expected_version=2)).last_version == 3
    async with await open_store(url) as other:
        await append(other, "note-1", "d")
    with pytest.raises(WrongExpectedVersion) as raised:
        await append(store, "note-1", "late", expected_version=3)
    assert raised.value.actual == 4


async def test_a_stream_ended_by_another_process_is_refused(url: str, store: EventStore) -> None:
    await append(store, "note-1", "a")
    async with await open_store(url) as other:
        await other.end_stream("note-1")
    for expected in (ANY, 1):
        with pytest.raises(StreamTombstoned):
            await append(store, "note-1", "b", expected_version=expected)
    assert texts(await read(store, "note-1")) == ["a"]


async def test_a_stream_ended_here_is_refused_by_what_is_remembered(
    store: EventStore, ways: list[str]
) -> None:
    await append(store, "note-1", "a")
    await store.end_stream("note-1")
    assert writer_of(store)._heads["note-1"].tombstoned
    with pytest.raises(StreamTombstoned):
        await append(store, "note-1", "b")


async def test_a_stream_that_began_as_a_fork_elsewhere_is_not_begun_again(
    url: str, store: EventStore
) -> None:
    await append(store, "note-1", "a", "b")
    async with await open_store(url) as other:
        await other.fork("note-1", "note-2", at=1)
    # Unknown here, and expected not to exist: the one call finds that it does.
    with pytest.raises(WrongExpectedVersion):
        await append(store, "note-2", "x", expected_version=0)
    assert (await append(store, "note-2", "c", expected_version=1)).last_version == 2
    assert (await store.verify()).ok


async def test_one_refused_append_does_not_hold_up_its_group(
    store: EventStore, ways: list[str]
) -> None:
    await append(store, "note-1", "a")
    outcomes = await asyncio.gather(
        append(store, "note-1", "b", expected_version=1),
        append(store, "note-1", "stale", expected_version=1),
        append(store, "note-1", "c", expected_version=2),
        return_exceptions=True,
    )
    assert isinstance(outcomes[1], WrongExpectedVersion)
    assert texts(await read(store, "note-1")) == ["a", "b", "c"]


async def test_only_so_many_heads_are_remembered(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "most_known_heads", 20)
    for number in range(90):
        await append(store, f"note-{number % 45}", "a")
        assert len(writer_of(store)._heads) <= 20
    for number in range(45):
        assert len(await read(store, f"note-{number}")) == 2
    await asyncio.gather(*(append(store, f"note-{number}", "b") for number in range(15)))
    assert len(writer_of(store)._heads) <= 20
    assert (await store.verify()).ok


# Ids ---------------------------------------------------------------------------------------------


async def test_an_id_appended_again_at_a_known_head_is_found_after_the_collision(
    store: EventStore, ways: list[str]
) -> None:
    first = event("a", event_id=event_id(1))
    await store.append("note-1", [first], expected_version=0)
    ways.clear()
    again = await store.append("note-1", [first], expected_version=ANY)
    assert (again.first_version, again.duplicate) == (1, True)
    # The one call was refused by the index on ids.
    assert ways == ["step by step"]
    with pytest.raises(DuplicateEventId):
        await store.append("note-1", [event("b", event_id=event_id(1))], expected_version=ANY)
    assert (await append(store, "note-1", "c", expected_version=1)).last_version == 2


async def test_a_collision_in_a_group_is_the_fault_of_one(store: EventStore) -> None:
    taken = event("a", event_id=event_id(1))
    await store.append("note-1", [taken], expected_version=0)
    await append(store, "note-2", "a")
    outcomes = await asyncio.gather(
        append(store, "note-2", "b"),
        store.append("note-1", [event("other", event_id=event_id(1))], expected_version=ANY),
        append(store, "note-1", "b"),
        store.append("note-1", [taken], expected_version=ANY),
        return_exceptions=True,
    )
    assert isinstance(outcomes[1], DuplicateEventId)
    assert [isinstance(outcome, StoreError) for outcome in outcomes] == [False, True, False, False]
    assert texts(await read(store, "note-1")) == ["a", "b"]
    assert texts(await read(store, "note-2")) == ["a", "b"]


async def test_an_id_that_another_transaction_is_quicker_with(store: EventStore, raw: Raw) -> None:
    """The insert of the one call waits for the other's, and then collides with it."""
    await append(store, "note-1", "a")
    async with raw.connection() as other:
        held = other.transaction()
        await held.start()
        await other.execute(
            "INSERT INTO events (tenant, stream, version, event_id, type, schema_version, data,"
            " metadata, recorded_at, digest)"
            " VALUES ('default', 'note-9', 1, $1, 'test.happened', 1, '{}', '{}', 1, '')",
            event_id(1),
        )
        late = event("late", event_id=event_id(1))
        appending = asyncio.create_task(store.append("note-1", [late], expected_version=1))
        await until(raw, "wait_event_type = 'Lock' AND wait_event = 'transactionid'")
        await held.commit()
    with pytest.raises(DuplicateEventId) as raised:
        await appending
    assert raised.value.recorded_in == "note-9"


# Lost connections --------------------------------------------------------------------------------


@pytest.fixture
def cut_after_append(monkeypatch: pytest.MonkeyPatch) -> Callable[[EventStore], list[str]]:
    """Lose the connection of a store's writer after its next one call, which is committed."""

    def cut(store: EventStore) -> list[str]:
        lost: list[str] = []
        own = writer_of(store)._connection
        fetchval = asyncpg.Connection.fetchval

        async def lose(self: PostgresConnection, query: str, *values: Any) -> Any:
            answer = await fetchval(self, query, *values)
            if self is own and query == statements.append:
                lost.append(query)
                self.terminate()
                raise asyncpg.ConnectionDoesNotExistError("cut off in the test")
            return answer

        # Its objects have slots.
        monkeypatch.setattr(asyncpg.Connection, "fetchval", lose)
        return lost

    return cut


async def test_an_append_whose_answer_was_lost_is_found_by_its_ids(
    store: EventStore, cut_after_append: Callable[[EventStore], list[str]]
) -> None:
    await append(store, "note-1", "a")
    lost = cut_after_append(store)
    results = await asyncio.gather(
        append(store, "note-1", "b", expected_version=1),
        append(store, "note-1", "c", "d"),
        append(store, "note-2", "e", expected_version=0),
    )
    assert len(lost) == 1
    # As if nothing had happened: found by ids that no caller gave.
    assert [(r.first_version, r.last_version, r.duplicate) for r in results] == [
        (2, 2, False),
        (3, 4, False),
        (1, 1, False),
    ]
    assert texts(await read(store, "note-1")) == ["a", "b", "c", "d"]
    assert texts(await read(store, "note-2")) == ["e"]
    # What was remembered of the streams went with the connection.
    assert (await append(store, "note-1", "f", expected_version=4)).last_version == 5
    assert (await store.verify()).ok


async def test_a_server_that_stays_away_leaves_the_outcome_unknown(
    store: EventStore,
    cut_after_append: Callable[[EventStore], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await append(store, "note-1", "a")
    cut_after_append(store)
    monkeypatch.setattr(writer, "retry_seconds", 0.3)
    dial = connection.dial

    async def away(*_: object) -> PostgresConnection:
        raise ConnectionRefusedError

    monkeypatch.setattr(writer, "dial", away)
    new = event("b", event_id=event_id(1))
    with pytest.raises(StoreUnavailable, match="ConnectionRefusedError") as raised:
        await store.append("note-1", [new], expected_version=1)
    assert raised.value.outcome_unknown
    # Nothing was sent of this one.
    with pytest.raises(StoreUnavailable, match="Nothing was written"):
        await append(store, "note-1", "c")
    monkeypatch.setattr(writer, "dial", dial)
    again = await store.append("note-1", [new], expected_version=1)
    assert (again.last_version, again.duplicate) == (2, True)
    assert texts(await read(store, "note-1")) == ["a", "b"]


async def test_a_call_cut_off_before_it_commits_is_sent_again(store: EventStore, raw: Raw) -> None:
    await append(store, "note-1", "a")
    async with locked(raw, "note-1"):
        appending = asyncio.create_task(append(store, "note-1", "b", expected_version=1))
        await until(raw, f"{waiting} AND query LIKE '%retold_append%'")
        await raw.fetch("SELECT pg_terminate_backend(?, 5000)", writer_pid(store))
    result = await appending
    assert (result.last_version, result.duplicate) == (2, False)
    assert texts(await read(store, "note-1")) == ["a", "b"]


async def test_a_caller_who_gives_up_leaves_the_writer_as_it_was(
    store: EventStore, raw: Raw
) -> None:
    await append(store, "note-1", "a")
    async with locked(raw, "note-1"):
        given_up = asyncio.create_task(append(store, "note-1", "b"))
        await until(raw, waiting)
        given_up.cancel()
        patient = asyncio.create_task(append(store, "note-1", "c"))
        await asyncio.sleep(0.05)
    assert (await patient).last_version == 3
    assert texts(await read(store, "note-1")) == ["a", "b", "c"]
