"""Folds with and without snapshots are the same, whatever happened to the snapshots."""

from __future__ import annotations

import asyncio
import logging
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retold.domain.fold import Fold
from retold.domain.recorded import JsonObject, RecordedEvent
from retold.errors import InvalidStreamName, StoreClosed, StreamNotFound
from retold.store import EventStore, open_store, stream_folds
from retold.store.codec.values import dumps
from retold.store.snapshots import (
    MemorySnapshots,
    Snapshot,
    SnapshotKey,
    SnapshotTable,
    SqlSnapshots,
    kept,
    seal_of,
)
from retold.store.stream_folds import Folded
from retold.store.url import parse_url
from tests.store.events import append, numbered, read
from tests.store.raw import Raw

repository = Path(__file__).parents[2]
Words: TypeAlias = dict[str, Any]


def evolve(state: Words, event: RecordedEvent) -> Words:
    """Take in a word; it changes the state it is given, as a fold may."""
    state["words"].append([event.version, event.data["text"]])
    state["chain"] = hash_of(state["chain"], event.data["text"])
    return state


def hash_of(before: int, text: str) -> int:
    """Return a number that depends on all texts and their order."""
    return (before * 31 + sum(text.encode()) + 1) % 1_000_003


def decode(data: JsonObject) -> Words:
    """Return the state; raise when it is none."""
    return {"words": data["words"], "chain": data["chain"]}


words: Fold[Words] = Fold(
    "words", lambda: {"words": [], "chain": 0}, evolve, lambda state: state, decode
)
changed: Fold[Words] = Fold(
    "words", lambda: {"words": [], "chain": 1}, evolve, lambda state: state, decode
)


async def by_hand(store: EventStore, stream: str, to_version: int | None = None) -> bytes:
    """Return, as bytes, what a stream adds up to without any snapshot."""
    state = words.initial()
    for event in await read(store, stream, to_version=to_version):
        state = evolve(state, event)
    return dumps(state)


async def folded(store: EventStore, stream: str, **options: Any) -> Folded[Words]:
    """Fold, and see that the result is the one by hand."""
    found = await store.fold(stream, words, **options)
    assert dumps(found.state) == await by_hand(store, stream, options.get("to_version"))
    return found


async def snapshots_in(url: str) -> list[tuple[str, str, int]]:
    """Return stream, fold and version of the snapshots there are."""
    return await Raw(url).fetch(
        "SELECT stream, fold, version FROM snapshots ORDER BY stream, fold, version"
    )


# The same with and without -----------------------------------------------------------------------


@pytest.fixture(params=["its own", "in memory"])
async def any_store(store: EventStore, request: pytest.FixtureRequest) -> EventStore:
    """An open log whose snapshots are in its database, or in memory."""
    if request.param == "in memory":
        store._snapshots = MemorySnapshots()
    return store


steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 2), st.integers(1, 5)),
        st.tuples(st.just("fold"), st.integers(0, 2), st.integers(0, 12)),
        st.tuples(st.just("fork"), st.integers(1, 2), st.integers(1, 12)),
        st.tuples(st.just("delete"), st.integers(0, 2), st.just(0)),
    ),
    max_size=14,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=steps, every=st.integers(1, 4))
async def test_folds_with_snapshots_at_any_moments_are_those_without(
    any_store: EventStore, steps: list[tuple[str, int, int]], every: int
) -> None:
    store = any_store
    run = time.monotonic_ns()
    names = [f"note-{run}-{number}" for number in range(3)]
    await store.append(names[0], numbered(3), expected_version=0)
    for what, which, number in steps:
        head = await store.head(names[which])
        if what == "fork":
            parent = await store.head(names[which - 1])
            if head is None and parent is not None:
                at = min(number, parent.version)
                await store.fork(names[which - 1], names[which], at=at)
        elif head is None:
            continue
        elif what == "append":
            texts = [f"{which}.{number}" for number in range(number)]
            await append(store, names[which], *texts)
        elif what == "fold":
            await folded(store, names[which], to_version=number or None, snapshot_every=every)
        else:
            await store.delete_snapshots(stream=names[which])
    for name in names:
        head = await store.head(name)
        for version in range(0 if head is None else head.version + 1):
            await folded(store, name, to_version=version, snapshot_every=every)


async def test_a_fold_goes_on_from_the_newest_snapshot_before_it(any_store: EventStore) -> None:
    store = any_store
    await store.append("note-1", numbered(10), expected_version=0)
    assert (await folded(store, "note-1", snapshot_every=5)).from_version == 0
    await append(store, "note-1", "x", "y")
    assert (await folded(store, "note-1", snapshot_every=5)).from_version == 10
    assert (await folded(store, "note-1", to_version=11)).from_version == 10
    assert (await folded(store, "note-1", to_version=10)).from_version == 10
    assert (await folded(store, "note-1", to_version=9, snapshot_every=5)).from_version == 0
    assert (await folded(store, "note-1", to_version=9)).from_version == 9


async def test_few_events_are_worth_no_snapshot(store: EventStore, store_url: str) -> None:
    await store.append("note-1", numbered(9), expected_version=0)
    await folded(store, "note-1", snapshot_every=10)
    await folded(store, "note-1", snapshot_every=None)
    assert await snapshots_in(store_url) == []
    await folded(store, "note-1", snapshot_every=9)
    assert await snapshots_in(store_url) == [("note-1", "words", 9)]
    await append(store, "note-1", *map(str, range(8)))
    await folded(store, "note-1", snapshot_every=9)
    assert await snapshots_in(store_url) == [("note-1", "words", 9)]


async def test_the_state_is_the_callers_own(any_store: EventStore) -> None:
    await any_store.append("note-1", numbered(5), expected_version=0)
    first = await folded(any_store, "note-1", snapshot_every=1)
    first.state["words"].clear()
    second = await folded(any_store, "note-1", snapshot_every=1)
    second.state["words"].clear()
    await folded(any_store, "note-1", snapshot_every=1)


async def test_tenants_have_snapshots_of_their_own(store: EventStore, store_url: str) -> None:
    async with await open_store(store_url, tenant="other") as other:
        for one, texts in ((store, "ab"), (other, "cd")):
            await append(one, "note-1", *texts)
            await folded(one, "note-1", snapshot_every=1)
        assert (await folded(store, "note-1")).from_version == 2
        assert await store.delete_snapshots() == 1
        assert (await folded(other, "note-1")).from_version == 2


# Refused -----------------------------------------------------------------------------------------


async def test_what_cannot_be_folded_is_an_error(store: EventStore) -> None:
    with pytest.raises(StreamNotFound):
        await store.fold("note-1", words)
    with pytest.raises(InvalidStreamName):
        await store.fold("note", words)
    await append(store, "note-1", "a")
    with pytest.raises(ValueError, match="at least 1"):
        await store.fold("note-1", words, snapshot_every=0)
    await store.close()
    with pytest.raises(StoreClosed):
        await store.fold("note-1", words)


async def test_an_error_of_the_fold_reaches_the_caller(store: EventStore, store_url: str) -> None:
    def fail(state: Words, event: RecordedEvent) -> Words:
        if event.version == 3:
            raise ZeroDivisionError
        return evolve(state, event)

    failing = Fold("words", words.initial, fail, words.encode, words.decode)
    await store.append("note-1", numbered(5), expected_version=0)
    with pytest.raises(ZeroDivisionError):
        await store.fold("note-1", failing, snapshot_every=1)
    assert await snapshots_in(store_url) == []


# Not to be relied on -----------------------------------------------------------------------------


async def test_a_snapshot_of_other_code_is_not_used_and_goes(any_store: EventStore) -> None:
    store = any_store
    await store.append("note-1", numbered(6), expected_version=0)
    await folded(store, "note-1", to_version=3, snapshot_every=1)
    await folded(store, "note-1", snapshot_every=1)

    other = await store.fold("note-1", changed, snapshot_every=None)
    assert other.from_version == 0
    assert (await folded(store, "note-1")).from_version == 6  # nothing was written
    other = await store.fold("note-1", changed, to_version=5, snapshot_every=1)
    assert other.from_version == 0
    assert (await folded(store, "note-1")).from_version == 0
    assert (await store.fold("note-1", changed)).from_version == 5
    assert await store.delete_snapshots() == 1


@pytest.fixture
async def kept_twice(store: EventStore) -> EventStore:
    """A log with snapshots at versions 4 and 8 of ten."""
    await store.append("note-1", numbered(10), expected_version=0)
    await folded(store, "note-1", to_version=4, snapshot_every=4)
    await folded(store, "note-1", to_version=8, snapshot_every=4)
    return store


def sealed(fold: Fold[Words], event: RecordedEvent, state: str) -> bytes:
    """Return the seal of whoever knows how seals are made."""
    return seal_of(SnapshotKey("note-1", fold.name, fold.code_version), event.digest, state)


other_state = '{"words":[],"chain":5}'


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("state", other_state),
        ("state", ""),
        ("state", '{"words":'),
        ("digest", bytes(32)),
        ("digest", b""),
    ],
)
async def test_a_snapshot_that_was_tampered_with_is_thrown_away(
    kept_twice: EventStore,
    store_url: str,
    column: str,
    value: object,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await Raw(store_url).execute(f"UPDATE snapshots SET {column} = ? WHERE version = 8", value)
    assert (await folded(kept_twice, "note-1")).from_version == 4
    assert "thrown away" in caplog.text
    assert await snapshots_in(store_url) == [("note-1", "words", 4)]


async def test_a_snapshot_moved_to_another_version_or_stream_is_thrown_away(
    kept_twice: EventStore, store_url: str
) -> None:
    raw = Raw(store_url)
    await append(kept_twice, "note-2", *"abcdefgh")
    await raw.execute("UPDATE snapshots SET stream = 'note-2' WHERE version = 4")
    await raw.execute("UPDATE snapshots SET version = 9 WHERE version = 8")
    assert (await folded(kept_twice, "note-1")).from_version == 0
    assert (await folded(kept_twice, "note-2")).from_version == 0
    assert await snapshots_in(store_url) == []


@pytest.mark.parametrize("state", ["[]", "null", "{}", '{"words":[]}', "7", "x"])
async def test_a_state_that_does_not_decode_is_folded_anew(
    kept_twice: EventStore, store_url: str, state: str
) -> None:
    at_8 = (await read(kept_twice, "note-1"))[7]
    await Raw(store_url).execute(
        "UPDATE snapshots SET state = ?, digest = ? WHERE version = 8",
        state,
        sealed(words, at_8, state),
    )
    assert (await folded(kept_twice, "note-1")).from_version == 4
    assert await snapshots_in(store_url) == [("note-1", "words", 4)]


async def test_a_stored_state_names_no_class_that_is_built(store: EventStore) -> None:
    """Decoding hands plain data to the fold's own function, and nothing else is called."""
    seen: list[object] = []

    def look(data: JsonObject) -> Words:
        seen.append(data)
        return {"words": data["words"], "chain": 0}

    poison = {"__dataclass__": "subprocess.Popen", "$": "os.system", "args": ["true"]}
    fold = Fold(
        "poisoned",
        lambda: {"words": [poison], "chain": 0},
        lambda state, _: state,
        lambda state: state,
        look,
    )
    await append(store, "note-1", "a")
    await store.fold("note-1", fold, snapshot_every=1)
    assert (await store.fold("note-1", fold)).state["words"] == [poison]
    assert seen[-1] == {"words": [poison], "chain": 0}


async def test_another_history_is_served_no_state_of_this_one(
    kept_twice: EventStore, store_url: str
) -> None:
    """As after a restore: the newest events are others, or missing."""
    await kept_twice.close()
    raw = Raw(store_url)
    await raw.unprotect()
    await raw.execute("DELETE FROM events WHERE version > 5")
    [(digest,)] = await raw.fetch("SELECT digest FROM events WHERE version = 5")
    await raw.execute("UPDATE streams SET version = 5, digest = ?", digest)
    async with await open_store(store_url) as store:
        for texts in [("other",), ("events", "than", "before")]:
            await append(store, "note-1", *texts)
            assert (await folded(store, "note-1")).from_version == 4
        assert (await store.verify()).ok
        assert await snapshots_in(store_url) == [("note-1", "words", 4)]


# Best effort -------------------------------------------------------------------------------------


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
from tests.store.test_snapshots import changed

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
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", killed_while_keeping, store_url],
        cwd=repository,
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert await Raw(store_url).fetch("SELECT * FROM snapshots ORDER BY version") == before
    assert (await folded(kept_twice, "note-1")).from_version == 8
    assert (await kept_twice.fold("note-1", changed)).from_version == 0


# Forks -------------------------------------------------------------------------------------------


async def test_a_fork_goes_on_from_its_parents_snapshots_of_what_they_share(
    any_store: EventStore,
) -> None:
    store = any_store
    await store.append("note-1", numbered(10), expected_version=0)
    await folded(store, "note-1", to_version=6, snapshot_every=3)
    await folded(store, "note-1", snapshot_every=3)
    await store.fork("note-1", "note-2", at=8)
    assert (await folded(store, "note-2")).from_version == 6
    await append(store, "note-2", "b", "c")
    await store.fork("note-2", "note-3", at=9)
    await append(store, "note-3", "d")
    assert (await folded(store, "note-3")).from_version == 6  # never version 10 of its grandparent
    # What is shared is kept once, under the stream that holds it.
    assert (await folded(store, "note-3", to_version=7, snapshot_every=1)).from_version == 6
    assert (await folded(store, "note-1", to_version=7)).from_version == 7
    assert (await folded(store, "note-2", snapshot_every=1)).from_version == 7
    assert (await folded(store, "note-3")).from_version == 7
    assert (await folded(store, "note-2")).from_version == 10


# Deleting ----------------------------------------------------------------------------------------


async def test_snapshots_are_deleted_by_fold_and_by_stream(any_store: EventStore) -> None:
    store = any_store
    others = Fold("others", words.initial, evolve, words.encode, words.decode)
    for stream in ("note-1", "note-2"):
        await append(store, stream, "a", "b")
        for fold in (words, others):
            await store.fold(stream, fold, snapshot_every=1)
    assert await store.delete_snapshots(fold="words", stream="note-1") == 1
    assert (await store.fold("note-1", others)).from_version == 2
    assert await store.delete_snapshots(stream="note-1") == 1
    assert (await store.fold("note-2", words)).from_version == 2
    assert await store.delete_snapshots(fold="words") == 1
    assert await store.delete_snapshots(fold="' OR 1=1 --") == 0
    assert await store.delete_snapshots() == 1
    assert (await folded(store, "note-2")).from_version == 0


# Which are kept ----------------------------------------------------------------------------------


@given(st.sets(st.integers(1, 1_000_000), min_size=1, max_size=60), st.integers(1, 1_000))
def test_what_is_kept_is_little_and_near_enough(versions: set[int], every: int) -> None:
    left = kept(versions, every)
    newest = max(versions)
    assert left <= versions
    assert newest in left
    assert len(left) <= 2 + (newest // every).bit_length()
    assert kept(left, every) == left
    for version in versions - left:
        # A state as of a version whose snapshot went takes no more events than came after it.
        nearest = max(one for one in left if one < version)
        assert version - nearest <= max(every, newest - version)


def test_a_long_stream_keeps_about_one_snapshot_for_each_doubling() -> None:
    left: set[int] = set()
    for version in range(500, 1_000_001, 500):
        left = kept({*left, version}, 500)
    assert len(left) <= 13
    distances = sorted(1_000_000 - version for version in left)
    assert distances[0] == 0
    assert all(later <= 4 * max(earlier, 500) for earlier, later in pairwise(distances))


@pytest.mark.parametrize("kind", ["sql", "memory"])
async def test_both_tables_do_the_same(store: EventStore, kind: str) -> None:
    table: SnapshotTable = SqlSnapshots(store) if kind == "sql" else MemorySnapshots()
    key = SnapshotKey("note-1", "words", "1")
    for version in (2, 9, 6):
        await table.keep(key, Snapshot(version, b"seal", f"state {version}"), every=2)
    assert await table.newest(key, 1, 8) == Snapshot(6, b"seal", "state 6")
    assert await table.newest(key, 4, 9) == Snapshot(9, b"seal", "state 9")
    assert await table.newest(key, 7, 8) is None
    assert await table.newest(key._replace(code_version="2"), 1, 9) is None
    assert await table.newest(key._replace(stream="note-2"), 1, 9) is None
    await table.keep(key, Snapshot(9, b"other", "other"), every=2)
    assert await table.newest(key, 1, 9) == Snapshot(9, b"other", "other")
    assert await table.delete(stream="note-1", fold="words", version=9) == 1
    assert await table.delete(stream="note-1", fold=None, version=9) == 0
    await table.keep(key._replace(code_version="2"), Snapshot(1, b"seal", "new"), every=2)
    assert await table.newest(key, 1, 9) is None
    assert await table.delete(stream=None, fold=None) == 1
