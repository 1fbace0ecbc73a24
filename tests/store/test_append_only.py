"""The databases themselves refuse to change events."""

from __future__ import annotations

import pytest

from retold.store import EventStore, open_store
from tests.store.events import append, read_all
from tests.store.raw import Raw


async def test_the_database_refuses_to_change_events(store_url: str, store: EventStore) -> None:
    await append(store, "note-1", "a", "b")
    before = await read_all(store)
    raw = Raw(store_url)
    for statement in (
        "UPDATE events SET data = '{}'",
        "UPDATE events SET version = version + 1 WHERE version = 2",
        "DELETE FROM events",
        "DELETE FROM events WHERE version = 1",
    ):
        with pytest.raises(raw.error, match=f"append-only: {statement[:6]} refused"):
            await raw.execute(statement)
    assert await read_all(store) == before


@pytest.mark.postgres
async def test_postgresql_refuses_to_truncate_events(migrated_postgres_url: str) -> None:
    async with await open_store(migrated_postgres_url) as store:
        await append(store, "note-1", "a")
        raw = Raw(migrated_postgres_url)
        with pytest.raises(raw.error, match="append-only: TRUNCATE refused"):
            await raw.execute("TRUNCATE events")
        assert len(await read_all(store)) == 1


@pytest.mark.parametrize("taken", ["position", "version", "event_id"])
async def test_sqlite_refuses_to_replace_events(sqlite_url: str, taken: str) -> None:
    """REPLACE deletes what is in its way, and asks no trigger for deletions."""
    async with await open_store(sqlite_url) as store:
        await append(store, "note-1", "a")
        before = await read_all(store)
        own = {"position": "99", "version": "99", "event_id": "x'00'"}
        del own[taken]
        raw = Raw(sqlite_url)
        columns = [name for _, name, *_ in await raw.fetch("PRAGMA table_info(events)")]
        values = [own.get(name, "'{}'" if name == "data" else name) for name in columns]
        with pytest.raises(raw.error, match="append-only: the place or the id is taken"):
            await raw.execute(f"REPLACE INTO events SELECT {', '.join(values)} FROM events")
        assert await read_all(store) == before
