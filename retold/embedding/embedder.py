"""What turns texts into vectors whose cosine tells how near their meanings are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]


@runtime_checkable
class Embedder(Protocol):
    """Embeds texts. Any object with these three will do."""

    @property
    def name(self) -> str:
        """Stable, with the model's version: vectors of two names are never compared."""
        ...

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text, without blocking the event loop.

        Args:
            texts: none of them empty.

        Returns:
            Shape ``(len(texts), dimension)``, each row of length 1.

        Raises:
            EmbeddingError: when that is not possible, a text is empty, or a vector is no use (zero,
                NaN, infinite, of another dimension).
        """
        ...
