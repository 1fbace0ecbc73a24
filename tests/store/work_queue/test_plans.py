"""How the databases take: by the index in the order of taking, whatever was finished before."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from retold.store import EventStore
from retold.store.clock import Values, timed
from retold.store.work_queue import WorkQueue, sql
from tests.store.raw import Raw
from tests.store.work_queue.queues import items


@pytest.fixture
async def full(store: EventStore, store_url: str) -> EventStore:
    """A queue with a history, and so many waiting that PostgreSQL prefers an index."""
    queue = WorkQueue(store, "steps")
    await queue.put(items(*(f"old-{number}" for number in range(3_000))))
    raw = Raw(store_url)
    await raw.execute("UPDATE work_items SET state = 'done', finished_at = 1")
    await queue.put(items(*(f"new-{number}" for number in range(1_500))))
    await queue.take("me", seconds=60, limit=300)
    if raw.kind == "postgresql":
        # What was taken and finished is still in every index before. A vacuum alone cleans them
        # only as far as no other transaction looks on.
        await raw.execute("VACUUM work_items")
        await raw.execute("REINDEX TABLE work_items")
    await raw.execute("ANALYZE work_items")
    return store


async def _plan(
    store: EventStore, statement: str, values: Values, *, whole_table: bool = True
) -> str:
    skipping = sql.skip_locked if store.kind == "postgresql" else ""
    given: Values = {"tenant": store.tenant, "queue": "steps", **values}
    clause, named = timed(store.kind, statement.replace("{skip_locked}", skipping), given)
    explain = "EXPLAIN" if store.kind == "postgresql" else "EXPLAIN QUERY PLAN"
    async with store.connection() as connection:
        if store.kind == "postgresql" and not whole_table:
            # So short a table is read as a whole; a longer one is not.
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        rows = await connection.execute(text(f"{explain} {clause.text}"), named)
        return "\n".join(str(row[-1]) for row in rows)


async def test_taking_reads_what_waits_in_order_of_its_index(full: EventStore) -> None:
    plan = await _plan(full, sql.take, {"owner": "me", "limit": 3, "duration": 1})
    if full.kind == "sqlite":
        found = "SEARCH work_items USING INDEX ix_work_items_waiting (tenant=? AND queue=?)"
        assert found in plan
        assert "TEMP B-TREE" not in plan
    else:
        assert "Index Scan using ix_work_items_waiting on work_items" in plan
        assert "Sort" not in plan
    assert "SCAN work_items" not in plan
    assert "Seq Scan on work_items" not in plan


async def test_sweeping_reads_only_leases_that_lapsed(full: EventStore) -> None:
    plan = await _plan(full, sql.sweep, {"limit": 3})
    if full.kind == "sqlite":
        found = "USING INDEX ix_work_items_taken (tenant=? AND queue=? AND lease_until<?)"
        assert found in plan
    else:
        assert "using ix_work_items_taken on work_items" in plan
        assert "lease_until <= " in plan.partition("Index Cond")[2].splitlines()[0]
    assert "SCAN work_items" not in plan
    assert "Seq Scan on work_items" not in plan


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (sql.waiting_figures, "ix_work_items_waiting"),
        (sql.taken_figures, "ix_work_items_taken"),
        (sql.find, "uq_work_items_id"),
    ],
)
async def test_figures_and_items_are_found_by_an_index(
    full: EventStore, statement: str, index: str
) -> None:
    plan = await _plan(
        full, statement, {"item_id": "new-1", "prefix": "new", "length": 3}, whole_table=False
    )
    if full.kind == "sqlite":
        # SQLite names a constraint's index itself.
        assert "USING INDEX" in plan
        assert index in plan or "autoindex_work_items" in plan
        assert "SCAN" not in plan
    else:
        assert index in plan
