"""Looking at a store's writer on PostgreSQL, and getting in its way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from retold.store import EventStore
from retold.store.postgres.locks import lock_key
from retold.store.postgres.writer import PostgresWriter
from tests.store.raw import PostgresConnection, Raw


def watch_ways(patch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that takes the ways appends go from now on: ``at once``, ``step by step``.

    Of one that was refused at once it takes the second.
    """
    gone: list[str] = []
    at_once, transact = PostgresWriter._append_at_once, PostgresWriter._transact

    async def watched_at_once(self: PostgresWriter, requests: Any) -> Any:
        planned = await at_once(self, requests)
        if planned is not None:
            gone.append("at once")
        return planned

    async def watched_transact(self: PostgresWriter, requests: Any, **options: Any) -> Any:
        gone.append("step by step")
        return await transact(self, requests, **options)

    patch.setattr(PostgresWriter, "_append_at_once", watched_at_once)
    patch.setattr(PostgresWriter, "_transact", watched_transact)
    return gone


def writer_of(store: EventStore) -> PostgresWriter:
    found = store.backend._writer  # type: ignore[attr-defined]
    assert isinstance(found, PostgresWriter)
    return found


def writer_pid(store: EventStore) -> int:
    """Return the server's process that the store appends by."""
    own = writer_of(store)._connection
    assert own is not None
    return own.get_server_pid()


async def until(raw: Raw, condition: str) -> None:
    """Wait until ``condition`` is true of a row of pg_stat_activity."""
    query = f"SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND {condition}"
    while not await raw.fetch(query):  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.01)


waiting = "wait_event_type = 'Lock' AND wait_event = 'advisory'"


@asynccontextmanager
async def locked(raw: Raw, *streams: str) -> AsyncIterator[PostgresConnection]:
    """Hold the locks of streams, as another process that appends to them would."""
    async with raw.connection() as holder, holder.transaction():
        for stream in streams:
            key = lock_key("default", stream)
            await holder.execute("SELECT pg_advisory_xact_lock($1)", key)
        yield holder
