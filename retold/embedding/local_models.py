"""Embedders of models that run in this process by libraries of their own."""

from __future__ import annotations

import asyncio
import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from retold.embedding.checking import checked_texts, unit_rows
from retold.embedding.embedder import Vectors
from retold.errors import EmbedderFailed, EmbeddingError, MissingExtra


class SentenceTransformerModel(Protocol):
    """What is used of ``sentence_transformers.SentenceTransformer``."""

    # It returns an array or tensors, as its options say.
    def encode(self, sentences: list[str], **options: Any) -> Any:
        """Return a vector for each of the sentences."""
        ...


class FastEmbedModel(Protocol):
    """What is used of ``fastembed.TextEmbedding``."""

    def embed(self, documents: list[str], batch_size: int = 256) -> Iterable[ArrayLike]:
        """Yield a vector for each of the documents."""
        ...


class _LocalEmbedder(ABC):
    """Embeds in a thread, one call at a time.

    Attributes:
        name: library, model and version.
        dimension: of the vectors.
    """

    def __init__(self, name: str, dimension: int) -> None:
        self.name = name
        self.dimension = dimension
        # The libraries spread one call over the cores; several at once are no faster, and take
        # the memory of each.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="retold-embedding")

    @abstractmethod
    def _vectors(self, texts: list[str]) -> ArrayLike: ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text; as of :class:`~retold.embedding.embedder.Embedder`.

        Raises:
            EmptyText: when a text is empty.
            WrongDimension, UselessVector: when the model gives what cannot be compared.
            EmbedderFailed: when it raises.
        """
        wanted = checked_texts(self.name, texts)
        if not wanted:
            return unit_rows(self.name, (0, self.dimension), [])
        vectors = await _in_thread(self.name, lambda: self._vectors(wanted), self._thread)
        return unit_rows(self.name, (len(wanted), self.dimension), vectors)


class SentenceTransformerEmbedder(_LocalEmbedder):
    """Embeds by a model of sentence-transformers; needs ``retold[sentence-transformers]``."""

    def __init__(
        self,
        model: SentenceTransformerModel,
        *,
        name: str,
        dimension: int,
        batch_size: int = 32,
    ) -> None:
        """Take a model; :meth:`load` finds one by name.

        Args:
            model: a ``SentenceTransformer``.
            name: stable, with the model's version.
            dimension: of its vectors.
            batch_size: texts that the model is given at a time.
        """
        super().__init__(name, dimension)
        self._model = model
        self._batch_size = batch_size

    @classmethod
    async def load(cls, model: str, *, revision: str | None = None, batch_size: int = 32) -> Self:
        """Load a model, in a thread; from a folder, or as the library finds it.

        Args:
            model: its name, or a folder.
            revision: of the model, which its name then ends with.
            batch_size: as of the class.

        Raises:
            MissingExtra: when the library is not installed.
            EmbedderFailed: when the model cannot be loaded.
        """
        library = _library("sentence_transformers", "sentence-transformers")
        name = f"sentence-transformers/{model}" + ("" if revision is None else f"@{revision}")
        found: SentenceTransformerModel = await _in_thread(
            name, lambda: library.SentenceTransformer(model, revision=revision)
        )
        dimension = len((await _in_thread(name, lambda: _encode(found, ["dimension"], 1)))[0])
        return cls(found, name=name, dimension=dimension, batch_size=batch_size)

    def _vectors(self, texts: list[str]) -> ArrayLike:
        vectors: ArrayLike = _encode(self._model, texts, self._batch_size)
        return vectors


class FastEmbedEmbedder(_LocalEmbedder):
    """Embeds by a model of fastembed; needs ``retold[fastembed]``."""

    def __init__(
        self, model: FastEmbedModel, *, name: str, dimension: int, batch_size: int = 256
    ) -> None:
        """Take a model, a ``TextEmbedding``; the rest is as of the other one."""
        super().__init__(name, dimension)
        self._model = model
        self._batch_size = batch_size

    @classmethod
    async def load(cls, model: str, *, version: str | None = None, batch_size: int = 256) -> Self:
        """Load a model, in a thread.

        Args:
            model: its name, of those that the library supports.
            version: which the name then ends with: the library tells of none.
            batch_size: texts that the model is given at a time.

        Raises:
            MissingExtra: when the library is not installed.
            EmbedderFailed: when the model cannot be loaded.
        """
        library = _library("fastembed", "fastembed")
        name = f"fastembed/{model}" + ("" if version is None else f"@{version}")
        found: FastEmbedModel = await _in_thread(name, lambda: library.TextEmbedding(model))
        (one,) = await _in_thread(name, lambda: list(found.embed(["dimension"], batch_size=1)))
        return cls(found, name=name, dimension=np.asarray(one).size, batch_size=batch_size)

    def _vectors(self, texts: list[str]) -> ArrayLike:
        return np.asarray(list(self._model.embed(texts, batch_size=self._batch_size)))


def _encode(model: SentenceTransformerModel, texts: list[str], batch_size: int) -> Any:
    return model.encode(
        texts, batch_size=batch_size, convert_to_numpy=True, show_progress_bar=False
    )


async def _in_thread(
    name: str, call: Callable[[], Any], thread: ThreadPoolExecutor | None = None
) -> Any:
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, call)
    except EmbeddingError:
        raise
    except Exception as error:
        raise EmbedderFailed(name, type(error).__name__) from error


def _library(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(extra, extra) from error
