"""Folds with and without snapshots are the same, whatever happened to the snapshots."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from retold.domain.fold import Fold
from retold.domain.recorded import RecordedEvent
from retold.errors import InvalidStreamName, StoreClosed, StreamNotFound
from retold.store import EventStore, open_store
from retold.store.snapshots import (
    MemorySnapshots,
    Snapshot,
    SnapshotKey,
    SnapshotTable,
    SqlSnapshots,
    kept,
)
from tests.examples import share
from tests.store.events import append, numbered
from tests.store.word_folds import (
    Words,
    changed,
    evolve,
    folded,
    snapshots_in,
    words,
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
    max_examples=share(25),
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
