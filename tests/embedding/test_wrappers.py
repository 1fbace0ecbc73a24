"""Embedders that join calls, and that keep vectors."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from retold.embedding import Vectors, batched, cached
from retold.errors import EmptyText, UselessVector


class Recorder:
    """Embeds a text as its length and 1, when it is let; keeps what it was asked for."""

    name = "recorder@1"
    dimension = 2

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.asked = asyncio.Event()
        self.let = asyncio.Event()
        self.let.set()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.asked.set()
        await self.let.wait()
        if "broken" in texts:
            raise RuntimeError("the embedder is at fault")
        if "zero" in texts:
            raise UselessVector(self.name, 0, "is zero")
        rows: Vectors = np.array([[len(text), 1.0] for text in texts], dtype=np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows


async def test_calls_of_the_same_moment_are_one_batch() -> None:
    recorder = Recorder()
    embedder = batched(recorder)
    asked = [["a"], ["bb", "ccc"], ["a"]]
    found = await asyncio.gather(*(embedder.embed(texts) for texts in asked))
    assert recorder.batches == [["a", "bb", "ccc"]]
    for texts, vectors in zip(asked, found, strict=True):
        assert np.array_equal(vectors, await Recorder().embed(texts))
    assert (embedder.name, embedder.dimension) == ("recorder@1", 2)
    assert (await embedder.embed([])).shape == (0, 2)


async def test_what_comes_while_a_batch_is_under_way_is_the_next() -> None:
    recorder = Recorder()
    recorder.let.clear()
    embedder = batched(recorder, most=3)
    first = asyncio.create_task(embedder.embed(["a"]))
    await recorder.asked.wait()
    later = [asyncio.create_task(embedder.embed([letter] * 2)) for letter in "bcd"]
    large = asyncio.create_task(embedder.embed(["e", "f", "g", "h"]))
    await asyncio.sleep(0)
    recorder.let.set()
    await asyncio.gather(first, *later, large)
    assert recorder.batches == [["a"], ["b"], ["c"], ["d"], ["e", "f", "g", "h"]]


async def test_a_text_that_cannot_be_embedded_fails_its_own_call_only() -> None:
    embedder = batched(Recorder())
    good, bad, empty = await asyncio.gather(
        embedder.embed(["a"]),
        embedder.embed(["zero"]),
        embedder.embed([""]),
        return_exceptions=True,
    )
    assert isinstance(good, np.ndarray)
    assert isinstance(bad, UselessVector)
    assert isinstance(empty, EmptyText)
    with pytest.raises(RuntimeError, match="at fault"):
        await embedder.embed(["broken"])
    assert (await embedder.embed(["a"])).shape == (1, 2)


async def test_a_call_that_is_cancelled_leaves_the_others() -> None:
    recorder = Recorder()
    recorder.let.clear()
    embedder = batched(recorder)
    calls = [asyncio.create_task(embedder.embed([letter])) for letter in "ab"]
    await recorder.asked.wait()
    calls[0].cancel()
    recorder.let.set()
    assert (await calls[1]).shape == (1, 2)
    with pytest.raises(asyncio.CancelledError):
        await calls[0]


def test_it_works_again_in_another_event_loop() -> None:
    async def one() -> Vectors:
        return await embedder.embed(["a"])

    embedder = batched(Recorder())
    assert np.array_equal(asyncio.run(one()), asyncio.run(one()))


async def test_a_text_that_comes_again_is_not_embedded_again() -> None:
    recorder = Recorder()
    embedder = cached(recorder, most=2)
    first = await embedder.embed(["a", "bb", "a"])
    assert recorder.batches == [["a", "bb"]]
    again = await embedder.embed(["bb", "a"])
    assert np.array_equal(again, first[[1, 0]])
    assert (embedder.hits, len(recorder.batches)) == (2, 1)
    again[:] = 0
    assert np.array_equal(await embedder.embed(["a"]), first[:1])
    # "bb" was asked for longest ago, so it makes room.
    await embedder.embed(["ccc"])
    await embedder.embed(["a"])
    assert len(recorder.batches) == 2
    await embedder.embed(["bb"])
    assert recorder.batches[2:] == [["bb"]]


async def test_nothing_is_kept_of_a_failure() -> None:
    recorder = Recorder()
    embedder = cached(batched(recorder))
    for _ in range(2):
        with pytest.raises(UselessVector):
            await embedder.embed(["zero"])
    assert recorder.batches == [["zero"], ["zero"]]
    with pytest.raises(EmptyText):
        await embedder.embed([" "])
    with pytest.raises(ValueError, match="most"):
        cached(recorder, most=0)
    with pytest.raises(ValueError, match="most"):
        batched(recorder, most=0)
