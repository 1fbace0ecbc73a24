"""Questions by which the cache's decisions are measured, and their vectors by wordllama."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

Vectors = NDArray[np.float32]


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


@lru_cache(maxsize=1)
def _model() -> tuple[Tokenizer, Vectors]:
    with (
        as_file(files("wordllama") / "tokenizers" / "l2_supercat_tokenizer_config.json") as tokens,
        as_file(files("wordllama") / "weights" / "l2_supercat_256.safetensors") as weights,
    ):
        tokenizer = Tokenizer.from_file(str(tokens))
        table = load_file(weights)["embedding.weight"].astype(np.float32)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer, table


def embedded(texts: Sequence[str]) -> Vectors:
    """Return the mean of the vectors of each text's tokens, of length 1."""
    tokenizer, table = _model()
    encoded = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    means = np.stack([table[one.ids].mean(axis=0) for one in encoded])
    return unit(means)


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
