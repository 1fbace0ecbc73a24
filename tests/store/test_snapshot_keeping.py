"""Keeping a snapshot is best effort: it fails, waits for nobody and is killed without harm."""

from __future__ import annotations

import asyncio
import logging
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from retold.domain.fold import Fold
from retold.store import EventStore, open_store, stream_folds
from retold.store.codec.values import dumps
from retold.store.url import parse_url
from tests.forking import run
from tests.store.events import append, numbered
from tests.store.raw import Raw
from tests.store.word_folds import (
    Words,
    by_hand,
    changed,
    evolve,
    folded,
    snapshots_in,
    words,
)

repository = Path(__file__).parents[2]


@pytest.fixture
async def kept_twice(store: EventStore) -> EventStore:
    """A log with snapshots at versions 4 and 8 of ten."""
    await store.append("note-1", numbered(10), expected_version=0)
    await folded(store, "note-1", to_version=4, snapshot_every=4)
    await folded(store, "note-1", to_version=8, snapshot_every=4)
    return store


@pytest.mark.parametrize(
    "encode",
    [
        lambda state: {"words": {1, 2}},
        lambda state: {"chain": float("nan")},
        lambda state: 1 / 0,
        lambda state: [],
        lambda state: {"words": state["words"][:1], "chain": state["words"][-1][0]},
    ],
    ids=["not JSON", "not a number", "an error", "not an object", "another state"],
)
async def test_a_state_that_cannot_be_kept_is_logged_and_the_fold_goes_on(
    store: EventStore, store_url: str, encode: Any, caplog: pytest.LogCaptureFixture
) -> None:
    drops = {"words": [], "chain": 0}
    fold: Fold[Words] = Fold("words", words.initial, evolve, encode, lambda _: dict(drops))
    await store.append("note-1", numbered(3), expected_version=0)
    found = await store.fold("note-1", fold, snapshot_every=1)
    assert dumps(found.state) == await by_hand(store, "note-1")
    assert "could not be kept" in caplog.text
    assert await snapshots_in(store_url) == []


@asynccontextmanager
async def nobody_may_write(url: str) -> AsyncIterator[None]:
    """Hold the lock that a write of snapshots needs."""
    raw = Raw(url)
    if raw.kind == "postgresql":
        async with raw.connection() as connection, connection.transaction():
            await connection.execute("LOCK TABLE snapshots IN EXCLUSIVE MODE")
            yield
        return
    path = parse_url(url).path
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")


async def test_a_fold_does_not_wait_for_a_lock(
    store: EventStore,
    store_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(stream_folds, "keeping_seconds", 0.2)
    await store.append("note-1", numbered(3), expected_version=0)
    async with nobody_may_write(store_url):
        started = time.monotonic()
        await folded(store, "note-1", snapshot_every=1)
        assert time.monotonic() - started < 5
    assert "could not be kept" in caplog.text
    assert await snapshots_in(store_url) == []
    # The connections are as good as before.
    await folded(store, "note-1", snapshot_every=1)
    assert await snapshots_in(store_url) == [("note-1", "words", 3)]
    await append(store, "note-1", "x")


async def test_a_snapshot_that_cannot_be_deleted_is_passed_over(
    kept_twice: EventStore,
    store_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(stream_folds, "keeping_seconds", 0.2)
    await Raw(store_url).execute("UPDATE snapshots SET state = '{}' WHERE version = 8")
    async with nobody_may_write(store_url):
        assert (await folded(kept_twice, "note-1")).from_version == 4
    assert "could not be deleted" in caplog.text
    assert (await folded(kept_twice, "note-1")).from_version == 4


async def test_who_writes_snapshots_at_once_leaves_good_ones(
    store: EventStore, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "retold")
    await store.append("note-1", numbered(40), expected_version=0)
    async with await open_store(store_url) as second:
        for _ in range(3):
            await asyncio.gather(
                *(
                    folded(one, "note-1", to_version=version, snapshot_every=1)
                    for version in (40, 39, 12, 40, 27)
                    for one in (store, second)
                )
            )
    found = await snapshots_in(store_url)
    assert ("note-1", "words", 40) in found
    assert len(found) <= 7
    for _, _, version in found:
        assert (await folded(store, "note-1", to_version=version)).from_version == version
    assert "thrown away" not in caplog.text


killed_while_keeping = """
import asyncio, os, signal, sys
from retold.store import open_store, snapshots
from tests.store.word_folds import changed

async def main():
    async with await open_store(sys.argv[1]) as store:
        # All statements of the transaction are done, the commit is not asked for.
        def die(*_):
            os.kill(os.getpid(), signal.SIGKILL)
        real = store.transaction
        from contextlib import asynccontextmanager
        @asynccontextmanager
        async def transaction():
            async with real() as connection:
                yield connection
                die()
        store.transaction = transaction
        await store.fold("note-1", changed, snapshot_every=1)

asyncio.run(main())
"""


@pytest.mark.crash
async def test_killed_while_it_keeps_a_snapshot_the_old_ones_are_there(
    kept_twice: EventStore, store_url: str
) -> None:
    before = await Raw(store_url).fetch("SELECT * FROM snapshots ORDER BY version")
    done = await asyncio.to_thread(run, "-c", killed_while_keeping, store_url, cwd=repository)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert await Raw(store_url).fetch("SELECT * FROM snapshots ORDER BY version") == before
    assert (await folded(kept_twice, "note-1")).from_version == 8
    assert (await kept_twice.fold("note-1", changed)).from_version == 0
