"""A neighbour: a stored entry, and how near its question is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An entry near a vector.

    Attributes:
        entry: id of the entry.
        entry_key: key of the entry, which names its stream.
        key: of the request whose vector is near: that of the entry, or of an alias of it.
        similarity: cosine of the two vectors.
        context_similarity: cosine of the vectors of what was said before; None when one of the
            two has none.
    """

    entry: str
    entry_key: str
    key: str
    similarity: float
    context_similarity: float | None
