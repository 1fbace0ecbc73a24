"""Any function that embeds, as an embedder."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from numpy.typing import ArrayLike

from retold.embedding.checking import checked_texts, unit_rows
from retold.embedding.embedder import Vectors
from retold.errors import EmbedderFailed, EmbeddingError

EmbedFunction: TypeAlias = Callable[[list[str]], "ArrayLike | Awaitable[ArrayLike]"]


class CallableEmbedder:
    """Embeds by a function, sync or async.

    Attributes:
        name: of the embedder.
        dimension: of its vectors.
    """

    def __init__(
        self, function: EmbedFunction, *, name: str, dimension: int, in_thread: bool = True
    ) -> None:
        """Store the function.

        Args:
            function: returns a vector for each of the texts, of any length but zero.
            name: stable, with the version of what the function rests on.
            dimension: of its vectors.
            in_thread: call it in a thread. Give False only for one that takes microseconds; one
                that is async is awaited on the event loop either way.

        Raises:
            ValueError: when the name is empty, or the dimension below 1.
        """
        if not name or dimension < 1:
            raise ValueError(f"name is {name!r}, dimension {dimension}: give both")
        self.name = name
        self.dimension = dimension
        self._function = function
        self._in_thread = in_thread and not _is_async(function)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text; as of :class:`~retold.embedding.embedder.Embedder`.

        Raises:
            EmptyText: when a text is empty.
            WrongDimension, UselessVector: when the function gives what cannot be compared.
            EmbedderFailed: when it raises.
        """
        wanted = checked_texts(self.name, texts)
        if not wanted:
            return unit_rows(self.name, (0, self.dimension), [])
        try:
            called = (
                await asyncio.to_thread(self._function, wanted)
                if self._in_thread
                else self._function(wanted)
            )
            vectors = await called if isinstance(called, Awaitable) else called
        except EmbeddingError:
            raise
        except Exception as error:
            raise EmbedderFailed(self.name, type(error).__name__) from error
        return unit_rows(self.name, (len(wanted), self.dimension), vectors)


def _is_async(function: EmbedFunction) -> bool:
    call = getattr(function, "__call__", None)  # noqa: B004 - of an object with an async one
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)
