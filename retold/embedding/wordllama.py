"""The default embedder: wordllama's packaged model, read from its own two files.

A text's vector is the mean of those of its tokens, so it takes microseconds, and no network. The
package itself is not imported: that brings in a client for downloads, sets up the program's
logging, and takes twice the time for a text. WordLlama: D. Lee Miller, 2024,
https://github.com/dleemiller/WordLlama.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retold.embedding.checking import checked_texts, unit_rows
from retold.embedding.embedder import Vectors
from retold.errors import EmbedderNotFound

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_package = "wordllama"
_config = "l2_supercat"
_dimension = 256
_tensor = "embedding.weight"
# A hop to a thread and back takes some 45 us, as long as 200 characters do. Beyond this many, the
# 0.25 ms they take would be felt by who else is on the event loop.
most_characters_inline = 1_000


class _Model(NamedTuple):
    tokenizer: Tokenizer
    weights: Vectors


class WordLlamaEmbedder:
    """Embeds by the model of 256 dimensions that comes with the package ``wordllama``.

    Attributes:
        name: with the first digits of a SHA-256 over the model's files: a new release of the
            package with the same model has the same vectors.
        dimension: 256.
    """

    def __init__(self) -> None:
        """Find the files; they are read when the first text comes, or by :meth:`load`.

        Raises:
            EmbedderNotFound: when the package has none.
        """
        self._weights = _find(f"weights/{_config}_{_dimension}.safetensors")
        self._tokenizer = _find(f"tokenizers/{_config}_tokenizer_config.json")
        self.dimension = _dimension
        digest = hashlib.sha256(f"{self._weights.digest} {self._tokenizer.digest}".encode())
        self.name = f"{_package}/{_config}-{_dimension}@{digest.hexdigest()[:8]}"
        self._model: _Model | None = None
        self._loading = threading.Lock()

    def load(self) -> None:
        """Read the files, some 0.2 seconds; again is a no-op. In any thread."""
        # Not at the top: programs that never embed would pay for them at their start.
        from safetensors.numpy import load_file  # noqa: PLC0415
        from tokenizers import Tokenizer  # noqa: PLC0415

        with self._loading:
            if self._model is None:
                tokenizer = Tokenizer.from_file(str(self._tokenizer.path))
                tokenizer.no_padding()
                tokenizer.no_truncation()
                weights = load_file(self._weights.path)[_tensor].astype(np.float32)
                self._model = _Model(tokenizer, np.ascontiguousarray(weights))

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text; as of :class:`~retold.embedding.embedder.Embedder`.

        A few short texts are done at once, as that is faster than a hop to a thread; more of them
        in a thread.

        Raises:
            EmptyText: when a text is empty.
            UselessVector: when it has no tokens.
        """
        wanted = checked_texts(self.name, texts)
        if self._model is None or sum(map(len, wanted)) > most_characters_inline:
            return await asyncio.to_thread(self._embed, wanted)
        return self._embed(wanted)

    def _embed(self, texts: list[str]) -> Vectors:
        if self._model is None:
            self.load()
        model = self._model
        assert model is not None  # noqa: S101 - it was loaded above
        tokenizer, weights = model
        sums = np.empty((len(texts), _dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            # One by one: a batch goes through threads of the tokenizer's own, and takes longer.
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            # The sum has the direction of the mean.
            np.sum(weights.take(ids, axis=0, mode="clip"), axis=0, out=sums[row])
        squares = np.einsum("ij,ij->i", sums, sums)
        if not squares.all():
            # Text of which the tokenizer leaves nothing; it says which.
            return unit_rows(self.name, sums.shape, sums)
        sums /= np.sqrt(squares)[:, np.newaxis]
        return sums


class _File(NamedTuple):
    path: Path
    digest: str


def _find(ending: str) -> _File:
    try:
        files = metadata.files(_package) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.as_posix() == f"{_package}/{ending}":
            path = Path(str(file.locate()))
            if path.exists():
                # The installer noted it, so the weights need not be read for the name.
                known = None if file.hash is None else file.hash.value
                return _File(path, known or hashlib.sha256(path.read_bytes()).hexdigest())
    raise EmbedderNotFound(_package, ending)


@lru_cache(maxsize=1)
def default_embedder() -> WordLlamaEmbedder:
    """Return the process's default embedder, of which there is one: its model takes 32 MB.

    Raises:
        EmbedderNotFound: when the package has no model.
    """
    return WordLlamaEmbedder()
