"""A database that goes away: a member rides it out, or says so when its lease cannot last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from retold.errors import StoreUnavailable
from retold.store import open_store
from retold.store.consumers import ConsumerGroup
from tests.conftest import postgres_url
from tests.store.consumers.groups import Handler, eventually, fill, running
from tests.store.events import append

pytestmark = pytest.mark.postgres


@asynccontextmanager
async def away(url: str) -> AsyncIterator[None]:
    """End every connection to a database, and let nobody in while the block runs."""
    name = make_url(url).database
    connection = await asyncpg.connect(
        make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    )
    try:
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        yield
    finally:
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await connection.close()


async def test_a_member_goes_on_after_an_outage_shorter_than_its_lease(
    migrated_postgres_url: str,
) -> None:
    async with await open_store(migrated_postgres_url) as store:
        texts = await fill(store, 10)
        group = ConsumerGroup(store, "mail", partitions=2, lease_seconds=60)
        handler = Handler()
        async with running(group, handler, poll_seconds=0.05):
            await eventually(lambda: sorted(handler.texts) == texts)
            async with away(migrated_postgres_url):
                await asyncio.sleep(1.5)
            async with await open_store(migrated_postgres_url) as other:
                await append(other, "note-1", "later")
            await eventually(lambda: "later" in handler.texts)


async def test_a_member_that_cannot_keep_its_leases_says_so(migrated_postgres_url: str) -> None:
    async with await open_store(migrated_postgres_url) as store:
        await fill(store, 10)
        group = ConsumerGroup(store, "mail", partitions=2, lease_seconds=0.9)
        handler = Handler()
        task = asyncio.create_task(group.run(handler))
        await eventually(lambda: len(handler.texts) == 10)
        async with away(migrated_postgres_url):
            with pytest.raises(StoreUnavailable):
                await asyncio.wait_for(task, 60)
