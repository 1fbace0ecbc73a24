"""Transactions that take their ids and positions early, and commit late and out of order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence

from retold.store.append import Append
from retold.store.plan import Head, plan
from retold.store.postgres.writer import PostgresWriter
from retold.store.request import encode_request
from tests.store.events import ANY, events
from tests.store.raw import PostgresConnection, Raw

tenant = "default"


async def insert(
    connection: PostgresConnection, appends: Sequence[Append], heads: Mapping[str, Head]
) -> dict[str, Head]:
    """Insert valid events by hand, in the transaction at hand; return where streams stand then."""
    writer = PostgresWriter(None, tenant=tenant, max_event_bytes=10**6, durability="full")
    now = await connection.fetchval(
        "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    )
    requests = [encode_request(appends, 10**6)]
    planned = plan(requests, heads, {}, tenant=tenant, recorded_at=now)
    assert not any(isinstance(outcome, Exception) for outcome in planned.outcomes)
    await writer._insert(connection, planned, now)
    return planned.heads


async def disturb(
    raw: Raw,
    name: str,
    *,
    rounds: int,
    batch: int,
    longest_seconds: float,
    seed: str,
    commits: list[tuple[int, str]],
) -> int:
    """Append to a stream of its own by transactions that are held open after their inserts.

    Args:
        raw: the database.
        name: of the stream.
        rounds: transactions.
        batch: events of each.
        longest_seconds: that one is held open.
        seed: of the times.
        commits: takes the transaction ids in the order of their commits, with the name.

    Returns:
        How many events.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    heads: dict[str, Head] = {}
    async with raw.connection() as connection:
        for number in range(rounds):
            async with connection.transaction():
                new = events(*(f"{name}-{number}-{n}" for n in range(batch)))
                heads |= await insert(connection, [Append(name, new, ANY)], heads)
                own = await connection.fetchval("SELECT pg_current_xact_id()::text::bigint")
                await asyncio.sleep(chance.uniform(0.01, longest_seconds))
            commits.append((own, name))
    return rounds * batch
