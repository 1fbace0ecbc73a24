"""OpenAI's embeddings, and those of every service that speaks its protocol."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from retold.embedding.checking import checked_texts, unit_rows
from retold.embedding.embedder import Vectors
from retold.errors import EmbedderFailed, MissingExtra, WrongDimension

# The service takes 2,048 texts in a request, and 300,000 tokens in all of them.
_most_in_request = 256


class OpenAIClient(Protocol):
    """What is used of ``openai.AsyncOpenAI``: its ``embeddings``, and of those ``create``."""

    @property
    def embeddings(self) -> Any:
        """The API of embeddings; its signatures have types of the client's own for each option."""
        ...


class OpenAIEmbedder:
    """Embeds by OpenAI's API; needs ``retold[openai]``, unless it is given a client.

    Attributes:
        name: provider, model and dimension.
        dimension: of the vectors.
    """

    def __init__(
        self,
        model: str = "text-embedding-3-small",
        *,
        dimension: int = 1_536,
        shorten: bool = False,
        client: OpenAIClient | None = None,
        provider: str = "openai",
    ) -> None:
        """Make a client, which reads ``OPENAI_API_KEY`` and ``OPENAI_BASE_URL``, or take one.

        Args:
            model: name of the model.
            dimension: of its vectors.
            shorten: ask the service for vectors of that dimension, which some models can give
                shorter than their own.
            client: an ``openai.AsyncOpenAI``, with its own key, address, retries and timeout.
            provider: what the name begins with, for other services of the same protocol: vectors
                of models that happen to be called the same must not meet.

        Raises:
            MissingExtra: when there is no client and ``openai`` is not installed.
            ValueError: when the dimension is below 1.
        """
        if dimension < 1:
            raise ValueError(f"dimension is {dimension}: give that of the model's vectors")
        self.name = f"{provider}/{model}-{dimension}"
        self.dimension = dimension
        self._model = model
        self._options: dict[str, int] = {"dimensions": dimension} if shorten else {}
        self._client = _new_client() if client is None else client

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text; as of :class:`~retold.embedding.embedder.Embedder`.

        Raises:
            EmptyText: when a text is empty.
            WrongDimension, UselessVector: when the service gives what cannot be compared.
            EmbedderFailed: when it refuses, or cannot be reached.
        """
        wanted = checked_texts(self.name, texts)
        parts = [
            await self._request(wanted[start : start + _most_in_request])
            for start in range(0, len(wanted), _most_in_request)
        ]
        return np.concatenate([np.empty((0, self.dimension), dtype=np.float32), *parts])

    async def _request(self, texts: list[str]) -> Vectors:
        try:
            answer = await self._client.embeddings.create(
                model=self._model, input=texts, encoding_format="float", **self._options
            )
            found = {int(one.index): one.embedding for one in answer.data}
        except Exception as error:
            # The client's errors hold the request, which is nobody's business here.
            raise EmbedderFailed(self.name, type(error).__name__) from error
        if sorted(found) != list(range(len(texts))):
            raise WrongDimension(self.name, (len(texts), self.dimension), (len(found), -1))
        rows = [found[place] for place in range(len(texts))]
        return unit_rows(self.name, (len(texts), self.dimension), rows)


def _new_client() -> OpenAIClient:
    try:
        library = importlib.import_module("openai")
    except ImportError as error:
        raise MissingExtra("openai", "openai") from error
    client: OpenAIClient = library.AsyncOpenAI()
    return client
