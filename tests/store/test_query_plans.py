"""How SQLite reads the log: in order of positions or versions, never by sorting it.

An index on (tenant, stream, version) once made SQLite sort the whole log for every page of
``read_all``; with 1,000,000 events that is 1,000 sorts of 1,000,000 rows.
"""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import text

from retold.store import EventStore, open_store
from retold.store.cursor import Cursor
from retold.store.queries import Queries, Query
from retold.store.selection import Selection, everything


async def plan_of(store: EventStore, query: Query) -> str:
    """Return what SQLite says it will do."""
    async with store.connection() as connection:
        rows = await connection.execute(text(f"EXPLAIN QUERY PLAN {query.sql}"), query.values)
        return "\n".join(str(detail) for *_, detail in rows)


@pytest.mark.parametrize(
    "chosen",
    [
        everything,
        Selection(category="conversation"),
        Selection(without_category="access"),
        Selection(stream_prefix="conversation-a"),
        Selection(types=["turn.started"]),
        Selection(every_tenant=True),
    ],
)
async def test_a_page_of_the_log_is_read_in_order_of_positions(
    sqlite_url: str, chosen: Selection
) -> None:
    async with await open_store(sqlite_url) as store:
        queries = Queries(store.tenant, "sqlite")
        after = Cursor(store.database_id, 1, 0, 1_000)
        first = await plan_of(store, queries.in_global_order(None, chosen, 1_000))
        later = await plan_of(store, queries.in_global_order(after, chosen, 1_000))
    assert first == "SCAN events"
    assert later == "SEARCH events USING INTEGER PRIMARY KEY (rowid>?)"


async def test_a_piece_of_work_is_found_by_its_index(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        query = Queries(store.tenant, "sqlite").in_global_order(
            None, Selection(correlation_id="c"), 1_000
        )
        plan = await plan_of(store, query)
    assert "USING INDEX ix_events_correlation_id (correlation_id=?)" in plan


async def test_an_event_is_found_by_the_index_on_ids(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        plan = await plan_of(store, Queries(store.tenant, "sqlite").of_event(uuid4()))
    assert plan.startswith("SEARCH events USING INDEX")
    assert "(event_id=? AND tenant=?)" in plan


async def test_a_session_is_found_by_its_index(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        query = Queries(store.tenant, "sqlite").in_global_order(None, Selection(session="s"), 1_000)
        plan = await plan_of(store, query)
    assert "USING INDEX ix_streams_session (tenant=? AND session=?)" in plan
    assert "(tenant=? AND stream=?)" in plan


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_stream_is_read_by_its_index_and_not_sorted(
    sqlite_url: str, backwards: bool
) -> None:
    async with await open_store(sqlite_url) as store:
        query = Queries(store.tenant, "sqlite").of_stream(
            "conversation-1", 1, 2**63 - 1, 1_000, backwards=backwards
        )
        plan = await plan_of(store, query)
    assert "(tenant=? AND stream=? AND version>? AND version<?)" in plan
    assert "TEMP B-TREE" not in plan
