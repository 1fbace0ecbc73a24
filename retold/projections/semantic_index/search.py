"""Searching the vectors of a partition one by one, and ranking what was found."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retold.embedding.embedder import Vectors
from retold.projections.semantic_index.graph import Graph
from retold.projections.semantic_index.neighbour import Neighbour
from retold.projections.semantic_index.vector_row import VectorRow

# Two 32-bit products of the same vectors differ by less, whatever order they are summed in.
_rounding = 2e-6


class View(NamedTuple):
    """What a search looks at: nothing in it is moved by writers, only added to."""

    vectors: Vectors
    contexts: Vectors | None
    alive: NDArray[np.bool_]
    rows: list[VectorRow]
    total: int
    live: int
    graph: Graph | None
    in_graph: int
    dead_in_graph: int


def best_rows(view: View, vector: Vectors, k: int, start: int) -> NDArray[np.intp]:
    """Return the rows from ``start`` on that may be among the ``k`` nearest, in any order."""
    similarities = view.vectors[start : view.total] @ vector
    alive = view.alive[start : view.total]
    if not alive.all():
        similarities[~alive] = -np.inf
    if not len(similarities):
        return np.empty(0, dtype=np.intp)
    if k == 1:
        least = similarities.max()
    elif k < len(similarities):
        least = np.partition(similarities, -k)[-k]
    else:
        least = similarities.min()
    if np.isneginf(least):
        return start + np.flatnonzero(alive)
    return start + np.flatnonzero(similarities >= least - _rounding)


def ranked(
    view: View, found: NDArray[np.intp], vector: Vectors, k: int, context: Vectors | None
) -> list[Neighbour]:
    """Return the ``k`` nearest of the rows that were found.

    They are compared in 64 bits, and equal ones are ordered by their ids: the same vectors give the
    same answer, in whatever order they came to be where they are.
    """
    # Not a matrix product, whose sums depend on where a row is among the others.
    similarities = np.einsum(
        "ij,j->i", view.vectors[found].astype(np.float64), vector.astype(np.float64)
    )
    ranked = sorted(
        zip(similarities.tolist(), found.tolist(), strict=True),
        key=lambda one: (-one[0], view.rows[one[1]].entry, view.rows[one[1]].key),
    )[:k]
    return [
        Neighbour(
            row.entry,
            row.entry_key,
            row.key,
            max(-1.0, min(1.0, similarity)),
            _context_similarity(view, place, context),
        )
        for similarity, place in ranked
        for row in (view.rows[place],)
    ]


def _context_similarity(view: View, place: int, context: Vectors | None) -> float | None:
    if context is None or view.contexts is None:
        return None
    stored = view.contexts[place]
    if not stored.any():
        return None
    similarity = float(stored.astype(np.float64) @ context.astype(np.float64))
    return max(-1.0, min(1.0, similarity))
