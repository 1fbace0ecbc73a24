"""What is known of the risk of each scope: a fold of lookups and labels, kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from retold.domain.cache.events import CacheHit, CacheMissed
from retold.domain.cache.meaning import CacheLabelled
from retold.domain.cache.risk import Risk, WrongRate
from retold.domain.recorded import JsonObject, RecordedEvent
from retold.projections.audit.caches import CacheStatsRow
from retold.projections.models.cache_lookups import number, text_in
from retold.projections.payload import mapping_of, objects_of
from retold.store.log import EventStore

# A scope that a cache names has no more; what the log says otherwise is not believed.
_longest_scope = 255
# What this process appended is told of within moments, whether it was read by then or not.
_most_recent = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRisk:
    """How often answers of a scope are wrong, as far as is known.

    Attributes:
        scope: its name.
        caches: names of the caches that decide by it.
        wrong: estimated share of wrong answers, with its interval.
    """

    scope: str
    caches: tuple[str, ...]
    wrong: WrongRate


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStats(CacheStatsRow):
    """Figures of a cache, as of a moment, with what is known of its wrong answers.

    Attributes:
        risks: of each scope it decides by; none when it compares no meanings.
    """

    risks: tuple[ScopeRisk, ...] = ()


class CacheRisks:
    """The risk of each scope, by its events. Applying an event is a matter of microseconds.

    A request whose nearest entry was barred, by a guard for instance, could not have been served
    at any threshold, so its label says something of the guards only.

    An event with a position of 0 was appended by this process and comes again in its turn.
    """

    event_types = frozenset({CacheHit.type, CacheMissed.type, CacheLabelled.type})

    def __init__(self) -> None:
        """Begin with none."""
        self._risks: dict[str, Risk] = {}
        self._caches: dict[str, set[str]] = {}
        # Ids of events that were applied before their turn, and of the newest in it.
        self._early: set[bytes] = set()
        self._recent: OrderedDict[bytes, None] = OrderedDict()

    def of(self, scope: str) -> Risk:
        """Return what is known of a scope; of one that is new, nothing."""
        found = self._risks.get(scope)
        if found is None:
            found = self._risks[scope] = Risk()
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._caches))

    def apply(self, event: RecordedEvent) -> None:
        """Take in an event; of another type, or damaged, it makes no difference."""
        if not self._is_new(event.event_id_bytes, early=event.position == 0):
            return
        data = event.data
        match event.type:
            case CacheHit.type:
                self._note_request(data, data, served=True)
            case CacheMissed.type:
                for level in objects_of(data.get("levels")):
                    self._note_request(data, level, served=False)
            case CacheLabelled.type:
                self._note_label(data)
            case _:
                pass

    def scopes(self, cache: str | None = None) -> tuple[ScopeRisk, ...]:
        """Return what is known of each scope, by name.

        Args:
            cache: only those that a cache of this name decides by.
        """
        return tuple(
            ScopeRisk(
                scope=scope,
                caches=tuple(sorted(self._caches[scope])),
                wrong=self.of(scope).estimate(),
            )
            for scope in self
            if cache is None or cache in self._caches[scope]
        )

    def note_own(self, event_id: UUID, lookup: CacheHit | CacheMissed) -> None:
        """Take in what this process has just decided, before its turn.

        Args:
            event_id: of the event that tells of it.
            lookup: what was decided.
        """
        levels = lookup.levels if isinstance(lookup, CacheMissed) else (lookup,)
        decided = [level for level in levels if level.decision is not None]
        if not decided or not self._is_new(event_id.bytes, early=True):
            return
        for level in decided:
            decision = level.decision
            if decision is not None:
                self._caches.setdefault(decision.scope, set()).add(lookup.cache)
                score = level.similarity if decision.score is None else decision.score
                score = score if decision.barred is None else None
                self.of(decision.scope).note_request(score, served=lookup is level)

    def _is_new(self, event_id: bytes, *, early: bool) -> bool:
        """Return whether an event was not applied yet, before its turn or in it."""
        if early:
            is_new = event_id not in self._early and event_id not in self._recent
            if is_new:
                self._early.add(event_id)
            return is_new
        self._recent[event_id] = None
        if len(self._recent) > _most_recent:
            self._recent.popitem(last=False)
        was_early = event_id in self._early
        self._early.discard(event_id)
        return not was_early

    def _note_request(self, event: JsonObject, level: JsonObject, *, served: bool) -> None:
        decision = mapping_of(level.get("decision"))
        scope = self._scope(event, decision)
        if scope is None:
            return
        barred = decision.get("barred") is not None
        score = None if barred else _score(decision, level)
        self.of(scope).note_request(score, served=served)

    def _note_label(self, data: JsonObject) -> None:
        scope, score = self._scope(data, data), _score(data, data)
        probability, equal = number(data.get("probability")), data.get("equal")
        if scope is None or score is None or not isinstance(equal, bool):
            return
        if probability is not None and 0 < probability <= 1:
            guards = data.get("guards")
            named = guards if isinstance(guards, list | tuple) else ()
            self.of(scope).note_label(
                score,
                equal=equal,
                probability=probability,
                guards=[guard for guard in named if isinstance(guard, str)],
                candidate=data.get("barred") is None,
            )

    def _scope(self, event: JsonObject, named: JsonObject) -> str | None:
        scope = named.get("scope")
        if not isinstance(scope, str) or len(scope) > _longest_scope:
            return None
        self._caches.setdefault(scope, set()).add(text_in(event, "cache") or "")
        return scope


def _score(named: JsonObject, level: JsonObject) -> float | None:
    score = number(named.get("score"))
    return number(level.get("similarity")) if score is None else score


async def cache_risks(store: EventStore, *, at: datetime | None = None) -> CacheRisks:
    """Fold the risks of a log anew.

    Args:
        store: the log.
        at: as of this moment, by the log's clock; None for now.

    Raises:
        StoreError: when the log cannot be read.
    """
    risks = CacheRisks()
    async for event in store.read_all(types=CacheRisks.event_types):
        if at is None or event.recorded_at <= at:
            risks.apply(event)
    return risks


async def with_risks(
    store: EventStore, rows: Sequence[CacheStatsRow], *, at: datetime | None = None
) -> tuple[CacheStats, ...]:
    """Return figures of caches with what is known of their wrong answers.

    Args:
        store: the log.
        rows: the figures.
        at: as of which moment they are; None for now.

    Raises:
        StoreError: when the log cannot be read.
    """
    # The log is read for it, so not where nothing was ever compared.
    compares = any(row.labels or row.hits_semantic or row.hits_contextual for row in rows)
    risks = await cache_risks(store, at=at) if compares else CacheRisks()
    return tuple(CacheStats(**asdict(row), risks=risks.scopes(row.cache)) for row in rows)
