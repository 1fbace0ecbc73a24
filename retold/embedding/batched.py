"""Texts of several callers, embedded together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retold.embedding.checking import checked_texts
from retold.embedding.embedder import Embedder, Vectors
from retold.errors import EmbedderFailed, EmbeddingError


@dataclass(slots=True, eq=False)
class _Call:
    texts: list[str]
    done: asyncio.Future[Vectors]


class BatchedEmbedder:
    """Embeds what is asked for at the same time in one batch.

    Nothing waits for a clock: a batch is what was asked for in one round of the event loop, or
    while the batch before was under way. So a call alone is as fast as without this, and the
    busier it gets, the larger the batches.

    Attributes:
        name: of the embedder behind it: the vectors are the same.
        dimension: likewise.
    """

    def __init__(self, embedder: Embedder, *, most: int = 256) -> None:
        """Store the embedder.

        Args:
            embedder: what embeds.
            most: texts of a batch at the most; a call that has more is not split.

        Raises:
            ValueError: when ``most`` is below 1.
        """
        if most < 1:
            raise ValueError(f"most is {most}: a batch has one text at least")
        self.name = embedder.name
        self.dimension = embedder.dimension
        self._embedder = embedder
        self._most = most
        self._waiting: list[_Call] = []
        self._worker: asyncio.Task[None] | None = None

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text; errors as of the embedder behind it.

        A batch that fails is done again call by call, so a text that cannot be embedded fails
        its own call only. A call that is cancelled leaves the others as they are.
        """
        wanted = checked_texts(self.name, texts)
        if not wanted:
            return np.empty((0, self.dimension), dtype=np.float32)
        loop = asyncio.get_running_loop()
        call = _Call(wanted, loop.create_future())
        self._waiting.append(call)
        if self._worker is None or self._worker.done() or self._worker.get_loop() is not loop:
            # What another event loop left behind is nobody's any more.
            self._waiting = [call]
            self._worker = loop.create_task(self._work(), name="retold-embedding")
        return await call.done

    async def _work(self) -> None:
        # Whoever else asks in this round of the event loop comes along.
        await asyncio.sleep(0)
        while self._waiting:
            batch = self._next_batch()
            try:
                await self._embed_all(batch)
            except BaseException as error:
                for call in batch + self._waiting:
                    if not call.done.done():
                        failed = EmbedderFailed(self.name, "the batch was given up")
                        failed.__cause__ = error
                        call.done.set_exception(failed)
                self._waiting.clear()
                raise

    def _next_batch(self) -> list[_Call]:
        self._waiting = [call for call in self._waiting if not call.done.done()]
        batch: list[_Call] = []
        count = 0
        for call in self._waiting:
            count += len(call.texts)
            if batch and count > self._most:
                break
            batch.append(call)
        del self._waiting[: len(batch)]
        return batch

    async def _embed_all(self, batch: list[_Call]) -> None:
        places: dict[str, int] = {}
        for call in batch:
            for text in call.texts:
                places.setdefault(text, len(places))
        if not places:
            return
        try:
            vectors = await self._embedder.embed(list(places))
        except EmbeddingError as error:
            if len(batch) == 1:
                _fail(batch[0], error)
                return
            for call in batch:
                await self._embed_all([call])
            return
        except Exception as error:
            for call in batch:
                _fail(call, error)
            return
        for call in batch:
            if not call.done.done():
                call.done.set_result(vectors[[places[text] for text in call.texts]])


def _fail(call: _Call, error: Exception) -> None:
    if not call.done.done():
        call.done.set_exception(error)


def batched(embedder: Embedder, *, most: int = 256) -> BatchedEmbedder:
    """Return an embedder that joins calls; arguments as of :class:`BatchedEmbedder`."""
    return BatchedEmbedder(embedder, most=most)
