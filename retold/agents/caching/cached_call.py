"""One call to a model on its way through a cache."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from ag2.events import ModelResponse

from retold.agents.caching.answer import (
    ReplayedAnswer,
    only_text,
    stored_form,
    tools_in,
    why_not_stored,
)
from retold.agents.caching.by_meaning.known import note_lookup
from retold.agents.caching.entries import EntryLog
from retold.agents.caching.flight import Flight, Flights, ProcessFlights, pauses
from retold.agents.caching.key import CacheKey, key_version
from retold.agents.caching.level import (
    CacheLevel,
    Found,
    FreshAnswer,
    LearningLevel,
    Lookup,
    exact_miss,
    may_call,
)
from retold.agents.caching.served import current_notes
from retold.agents.recording_client import usage_counts
from retold.agents.resilience.call_facts import CallFacts
from retold.agents.resilience.guarded_model import ModelCall
from retold.domain.cache.entry import ExtendEntry, StoreEntry
from retold.domain.cache.events import (
    CacheAnswerNotStored,
    CacheCoalesced,
    CacheEntryStored,
    CacheHit,
    CacheMissed,
    LevelMiss,
    miss_reason,
)
from retold.domain.event import DomainEvent
from retold.errors import RetoldError
from retold.logs import get_logger
from retold.store import EventStore
from retold.store.row import new_event_id

log = get_logger("retold.cache")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheRules:
    """What a cache does, whoever asks; the attributes are the arguments of ``Cache``."""

    name: str
    ttl: timedelta | None
    sliding: bool
    max_age: timedelta | None
    capacity: int | None
    evict: Literal["lru", "cost"]
    read_only_tools: frozenset[str]
    accepts: Callable[[ModelResponse], bool] | None
    cost: Callable[[str | None, Mapping[str, float]], float | None] | None
    single_flight: bool
    lease_seconds: float
    clock: Callable[[], datetime]


@dataclass(eq=False, slots=True, kw_only=True)
class CachedCall:
    """Looks for an answer, and asks the model when there is none.

    Attributes:
        rules: of the cache.
        levels: asked in order.
        call: to the model.
        key: of its request.
        store: the log.
        entries: of the log.
        flights: under way in this process.
        processes: under way in others.
        facts: of the call.
        tags: of what it stores.
        source: of what it stores.
        misses: what the levels found, when they were asked last.
        lookup: by which they were asked.
    """

    rules: CacheRules
    levels: Sequence[CacheLevel]
    call: ModelCall
    key: CacheKey
    store: EventStore
    entries: EntryLog
    flights: Flights
    processes: ProcessFlights
    facts: CallFacts
    tags: dict[str, str]
    source: str | None
    misses: tuple[LevelMiss, ...] = ()
    lookup: Lookup | None = None
    _began: float = field(default_factory=time.monotonic)

    async def answer(self) -> tuple[ModelResponse, CacheEntryStored | None]:
        """Return the answer, and the entry that was stored, when one was.

        Raises:
            TurnAborted: when a decision cannot be recorded.
            StoreError: when the log cannot be read or written.
            Exception: what the model's client raises.
        """
        served = await self._looked_up()
        if served is not None:
            return served, None
        if not self.rules.single_flight:
            return await self._ask()
        while (flight := self.flights.under_way(self.key.key)) is not None:
            await flight.over.wait()
            if flight.stored is not None:
                served = await self._coalesced(flight.stored, across_processes=False)
                if served is not None:
                    return served, None
            if flight.stored is not None or not flight.is_shared:
                # It cannot be shared: the others ask by themselves, too, and all at once.
                return await self._ask()
        with self.flights.begin(self.key.key) as flight:
            return await self._lead(flight)

    async def _lead(self, flight: Flight) -> tuple[ModelResponse, CacheEntryStored | None]:
        """Ask for all equal requests, unless another process does."""
        seconds, waited = self.rules.lease_seconds, False
        for pause in pauses():
            lease = await self.processes.take(self.key.key, seconds)
            if lease is not None:
                async with self.processes.held(lease, self.key.key, seconds):
                    stored = await self._stored_meanwhile()
                    if stored is None:
                        return await self._ask(flight)
            else:
                waited = True
                await asyncio.sleep(pause)
                stored = await self._stored_meanwhile()
                if stored is None:
                    continue
            flight.stored = stored
            if waited:
                served = await self._coalesced(stored, across_processes=True)
            else:
                served = await self._hit(Found(entry=stored, level="exact"))
            return (served, None) if served is not None else await self._ask(flight)
        raise AssertionError("pauses never end")

    async def _looked_up(self) -> ModelResponse | None:
        misses: list[LevelMiss] = []
        lookup = self.lookup = Lookup(
            cache=self.rules.name,
            key=self.key,
            store=self.store,
            entries=self.entries,
            at=self.rules.clock(),
            max_age=self.rules.max_age,
            read_only_tools=self.rules.read_only_tools,
            facts=self.facts,
        )
        for level in self.levels:
            found = await level.find(lookup)
            if isinstance(found, LevelMiss):
                misses.append(found)
                continue
            served = await self._hit(found)
            if served is not None:
                return served
            misses.append(LevelMiss(level=level.name, reason="unreadable", entry=found.entry.entry))
        self.misses = tuple(misses)
        return None

    async def _stored_meanwhile(self) -> CacheEntryStored | None:
        """Return what another process stored since this request was looked up; None for nothing.

        However young an answer the reader wants: it is what the model would have been asked for.
        """
        state = await self.entries.answering(self.key.key)
        now = self.rules.clock()
        known = {miss.entry for miss in self.misses}
        if state.stored is None or state.is_over(now) or state.entry in known:
            return None
        if not may_call(state.stored.tools, self.rules.read_only_tools):
            return None
        return state.stored

    async def _hit(self, found: Found) -> ModelResponse | None:
        entry, now = found.entry, self.rules.clock()
        event = CacheHit(
            entry=entry.entry,
            key=entry.key,
            partition=entry.partition,
            cache=self.rules.name,
            level=found.level,
            similarity=found.similarity,
            threshold=found.threshold,
            age_seconds=max(0.0, (now - entry.stored_at).total_seconds()),
            usage=entry.usage,
            cost_usd=entry.cost_usd,
            asked_key=None if entry.key == self.key.key else self.key.key,
            decision=found.decision,
        )
        served = await self._serve(entry, event)
        if served is not None and entry.sliding_seconds is not None:
            extend = ExtendEntry(entry=entry.entry, at=now)
            await self._note(extend, entry.key)
        return served

    async def _coalesced(
        self, entry: CacheEntryStored, *, across_processes: bool
    ) -> ModelResponse | None:
        if not may_call(entry.tools, self.rules.read_only_tools):
            return None
        event = CacheCoalesced(
            entry=entry.entry,
            key=entry.key,
            partition=entry.partition,
            cache=self.rules.name,
            across_processes=across_processes,
            waited_seconds=round(time.monotonic() - self._began, 6),
            usage=entry.usage,
            cost_usd=entry.cost_usd,
        )
        return await self._serve(entry, event)

    async def _serve(
        self, entry: CacheEntryStored, event: CacheHit | CacheCoalesced
    ) -> ModelResponse | None:
        """Record that an entry is served, and serve it; None when it cannot be read here."""
        answer = ReplayedAnswer(entry.answer)
        if not answer.is_readable:
            log.warning("cached answer not readable", entry=entry.entry)
            return None
        event_id = await self._record(event)
        current_notes().note_served(event, event_id)
        if isinstance(event, CacheHit):
            note_lookup(self.store, event_id, event)
        return await answer.give(self.call.context)

    async def _ask(
        self, flight: Flight | None = None
    ) -> tuple[ModelResponse, CacheEntryStored | None]:
        """Ask the model, and store its answer when it is one to be given again."""
        exact = next((m for m in self.misses if m.level == "exact"), exact_miss("absent"))
        missed = CacheMissed(
            key=self.key.key,
            partition=self.key.partition,
            cache=self.rules.name,
            reason=miss_reason(exact.reason),
            levels=self.misses,
        )
        missed_id = await self._record(missed)
        note_lookup(self.store, missed_id, missed)
        fallbacks = self.call.trail.fallbacks
        response = await self.call.proceed()
        current_notes().note_usage(usage_counts(response.usage))
        if not await self._may_store(response, fallbacks, flight):
            return response, None
        fresh = self._fresh(response, missed_id)
        stored = await self._same_as_stored(fresh)
        if stored is None:
            stored = await self._store(response, exact.entry, fresh)
            if fresh is not None:
                await self._learn_later(fresh)
        if flight is not None:
            flight.stored = stored
            flight.is_shared = stored is not None
        return response, stored

    async def _may_store(
        self, response: ModelResponse, fallbacks: int, flight: Flight | None
    ) -> bool:
        """Return whether an answer is one to be given again, and record why it is not."""
        rules = self.rules
        not_stored = (
            "fallback"
            if self.call.trail.fallbacks != fallbacks
            else await why_not_stored(
                response,
                self.call.published,
                context=self.call.context,
                response_schema=self.call.response_schema,
                volatile=self.key.volatile,
                read_only_tools=rules.read_only_tools,
                accepts=rules.accepts,
            )
        )
        if not_stored is None:
            return True
        if flight is not None:
            flight.is_shared = False
        await self._record(
            CacheAnswerNotStored(key=self.key.key, cache=rules.name, reason=not_stored)
        )
        return False

    def _fresh(self, response: ModelResponse, missed: UUID | None) -> FreshAnswer | None:
        """Return an answer to learn from; None of one that is more than text."""
        text = only_text(response, self.call.published)
        if text is None or self.lookup is None:
            return None
        return FreshAnswer(
            lookup=self.lookup, text=text, tags=self.tags, source=self.source, missed=missed
        )

    @property
    def _learning(self) -> list[LearningLevel]:
        return [level for level in self.levels if isinstance(level, LearningLevel)]

    async def _same_as_stored(self, fresh: FreshAnswer | None) -> CacheEntryStored | None:
        """Return the entry that answers this request as well; None when it needs one of its own."""
        if fresh is None:
            return None
        for level in self._learning:
            try:
                if await level.same_as_stored(fresh):
                    return (await self.entries.answering(self.key.key)).stored
            except RetoldError as error:
                log.warning("cached answers not compared", key=self.key.key, error=error.code)
        return None

    async def _learn_later(self, fresh: FreshAnswer) -> None:
        for level in self._learning:
            try:
                await level.learn_later(fresh)
            except RetoldError as error:
                log.warning("cached answers not compared", key=self.key.key, error=error.code)

    async def _store(
        self, response: ModelResponse, instead_of: str | None, fresh: FreshAnswer | None
    ) -> CacheEntryStored | None:
        entry = self._entry(response)
        found = (
            ()
            if fresh is None
            else (level.embedded(fresh.lookup, entry.entry) for level in self._learning)
        )
        embedded = tuple(event for event in found if event is not None)
        store = StoreEntry(stored=entry, instead_of=instead_of, embedded=embedded)
        return await self._note(store, self.key.key)

    def _entry(self, response: ModelResponse) -> CacheEntryStored:
        rules, now, key = self.rules, self.rules.clock(), self.key
        usage = usage_counts(response.usage)
        return CacheEntryStored(
            entry=str(new_event_id()),
            cache=rules.name,
            key=key.key,
            key_version=key_version,
            partition=key.partition,
            context=key.context,
            question=key.question,
            before=key.before,
            provider=self.call.provider,
            model=self.call.model,
            answer=stored_form(response, self.call.published),
            tools=tools_in(response, self.call.published),
            usage=usage,
            cost_usd=None if rules.cost is None else rules.cost(self.call.model, usage),
            stored_at=now,
            expires_at=None if rules.ttl is None else now + rules.ttl,
            sliding_seconds=rules.ttl.total_seconds() if rules.sliding and rules.ttl else None,
            tags=self.tags,
            source=self.source,
        )

    async def _note(self, command: StoreEntry | ExtendEntry, key: str) -> CacheEntryStored | None:
        """Let the entry know, and return it; what the caller is given does not depend on it."""
        facts: CallFacts = {
            **self.facts,
            "caused_by": self.call.trail.cause or self.facts["caused_by"],
        }
        try:
            decided = await self.entries.decide(key, command, **facts)
        except RetoldError as error:
            log.warning("cache entry not written", key=key, error=error.code)
            return None
        return decided.state.stored

    async def _record(self, event: DomainEvent) -> UUID | None:
        """Record a decision in the conversation, as an effect of what is being answered."""
        conversation = await self.call.conversation()
        if conversation is None:
            return None
        cause = self.call.trail.cause or conversation.causes.of_model_call
        (event_id,) = await conversation.record(event, agent=self.call.agent, caused_by=cause)
        self.call.trail.cause = event_id
        return event_id
