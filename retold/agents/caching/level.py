"""The levels of a cache: each looks for an answer in its own way, and they are asked in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable
from uuid import UUID

from retold.agents.caching.entries import EntryLog
from retold.agents.caching.key import CacheKey
from retold.agents.resilience.call_facts import CallFacts
from retold.domain.cache.decision import MeaningDecision
from retold.domain.cache.entry import ExpireEntry
from retold.domain.cache.events import CacheEntryStored, LevelMiss, MissReason
from retold.domain.cache.meaning import CacheEntryEmbedded
from retold.embedding.embedder import Vectors
from retold.store import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where the meaning of a question is, among those it is compared with.

    Attributes:
        partition: of the index.
        embedder: name of what made the vectors.
        vector: of the question with the turn before it, shape ``(dimension,)``, of length 1.
        context_vector: of the turn before alone; None for the first turn.
    """

    partition: str
    embedder: str
    vector: Vectors
    context_vector: Vectors | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """What was nearest to a question that a level did not answer.

    Attributes:
        placed: where the question is.
        entry: the nearest entry that was there; None when there was none.
        similarity: of it.
        decision: what was weighed.
        probability: with which such a request is asked anew.
    """

    placed: Placed
    entry: CacheEntryStored | None
    similarity: float
    decision: MeaningDecision
    probability: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What an answer is looked for by.

    Attributes:
        cache: name of the cache.
        key: of the request.
        store: the log.
        entries: of it.
        at: now, by the cache's clock.
        max_age: how old an answer may be; None for any age.
        read_only_tools: names of the tools an answer may call.
        facts: of the call, for the events a level records.
        near: what levels found near the question, by their names.
    """

    cache: str
    key: CacheKey
    store: EventStore
    entries: EntryLog
    at: datetime
    max_age: timedelta | None
    read_only_tools: frozenset[str]
    facts: CallFacts
    near: dict[str, Near] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An answer that a level would serve.

    Attributes:
        entry: the entry.
        level: name of the level.
        similarity: of the two requests; None where only equal ones are found.
        threshold: it had to reach.
        decision: what was weighed; None where only equal ones are found.
    """

    entry: CacheEntryStored
    level: str
    similarity: float | None = None
    threshold: float | None = None
    decision: MeaningDecision | None = None


class CacheLevel(Protocol):
    """Looks for an answer.

    A level records what it finds out about entries, such as that one is over its time; whether its
    answer is served, and what it found instead, is recorded by the cache, for all levels together.
    """

    @property
    def name(self) -> str:
        """Stable; kept in hits and misses."""
        ...

    async def find(self, lookup: Lookup) -> Found | LevelMiss:
        """Return an answer to serve, or why there is none.

        Args:
            lookup: what it is looked for by.

        Raises:
            StoreError: when the log cannot be read or written.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshAnswer:
    """What a model answered after a miss.

    Attributes:
        lookup: that found nothing to serve.
        text: of the answer, which is nothing but text.
        tags: it is to be stored with.
        source: likewise.
        missed: id of the event that tells of the miss; None when it is not recorded.
    """

    lookup: Lookup
    text: str
    tags: Mapping[str, str]
    source: str | None
    missed: UUID | None


@runtime_checkable
class LearningLevel(CacheLevel, Protocol):
    """A level that learns from what the model answers instead."""

    def embedded(self, lookup: Lookup, entry: str) -> CacheEntryEmbedded | None:
        """Return the meaning under which an entry is stored; None when it has none.

        Args:
            lookup: after which it is stored.
            entry: its id.
        """
        ...

    async def same_as_stored(self, fresh: FreshAnswer) -> bool:
        """Return whether a stored answer is judged to be the fresh one, so that it need not be.

        It is then found under the request's own key, too.

        Raises:
            StoreError: when the log cannot be read or written.
        """
        ...

    async def learn_later(self, fresh: FreshAnswer) -> None:
        """Learn what takes longer than its caller should wait for.

        Raises:
            StoreError: when the log cannot be read or written.
        """
        ...


class ExactLevel:
    """Finds the answer to an equal request, or to one judged to have the same, by its key."""

    name = "exact"

    async def find(self, lookup: Lookup) -> Found | LevelMiss:
        """Return the answer under the request's key, or why there is none."""
        state = await lookup.entries.answering(lookup.key.key)
        reason = state.absent_because(lookup.at, lookup.max_age)
        if reason == "expired" and state.stored is not None:
            await let_expire(lookup, state.stored)
        if reason is None and state.stored is not None:
            if may_call(state.stored.tools, lookup.read_only_tools):
                return Found(entry=state.stored, level=self.name)
            reason = "not_allowed"
        return exact_miss(reason or "absent", state.entry)


async def let_expire(lookup: Lookup, entry: CacheEntryStored) -> None:
    """Record that an entry's time is over.

    Raises:
        StoreError: when the log cannot be read or written.
    """
    expire = ExpireEntry(entry=entry.entry, at=lookup.at)
    await lookup.entries.decide(entry.key, expire, **lookup.facts)


def exact_miss(reason: MissReason, entry: str | None = None) -> LevelMiss:
    """Return what the exact level found instead of an answer."""
    return LevelMiss(level=ExactLevel.name, reason=reason, entry=entry)


def may_call(tools: Collection[str], read_only: frozenset[str]) -> bool:
    """Return whether an answer that calls these tools may be given without asking a model.

    Args:
        tools: that it calls, by name.
        read_only: those that are known to change nothing.
    """
    return read_only.issuperset(tools)
