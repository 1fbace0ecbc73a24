"""What was looked for in caches: a row each time, with what was served or why nothing was."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from retold.domain.cache.events import (
    CacheAnswerNotStored,
    CacheCoalesced,
    CacheHit,
    CacheMissed,
    cache_lookup_events,
)
from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.recording import conversation_category, conversation_of
from retold.projections.event_facts import metadata_text, root_session_of, short_text
from retold.projections.models.cache_table import CacheLookup, cache_lookup_rows
from retold.projections.payload import (
    dollars,
    mapping_of,
    objects_of,
    printable,
    token_count,
)
from retold.projections.projection import Projection
from retold.projections.rows import Rows

_outcomes = {
    CacheHit.type: "hit",
    CacheCoalesced.type: "coalesced",
    CacheMissed.type: "missed",
    CacheAnswerNotStored.type: "not_stored",
}
unnamed = ""
"""Name of the cache of what names none."""


def _fold(rows: Rows, event: RecordedEvent) -> None:
    data = event.data
    seconds = data.get("age_seconds", data.get("waited_seconds"))
    level = text_in(data, "level")
    near = _near(data)
    decision = mapping_of(near.get("decision"))
    rows.put(
        cache_lookup_rows,
        CacheLookup(
            session=conversation_of(event.stream),
            version=event.version,
            root_session=root_session_of(event),
            turn=metadata_text(event, "turn"),
            agent=metadata_text(event, "agent"),
            event_id=str(event.event_id),
            outcome=_outcomes[event.type],
            entry=text_in(data, "entry"),
            key=text_in(data, "key"),
            asked_key=text_in(data, "asked_key"),
            partition=text_in(data, "partition"),
            cache=text_in(data, "cache") or unnamed,
            level="exact" if event.type == CacheCoalesced.type else level,
            reason=text_in(data, "reason"),
            near_level=text_in(near, "level"),
            near_reason=text_in(near, "reason"),
            near_entry=text_in(near, "entry"),
            similarity=number(near.get("similarity")),
            score=number(decision.get("score")),
            threshold=number(near.get("threshold")),
            scope=text_in(decision, "scope"),
            policy=text_in(decision, "policy"),
            barred=text_in(decision, "barred"),
            guards=guards_in(decision),
            audited=decision.get("audited") is True,
            shadow=decision.get("shadow") is True,
            seconds=number(seconds),
            tokens_saved=tokens_of(data),
            cost_usd_saved=cost_of(data),
            occurred_at=event.occurred_at,
            recorded_at=event.recorded_at,
        ),
    )


def _near(data: JsonObject) -> JsonObject:
    """Return what a level that compares meanings found: that of a hit, or the one of a miss."""
    found = (data, *objects_of(data.get("levels")))
    return next((level for level in found if mapping_of(level.get("decision"))), {})


def guards_in(decision: JsonObject) -> tuple[str, ...]:
    """Return the names of the guards that spoke against serving an entry."""
    named = (text_in(guard, "guard") for guard in objects_of(decision.get("guards")))
    return tuple(name for name in named if name is not None)


def text_in(data: JsonObject, name: str) -> str | None:
    """Return a text of an event that fits an index; None when there is none."""
    return short_text(printable(data.get(name)))


def number(value: Any) -> float | None:
    """Return a finite number; None when ``value`` is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def tokens_of(data: JsonObject) -> int | None:
    """Return the tokens in an event's ``usage``, both ways; None when none are known."""
    usage = mapping_of(data.get("usage"))
    total = token_count(usage.get("total_tokens"))
    parts = [token_count(usage.get(name)) for name in ("prompt_tokens", "completion_tokens")]
    known = [part for part in parts if part is not None]
    return total if total is not None or not known else sum(known)


def cost_of(data: JsonObject) -> Decimal | None:
    """Return the dollars in an event; None when they are unknown."""
    return dollars(data.get("cost_usd"))


cache_lookups = Projection(
    name="cache_lookups",
    version=2,
    fold=_fold,
    tables=(cache_lookup_rows,),
    types=frozenset(cache_lookup_events),
    category=conversation_category,
    per_stream=True,
    code=(_near, guards_in, text_in, number, tokens_of, cost_of),
    description="a row a time a cache was asked: hit, coalesced, missed and why, or not stored",
)
