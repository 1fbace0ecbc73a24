"""Vectors that are kept for texts that come again."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from retold.embedding.checking import checked_texts
from retold.embedding.embedder import Embedder, Vectors


class CachedEmbedder:
    """Embeds a text once while it is among those last asked for.

    Attributes:
        name: of the embedder behind it: the vectors are the same.
        dimension: likewise.
        hits: texts that were not embedded again.
    """

    def __init__(self, embedder: Embedder, *, most: int = 10_000) -> None:
        """Store the embedder.

        Args:
            embedder: what embeds.
            most: texts to keep the vectors of; those asked for longest ago go first. Of the
                texts themselves only a hash is kept.

        Raises:
            ValueError: when ``most`` is below 1.
        """
        if most < 1:
            raise ValueError(f"most is {most}: keep one vector at least")
        self.name = embedder.name
        self.dimension = embedder.dimension
        self.hits = 0
        self._embedder = embedder
        self._most = most
        self._kept: OrderedDict[bytes, Vectors] = OrderedDict()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text; errors as of the embedder behind it."""
        wanted = checked_texts(self.name, texts)
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in wanted]
        rows = np.empty((len(wanted), self.dimension), dtype=np.float32)
        missing: dict[bytes, str] = {}
        places: dict[bytes, list[int]] = {}
        for place, key in enumerate(keys):
            kept = self._kept.get(key)
            if kept is None:
                missing[key] = wanted[place]
                places.setdefault(key, []).append(place)
            else:
                self._kept.move_to_end(key)
                self.hits += 1
                rows[place] = kept
        if missing:
            made = await self._embedder.embed(list(missing.values()))
            for key, vector in zip(missing, made, strict=True):
                rows[places[key]] = vector
                # A copy: a row would keep the whole batch in memory.
                self._kept[key] = vector.copy()
                self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return rows


def cached(embedder: Embedder, *, most: int = 10_000) -> CachedEmbedder:
    """Return an embedder that keeps vectors; arguments as of :class:`CachedEmbedder`."""
    return CachedEmbedder(embedder, most=most)
