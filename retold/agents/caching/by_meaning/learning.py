"""Comparing what a model answered with the nearest stored answer, and what that leads to."""

from __future__ import annotations

from retold.agents.caching.by_meaning.judges import Compared
from retold.agents.caching.by_meaning.known import known_of
from retold.agents.caching.by_meaning.labels import label_append
from retold.agents.caching.by_meaning.meaning import Meaning
from retold.agents.caching.level import FreshAnswer, Near
from retold.agents.resilience.call_facts import CallFacts
from retold.domain.cache.entry import AddAlias, VetoEntry
from retold.domain.cache.events import CacheEntryStored
from retold.domain.cache.meaning import CacheAliasAdded, CacheLabelled
from retold.embedding.vector_text import vector_to_text
from retold.errors import RetoldError
from retold.logs import get_logger
from retold.projections.payload import mapping_of, message_text

log = get_logger("retold.cache")


class Learning:
    """Compares answers, and records what came of it.

    Answers that are the same: a label, and the request's key becomes an alias of the entry, unless
    the two are made from other sources, or have other tags. Answers
    that are not: a label, and a veto of the entry at that similarity, unless the context or the
    verifier was in the way already, which says why they differ. With a judge that takes long
    the answer has its own entry by the time it is judged, so there is no need of an alias.
    """

    def __init__(self, meaning: Meaning, level: str) -> None:
        """Store what is needed.

        Args:
            meaning: how meanings are compared.
            level: name of the level.
        """
        self._meaning = meaning
        self._level = level

    async def same_as_stored(self, fresh: FreshAnswer) -> bool:
        """Compare with a quick judge; return whether the request is an alias now."""
        near, entry = self._comparable(fresh)
        if near is None or entry is None or not self._meaning.judge.is_quick:
            return False
        equal = await self._judged(fresh, near, entry)
        if equal is None:
            return False
        # Whoever invalidates by what the fresh answer is made from must find it.
        alike = entry.tags == fresh.tags and entry.source == fresh.source
        return await self._record(fresh, near, entry, equal=equal, with_alias=alike)

    async def learn_later(self, fresh: FreshAnswer) -> None:
        """Compare with a judge that takes long, besides; closing the log waits for it."""
        near, entry = self._comparable(fresh)
        if near is None or entry is None or self._meaning.judge.is_quick:
            return
        known_of(fresh.lookup.store).later(self._later(fresh, near, entry))

    async def _later(self, fresh: FreshAnswer, near: Near, entry: CacheEntryStored) -> None:
        equal = await self._judged(fresh, near, entry)
        if equal is None:
            return
        try:
            await self._record(fresh, near, entry, equal=equal, with_alias=False)
        except RetoldError as error:
            log.warning("label not written", entry=entry.entry, error=error.code)

    def _comparable(self, fresh: FreshAnswer) -> tuple[Near | None, CacheEntryStored | None]:
        near = fresh.lookup.near.get(self._level)
        entry = None if near is None else near.entry
        # An older answer to the same request differs as time went by, and not by what was asked.
        own = entry is not None and entry.key == fresh.lookup.key.key
        too_old = near is not None and near.decision.barred in {"too_old", "not_allowed"}
        return (None, None) if own or too_old else (near, entry)

    async def _judged(self, fresh: FreshAnswer, near: Near, entry: CacheEntryStored) -> bool | None:
        judge = self._meaning.judge
        compared = Compared(
            stored_question=near.decision.near_question or entry.question or "",
            asked_question=fresh.lookup.key.question or "",
            stored_answer=message_text(mapping_of(entry.answer.response)) or "",
            fresh_answer=fresh.text,
        )
        try:
            return await judge.is_same(compared)
        except Exception as error:  # whatever a judge of yours raises, there is no label
            log.warning("answers not judged", judge=judge.name, error=type(error).__name__)
            return None

    async def _record(
        self,
        fresh: FreshAnswer,
        near: Near,
        entry: CacheEntryStored,
        *,
        equal: bool,
        with_alias: bool,
    ) -> bool:
        lookup, decision, judge = fresh.lookup, near.decision, self._meaning.judge.name
        facts: CallFacts = {**lookup.facts}
        facts["caused_by"] = fresh.missed or facts["caused_by"]
        label = CacheLabelled(
            scope=decision.scope,
            cache=lookup.cache,
            entry=entry.entry,
            key=lookup.key.key,
            similarity=near.similarity,
            score=decision.score,
            equal=equal,
            probability=near.probability,
            source="audit" if decision.audited else "miss",
            judge=judge,
            guards=tuple(note.guard for note in decision.guards),
            barred=decision.barred,
            lookup=None if fresh.missed is None else str(fresh.missed),
        )
        label_id, append = label_append(label, facts)
        facts["caused_by"] = label_id
        if not equal and decision.barred not in {"context", "verifier"}:
            score = near.similarity if decision.score is None else decision.score
            veto = VetoEntry(entry=entry.entry, similarity=score, by=str(label_id))
            await lookup.entries.decide(entry.key, veto, beside=[append], **facts)
            return False
        if not equal or not with_alias:
            await lookup.entries.append_beside([append])
            return False
        placed, context = near.placed, near.placed.context_vector
        alias = CacheAliasAdded(
            entry=entry.entry,
            entry_key=entry.key,
            key=lookup.key.key,
            question=lookup.key.question or "",
            partition=placed.partition,
            embedder=placed.embedder,
            dimension=len(placed.vector),
            vector=vector_to_text(placed.vector),
            context_vector=None if context is None else vector_to_text(context),
            similarity=near.similarity,
            judge=judge,
        )
        add = AddAlias(alias=alias, at=lookup.at)
        await lookup.entries.decide(lookup.key.key, add, beside=[append], **facts)
        return True
