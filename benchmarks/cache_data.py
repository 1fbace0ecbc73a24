"""Questions by which the cache's decisions are measured, and their vectors by wordllama."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from retold.embedding.embedder import Vectors
from retold.embedding.wordllama import default_embedder


def data_folder() -> Path | None:
    """Return the folder of the questions; None where it is absent."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("RETOLD_SHARED_DATA", default)) / "cache"
    return folder if folder.is_dir() else None


def rows_of(name: str) -> list[dict[str, Any]]:
    """Return the rows of a file of questions.

    Raises:
        FileNotFoundError: when it is absent.
    """
    folder = data_folder()
    if folder is None:
        raise FileNotFoundError("there is no folder of questions; set RETOLD_SHARED_DATA to it")
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def embedded(texts: Sequence[str]) -> Vectors:
    """Return the default embedder's vectors."""
    return asyncio.run(default_embedder().embed(texts))


def unit(vectors: Vectors) -> Vectors:
    """Return vectors of the same directions, each of length 1."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    shortened: Vectors = (vectors / lengths).astype(np.float32)
    return shortened


@dataclass(frozen=True, slots=True)
class Stream:
    """Requests in the order they come.

    Attributes:
        texts: what is asked.
        clusters: number of the answer of each.
        cosines: of each with each.
    """

    texts: list[str]
    clusters: list[int]
    cosines: Vectors


@lru_cache(maxsize=2)
def _questions(name: str) -> tuple[list[str], list[int], Vectors]:
    rows = rows_of(f"dev_{name}_stream.jsonl")
    numbers = {cluster: n for n, cluster in enumerate(sorted({row["cluster"] for row in rows}))}
    texts = [row["text"] for row in rows]
    return texts, [numbers[row["cluster"]] for row in rows], embedded(texts)


def sampled(name: str, seed: int, count: int) -> Stream:
    """Return a stream of questions drawn without replacement, in random order.

    Args:
        name: ``banking77`` or ``clinc150``.
        seed: of the draw.
        count: how many to draw.
    """
    texts, clusters, vectors = _questions(name)
    order = np.random.default_rng(seed).permutation(len(texts))[:count]
    chosen = vectors[order]
    return Stream([texts[n] for n in order], [clusters[n] for n in order], chosen @ chosen.T)
