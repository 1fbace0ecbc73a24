"""One contract for both forms of the index: the matrix, and the graph with the matrix behind it."""

from __future__ import annotations

import asyncio
import logging

import numpy as np
import pytest

from retold.embedding import Vectors
from retold.errors import UselessVector, WrongDimension
from retold.projections.semantic_index import IndexSettings, SemanticIndex
from tests.projections.semantic_index.vectors import (
    MadeLog,
    alias,
    answers,
    clustered,
    embedded,
    exact,
    expired,
    folded,
    gone,
    near,
    nearest_of,
    stored,
    tiny,
    unit,
)

forms = pytest.mark.parametrize(
    "settings", [pytest.param(exact, id="matrix"), pytest.param(tiny, id="graph")]
)
entries = [f"e{number}" for number in range(60)]


def has_graph(index: SemanticIndex, partition: str = "p") -> bool:
    return index._partitions[partition].view().graph is not None


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    return clustered(60)


@forms
async def test_the_nearest_comes_first(vectors: Vectors, settings: IndexSettings) -> None:
    index = folded(MadeLog.of(vectors).events, settings)
    await index.settled()
    assert has_graph(index) is (settings is tiny)
    questions = near(vectors)
    found = await answers(index, questions, k=5)
    places = nearest_of(vectors, questions)
    for neighbours, place, question in zip(found, places, questions, strict=True):
        assert len(neighbours) == 5
        assert neighbours[0].entry == f"e{place}"
        assert neighbours[0].key == neighbours[0].entry_key == f"k{place}"
        assert neighbours[0].similarity == pytest.approx(float(vectors[place] @ question), abs=1e-6)
        similarities = [neighbour.similarity for neighbour in neighbours]
        assert similarities == sorted(similarities, reverse=True)
        assert neighbours[0].context_similarity is None


@forms
async def test_both_forms_give_the_same_numbers(vectors: Vectors, settings: IndexSettings) -> None:
    log, questions = MadeLog.of(vectors), near(vectors, by=0.4)
    index = folded(log.events, settings)
    await index.settled()
    assert await answers(index, questions) == await answers(folded(log.events), questions)


@forms
async def test_k_beyond_what_there_is_gives_what_there_is(
    vectors: Vectors, settings: IndexSettings
) -> None:
    log = MadeLog.of(vectors)
    index = folded(log.events, settings)
    await index.settled()
    found = await index.nearest("p", vectors[0], k=500)
    assert sorted(one.entry for one in found) == sorted(entries)
    for number in range(58):
        for event in log.add(f"k{number}", expired(f"e{number}")):
            index.apply(event)
    await index.settled()
    found = await index.nearest("p", vectors[0], k=500)
    assert sorted(one.entry for one in found) == ["e58", "e59"]
    assert len(index) == 2
    with pytest.raises(ValueError, match="k is 0"):
        await index.nearest("p", vectors[0], k=0)


@forms
@pytest.mark.parametrize("how", ["expired", "evicted", "invalidated", "rejected"])
async def test_an_entry_that_is_gone_is_found_no_more_nor_are_its_aliases(
    vectors: Vectors, settings: IndexSettings, how: str
) -> None:
    log = MadeLog.of(vectors)
    log.add("other", alias("e7", "k7", "other", unit(-vectors[7])))
    index = folded(log.events, settings)
    await index.settled()
    (nearest,) = await index.nearest("p", unit(-vectors[7]))
    assert (nearest.entry, nearest.entry_key, nearest.key) == ("e7", "k7", "other")
    assert len(index) == 61
    for event in log.add("k7", gone("e7", how)):
        index.apply(event)
    assert len(index) == 59
    assert "e7" not in index
    for question in (vectors[7], unit(-vectors[7])):
        found = await index.nearest("p", question, k=60)
        assert "e7" not in {neighbour.entry for neighbour in found}
        assert len(found) == 59


@forms
async def test_what_is_stored_in_its_place_removes_an_entry(
    vectors: Vectors, settings: IndexSettings
) -> None:
    log = MadeLog.of(vectors)
    log.add("k3", stored("new3", "k3", replaces="e3"), embedded("new3", vectors[3]))
    # A log that does not say so, but whose stream holds a newer entry.
    log.add("k4", stored("new4", "k4"), embedded("new4", vectors[4]))
    index = folded(log.events, settings)
    assert "e3" not in index
    assert "e4" not in index
    assert (await index.nearest("p", vectors[3]))[0].entry == "new3"
    assert (await index.nearest("p", vectors[4]))[0].entry == "new4"
    # An entry that is given a second vector keeps the newer one.
    for event in log.add("k5", embedded("e5", unit(-vectors[5]))):
        index.apply(event)
    assert len(index) == 60
    assert (await index.nearest("p", unit(-vectors[5])))[0].entry == "e5"


async def test_partitions_are_apart() -> None:
    log, vectors = MadeLog(), clustered(4)
    log.add_entry(0, vectors[0], partition="one")
    log.add_entry(1, vectors[1], partition="two")
    index = folded(log.events)
    assert index.partitions() == {"one": 1, "two": 1}
    assert [one.entry for one in await index.nearest("two", vectors[0], k=9)] == ["e1"]
    assert await index.nearest("three", vectors[0]) == []
    index.apply(log.add("k1", expired("e1"))[0])
    assert index.partitions() == {"one": 1}
    assert await index.nearest("two", vectors[0]) == []


@forms
async def test_contexts_are_compared_where_both_have_one(
    vectors: Vectors, settings: IndexSettings
) -> None:
    log, contexts = MadeLog(), clustered(60, seed=5)
    for number in range(60):
        context = None if number % 2 else contexts[number]
        log.add_entry(number, vectors[number], context=context)
    index = folded(log.events, settings)
    await index.settled()
    for number in (2, 3):
        (with_context,) = await index.nearest("p", vectors[number], context_vector=contexts[0])
        (without,) = await index.nearest("p", vectors[number])
        assert with_context.entry == f"e{number}"
        assert without.context_similarity is None
        if number % 2:
            assert with_context.context_similarity is None
        else:
            expected = float(contexts[number] @ contexts[0])
            assert with_context.context_similarity == pytest.approx(expected, abs=1e-6)


async def test_equal_vectors_are_ordered_by_their_entries() -> None:
    log, vector = MadeLog(), clustered(1)[0]
    for number in (3, 1, 2):
        log.add_entry(number, vector)
    forwards, backwards = folded(log.events), SemanticIndex()
    for first in (4, 2, 0):
        for event in log.events[first : first + 2]:
            backwards.apply(event)
    for index in (forwards, backwards):
        found = await index.nearest("p", vector, k=2)
        assert [one.entry for one in found] == ["e1", "e2"]
        assert found[0].similarity == pytest.approx(1.0, abs=1e-6)
        assert found[0].similarity <= 1.0


@forms
async def test_a_question_that_cannot_be_compared_is_refused(
    vectors: Vectors, settings: IndexSettings
) -> None:
    index = folded(MadeLog.of(vectors).events, settings)
    await index.settled()
    zero, short = np.zeros(16, dtype=np.float32), np.ones(3, dtype=np.float32)
    nan = vectors[0].copy()
    nan[3] = np.nan
    for bad, error in ((zero, UselessVector), (nan, UselessVector), (short, WrongDimension)):
        with pytest.raises(error):
            await index.nearest("p", bad)
        with pytest.raises(error):
            await index.nearest("p", vectors[0], context_vector=bad)
    (longer,) = await index.nearest("p", 7 * vectors[0])
    assert longer.similarity == pytest.approx(1.0, abs=1e-6)


async def test_an_event_whose_vector_is_no_use_is_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log, vectors = MadeLog(), clustered(3)
    log.add_entry(0, vectors[0])
    log.add("k1", embedded("e1", np.zeros(16, dtype=np.float32)))
    log.add("k2", embedded("e2", clustered(1, dimension=8)[0]))
    log.add("k3", embedded("e3", vectors[1]).model_copy(update={"vector": "no base64"}))
    log.add("k4", embedded("e4", vectors[1]).model_copy(update={"embedder": "other@1"}))
    log.add_entry(5, vectors[2])
    with caplog.at_level(logging.WARNING, logger="retold.cache"):
        index = folded(log.events)
    assert index.refused == 4
    assert caplog.text.count("index_event_refused") == 4
    assert len(index) == 2
    assert (await index.nearest("p", vectors[2]))[0].entry == "e5"


async def test_events_applied_early_and_again_change_nothing() -> None:
    vectors = clustered(4)
    log = MadeLog.of(vectors)
    other = log.add("other", alias("e0", "k0", "other", vectors[3]))
    log.add("k1", expired("e1"))
    index = SemanticIndex()
    # This process expired an entry of another one before it read that it was stored.
    for event in (log.events[-1], *other, *log.events[4:6]):
        index.apply(event._replace(position=0))
    assert index._gone_early == {"cache-k1": {"e1": 3}}
    # The alias of an entry that is not there yet has to wait for its turn.
    assert len(index) == 1
    for event in log.events:
        index.apply(event)
        assert "e1" not in index
    assert index._gone_early == {}
    once = folded(log.events)
    for event in log.events:
        once.apply(event)
    assert len(index) == len(once) == 4
    assert await answers(index, vectors) == await answers(once, vectors)


async def test_long_searches_leave_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = clustered(30)
    index = folded(MadeLog.of(vectors).events)
    before = await answers(index, vectors)
    module = "retold.projections.semantic_index"
    monkeypatch.setattr(f"{module}.partition.most_numbers_inline", 100)
    hops: list[int] = []
    real = asyncio.to_thread

    async def to_thread(*arguments: object) -> object:
        hops.append(1)
        return await real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "to_thread", to_thread)
    assert await answers(index, vectors) == before
    assert len(hops) == 30
