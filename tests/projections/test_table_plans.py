"""How SQLite reads the rows of calls, usage and accesses: by an index, and in its order."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from retold.projections.keeping.catch_up import current
from retold.projections.models.accesses import accesses
from retold.projections.models.model_calls import model_calls
from retold.projections.models.tool_calls import tool_calls
from retold.projections.models.usage import usage
from retold.projections.projection import Projection
from retold.store import open_store


async def plan_of(url: str, projection: Projection, chosen: str) -> str:
    """Return what SQLite says it will do with ``SELECT {chosen}`` of ``ROWS``."""
    async with await open_store(url) as store:
        tables = await current(store, projection)
        name = tables[projection.tables[0]].name
        statement = f"EXPLAIN QUERY PLAN SELECT {chosen}".replace(
            "ROWS", f"{name} WHERE tenant='t'"
        )
        async with store.connection() as connection:
            return "\n".join(str(plan) for *_, plan in await connection.execute(text(statement)))


cost = "sum(prompt_tokens), sum(completion_tokens), sum(model_calls) FROM ROWS"
failures = "agent, name, error_type, count(*) FROM ROWS"
by_kind = "GROUP BY agent, name, error_type"


@pytest.mark.parametrize(
    ("projection", "chosen", "found_by"),
    [
        (usage, f"{cost} AND day >= '2026-01-01'", "day>?"),
        (usage, f"{cost} AND session = 's'", "session=?"),
        (usage, f"{cost} AND root_session = 's'", "root_session=?"),
        (usage, f"{cost} AND agent = 'a'", "agent=?"),
        (usage, f"{cost} AND agent = 'a' AND day > '2026-01-01'", "agent=? AND day>?"),
        (usage, f"{cost} AND model = 'm'", "model=?"),
        (tool_calls, f"{failures} AND error = 1 {by_kind}", "error=?"),
        (tool_calls, f"{failures} AND error = 1 AND agent = 'a' {by_kind}", "error=? AND agent=?"),
        # Failures are few: those of one tool are picked from all of them.
        (tool_calls, f"{failures} AND error = 1 AND name = 'n' {by_kind}", "error=?"),
        (tool_calls, f"{failures} AND error = 1 AND error_type = 'e' {by_kind}", "error=?"),
        (model_calls, "* FROM ROWS AND status = 'failed' AND agent = 'a'", "status=? AND agent=?"),
        (model_calls, "* FROM ROWS AND request_hash = 'h'", "request_hash=?"),
        (model_calls, "* FROM ROWS AND prompt_hash = 'h'", "prompt_hash=?"),
        (model_calls, "* FROM ROWS AND tools_hash = 'h'", "tools_hash=?"),
    ],
)
async def test_rows_are_found_by_an_index(
    sqlite_url: str, projection: Projection, chosen: str, found_by: str
) -> None:
    plan = await plan_of(sqlite_url, projection, chosen)
    assert f"INDEX {plan.partition('INDEX ')[2].split()[0]} (tenant=? AND {found_by})" in plan


at = "asked_recorded_at DESC, session DESC, number DESC LIMIT 50"
newest_call = "ORDER BY recorded_at DESC, session DESC, call DESC LIMIT 50"
newest_access = "ORDER BY recorded_at DESC, stream DESC, version DESC LIMIT 50"


@pytest.mark.parametrize(
    ("projection", "chosen"),
    [
        (tool_calls, "* FROM ROWS ORDER BY session, number LIMIT 50"),
        (tool_calls, f"* FROM ROWS ORDER BY {at}"),
        (tool_calls, f"* FROM ROWS AND agent = 'a' ORDER BY {at}"),
        (tool_calls, f"* FROM ROWS AND name = 'n' ORDER BY {at}"),
        (tool_calls, f"* FROM ROWS AND error = 1 ORDER BY {at}"),
        (tool_calls, "* FROM ROWS AND root_session = 's' ORDER BY session, number LIMIT 50"),
        (model_calls, f"* FROM ROWS {newest_call}"),
        (model_calls, f"* FROM ROWS AND agent = 'a' {newest_call}"),
        (model_calls, f"* FROM ROWS AND model = 'm' {newest_call}"),
        (model_calls, f"* FROM ROWS AND root_session = 's' {newest_call}"),
        (model_calls, f"* FROM ROWS AND prompt_hash = 'h' {newest_call}"),
        (model_calls, f"* FROM ROWS AND tools_hash = 'h' {newest_call}"),
        (model_calls, "* FROM ROWS AND session = 's' ORDER BY version LIMIT 50"),
        (accesses, f"* FROM ROWS {newest_access}"),
        (accesses, f"* FROM ROWS AND actor = 'a' {newest_access}"),
        (accesses, f"* FROM ROWS AND action = 'a' {newest_access}"),
        (accesses, f"* FROM ROWS AND target = 's' {newest_access}"),
        (usage, "day, sum(model_calls) FROM ROWS GROUP BY day LIMIT 50"),
        (usage, "agent, sum(model_calls) FROM ROWS GROUP BY agent LIMIT 50"),
        (usage, "model, sum(model_calls) FROM ROWS GROUP BY model LIMIT 50"),
        (usage, "root_session, sum(model_calls) FROM ROWS GROUP BY root_session LIMIT 50"),
    ],
)
async def test_a_page_is_read_in_order_and_nothing_is_sorted(
    sqlite_url: str, projection: Projection, chosen: str
) -> None:
    plan = await plan_of(sqlite_url, projection, chosen)
    for column in ("tenant", *re.findall(r"AND (\w+) =", chosen)):
        assert f"{column}=?" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan
