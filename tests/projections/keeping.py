"""A projection kept up in the store, made anew, and folded in memory: they must be the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from retold.domain.event import NewEvent, RecordedEvent
from retold.domain.recording import conversation_stream, recording_upcasters
from retold.projections.keeping.catch_up import catch_up, ensure_build, tables_of
from retold.projections.keeping.rebuild import rebuild
from retold.projections.projection import Projection
from retold.projections.read_table import Key, ReadTable
from retold.projections.rows import Rows
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from tests.golden.record import folder, recorded_events
from tests.projections.histories import dice

Table = dict[Key, Any]


def golden_logs() -> dict[str, list[RecordedEvent]]:
    """Return the conversation events of golden logs and recordings by name, each in its order."""
    # The lines of a golden log have the form of a recording's.
    logs = [path.name.removesuffix(".ndjson") for path in folder.glob("*.events.ndjson")]
    assert logs
    found = {name: recorded_events(name, ".ndjson") for name in logs}
    found["killed_in_mid_turn"] = recorded_events("killed_in_mid_turn")
    return {
        f"{name}/{tenant}": [
            recording_upcasters.upcast_event(event)
            for event in events
            if event.tenant == tenant and event.category == "conversation"
        ]
        for name, events in found.items()
        for tenant in {event.tenant for event in events}
    }


def in_batches(projection: Projection, events: Sequence[RecordedEvent], seed: int) -> Rows:
    """Return the rows of events folded as an engine does: loaded by need, let go, loaded again."""
    chance, kept, wanted = dice(seed), dict[ReadTable[Any], Table](), projection.selection()
    remaining = [event for event in events if wanted.wants(event)]
    while remaining:
        size = chance.randrange(1, 30)
        batch, remaining = remaining[:size], remaining[size:]
        rows = Rows(complete=False)
        for table, keys in rows.missing(projection.needed(batch)).items():
            found = kept.get(table, {})
            rows.load(table, keys, [found[key] for key in keys if key in found])
        for event in batch:
            projection.fold(rows, event)
        for table, keys in rows.gone():
            for key in keys:
                kept.get(table, {}).pop(key, None)
        for table, changed in rows.written():
            kept.setdefault(table, {}).update((table.key_of(row), row) for row in changed)
    result = Rows()
    for table, found in kept.items():
        result.load(table, found, found.values())
    return result


def all_of(projection: Projection, rows: Rows) -> dict[str, Table]:
    """Return the values of all rows by table and key."""
    return {
        table.name: {key: table.values_of(row) for key, row in rows.of(table).items()}
        for table in projection.tables
    }


async def stored(store: EventStore, projection: Projection) -> dict[str, Table]:
    """Return what :func:`all_of` does, of the build that is read."""
    _, build = await ensure_build(store, projection)
    found: dict[str, Table] = {}
    async with store.connection() as connection:
        for read_table, table in tables_of(projection, build).items():
            statement = sa.select(table).where(table.c.tenant == store.tenant)
            rows = map(read_table.row_of, (await connection.execute(statement)).mappings())
            found[read_table.name] = {
                read_table.key_of(row): read_table.values_of(row) for row in rows
            }
    return found


async def log_of(store: EventStore) -> list[RecordedEvent]:
    """Return all events of a log."""
    return [event async for event in store.read_all()]


async def append(store: EventStore, session: str, *news: NewEvent) -> None:
    """Append to a conversation."""
    stream = conversation_stream(session)
    await store.append(stream, list(news), expected_version=ExpectedVersion.ANY)


async def check_kept(
    store: EventStore, projection: Projection, kinds: Sequence[NewEvent], seed: int = 1
) -> dict[str, Table]:
    """Check that rows kept up in batches, made anew and folded in memory are the same.

    Args:
        store: an empty log, which random conversations are appended to.
        projection: whose rows.
        kinds: events the conversations are made of.
        seed: of what is random.

    Returns:
        The rows, by table and key.
    """
    chance = dice(seed)
    for _ in range(6):
        for _ in range(12):
            news = [chance.choice(kinds) for _ in range(chance.randrange(1, 4))]
            await append(store, f"s{chance.randrange(4)}", *news)
        await catch_up(store, projection, batch_size=chance.randrange(1, 20))
    kept = await stored(store, projection)
    events = await log_of(store)
    assert kept == all_of(projection, projection.folded(events))
    assert kept == all_of(projection, in_batches(projection, events, seed))
    await rebuild(store, projection, workers=2 if projection.per_stream else 1, batch_size=7)
    assert await stored(store, projection) == kept
    return kept


async def plan_of(store: EventStore, statement: sa.Executable) -> str:
    """Return what SQLite says it will do for a statement."""
    async with store.connection() as connection:
        compiled = statement.compile(  # type: ignore[attr-defined] # every statement can be
            dialect=connection.dialect, compile_kwargs={"literal_binds": True}
        )
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")
        return "\n".join(str(detail) for *_, detail in rows)
