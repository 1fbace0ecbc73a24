"""How near an answer is when those around it are asked too: a cosine, less where they disagree."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp

neighbours_asked = 10
"""How many nearest vectors to ask an index for."""

distance_scale = 0.1
"""A neighbour farther than the nearest by this much counts for 1/e of it."""

full_discount = 0.2
"""What is taken off a cosine when all of the weight around it were other entries'."""


def agreed_similarity(neighbours: Iterable[tuple[str, float]]) -> float | None:
    """Return the cosine of the nearest entry, less for what of its neighbourhood is others'.

    Two questions that are asked in much the same words but have different answers lie close
    together; so a request between them is near to one, yet not safe. An entry that was learnt to
    answer many ways of asking is all around its requests. That is a vote of the nearest neighbours
    weighted by distance (Dudani, "The distance-weighted k-nearest-neighbor rule", IEEE Transactions
    on Systems, Man and Cybernetics 1976).

    Args:
        neighbours: id of the entry and cosine of the nearest vectors, ``neighbours_asked`` of them
            or fewer, the nearest first; several may be of one entry.

    Returns:
        At most the cosine of the first, and at most ``full_discount`` less; the cosine itself when
        all are of one entry; None when there are none.
    """
    found = list(neighbours)
    if not found:
        return None
    entry, nearest = found[0]
    own = others = 0.0
    for other, similarity in found:
        weight = exp((similarity - nearest) / distance_scale)
        if other == entry:
            own += weight
        else:
            others += weight
    return nearest - full_discount * others / (own + others)
