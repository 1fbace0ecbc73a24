"""What every embedder holds its texts and vectors to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from retold.embedding.embedder import Vectors
from retold.errors import EmptyText, UselessVector, WrongDimension


def checked_texts(embedder: str, texts: Sequence[str]) -> list[str]:
    """Return the texts.

    Args:
        embedder: its name, for the error.
        texts: what is to be embedded.

    Raises:
        EmptyText: when one of them is nothing but white space.
        TypeError: when it is one text instead of several.
    """
    if isinstance(texts, str):
        raise TypeError("Give a list of texts; a text alone would be taken for its letters.")
    for place, text in enumerate(texts):
        if not text or text.isspace():
            raise EmptyText(embedder, place)
    return list(texts)


def unit_rows(embedder: str, shape: tuple[int, int], vectors: ArrayLike) -> Vectors:
    """Return vectors as 32-bit floats of length 1, in memory of their own.

    Args:
        embedder: what made them, for the error.
        shape: how many there have to be, and of which dimension.
        vectors: of any length but zero.

    Raises:
        WrongDimension: when they are of another shape.
        UselessVector: when one of them is zero, or has a number that is not finite.
    """
    try:
        rows: NDArray[np.float64] = np.array(vectors, dtype=np.float64)
    except (ValueError, TypeError) as error:
        # Rows of unequal lengths, or what are no numbers.
        raise WrongDimension(embedder, shape, (-1,)) from error
    if not shape[0] and not rows.size:
        return np.empty(shape, dtype=np.float32)
    if rows.shape != shape:
        raise WrongDimension(embedder, shape, rows.shape)
    # A number can be finite, and its square not; and the square of a small one can be zero.
    largest = np.max(np.abs(rows), axis=1, keepdims=True)
    if not np.isfinite(largest).all():
        place = int(np.flatnonzero(~np.isfinite(largest[:, 0]))[0])
        raise UselessVector(embedder, place, "has a number that is NaN or infinite")
    if not largest.all():
        place = int(np.flatnonzero(largest[:, 0] == 0)[0])
        raise UselessVector(embedder, place, "is zero")
    rows /= largest
    rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, np.newaxis]
    return rows.astype(np.float32)
