"""How SQLite reads the log: in order of positions or versions, never by sorting it.

An index on (tenant, stream, version) once made SQLite sort the whole log for every page of
``read_all``; with 1,000,000 events that is 1,000 sorts of 1,000,000 rows.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Select
from sqlalchemy.dialects import sqlite

from retold.store import EventStore, open_store
from retold.store.cursor import Cursor
from retold.store.queries import Queries

nothing: dict[str, Any] = {"category": None, "types": None, "session": None, "correlation_id": None}


async def plan_of(store: EventStore, query: Select[Any]) -> str:
    """Return what SQLite says it will do."""
    statement = query.limit(1_000).compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )
    async with store.connection() as connection:
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
        return "\n".join(str(detail) for *_, detail in rows)


@pytest.mark.parametrize("chosen", [{}, {"category": "conversation"}, {"types": ["turn.started"]}])
async def test_a_page_of_the_log_is_read_in_order_of_positions(
    sqlite_url: str, chosen: dict[str, Any]
) -> None:
    async with await open_store(sqlite_url) as store:
        queries = Queries(store.tenant, "sqlite")
        after = Cursor(store.database_id, 0, 1_000)
        first = await plan_of(store, queries.in_global_order(None, **(nothing | chosen)))
        later = await plan_of(store, queries.in_global_order(after, **(nothing | chosen)))
    assert first == "SCAN events"
    assert later == "SEARCH events USING INTEGER PRIMARY KEY (rowid>?)"


async def test_a_piece_of_work_is_found_by_its_index(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        query = Queries(store.tenant, "sqlite").in_global_order(
            None, **(nothing | {"correlation_id": "c"})
        )
        plan = await plan_of(store, query)
    assert "USING INDEX ix_events_correlation_id (correlation_id=?)" in plan


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_stream_is_read_by_its_index_and_not_sorted(
    sqlite_url: str, backwards: bool
) -> None:
    async with await open_store(sqlite_url) as store:
        query = Queries(store.tenant, "sqlite").of_stream(
            "conversation-1", 1, None, backwards=backwards
        )
        plan = await plan_of(store, query)
    assert "(tenant=? AND stream=? AND version>?)" in plan
    assert "TEMP B-TREE" not in plan
