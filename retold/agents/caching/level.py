"""The levels of a cache: each looks for an answer in its own way, and they are asked in order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from retold.agents.caching.entries import EntryLog
from retold.agents.caching.key import CacheKey
from retold.agents.resilience.call_facts import CallFacts
from retold.domain.cache.entry import ExpireEntry
from retold.domain.cache.events import CacheEntryStored, LevelMiss, MissReason
from retold.store import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What an answer is looked for by.

    Attributes:
        key: of the request.
        store: the log.
        entries: of it.
        at: now, by the cache's clock.
        max_age: how old an answer may be; None for any age.
        read_only_tools: names of the tools an answer may call.
        facts: of the call, for the events a level records.
    """

    key: CacheKey
    store: EventStore
    entries: EntryLog
    at: datetime
    max_age: timedelta | None
    read_only_tools: frozenset[str]
    facts: CallFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An answer that a level would serve.

    Attributes:
        entry: the entry.
        level: name of the level.
        similarity: of the two requests; None where only equal ones are found.
        threshold: it had to reach.
    """

    entry: CacheEntryStored
    level: str
    similarity: float | None = None
    threshold: float | None = None


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


class ExactLevel:
    """Finds the answer to an equal request, by its key."""

    name = "exact"

    async def find(self, lookup: Lookup) -> Found | LevelMiss:
        """Return the answer under the request's key, or why there is none."""
        key = lookup.key.key
        state = await lookup.entries.state(key)
        reason = state.absent_because(lookup.at, lookup.max_age)
        if reason == "expired" and state.entry is not None:
            expire = ExpireEntry(entry=state.entry, at=lookup.at)
            await lookup.entries.decide(key, expire, **lookup.facts)
        if reason is None and state.stored is not None:
            if may_call(state.stored.tools, lookup.read_only_tools):
                return Found(entry=state.stored, level=self.name)
            reason = "not_allowed"
        return exact_miss(reason or "absent", state.entry)


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
