"""What an exact hit of the cache costs, against a point read and an insert by plain sqlite3.

The client of the model is called as AG2 calls it: its request is made canonical, the entry is read
from the log, the hit is recorded, and the answer's events are made anew. The reference reads one
row by its key, and inserts a row as the hit's in a table as that of the events, in a transaction.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from ag2 import MemoryStream
from ag2.context import ConversationContext
from ag2.events import ModelRequest, TextInput
from fast_depends.pydantic import PydanticSerializer

import retold
from benchmarks.log import Durability, scratch_folder, sqlite_url
from benchmarks.measure import Settings, interleave
from benchmarks.model_call_cost import Answering
from benchmarks.raw_sqlite import raw_name
from benchmarks.result import Bar, Measured, Reference, Result
from retold.agents.caching.entries import entries_of
from retold.domain.cache.events import CacheEntryStored, cache_key_of

name = "cache_exact"
keys = 1_000
hits = 1_000
bar = Bar(at_most=3.0)


def run(settings: Settings) -> Iterator[Result]:
    """Measure hits with their event, and lookups without one."""
    many = settings.scaled(keys, least=20)
    count = settings.scaled(hits, least=40)
    durabilities: tuple[Durability, ...] = ("full", "normal")
    for durability in durabilities:
        with scratch_folder() as folder:
            found = _figures(folder / "log.db", durability, many, count, settings.rounds)
        yield Measured(
            benchmark=name,
            case=f"hit of one of {many:,} entries, with its event, {durability}",
            unit="ms",
            rounds=found["hit"],
            reference=Reference(name=f"{raw_name}, read and insert", rounds=found["both"]),
            bar=bar,
        )
        if durability == "normal":
            yield Measured(
                benchmark=name,
                case=f"lookup of one of {many:,} entries, without an event",
                unit="ms",
                rounds=found["lookup"],
                reference=Reference(name=f"{raw_name}, read", rounds=found["read"]),
            )


def _figures(
    path: Path, durability: Durability, many: int, count: int, rounds: int
) -> dict[str, tuple[float, ...]]:
    asyncio.run(_fill(path, many))
    return interleave(
        {
            "hit": lambda: asyncio.run(_hits(path, durability, many, count)),
            "lookup": lambda: asyncio.run(_lookups(path, many, count)),
            "read": lambda: _read(path, count),
            "both": lambda: _read_and_insert(path, durability, count),
        },
        rounds,
    )


async def _fill(path: Path, many: int) -> None:
    async with retold.open(sqlite_url(path), durability="normal") as log:
        for number in range(many):
            await _ask(log, number)


class _Asker:
    """Asks the model's client, in a conversation of its own that is no session."""

    def __init__(self, log: retold.Log) -> None:
        self._client = log.cached(Answering()).create()
        self._context = ConversationContext(
            MemoryStream(storage=log.storage), prompt=["You help customers."]
        )

    async def ask(self, number: int) -> None:
        """Ask a question, whose answer is stored or not."""
        serializer: Any = PydanticSerializer()
        await self._client(
            [ModelRequest([TextInput(f"Where is order {number}?")])],
            self._context,
            tools=(),
            response_schema=None,
            serializer=serializer,
        )


async def _ask(log: retold.Log, number: int) -> None:
    await _Asker(log).ask(number)


async def _hits(path: Path, durability: Durability, many: int, count: int) -> float:
    """Return the milliseconds of a hit."""
    async with retold.open(sqlite_url(path), durability=durability) as log:
        asker = _Asker(log)
        # Each key is known to the process once it was served; a service serves the same ones.
        for number in range(many):
            await asker.ask(number)
        began = time.perf_counter()
        for number in range(count):
            await asker.ask(number % many)
        return (time.perf_counter() - began) * 1_000 / count


async def _lookups(path: Path, many: int, count: int) -> float:
    async with retold.open(sqlite_url(path), durability="normal") as log:
        types = {CacheEntryStored.type}
        stored = [e async for e in log.store.read_all(types=types)]
        known = [cache_key_of(event.stream) for event in stored][:many]
        entries = entries_of(log.store)
        for key in known:
            await entries.state(key)
        began = time.perf_counter()
        for number in range(count):
            await entries.state(known[number % len(known)])
        return (time.perf_counter() - began) * 1_000 / count


def _read(path: Path, count: int) -> float:
    """Return the milliseconds of a point read of an entry's row."""
    with closing(sqlite3.connect(path)) as connection:
        streams = _streams(connection)
        began = time.perf_counter()
        for number in range(count):
            connection.execute(_select, (streams[number % len(streams)],)).fetchone()
        return (time.perf_counter() - began) * 1_000 / count


def _read_and_insert(path: Path, durability: Durability, count: int) -> float:
    """Return the milliseconds of a point read, and of an insert of a hit's row."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA synchronous={durability}")
        streams = _streams(connection)
        columns = [row[1] for row in connection.execute("PRAGMA table_info(events)")][1:]
        hit = (
            connection.execute(
                f"SELECT {', '.join(columns)} FROM events WHERE type = 'cache.hit' LIMIT 1"
            ).fetchone()
            or connection.execute(
                f"SELECT {', '.join(columns)} FROM events WHERE type = 'cache.missed' LIMIT 1"
            ).fetchone()
        )
        table = f"CREATE TABLE IF NOT EXISTS raw (n INTEGER PRIMARY KEY, {', '.join(columns)})"
        connection.execute(table)
        insert = f"INSERT INTO raw ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        began = time.perf_counter()
        for number in range(count):
            connection.execute(_select, (streams[number % len(streams)],)).fetchone()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(insert, hit)
            connection.execute("COMMIT")
        seconds = time.perf_counter() - began
        connection.execute("DROP TABLE raw")
        return seconds * 1_000 / count


_select = "SELECT data FROM events WHERE tenant = 'default' AND stream = ? AND version = 1"


def _streams(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT DISTINCT stream FROM events WHERE type = 'cache.entry_stored'"
    )
    return [stream for (stream,) in rows]
