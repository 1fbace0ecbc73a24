"""Why a cache served an answer, or did not: all that was weighed, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from retold.domain.cache.events import (
    CacheCoalesced,
    CacheHit,
    CacheMissed,
    LevelMiss,
    cache_lookup_events,
)
from retold.domain.recorded import RecordedEvent
from retold.domain.recording import conversation_of
from retold.errors import NotALookup
from retold.projections.event_facts import metadata_text
from retold.projections.keeping.readable import readable
from retold.projections.models.cache_labels import cache_labels
from retold.projections.models.cache_table import CacheEntry, CacheLabel, cache_label_rows
from retold.projections.models.cached import entry_by_id
from retold.projections.payload import mapping_of, parts_text
from retold.store.log import EventStore

_outcomes = {CacheHit.type: "hit", CacheMissed.type: "missed", CacheCoalesced.type: "coalesced"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheExplanation:
    """A time a cache was asked. Unknown is None.

    Attributes:
        event_id: of the event that tells of it.
        outcome: ``hit``, ``missed`` or ``coalesced``.
        session: id of the conversation.
        turn: id of the turn.
        agent: name of the agent that asked.
        cache: name of the cache.
        reason: why the exact level served nothing, of a miss.
        asked: last text of the request.
        levels: what each level weighed, in the order they were asked; of a hit, the one that
            found the entry, with ``served`` as its reason.
        entries: that were served, or nearest, as they are now.
        labels: what was found out later about this request.
        recorded_at: when the log took it.
    """

    event_id: str
    outcome: str
    session: str
    turn: str | None
    agent: str | None
    cache: str
    reason: str | None
    asked: str | None
    levels: tuple[LevelMiss, ...]
    entries: tuple[CacheEntry, ...]
    labels: tuple[CacheLabel, ...]
    recorded_at: datetime


async def explain_lookup(store: EventStore, event_id: UUID | str) -> CacheExplanation:
    """Return why a cache served an answer, or did not.

    Args:
        store: the log.
        event_id: of a ``cache.hit``, ``cache.missed`` or ``cache.coalesced`` event.

    Raises:
        NotALookup: when there is no such event.
        InvalidEventData: when it is damaged.
        ProjectionError, StoreError: when the log cannot be read.
    """
    try:
        found = event_id if isinstance(event_id, UUID) else UUID(event_id)
    except ValueError as error:
        raise NotALookup(event_id) from error
    event = await store.find_event(found)
    if event is None or event.type not in _outcomes:
        raise NotALookup(event_id)
    decided = cache_lookup_events.decode(event)
    levels = _levels(decided)
    named = dict.fromkeys(level.entry for level in levels if level.entry is not None)
    if isinstance(decided, CacheCoalesced):
        named[decided.entry] = None
    entries = [await entry_by_id(store, entry) for entry in named]
    missed = decided if isinstance(decided, CacheMissed) else None
    return CacheExplanation(
        event_id=str(event.event_id),
        outcome=_outcomes[event.type],
        session=conversation_of(event.stream),
        turn=metadata_text(event, "turn"),
        agent=metadata_text(event, "agent"),
        cache=str(event.data.get("cache", "")),
        reason=None if missed is None else missed.reason,
        asked=await _asked(store, event),
        levels=levels,
        entries=tuple(entry for entry in entries if entry is not None),
        labels=await _labels(store, str(event.event_id)),
        recorded_at=event.recorded_at,
    )


def _levels(decided: object) -> tuple[LevelMiss, ...]:
    if isinstance(decided, CacheMissed):
        return decided.levels
    if not isinstance(decided, CacheHit):
        return ()
    served = LevelMiss(
        level=decided.level,
        reason="served",
        entry=decided.entry,
        similarity=decided.similarity,
        threshold=decided.threshold,
        decision=decided.decision,
    )
    return (served,)


async def _asked(store: EventStore, event: RecordedEvent) -> str | None:
    """Return the text that the model would have been asked: that of the decision's cause."""
    if event.causation_id is None:
        return None
    cause = await store.find_event(event.causation_id)
    request = {} if cause is None else mapping_of(cause.data.get("event"))
    return parts_text(request.get("parts")) or None


async def _labels(store: EventStore, lookup: str) -> tuple[CacheLabel, ...]:
    table = (await readable(store, cache_labels))[cache_label_rows]
    columns = [table.c[name] for name in CacheLabel.__dataclass_fields__]
    statement = (
        sa.select(*columns)
        .where(table.c.tenant == store.tenant, table.c.lookup == lookup)
        .order_by(table.c.scope, table.c.version)
    )
    async with store.connection() as connection:
        rows = (await connection.execute(statement)).mappings().all()
    return tuple(CacheLabel(**row) for row in rows)
