"""The levels that compare meanings: one for first questions, one for follow-ups."""

from __future__ import annotations

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import numpy as np

from retold.agents.caching.by_meaning.known import Known, known_of
from retold.agents.caching.by_meaning.labels import scope_of
from retold.agents.caching.by_meaning.learning import Learning
from retold.agents.caching.by_meaning.meaning import Meaning
from retold.agents.caching.key import CacheKey
from retold.agents.caching.level import Found, FreshAnswer, Lookup, Near, Placed, let_expire
from retold.domain.cache.decision import Bar, GuardNote, MeaningDecision, MeaningReason
from retold.domain.cache.entry import CacheEntryState
from retold.domain.cache.events import CacheEntryStored, LevelMiss
from retold.domain.cache.following import (
    context_agrees,
    context_text,
    earlier_question,
    question_weight,
)
from retold.domain.cache.guards import guards_against, is_refused
from retold.domain.cache.meaning import CacheEntryEmbedded
from retold.embedding.embedder import Vectors
from retold.embedding.vector_text import vector_to_text
from retold.logs import get_logger
from retold.projections.payload import mapping_of, message_text
from retold.projections.semantic_index import Neighbour

log = get_logger("retold.cache")


# Neighbours to look at when the nearest are gone, as the index has not heard of it yet.
_many = 24


class _Nearest(NamedTuple):
    """The nearest entry, as the index and the log have it, and what is held to the threshold."""

    neighbour: Neighbour
    state: CacheEntryState
    entry: CacheEntryStored
    score: float


class MeaningLevel(ABC):
    """Finds the answer to a question that means the same, within a partition.

    The partition has everything that must be equal: tenant, scope, provider, model, parameters,
    prompt, tools, response schema and the embedder. What is found is looked up in the log again
    before it is served.
    """

    name: ClassVar[str]
    _looked_at: ClassVar[int] = 1

    def __init__(self, meaning: Meaning) -> None:
        """Store how meanings are compared."""
        self._meaning = meaning
        self._learning = Learning(meaning, self.name)

    async def find(self, lookup: Lookup) -> Found | LevelMiss:
        """Return an answer to a question that means the same, or why there is none."""
        texts = self._texts(lookup.key)
        if isinstance(texts, str):
            return LevelMiss(level=self.name, reason=texts)
        placed = await self._place(lookup.key, texts)
        if placed is None:
            return LevelMiss(level=self.name, reason="not_embedded")
        known = known_of(lookup.store, self._meaning.snapshots)
        await known.ready()
        scope = scope_of(
            self._meaning.risk_scope or lookup.cache, self.name, self._meaning.embedder.name
        )
        decision = MeaningDecision(
            scope=scope,
            policy=self._meaning.policy.name,
            embedder=placed.embedder,
            shadow=self._meaning.shadow,
        )
        found = await self._nearest(lookup, known, placed)
        if isinstance(found, str):
            lookup.near[self.name] = Near(
                placed=placed, entry=None, similarity=-1.0, decision=decision
            )
            return LevelMiss(level=self.name, reason=found, decision=decision)
        return await self._decide(lookup, known, placed, decision, found)

    def embedded(self, lookup: Lookup, entry: str) -> CacheEntryEmbedded | None:
        """Return the meaning an entry is stored with; see ``LearningLevel``."""
        near = lookup.near.get(self.name)
        if near is None:
            return None
        placed = near.placed
        context = placed.context_vector
        return CacheEntryEmbedded(
            entry=entry,
            partition=placed.partition,
            embedder=placed.embedder,
            dimension=len(placed.vector),
            vector=vector_to_text(placed.vector),
            context_vector=None if context is None else vector_to_text(context),
        )

    async def same_as_stored(self, fresh: FreshAnswer) -> bool:
        """Compare at once where that is quick; see ``LearningLevel``."""
        return await self._learning.same_as_stored(fresh)

    async def learn_later(self, fresh: FreshAnswer) -> None:
        """Compare later where that is not quick; see ``LearningLevel``."""
        await self._learning.learn_later(fresh)

    @abstractmethod
    def _texts(self, key: CacheKey) -> list[str] | MeaningReason:
        """Return the texts to embed: the question, then what was said before; or why not."""

    async def _place(self, key: CacheKey, texts: list[str]) -> Placed | None:
        embedder = self._meaning.embedder
        try:
            vectors = await embedder.embed(texts)
        except Exception as error:  # whatever an embedder of yours raises, the model can be asked
            log.warning("question not embedded", embedder=embedder.name, error=type(error).__name__)
            return None
        vector, context_vector = self._vectors(vectors)
        return Placed(
            partition=index_partition(key, embedder.name, self.name),
            embedder=embedder.name,
            vector=vector,
            context_vector=context_vector,
        )

    def _vectors(self, embedded: Vectors) -> tuple[Vectors, Vectors | None]:
        """Return what is compared, of the vectors of the texts: the question, and the context."""
        return embedded[0], None

    async def _nearest(
        self, lookup: Lookup, known: Known, placed: Placed
    ) -> _Nearest | MeaningReason:
        """Return the nearest entry that is there by the log, whatever the index says.

        One after something that means the same goes before nearer ones that do not.
        """
        seen = set[str]()
        nearest: _Nearest | None = None
        for many in (max(self._looked_at, self._meaning.policy.neighbours), _many):
            neighbours = await known.index.nearest(
                placed.partition, placed.vector, k=many, context_vector=placed.context_vector
            )
            for neighbour in neighbours:
                if neighbour.key in seen:
                    continue
                seen.add(neighbour.key)
                state = await lookup.entries.state(neighbour.entry_key)
                entry = state.stored
                if entry is None or entry.entry != neighbour.entry:
                    continue
                if state.is_over(lookup.at):
                    await let_expire(lookup, entry)
                    continue
                # The index is no place to trust with whose answer it is.
                if entry.partition != lookup.key.partition:
                    continue
                agrees = self._context_agrees(neighbour)
                found = _Nearest(neighbour, state, entry, self._score(neighbour, neighbours))
                if agrees:
                    return found
                nearest = nearest or found
            if len(neighbours) < many:
                break
        return nearest or ("gone" if seen else "nothing_near")

    def _score(self, nearest: Neighbour, neighbours: Sequence[Neighbour]) -> float:
        """Return what is held to the threshold, by those that could be meant as well."""
        around = [
            (neighbour.entry, neighbour.similarity)
            for neighbour in neighbours
            if neighbour.similarity <= nearest.similarity
            and neighbour is not nearest
            and self._context_agrees(neighbour)
        ]
        return self._meaning.policy.score([(nearest.entry, nearest.similarity), *around])

    async def _decide(
        self,
        lookup: Lookup,
        known: Known,
        placed: Placed,
        decision: MeaningDecision,
        nearest: _Nearest,
    ) -> Found | LevelMiss:
        meaning, (neighbour, state, entry, score) = self._meaning, nearest
        similarity = neighbour.similarity
        near_question = await self._near_question(lookup, neighbour, entry)
        risk = known.risks.of(decision.scope)
        threshold = meaning.policy.threshold(risk)
        reaches = score >= threshold
        barred = self._barred(lookup, nearest)
        # Farther away they are right of nearly every pair, which says nothing of near ones.
        findings = (
            risk.weighed(guards_against(near_question, lookup.key.question or ""))
            if reaches and barred is None
            else ()
        )
        if meaning.guards and is_refused(findings):
            barred = "guarded"
        verifier, probability, audited = None, 0.0, False
        if reaches and barred is None and meaning.verifier is not None:
            verifier = meaning.verifier_name
            if not await self._verified(near_question, lookup, entry):
                barred = "verifier"
        if reaches and barred is None:
            probability = meaning.policy.audit_probability(score, risk)
            audited = not meaning.shadow and meaning.draw(probability)
        decision = decision.model_copy(
            update={
                "entry_key": neighbour.entry_key,
                "near_key": neighbour.key,
                "near_question": near_question,
                "score": score,
                "context_similarity": neighbour.context_similarity,
                "veto": state.veto,
                "guards": tuple(
                    GuardNote(guard=f.guard, precision=f.precision, detail=f.detail)
                    for f in findings
                ),
                "barred": barred,
                "verifier": verifier,
                "audit_probability": probability,
                "audited": audited,
            }
        )
        shown = threshold if math.isfinite(threshold) else None
        reason = _reason(decision, shown, reaches=reaches)
        if reason is None:
            return Found(
                entry=entry,
                level=self.name,
                similarity=similarity,
                threshold=shown,
                decision=decision,
            )
        lookup.near[self.name] = Near(
            placed=placed,
            entry=entry,
            similarity=similarity,
            decision=decision,
            probability=probability if audited else 1.0,
        )
        return LevelMiss(
            level=self.name,
            reason=reason,
            entry=entry.entry,
            similarity=similarity,
            threshold=shown,
            decision=decision,
        )

    def _barred(self, lookup: Lookup, nearest: _Nearest) -> Bar | None:
        """Return what speaks against serving an entry, however near it is."""
        neighbour, state, entry, score = nearest
        if entry.tools:
            return "not_allowed"
        if state.absent_because(lookup.at, lookup.max_age) == "too_old":
            return "too_old"
        if not self._context_agrees(neighbour):
            return "context"
        return "vetoed" if state.is_vetoed(score) else None

    def _context_agrees(self, neighbour: Neighbour) -> bool:
        return True

    async def _near_question(
        self, lookup: Lookup, neighbour: Neighbour, entry: CacheEntryStored
    ) -> str:
        if neighbour.key == neighbour.entry_key:
            return entry.question or ""
        alias = (await lookup.entries.state(neighbour.key)).alias
        return entry.question or "" if alias is None else alias.question

    async def _verified(self, near_question: str, lookup: Lookup, entry: CacheEntryStored) -> bool:
        verifier = self._meaning.verifier
        try:
            return verifier is None or await verifier(
                near_question, lookup.key.question or "", answer_text(entry)
            )
        except Exception as error:  # whatever a verifier of yours raises, it did not say yes
            log.warning("verifier failed", error=type(error).__name__)
            return False


class SemanticLevel(MeaningLevel):
    """Finds the answer to a first question that means the same."""

    name = "semantic"

    def _texts(self, key: CacheKey) -> list[str] | MeaningReason:
        if not (key.question or "").strip():
            return "no_question"
        return [key.question or ""] if key.begins else "follow_up"


class ContextualLevel(MeaningLevel):
    """Finds the answer to a follow-up that means the same after something that means the same."""

    name = "contextual"
    _looked_at = 8

    def _texts(self, key: CacheKey) -> list[str] | MeaningReason:
        if not (key.question or "").strip():
            return "no_question"
        if key.begins or key.before is None or not key.before.strip():
            return "first_turn"
        # Nothing of a turn without text can be compared.
        return [key.question or "", earlier_question(key.before), context_text(key.before)]

    def _vectors(self, embedded: Vectors) -> tuple[Vectors, Vectors | None]:
        question, earlier, context = embedded
        mixed = question_weight * question + (1 - question_weight) * earlier
        return mixed / np.linalg.norm(mixed), context

    def _context_agrees(self, neighbour: Neighbour) -> bool:
        agreement = neighbour.context_similarity
        return agreement is not None and context_agrees(
            agreement, at_least=self._meaning.context_at_least
        )


def _reason(
    decision: MeaningDecision, threshold: float | None, *, reaches: bool
) -> MeaningReason | None:
    """Return why an entry is not served; None when it is."""
    if not reaches:
        return "learning" if threshold is None else "below_threshold"
    if decision.barred is not None:
        return decision.barred
    if decision.audited:
        return "audited"
    return "shadow" if decision.shadow else None


def index_partition(key: CacheKey, embedder: str, level: str) -> str:
    """Return the partition of the index that a request's meaning is in.

    What was said before the turn before has no vector, so it must be equal: conversations that are
    about something else may well have their last turns in common.

    Args:
        key: of the request.
        embedder: name of what makes the vectors.
        level: name of the level.
    """
    parts = (key.partition, level, embedder, key.earlier or "")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def answer_text(entry: CacheEntryStored) -> str:
    """Return the text of a stored answer."""
    return message_text(mapping_of(entry.answer.response)) or ""
