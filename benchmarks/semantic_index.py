"""The semantic index alone: what it finds, how fast, and how long it takes to be there again.

Recall is of the nearest entry, against all compared in 64 bits. A query is ``nearest`` for one
neighbour; the references are one query of hnswlib at the same M and ef, and one product of numpy's
with its largest element. The graph of 100,000 vectors takes a minute or more to build, so
hnswlib is given the very one that the index has built and saved.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import hnswlib
import numpy as np

from benchmarks.log import scratch_folder, sqlite_url
from benchmarks.measure import Settings, interleave
from benchmarks.question_vectors import QuestionVectors, question_vectors
from benchmarks.result import Bar, Measured, Reference, Result
from retold.domain.cache.events import CachedAnswer, CacheEntryStored, cache_stream
from retold.domain.cache.meaning import CacheEntryEmbedded
from retold.embedding import Vectors, vector_to_text
from retold.projections.semantic_index import (
    CacheFollower,
    IndexSettings,
    IndexSnapshots,
    SemanticIndex,
    log_name,
)
from retold.store import EventStore, open_store
from retold.store.append import Append

name = "semantic_index"
sizes = (1_000, 8_000, 100_000)
rebuilt = 10_000
questions = 500
tail = 1_000
at_a_time = 500
partition = "p"


def run(settings: Settings) -> Iterator[Result]:
    """Measure each size, then the ways to be there again."""
    for size in sizes:
        count = settings.scaled(size, least=200)
        made = question_vectors(count + tail // 2, settings.scaled(questions, least=50))
        with scratch_folder() as folder:
            largest = size == max(sizes)
            yield from _of_size(folder, count, made, settings.rounds, largest=largest)
    count = settings.scaled(rebuilt, least=200)
    with scratch_folder() as folder:
        yield from asyncio.run(_rebuild(folder, question_vectors(count, 1), settings.rounds))


def _of_size(
    folder: Path, count: int, made: QuestionVectors, rounds: int, *, largest: bool
) -> Iterator[Result]:
    asyncio.run(_fill(folder / "log.db", made.stored[: count + tail // 2]))
    with asyncio.Runner() as runner:
        index, figures = runner.run(_built(folder, count))
        yield _seconds(f"fold of the events of {count:,} entries", figures["fold"], made.source)
        if "graph" in figures:
            rate = count / figures["graph"]
            yield Measured(
                benchmark=name,
                case=f"adds to the graph, up to {count:,}",
                unit="adds/s",
                rounds=(rate,),
                note="one thread, beside what is asked",
            )
        yield _recall(runner, index, count, made)
        graph = _bare_graph(folder, made.stored[:count])
        yield from _queries(runner, index, graph, made, rounds)
        if largest:
            yield from _again(runner, folder, count, rounds)
        index.close()


def _recall(
    runner: asyncio.Runner, index: SemanticIndex, count: int, made: QuestionVectors
) -> Result:
    stored = made.stored[:count].astype(np.float64)
    nearest = (stored @ made.asked.astype(np.float64).T).argmax(axis=0)
    found = [runner.run(index.nearest(partition, question))[0].entry for question in made.asked]
    right = [entry == _entry(place) for entry, place in zip(found, nearest, strict=True)]
    at_least = 100.0 if count <= 8_000 else 98.5
    return Measured(
        benchmark=name,
        case=f"recall@1 of {count:,}",
        unit="%",
        rounds=(100 * sum(right) / len(right),),
        bar=Bar(at_least=at_least),
        note=f"{len(right)} questions, {made.source}",
    )


def _queries(
    runner: asyncio.Runner, index: SemanticIndex, graph: Any, made: QuestionVectors, rounds: int
) -> Iterator[Result]:
    asked, count = made.asked, len(index)
    stored = made.stored[:count]

    async def ours() -> float:
        seconds = []
        for question in asked:
            began = time.perf_counter()
            await index.nearest(partition, question)
            seconds.append(time.perf_counter() - began)
        return 1e6 * median(seconds)

    found = interleave(
        {
            "ours": lambda: runner.run(ours()),
            "hnswlib": lambda: _median(asked, lambda one: graph.knn_query(one, k=1, num_threads=1)),
            "numpy": lambda: _median(asked, lambda one: (stored @ one).argmax()),
        },
        rounds,
    )
    ef = IndexSettings().ef_of(count)
    for reference, called in (("hnswlib", f"hnswlib, M 16, ef {ef}"), ("numpy", "numpy, exact")):
        yield Measured(
            benchmark=name,
            case=f"query of {count:,}, p50",
            unit="us",
            rounds=found["ours"],
            reference=Reference(name=called, rounds=found[reference]),
        )


def _bare_graph(folder: Path, stored: Vectors) -> Any:
    graph = hnswlib.Index(space="ip", dim=stored.shape[1])
    saved = sorted((folder / "index").glob("*.graph"))
    if saved:
        graph.load_index(str(saved[0]))
    else:
        graph.init_index(max_elements=len(stored), M=16, ef_construction=200)
        graph.add_items(stored)
    graph.set_ef(IndexSettings().ef_of(len(stored)))
    return graph


def _median(asked: Vectors, call: Callable[[Vectors], object]) -> float:
    seconds = []
    for question in asked:
        began = time.perf_counter()
        call(question)
        seconds.append(time.perf_counter() - began)
    return 1e6 * median(seconds)


# Being there again ------------------------------------------------------------------------------


def _again(runner: asyncio.Runner, folder: Path, count: int, rounds: int) -> Iterator[Result]:
    figures = [runner.run(_from_snapshot(folder, count)) for _ in range(rounds)]
    yield _seconds(
        f"{count:,} entries from a snapshot and a tail of {tail:,} events",
        *figures,
        bar=Bar(at_most=1.0),
    )


async def _from_snapshot(folder: Path, count: int) -> float:
    async with await open_store(sqlite_url(folder / "log.db")) as store:
        began = time.perf_counter()
        snapshots = await IndexSnapshots.open(folder / "index", log_name(store))
        async with CacheFollower(store, [snapshots.index]) as follower:
            await follower.caught_up()
            seconds = time.perf_counter() - began
        assert len(snapshots.index) == count + tail // 2
        snapshots.index.close()
        return seconds


async def _rebuild(folder: Path, made: QuestionVectors, rounds: int) -> list[Result]:
    count = len(made.stored)
    await _fill(folder / "log.db", made.stored)
    figures = []
    for _ in range(rounds):
        async with await open_store(sqlite_url(folder / "log.db")) as store:
            index = SemanticIndex()
            began = time.perf_counter()
            async with CacheFollower(store, [index]) as follower:
                await follower.caught_up()
                await index.settled()
                figures.append(time.perf_counter() - began)
            assert len(index) == count
    case = f"rebuild of {count:,} entries from the events of a log"
    return [_seconds(case, *figures, bar=Bar(at_most=3.0))]


async def _built(folder: Path, count: int) -> tuple[SemanticIndex, dict[str, float]]:
    """Return the index of the first entries, saved, and the seconds that it took."""
    async with await open_store(sqlite_url(folder / "log.db")) as store:
        index = SemanticIndex()
        snapshots = IndexSnapshots(index, folder / "index", log_name(store))
        folding = 0.0
        read = 0
        async for event in store.read_all(types=SemanticIndex.event_types):
            began = time.perf_counter()
            index.apply(event)
            folding += time.perf_counter() - began
            read += 1
            if read == 2 * count:
                index.moved_to(str(store.cursor_of(event)))
                break
        figures = {"fold": folding}
        if count > index.settings.exact_up_to:
            began = time.perf_counter()
            await index.settled()
            figures["graph"] = time.perf_counter() - began
        await snapshots.save()
        return index, figures


async def _fill(path: Path, vectors: Vectors) -> None:
    async with await open_store(sqlite_url(path), durability="normal") as store:
        for start in range(0, len(vectors), at_a_time):
            numbers = range(start, min(start + at_a_time, len(vectors)))
            await store.append_many([_appended(number, vectors[number]) for number in numbers])
        await _check(store, len(vectors))


async def _check(store: EventStore, count: int) -> None:
    ends = [head async for head in store.streams(category="cache")]
    assert len(ends) == count


def _appended(number: int, vector: Vectors) -> Append:
    entry = _entry(number)
    stored = CacheEntryStored(
        entry=entry,
        cache="answers",
        key=_key(number),
        key_version=1,
        partition="0" * 64,
        context="0" * 64,
        question=f"Question {number}?",
        answer=CachedAnswer(response={"message": {"content": f"Answer {number}. " * 10}}),
        stored_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    embedded = CacheEntryEmbedded(
        entry=entry,
        partition=partition,
        embedder="benchmark@1",
        dimension=len(vector),
        vector=vector_to_text(vector),
    )
    news = [stored.to_new_event(), embedded.to_new_event()]
    return Append(cache_stream(_key(number)), news, 0)


def _entry(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012}"


def _key(number: int) -> str:
    return f"{number:064x}"


def _seconds(case: str, *figures: float | str, bar: Bar | None = None) -> Measured:
    note = "".join(figure for figure in figures if isinstance(figure, str))
    rounds = tuple(figure for figure in figures if not isinstance(figure, str))
    return Measured(benchmark=name, case=case, unit="s", rounds=rounds, bar=bar, note=note)
