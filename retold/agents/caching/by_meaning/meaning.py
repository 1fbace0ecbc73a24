"""How a cache compares meanings."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from retold.agents.caching.by_meaning.judges import AnswerJudge, SameMeaning
from retold.agents.caching.by_meaning.policies import RiskControlled, ThresholdPolicy
from retold.domain.cache.following import least_context
from retold.embedding.embedder import Embedder
from retold.embedding.wordllama import default_embedder

Verifier: TypeAlias = Callable[[str, str, str], Awaitable[bool]]
"""Says whether the answer to the first question may be served to the second one: it is given the
stored question, the asked one, and the stored answer."""


class Meaning:
    """Lets a cache serve the answer to a question that means the same.

    Given to one: ``Cache(meaning=Meaning())``.
    Only answers of text are served so. Whatever else there is in two requests must be equal; for
    follow-ups what was said before must mean the same, too.
    """

    def __init__(  # noqa: PLR0913 - each is an option of its own
        self,
        *,
        embedder: Embedder | None = None,
        policy: ThresholdPolicy | None = None,
        judge: AnswerJudge | None = None,
        verifier: Verifier | None = None,
        guards: bool = True,
        shadow: bool = False,
        context_at_least: float = least_context,
        risk_scope: str | None = None,
        snapshots: Path | str | None = None,
        randomness: random.Random | None = None,
    ) -> None:
        """Store how meanings are compared.

        Args:
            embedder: of questions; the packaged one, which needs no network, by default.
            policy: what chooses the threshold; by default wrong answers are kept to one in a
                hundred requests.
            judge: says whether two answers are the same; by their meaning, with the same embedder,
                by default.
            verifier: asked before an answer is served; None for nobody.
            guards: whether nothing is served that guards speak against; otherwise what they say
                is recorded only.
            shadow: whether it is only decided and recorded, and never served.
            context_at_least: cosine that what was said before two follow-ups must have.
            risk_scope: name of what shares a threshold; that of the cache by default.
            snapshots: folder of the index's files, so that a process need not read the whole log;
                that of the first cache on a log counts in a process. None to keep none.
            randomness: draws which hits are asked anew.

        Raises:
            ValueError: when a number is out of range.
            EmbeddingError: when there is no embedder.
        """
        if not -1 <= context_at_least <= 1:
            raise ValueError(f"context_at_least: from -1 to 1, not {context_at_least}")
        self.embedder = embedder or default_embedder()
        self.policy = policy or RiskControlled()
        self.judge = judge or SameMeaning(self.embedder)
        self.verifier = verifier
        self.guards = guards
        self.shadow = shadow
        self.context_at_least = context_at_least
        self.risk_scope = risk_scope
        self.snapshots = None if snapshots is None else Path(snapshots)
        # Nobody gains by guessing which hits are asked anew, and the system's takes a tenth of a
        # millisecond.
        self._randomness = randomness or random.Random()  # noqa: S311 - as said

    @property
    def verifier_name(self) -> str | None:
        """As it is recorded; None without one."""
        if self.verifier is None:
            return None
        return getattr(self.verifier, "__qualname__", type(self.verifier).__qualname__)

    def draw(self, probability: float) -> bool:
        """Return whether something of a probability, from 0 to 1, happens."""
        return probability > 0 and self._randomness.random() < probability
