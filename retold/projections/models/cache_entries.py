"""Cached answers: a row each, as it is now, with how often it was served."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from retold.domain.cache.events import (
    CacheCoalesced,
    CacheEntryConfirmed,
    CacheEntryEvicted,
    CacheEntryExpired,
    CacheEntryExtended,
    CacheEntryInvalidated,
    CacheEntryRejected,
    CacheEntryStored,
    CacheHit,
    cache_entry_events,
    cache_key_of,
)
from retold.domain.cache.meaning import (
    CacheAliasAdded,
    CacheEntryEmbedded,
    CacheVetoed,
    meaning_event_types,
)
from retold.domain.event import JsonObject, RecordedEvent
from retold.projections.event_facts import metadata_text
from retold.projections.models.cache_lookups import cost_of, number, text_in, tokens_of, unnamed
from retold.projections.models.cache_table import CacheEntry, cache_entry_rows
from retold.projections.payload import mapping_of, message_text, printable, token_count
from retold.projections.projection import Need, Projection
from retold.projections.rows import Rows

_gone = {
    CacheEntryExpired.type: "expired",
    CacheEntryEvicted.type: "evicted",
    CacheEntryInvalidated.type: "invalidated",
    CacheEntryRejected.type: "rejected",
}
# Dollars, when all that is known is a count of tokens: about the price of the cheapest models, so
# that entries of both kinds have an order.
_dollars_a_token = 1e-6


def _needs(event: RecordedEvent) -> Iterable[Need]:
    for name in ("entry", "replaces"):
        entry = text_in(event.data, name)
        if entry is not None:
            yield cache_entry_rows, entry


def _fold(rows: Rows, event: RecordedEvent) -> None:
    entry = text_in(event.data, "entry")
    if entry is None:
        return
    if event.type == CacheEntryStored.type:
        rows.put(cache_entry_rows, _stored(entry, event))
        replaced = text_in(event.data, "replaces")
        before = None if replaced is None else rows.get(cache_entry_rows, replaced)
        if before is not None:
            rows.put(cache_entry_rows, _left(before, event, "replaced", None))
        return
    row = rows.get(cache_entry_rows, entry)
    if row is not None:
        rows.put(cache_entry_rows, _after(row, event))


def _after(row: CacheEntry, event: RecordedEvent) -> CacheEntry:
    match event.type:
        case CacheHit.type:
            return replace(row, hits=row.hits + 1, last_used_at=event.recorded_at)
        case CacheCoalesced.type:
            return replace(row, coalesced=row.coalesced + 1, last_used_at=event.recorded_at)
        case CacheEntryExtended.type:
            row = replace(row, expires_at=_moment(event.data.get("expires_at")))
        case CacheEntryConfirmed.type:
            row = replace(row, confirmed=row.confirmed + 1)
        case CacheEntryEmbedded.type:
            row = replace(row, embedder=printable(event.data.get("embedder")))
        case CacheVetoed.type:
            row = replace(row, veto=_greater(row.veto, number(event.data.get("similarity"))))
        case CacheAliasAdded.type:
            # In the stream of the other request.
            return replace(row, aliases=row.aliases + 1)
        case _:
            why = [printable(event.data.get(name)) for name in ("by", "note")]
            return _left(row, event, _gone[event.type], ": ".join(filter(None, why)) or None)
    return replace(row, version=event.version)


def _greater(one: float | None, other: float | None) -> float | None:
    return max((value for value in (one, other) if value is not None), default=None)


def _left(row: CacheEntry, event: RecordedEvent, gone: str, why: str | None) -> CacheEntry:
    if row.gone is not None:
        return row
    return replace(row, gone=gone, gone_at=event.recorded_at, gone_why=why, version=event.version)


def _stored(entry: str, event: RecordedEvent) -> CacheEntry:
    data = event.data
    usage = mapping_of(data.get("usage"))
    answer = mapping_of(data.get("answer"))
    cost = cost_of(data)
    return CacheEntry(
        entry=entry,
        key=cache_key_of(event.stream),
        partition=text_in(data, "partition") or "",
        context=text_in(data, "context") or "",
        cache=text_in(data, "cache") or unnamed,
        provider=printable(data.get("provider")),
        model=printable(data.get("model")),
        question=printable(data.get("question")),
        answer=printable(message_text(mapping_of(answer.get("response")))),
        tools=_texts(data.get("tools")),
        tags=_tags(data.get("tags")),
        source=printable(data.get("source")),
        session=metadata_text(event, "session"),
        agent=metadata_text(event, "agent"),
        prompt_tokens=token_count(usage.get("prompt_tokens")),
        completion_tokens=token_count(usage.get("completion_tokens")),
        cost_usd=cost,
        value=(tokens_of(data) or 0) * _dollars_a_token if cost is None else float(cost),
        bytes=len(json.dumps(answer, separators=(",", ":"))),
        stored_at=_moment(data.get("stored_at")),
        expires_at=_moment(data.get("expires_at")),
        sliding=number(data.get("sliding_seconds")) is not None,
        last_used_at=event.recorded_at,
        version=event.version,
        recorded_at=event.recorded_at,
    )


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(text for item in value if (text := printable(item)) is not None)


def _tags(value: Any) -> dict[str, str]:
    found: JsonObject = mapping_of(value)
    known = {printable(name): printable(text) for name, text in found.items()}
    return {n: t for n, t in known.items() if n is not None and t is not None}


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


cache_entries = Projection(
    name="cache_entries",
    version=2,
    fold=_fold,
    tables=(cache_entry_rows,),
    needs=_needs,
    types=frozenset(
        {
            *cache_entry_events,
            *(event.type for event in meaning_event_types),
            CacheHit.type,
            CacheCoalesced.type,
        }
    ),
    code=(
        _after,
        _greater,
        _left,
        _stored,
        _texts,
        _tags,
        _moment,
        text_in,
        number,
        tokens_of,
        cost_of,
    ),
    description="a row a cached answer: what it says, how often it was served, why it is gone",
)
