"""The follower keeps folds up to date, with its own events at once and others' in their turn."""

from __future__ import annotations

import asyncio
import logging
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from retold.domain.cache.events import cache_stream
from retold.domain.cache.meaning import CacheLabelled, risk_stream
from retold.domain.event import DomainEvent, RecordedEvent
from retold.errors import StoreClosed, StoreUnavailable
from retold.projections.keeping.catch_up import catch_up
from retold.projections.keeping.control import drop_others
from retold.projections.keeping.rebuild import rebuild
from retold.projections.registry import Registry
from retold.projections.semantic_index import (
    CacheFollower,
    IndexSnapshots,
    SemanticIndex,
    log_name,
    semantic_index_in,
)
from retold.store import EventStore, open_store
from retold.store.append import ExpectedVersion
from retold.store.row import Row
from tests.forking import start
from tests.projections.semantic_index.vectors import (
    alias,
    answers,
    clustered,
    embedded,
    expired,
    near,
    stored,
    tiny,
    unit,
)

vectors = clustered(60)


async def add(store: EventStore, key: str, *events: DomainEvent) -> list[RecordedEvent]:
    """Append to the stream of a key, and return what the log holds of it then."""
    news = [event.to_new_event() for event in events]
    stream = cache_stream(key)
    done = await store.append(stream, news, expected_version=ExpectedVersion.ANY)
    return [event async for event in store.read_stream(stream, from_version=done.first_version)]


async def add_entries(store: EventStore, numbers: range) -> None:
    for number in numbers:
        entry, key = f"e{number}", f"k{number}"
        await add(store, key, stored(entry, key), embedded(entry, vectors[number]))


class Counter:
    """A fold that counts what it is given; it fails on what it is told to."""

    event_types = (CacheLabelled.type,)

    def __init__(self) -> None:
        self.applied: list[str] = []
        self.bad: set[str] = set()
        self.news = asyncio.Event()

    def apply(self, event: RecordedEvent) -> None:
        if event.data["entry"] in self.bad:
            raise ValueError("it cannot be folded")
        self.applied.append(event.data["entry"])
        self.news.set()


def label(entry: str) -> CacheLabelled:
    return CacheLabelled(
        scope="s", cache="c", entry=entry, key="k", similarity=0.9, equal=True, source="miss"
    )


async def add_label(store: EventStore, entry: str) -> None:
    news = [label(entry).to_new_event()]
    await store.append(risk_stream("s"), news, expected_version=ExpectedVersion.ANY)


async def test_what_is_appended_is_found_by_every_follower(
    store: EventStore, store_url: str
) -> None:
    await add_entries(store, range(30))
    mine, theirs = SemanticIndex(tiny), SemanticIndex(tiny)
    async with (
        await open_store(store_url) as other,
        CacheFollower(store, [mine]) as follower,
        CacheFollower(other, [theirs]) as their_follower,
    ):
        await follower.caught_up()
        await their_follower.caught_up()
        assert len(mine) == len(theirs) == 30
        await add_entries(store, range(30, 60))
        await add(store, "k7", expired("e7"))
        await add(other, "other", alias("e9", "k9", "other", unit(-vectors[9])))
        # On PostgreSQL, a transaction open anywhere on the server hides events for a while.
        async with asyncio.timeout(60):
            while not len(mine) == len(theirs) == 60:
                await follower.caught_up()
                await their_follower.caught_up()
        assert len(mine) == len(theirs) == 60
        questions = near(vectors, by=0.3)
        await mine.settled()
        assert await answers(mine, questions) == await answers(theirs, questions)
        assert mine.cursor is not None


async def test_it_reads_on_without_being_asked(store: EventStore, store_url: str) -> None:
    counter = Counter()
    async with CacheFollower(store, [counter], poll_seconds=0.02) as follower:
        await follower.caught_up()
        async with await open_store(store_url) as other, asyncio.timeout(20):
            await add_label(other, "e1")
            await counter.news.wait()
    assert counter.applied == ["e1"]


async def test_own_events_are_applied_at_once_and_again_in_their_turn(store: EventStore) -> None:
    index = SemanticIndex()
    follower = CacheFollower(store, [index, Counter()])
    recorded = await add(store, "k0", stored("e0", "k0"), embedded("e0", vectors[0]))
    follower.applied(recorded)
    assert (await index.nearest("p", vectors[0]))[0].entry == "e0"
    assert index.cursor is None
    follower.applied(await add(store, "k0", expired("e0")))
    assert len(index) == 0
    assert index._gone_early != {}
    # Nobody follows yet: whoever waits reads for itself.
    await follower.caught_up()
    assert len(index) == 0
    assert index._gone_early == {}


async def test_each_event_comes_once_in_its_turn_however_many_wait(store: EventStore) -> None:
    counter = Counter()
    expected = [f"e{number}" for number in range(40)]
    async with CacheFollower(store, [SemanticIndex(), counter]) as follower:
        for entry in expected:
            await add_label(store, entry)
            if entry.endswith("5"):
                await asyncio.gather(*(follower.caught_up() for _ in range(3)))
        await follower.caught_up()
        assert counter.applied == expected
        await follower.start()
        await follower.caught_up()
        assert counter.applied == expected


async def test_an_event_that_cannot_be_folded_is_passed_over(
    store: EventStore, caplog: pytest.LogCaptureFixture
) -> None:
    counter = Counter()
    counter.bad = {"e1"}
    async with CacheFollower(store, [counter]) as follower:
        with caplog.at_level(logging.WARNING, logger="retold.cache"):
            for number in range(3):
                await add_label(store, f"e{number}")
            await follower.caught_up()
    assert counter.applied == ["e0", "e2"]
    assert "cache_fold_failed" in caplog.text
    assert "it cannot be folded" in caplog.text


async def test_a_failure_of_the_log_is_tried_again(
    store: EventStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_label(store, "e1")
    counter = Counter()
    errors = [StoreUnavailable("Reading", "it is gone"), ValueError("a bug")]
    real, failures = store.rows, iter(errors)

    async def rows(*arguments: Any) -> Sequence[Row]:
        error = next(failures, None)
        if error is not None:
            raise error
        return await real(*arguments)

    monkeypatch.setattr(store, "rows", rows)
    follower = CacheFollower(store, [counter], poll_seconds=0.001)
    with caplog.at_level(logging.WARNING, logger="retold.cache"):
        async with follower, asyncio.timeout(20):
            await counter.news.wait()
    assert counter.applied == ["e1"]
    assert caplog.text.count("cache_follower_failed") == 2
    assert "store_unavailable" in caplog.text


async def test_it_ends_with_the_log(store_url: str) -> None:
    store = await open_store(store_url)
    follower = CacheFollower(store, [SemanticIndex()])
    await follower.start()
    await follower.caught_up()
    await store.close()
    async with asyncio.timeout(20):
        for reader in follower._readers:
            assert reader._task is not None
            await reader._task
    with pytest.raises(StoreClosed):
        await follower.caught_up()
    await follower.close()
    await follower.close()


async def test_it_begins_with_a_snapshot_and_ends_with_one(
    store: EventStore, tmp_path: Path
) -> None:
    folder, log = tmp_path / "index", log_name(store)
    await add_entries(store, range(30))
    first = await IndexSnapshots.open(folder, log, tiny)
    async with CacheFollower(store, [first.index], snapshots=first) as follower:
        await follower.caught_up()
    await add_entries(store, range(30, 33))
    second = await IndexSnapshots.open(folder, log, tiny)
    assert len(second.index) == 30
    async with CacheFollower(store, [second.index], snapshots=second) as follower:
        await follower.caught_up()
        assert len(second.index) == 33
        questions = near(vectors[:33])
        fresh = SemanticIndex(tiny)
        async for event in store.read_all(types=SemanticIndex.event_types):
            fresh.apply(event)
        assert await answers(second.index, questions) == await answers(fresh, questions)


async def test_a_snapshot_from_beyond_the_end_is_begun_anew(
    store: EventStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await add_entries(store, range(3))
    snapshots = await IndexSnapshots.open(tmp_path / "index", log_name(store))
    index = snapshots.index
    # As when a backup was restored: what the snapshot holds beyond it never happened.
    async for event in store.read_all():
        index.apply(event._replace(data={**event.data, "entry": "from the future"}))
    end = await store.end()
    later = "transaction_id" if end.transaction_id else "position"
    index.moved_to(str(replace(end, **{later: getattr(end, later) + 1_000_000})))
    with caplog.at_level(logging.WARNING, logger="retold.cache"):
        async with CacheFollower(store, [index]) as follower:
            await follower.caught_up()
            assert "from the future" not in index
            assert len(index) == 3
    assert "cache_fold_reset" in caplog.text


async def test_two_processes_keep_each_other_fresh(store: EventStore, store_url: str) -> None:
    """Another process stores and expires; this one finds what it stored, and not what is gone."""
    index = SemanticIndex(tiny)
    async with CacheFollower(store, [index]) as follower:
        process = await start(
            *("-m", "tests.projections.semantic_index.entry_writer", store_url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(5):
            process.stdin.write(f"{number}\n".encode())
            assert await process.stdout.readline() == b"done\n"
            await add_entries(store, range(50 + number, 51 + number))
            await follower.caught_up()
            assert f"e{number}" in index
            assert (number == 0) or f"e{number - 1}" not in index
            assert (await index.nearest("p", vectors[number]))[0].entry == f"e{number}"
        process.stdin.close()
        assert await process.wait() == 0
    assert sorted(index._rows) == ["e4", "e50", "e51", "e52", "e53", "e54"]


async def test_the_index_is_a_projection_like_any_other(store: EventStore, tmp_path: Path) -> None:
    projection = semantic_index_in(tmp_path, store, tiny)
    await add_entries(store, range(40))
    assert await catch_up(store, projection, batch_size=7) == 80
    await add(store, "k3", expired("e3"))
    assert await catch_up(store, projection) == 1
    assert await catch_up(store, projection) == 0
    live = SemanticIndex(tiny)
    await CacheFollower(store, [live]).caught_up()
    kept = await SemanticIndex.load(tmp_path / "v1_1", log=log_name(store), settings=tiny)
    assert kept._partitions["p"].view().graph is not None
    rebuilt = await rebuild(store, projection, batch_size=11)
    assert (rebuilt.build, rebuilt.events) == (2, 81)
    again = await SemanticIndex.load(tmp_path / "v1_2", log=log_name(store), settings=tiny)
    assert kept.cursor is not None
    questions = near(vectors)
    for index in (kept, again):
        assert index.partitions() == live.partitions() == {"p": 39}
        assert await answers(index, questions) == await answers(live, questions)
    await drop_others(store, projection, Registry(projection))
    assert not (tmp_path / "v1_1").exists()
    assert (tmp_path / "v1_2").exists()
