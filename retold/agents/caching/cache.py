"""A cache as a piece around any model configuration."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from ag2.context import ConversationContext
from ag2.events import ModelResponse

from retold.agents.caching.by_meaning.levels import ContextualLevel, SemanticLevel
from retold.agents.caching.by_meaning.meaning import Meaning
from retold.agents.caching.cached_call import CachedCall, CacheRules
from retold.agents.caching.entries import entries_of
from retold.agents.caching.evicting import Evicting
from retold.agents.caching.flight import ProcessFlights, flights_in
from retold.agents.caching.key import cache_key
from retold.agents.caching.level import CacheLevel, ExactLevel
from retold.agents.resilience.call_facts import facts_of
from retold.agents.resilience.guarded_model import C, GuardedModel, ModelCall, Piece, recorder_of
from retold.errors import CacheWithoutLog
from retold.store import EventStore
from retold.store.codec.values import made_plain

T = TypeVar("T")

Told: TypeAlias = T | Callable[[ConversationContext], T]
"""A value, or what gives it for a call, from AG2's context of that call."""

longest_name = 100


def _now() -> datetime:
    return datetime.now(UTC)


class Cache(Piece):
    """Gives an answer again when the same is asked, without calling the model.

    Put outermost: ``Cache().around(resilient(log.model(config)))``. Entries live in the log, each
    in a stream of its own, so that all processes share them. Every decision is an event, with its
    cause: hits and misses in the conversation of the call, the rest in the entry's stream.

    Requests are the same when nothing in them differs that could change the answer: prompt,
    messages, tools, response schema, provider, model, every parameter, tenant and scope.

    Processes compare the times in the log with their own clocks, which should agree within a
    fraction of ``ttl_seconds``.
    """

    def __init__(  # noqa: PLR0913 - each is an option of its own
        self,
        *,
        name: str = "default",
        ttl_seconds: float | None = 3_600.0,
        sliding: bool = False,
        max_age_seconds: float | None = None,
        capacity: int | None = None,
        evict: Literal["lru", "cost"] = "lru",
        scope: Told[str | None] = None,
        tags: Told[Mapping[str, str]] | None = None,
        source: Told[str | None] = None,
        read_only_tools: Collection[str] = (),
        accepts: Callable[[ModelResponse], bool] | None = None,
        cost: Callable[[str | None, Mapping[str, float]], float | None] | None = None,
        single_flight: bool = True,
        lease_seconds: float = 30.0,
        meaning: Meaning | None = None,
        levels: Sequence[CacheLevel] | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Store what is needed.

        Args:
            name: what its entries count for, and are listed by.
            ttl_seconds: how long an entry is served; None for as long as there is no other reason
                to remove it.
            sliding: whether each hit lets it be served for so long again; otherwise it is so long
                from when it was stored.
            max_age_seconds: how old an answer may be that is served to this reader, whatever its
                time; 0 to ask the model each time and store what it says. None for any age.
            capacity: entries it may have; about a hundredth more for a while. None for any number.
            evict: which to remove for others: ``lru``, those not used for longest; ``cost``, the
                cheapest to make again, by dollars where known and by tokens where not.
            scope: who else may be given an answer, such as a user's name: only calls of the same
                scope. None for every call in the tenant's log.
            tags: of what is stored, by which it can be invalidated.
            source: of what the answers say, such as a document's version, likewise.
            read_only_tools: names of the tools that change nothing. An answer that calls any other
                tool is neither stored nor served.
            accepts: decides last whether an answer is stored.
            cost: dollars of an answer, from the model's name and the token counts; None when that
                is unknown.
            single_flight: whether of equal requests at the same time one calls the model, in all
                processes on the log, and the others are given its answer.
            lease_seconds: when a process that called the model is taken for dead.
            meaning: how meanings are compared, for the answer to a question that means the same to
                be served as well; None to serve equal requests only.
            levels: asked in order, in place of the exact one and of those for meanings.
            clock: gives the time, with a zone.

        Raises:
            ValueError: when a number is out of range, the name is none, or both levels and how
                meanings are compared are given.
        """
        for what, number, least in (
            ("ttl_seconds", ttl_seconds, 0.001),
            ("max_age_seconds", max_age_seconds, 0.0),
            ("capacity", capacity, 1),
            ("lease_seconds", lease_seconds, 0.1),
        ):
            if number is not None and not least <= number < float("inf"):
                raise ValueError(f"{what}: at least {least}, not {number}")
        if evict not in {"lru", "cost"}:
            raise ValueError(f"evict: 'lru' or 'cost', not {evict!r}")
        if not (0 < len(name) <= longest_name and name.isprintable() and made_plain(name) == name):
            raise ValueError(f"name: 1 to {longest_name} printable characters, not {name!r}")
        if isinstance(read_only_tools, str):
            raise ValueError("read_only_tools: names, such as {'get_weather'}, not one text")
        if meaning is not None and levels is not None:
            raise ValueError("meaning: levels are given, which say how meanings are compared")
        self.name = name
        self._rules = CacheRules(
            name=name,
            ttl=_seconds(ttl_seconds),
            sliding=sliding,
            max_age=_seconds(max_age_seconds),
            capacity=capacity,
            evict=evict,
            read_only_tools=frozenset(read_only_tools),
            accepts=accepts,
            cost=cost,
            single_flight=single_flight,
            lease_seconds=lease_seconds,
            clock=clock,
        )
        self._scope, self._tags, self._source = scope, tags, source
        self._levels = _levels_for(meaning) if levels is None else tuple(levels)
        self._owner = f"cache:{secrets.token_hex(8)}"
        self._processes: WeakKeyDictionary[EventStore, ProcessFlights] = WeakKeyDictionary()
        self._evicting = Evicting(name, capacity, evict)

    def around(self, config: C) -> GuardedModel[C]:
        """Return a configuration whose answers are given again.

        Args:
            config: of ``log.model(...)``, or with pieces of resilience around one.

        Raises:
            CacheWithoutLog: when its calls are not recorded.
        """
        if recorder_of(config) is None:
            raise CacheWithoutLog(self.name)
        return super().around(config)

    async def call(self, call: ModelCall) -> ModelResponse:
        """Give a stored answer, or ask the model and store what it says."""
        if call.recorder is None:
            raise CacheWithoutLog(self.name)
        store = call.recorder.store
        scope = _text(self._scope, call.context)
        source = _text(self._source, call.context)
        response, stored = await CachedCall(
            rules=self._rules,
            levels=self._levels,
            call=call,
            key=cache_key(call, tenant=store.tenant, scope=scope),
            store=store,
            entries=entries_of(store),
            flights=flights_in(store),
            processes=self._processes_on(store),
            facts=await facts_of(call),
            tags=_tags(self._tags, call.context),
            source=None if source is None else made_plain(source),
        ).answer()
        if stored is not None:
            await self._evicting.after_store(store)
        return response

    def _processes_on(self, store: EventStore) -> ProcessFlights:
        found = self._processes.get(store)
        if found is None:
            found = self._processes[store] = ProcessFlights(store, self._owner)
        return found


def _levels_for(meaning: Meaning | None) -> tuple[CacheLevel, ...]:
    if meaning is None:
        return (ExactLevel(),)
    return ExactLevel(), ContextualLevel(meaning), SemanticLevel(meaning)


def _text(given: Told[str | None], context: ConversationContext) -> str | None:
    return given(context) if callable(given) else given


def _tags(given: Told[Mapping[str, str]] | None, context: ConversationContext) -> dict[str, str]:
    tags = given(context) if callable(given) else given
    return {made_plain(str(name)): made_plain(str(value)) for name, value in (tags or {}).items()}


def _seconds(number: float | None) -> timedelta | None:
    return None if number is None else timedelta(seconds=number)
