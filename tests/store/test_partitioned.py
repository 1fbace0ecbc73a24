"""A log whose events an operator has split, as docs/growth.md says, is the log it was."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from retold.errors import DuplicateEventId, WrongExpectedVersion
from retold.store import EventStore, open_store
from retold.store.cursor import Cursor
from retold.store.postgres.backend import PostgresBackend
from retold.store.selection import Selection, everything
from tests.store.events import append, event, event_id, events, read, read_all, texts
from tests.store.layouts import split_by_month, split_by_tenant
from tests.store.raw import Raw
from tests.store.roles import role

pytestmark = pytest.mark.postgres

tenants = ("default", "acme", "other")
partitions = """
SELECT relid::regclass::text FROM pg_partition_tree('events') WHERE isleaf ORDER BY 1
"""
rights = (
    "SELECT ON ALL TABLES IN SCHEMA public",
    "INSERT ON events",
    "INSERT, UPDATE ON streams",
)


async def split(layout: str, url: str) -> None:
    await (split_by_tenant(url) if layout == "tenant" else split_by_month(url))


async def words(store: EventStore, **options: bool) -> list[str]:
    return texts(await read_all(store, **options))


@pytest.fixture(params=["tenant", "month"])
def layout(request: pytest.FixtureRequest) -> str:
    """How the log is split."""
    assert isinstance(request.param, str)
    return request.param


@pytest.fixture
async def split_url(layout: str, migrated_postgres_url: str) -> str:
    """URL of a log that each tenant appended to before it was split, and after."""
    for tenant in tenants:
        async with await open_store(migrated_postgres_url, tenant=tenant) as store:
            await append(store, "note-1", f"{tenant} 1", f"{tenant} 2")
    await split(layout, migrated_postgres_url)
    for tenant in reversed(tenants):
        async with await open_store(migrated_postgres_url, tenant=tenant) as store:
            await append(store, "note-1", f"{tenant} 3", expected_version=2)
    return migrated_postgres_url


async def test_the_order_is_one_across_partitions(split_url: str) -> None:
    old = [f"{tenant} {number}" for tenant in tenants for number in (1, 2)]
    new = [f"{tenant} 3" for tenant in reversed(tenants)]
    for tenant in tenants:
        async with await open_store(split_url, tenant=tenant) as store:
            own = [word for word in old + new if word.startswith(tenant)]
            assert await words(store) == texts(await read(store, "note-1")) == own
            assert await words(store, every_tenant=True) == old + new
            assert (await store.verify()).ok
    positions = await Raw(split_url).fetch("SELECT position FROM events ORDER BY position")
    assert len(set(positions)) == len(old + new)


async def test_the_events_lie_in_more_than_one_partition(split_url: str, layout: str) -> None:
    lie_in = "SELECT tableoid::regclass::text, count(*) FROM events GROUP BY 1 ORDER BY 1"
    expected = {
        "tenant": [("events_of_acme", 3), ("events_of_others", 6)],
        "month": [
            ("events_2027_01_of_acme", 1),
            ("events_2027_01_of_others", 2),
            ("events_until_2027_01", 6),
        ],
    }
    assert await Raw(split_url).fetch(lie_in) == expected[layout]


async def test_a_log_that_is_open_goes_on_and_its_cursors_stay_valid(
    migrated_postgres_url: str, layout: str
) -> None:
    async with await open_store(migrated_postgres_url, tenant="acme") as store:
        await append(store, "note-1", "a", "b")
        cursors = [store.cursor_of(recorded) for recorded in await read_all(store)]
        async with store.subscribe() as subscription:
            seen = [(await anext(subscription)).data["text"] for _ in range(2)]
            await split(layout, migrated_postgres_url)
            await append(store, "note-1", "c", expected_version=2)
            await append(store, "note-2", "d")
            seen += [(await anext(subscription)).data["text"] for _ in range(2)]
        assert seen == ["a", "b", "c", "d"]
        for number, cursor in enumerate(cursors, 1):
            assert texts(await read_all(store, after=cursor)) == seen[number:]
        await store.fork("note-1", "note-fork", at=2)
        await append(store, "note-fork", "e")
        await store.end_stream("note-2")
        assert texts(await read(store, "note-fork")) == ["a", "b", "e"]
        assert (await store.verify()).ok


async def test_versions_and_ids_are_as_unique_as_before(split_url: str) -> None:
    async with await open_store(split_url, tenant="acme") as store:
        with pytest.raises(WrongExpectedVersion):
            await append(store, "note-1", "late", expected_version=2)
        first = await store.append("note-9", [event("x", event_id=event_id(1))], expected_version=0)
        # The heads are known here, so that nothing but the database sees that the id is taken.
        await append(store, "note-9", "y", expected_version=1)
        again = await store.append("note-9", [event("x", event_id=event_id(1))], expected_version=0)
        assert (first.duplicate, again.duplicate) == (False, True)
        assert again.last_version == first.last_version
        with pytest.raises(DuplicateEventId):
            await store.append("note-9", [event("z", event_id=event_id(1))], expected_version=2)
        old = (await read_all(store))[0]
        with pytest.raises(DuplicateEventId):
            await store.append("note-9", [event("z", event_id=old.event_id)], expected_version=2)
        assert texts(await read(store, "note-9")) == ["x", "y"]


@pytest.mark.parametrize("taken", ["version", "event_id"])
async def test_the_database_refuses_what_is_taken(split_url: str, taken: str) -> None:
    raw = Raw(split_url)
    row = {"version": "99", "event_id": "gen_random_uuid()", "recorded_at": "recorded_at + 1000000"}
    del row[taken]
    names = [
        name
        for (name,) in await raw.fetch(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = 'events'::regclass"
            " AND attnum > 0 AND attname NOT IN ('position', 'transaction_id')"
        )
    ]
    values = ", ".join(row.get(name, name) for name in names)
    for version in (1, 3):
        with pytest.raises(asyncpg.UniqueViolationError):
            await raw.execute(
                f"INSERT INTO events ({', '.join(names)}) SELECT {values} FROM events"
                f" WHERE tenant = 'acme' AND version = {version}"
            )
    # A row that takes neither is let in: it is the key that was refused.
    row |= {"version": "99", "event_id": "gen_random_uuid()"}
    values = ", ".join(row.get(name, name) for name in names)
    await raw.execute(
        f"INSERT INTO events ({', '.join(names)}) SELECT {values} FROM events"
        " WHERE tenant = 'acme' AND version = 1"
    )


async def test_no_partition_lets_events_be_changed(split_url: str) -> None:
    raw = Raw(split_url)
    tables = [name for (name,) in await raw.fetch(partitions)]
    assert len(tables) >= 2
    before = await raw.fetch("SELECT * FROM events ORDER BY position")
    for table in ("events", *tables):
        with pytest.raises(raw.error, match="append-only: TRUNCATE refused"):
            await raw.execute(f"TRUNCATE {table}")
        if await raw.fetch(f"SELECT 1 FROM {table} LIMIT 1"):
            with pytest.raises(raw.error, match="append-only: UPDATE refused"):
                await raw.execute(f"UPDATE {table} SET data = '{{}}'")
            with pytest.raises(raw.error, match="append-only: DELETE refused"):
                await raw.execute(f"DELETE FROM {table}")
    assert await raw.fetch("SELECT * FROM events ORDER BY position") == before


async def test_a_role_needs_rights_to_the_whole_only(split_url: str, layout: str) -> None:
    keys = ("INSERT ON event_ids, event_versions",) if layout == "month" else ()
    async with (
        role(split_url, *rights, *keys) as (_, theirs),
        await open_store(theirs, tenant="acme") as store,
    ):
        await append(store, "note-1", "theirs", expected_version=3)
        assert (await words(store))[-1] == "theirs"


async def test_stores_that_append_at_once_leave_no_gap_and_lose_nothing(split_url: str) -> None:
    async with (
        await open_store(split_url, tenant="acme") as one,
        await open_store(split_url, tenant="other") as two,
    ):
        before = await one.end()

        async def write(store: EventStore, stream: str) -> None:
            for number in range(10):
                await store.append(stream, events(f"{stream} {number}"), expected_version=number)

        streams = [(store, f"race-{n}") for n, store in enumerate((one, two, one, two))]
        await asyncio.gather(*(write(*stream) for stream in streams))
        seen = await read_all(one, after=before, every_tenant=True)
        assert len(seen) == 40
        for _, stream in streams:
            of_stream = [recorded.version for recorded in seen if recorded.stream == stream]
            assert of_stream == list(range(1, 11))


@pytest.mark.parametrize(
    "chosen",
    [everything, Selection(types=["test.happened"]), Selection(category="note")],
    ids=["everything", "types", "category"],
)
async def test_a_page_of_a_tenant_is_read_from_its_partition_only(
    migrated_postgres_url: str, chosen: Selection
) -> None:
    """Each page would else search the partitions of all others, to their ends, for its rows."""
    await split_by_tenant(migrated_postgres_url)
    async with await open_store(migrated_postgres_url, tenant="acme") as store:
        await append(store, "note-1", *(str(number) for number in range(2_000)))
        await Raw(migrated_postgres_url).execute("ANALYZE events")
        newest = await store.backend.newest()
        for after in (None, newest):
            plan = await plan_of(store, after, chosen)
            assert "events_of_acme_epoch_transaction_id_position_idx on events_of_acme" in plan
            assert "events_of_others" not in plan
            assert "Sort" not in plan
        of_all = await plan_of(store, newest, Selection(every_tenant=True))
        assert "events_of_others" in of_all


async def plan_of(store: EventStore, after: Cursor | None, chosen: Selection) -> str:
    """Return what the server says it will do for a page that the store reads."""
    assert isinstance(store.backend, PostgresBackend)
    query = store.backend.queries.in_global_order(after, chosen, 100)
    async with store.connection() as connection:
        rows = await connection.execute(text(f"EXPLAIN {query.sql}"), query.values)
        return "\n".join(str(line) for (line,) in rows)
