"""Who says whether two answers are the same."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from retold.domain.cache.guards import guards_against
from retold.embedding.embedder import Embedder


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two answers, and what they answer.

    Attributes:
        stored_question: last user text of the request whose answer is stored.
        asked_question: last user text of the other one.
        stored_answer: text that is stored.
        fresh_answer: text that the model gave now.
    """

    stored_question: str
    asked_question: str
    stored_answer: str
    fresh_answer: str


class AnswerJudge(Protocol):
    """Says whether who asked would be as well served by the stored answer as by the fresh one."""

    @property
    def name(self) -> str:
        """Stable; kept with each label."""
        ...

    @property
    def is_quick(self) -> bool:
        """Whether callers may wait for it: no network, no more than a few milliseconds."""
        ...

    async def is_same(self, compared: Compared) -> bool:
        """Return whether the answers are the same.

        Raises:
            Exception: when it cannot tell; then nothing is learnt.
        """
        ...


class SameText:
    """Takes two answers to be the same whose texts are, but for case, width, blanks and the end."""

    name = "same_text"
    is_quick = True

    async def is_same(self, compared: Compared) -> bool:
        """Return whether the texts are the same."""
        return plain_text(compared.stored_answer) == plain_text(compared.fresh_answer)


class SameMeaning:
    """Takes two answers to be the same whose texts are, or nearly are by their meaning.

    Where a guard sees a difference, such as another number or a negation, they are not the same.
    """

    is_quick = True

    def __init__(self, embedder: Embedder, *, at_least: float = 0.95) -> None:
        """Store what is needed.

        Args:
            embedder: of the answers.
            at_least: cosine from which on they are the same, from -1 to 1.

        Raises:
            ValueError: when the number is out of range.
        """
        if not -1 <= at_least <= 1:
            raise ValueError(f"at_least: from -1 to 1, not {at_least}")
        self._embedder = embedder
        self._at_least = at_least

    @property
    def name(self) -> str:
        """With the embedder's and the cosine: another one judges otherwise."""
        return f"same_meaning/{self._embedder.name}/{self._at_least:g}"

    async def is_same(self, compared: Compared) -> bool:
        """Return whether the meanings are the same.

        Raises:
            EmbeddingError: when an answer cannot be embedded.
        """
        stored, fresh = compared.stored_answer, compared.fresh_answer
        if plain_text(stored) == plain_text(fresh):
            return True
        if guards_against(stored, fresh):
            return False
        first, second = await self._embedder.embed([stored, fresh])
        return float(np.dot(first, second)) >= self._at_least


def plain_text(text: str) -> str:
    """Return a text without what makes no difference to a reader."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split()).rstrip(".!… ")
