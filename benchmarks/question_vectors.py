"""Vectors like those of the questions a cache holds, as many as are asked for."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from retold.embedding import Vectors, default_embedder

_files = ("dev_banking77_stream.jsonl", "dev_clinc150_stream.jsonl")
# Cosine of a vector to the question it is made of: that of two ways to ask one thing.
_cosine = 0.85


class QuestionVectors(NamedTuple):
    """Vectors of length 1, and what they are made of."""

    stored: Vectors
    asked: Vectors
    source: str


def question_vectors(count: int, questions: int, *, seed: int = 7) -> QuestionVectors:
    """Return vectors to store and to ask with, none of which is in both.

    They are those of real questions by the default embedder, each moved by a random part so that
    there are as many as wanted; of random groups where the questions are not at hand.

    Args:
        count: to store.
        questions: to ask with.
        seed: of what is random.
    """
    chance = np.random.default_rng(seed)
    texts = _texts()
    if texts:
        base = asyncio.run(default_embedder().embed(texts))
        source = f"{len(texts):,} real questions by {default_embedder().name}, perturbed"
    else:
        base = _unit(chance.normal(size=(max(1, count // 12), 256)))
        source = "random groups of 12"
    chosen = base[chance.integers(0, len(base), count + questions)]
    noise = _unit(chance.normal(size=chosen.shape))
    made = _unit(_cosine * chosen + np.sqrt(1 - _cosine**2) * noise)
    return QuestionVectors(made[:count], made[count:], source)


def _texts() -> list[str]:
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("RETOLD_SHARED_DATA", default)) / "cache"
    found: dict[str, None] = {}
    for name in _files:
        if (folder / name).is_file():
            for line in (folder / name).read_text().splitlines():
                found[json.loads(line)["text"]] = None
    return list(found)


def _unit(vectors: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Vectors:
    made: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return made
