"""The rows of caches are what their events add up to, and the queries tell of any moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from retold.domain.cache.decision import GuardNote, MeaningDecision
from retold.domain.cache.events import (
    CacheAnswerNotStored,
    CacheCoalesced,
    CachedAnswer,
    CacheEntryConfirmed,
    CacheEntryEvicted,
    CacheEntryExpired,
    CacheEntryExtended,
    CacheEntryInvalidated,
    CacheEntryRejected,
    CacheEntryStored,
    CacheHit,
    CacheMissed,
    LevelMiss,
    MissReason,
    cache_stream,
)
from retold.domain.cache.meaning import (
    CacheAliasAdded,
    CacheEntryEmbedded,
    CacheLabelled,
    CacheVetoed,
    risk_stream,
)
from retold.domain.event import DomainEvent, NewEvent, RecordedEvent
from retold.domain.recording import TurnCompleted, TurnStarted, conversation_stream
from retold.errors import InvalidParameter
from retold.projections.audit.caches import (
    cache_entries as entries_query,
    cache_recall,
    cache_stats,
)
from retold.projections.keeping.catch_up import catch_up
from retold.projections.keeping.rebuild import rebuild
from retold.projections.models.cache_entries import cache_entries
from retold.projections.models.cache_labels import cache_labels
from retold.projections.models.cache_lookups import cache_lookups
from retold.projections.models.cache_table import (
    cache_entry_rows,
    cache_label_rows,
    cache_lookup_rows,
)
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from tests.projections.audit.questions import rows_of
from tests.projections.histories import dice
from tests.projections.tables import in_batches, in_database, in_memory

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)
usage: dict[str, float] = {"prompt_tokens": 7, "completion_tokens": 3}


def stored(entry: str, *, cache: str = "default", **fields: object) -> CacheEntryStored:
    values = {
        "entry": entry,
        "cache": cache,
        "key": f"k-{entry}",
        "key_version": 1,
        "partition": "p",
        "context": "c",
        "question": f"{entry}?",
        "answer": CachedAnswer(response={"message": {"content": f"{entry}!"}}),
        "usage": usage,
        "cost_usd": 0.1,
        "stored_at": noon,
        "expires_at": noon + timedelta(hours=1),
        "tags": {"topic": entry},
    }
    return CacheEntryStored.model_validate(values | fields)


def hit(entry: str, cache: str = "default") -> CacheHit:
    return CacheHit(
        entry=entry,
        key=f"k-{entry}",
        partition="p",
        cache=cache,
        level="exact",
        age_seconds=1.5,
        usage=usage,
        cost_usd=0.1,
    )


def embedded(entry: str) -> CacheEntryEmbedded:
    return CacheEntryEmbedded(
        entry=entry, partition="p", embedder="e", dimension=1, vector="AACAPw=="
    )


def alias(entry: str) -> CacheAliasAdded:
    return CacheAliasAdded(
        entry=entry,
        entry_key=f"k-{entry}",
        key="k",
        question="?",
        partition="p",
        embedder="e",
        dimension=1,
        vector="AACAPw==",
        similarity=0.9,
        judge="j",
    )


def levels(entry: str, similarity: float) -> tuple[LevelMiss, ...]:
    decision = MeaningDecision(
        scope="s",
        policy="fixed",
        embedder="e",
        score=similarity,
        barred="guarded",
        guards=(GuardNote(guard="numbers", precision=0.9),),
    )
    return (
        LevelMiss(level="exact", reason="absent"),
        LevelMiss(
            level="semantic",
            reason="guarded",
            entry=entry,
            similarity=similarity,
            threshold=0.5,
            decision=decision,
        ),
    )


def labelled(entry: str, *, equal: bool) -> CacheLabelled:
    return CacheLabelled(
        scope="s",
        cache="default",
        entry=entry,
        key="k",
        similarity=0.5,
        equal=equal,
        source="miss",
        guards=("numbers",),
    )


def coalesced(entry: str, cache: str = "default") -> CacheCoalesced:
    return CacheCoalesced(
        entry=entry, key="k", partition="p", cache=cache, waited_seconds=0.25, usage=usage
    )


def missed(reason: MissReason = "absent", cache: str = "default") -> CacheMissed:
    return CacheMissed(key="k", partition="p", cache=cache, reason=reason)


async def append(
    store: EventStore, stream: str, *events: DomainEvent, turn: str | None = None
) -> None:
    metadata: dict[str, object] = {"session": "s", "agent": "a"}
    if turn is not None:
        metadata["turn"] = turn
    news = [event.to_new_event(metadata=metadata, occurred_at=noon) for event in events]
    await store.append(stream, news, expected_version=ExpectedVersion.ANY)


async def live(store: EventStore) -> datetime:
    """Let two caches live, and return a moment in the middle of it."""
    talk = conversation_stream("s")
    await append(store, cache_stream("k-1"), stored("1"))
    await append(store, cache_stream("k-2"), stored("2", cost_usd=None))
    await append(store, talk, missed(), missed(), turn="t0")
    await append(store, talk, TurnStarted(turn="t1"), hit("1"), turn="t1")
    await append(store, talk, TurnCompleted(turn="t1", duration_ms=1.0), turn="t1")
    moment = (await last(store)).recorded_at
    await append(store, talk, coalesced("1"), missed("expired"), turn="t2")
    await append(store, talk, CacheAnswerNotStored(key="k", cache="default", reason="empty"))
    await append(store, cache_stream("k-1"), CacheEntryConfirmed(entry="1"))
    await append(
        store,
        cache_stream("k-2"),
        CacheEntryExtended(entry="2", expires_at=noon + timedelta(hours=2)),
        CacheEntryInvalidated(entry="2", by="tag topic=2", note="new prices"),
    )
    await append(store, cache_stream("k-3"), stored("3", cache="other"))
    await append(store, talk, hit("3", "other"), hit("unknown", "other"))
    return moment


async def last(store: EventStore) -> RecordedEvent:
    return [event async for event in store.read_all()][-1]


async def test_events_of_the_release_before_are_read_as_they_were(store: EventStore) -> None:
    """Fields that they do not have are unknown, and what they said means the same."""
    fields = {"asked_key", "decision"}
    old_hit = {k: v for k, v in hit("1").model_dump(mode="json").items() if k not in fields}
    level = {"level": "exact", "reason": "expired", "entry": "1", "similarity": None}
    old_missed = {
        "key": "k",
        "partition": "p",
        "cache": "c",
        "reason": "expired",
        "levels": [level],
    }
    news = [
        NewEvent(type=CacheHit.type, data=old_hit, occurred_at=noon),
        NewEvent(type=CacheMissed.type, data=old_missed, occurred_at=noon),
    ]
    await store.append(conversation_stream("s"), news, expected_version=0)
    first, second = [event async for event in store.read_all()]
    read = CacheHit.from_recorded(first)
    assert (read.level, read.asked_key, read.decision) == ("exact", None, None)
    (miss,) = CacheMissed.from_recorded(second).levels
    assert (miss.reason, miss.decision) == ("expired", None)
    await append(store, cache_stream("k-1"), stored("1"))
    default, other = sorted(await rows_of(store, cache_stats), key=lambda row: row.misses)
    assert (default.hits, default.hits_exact, default.hits_semantic) == (1, 1, 0)
    assert (other.misses, other.expired, other.nothing_near, other.labels) == (1, 1, 0, 0)


async def test_rows_say_what_became_of_each_entry(store: EventStore) -> None:
    await live(store)
    rows = {row.entry: row for row in await rows_of(store, entries_query)}
    one, two = rows["1"], rows["2"]
    assert (one.answer, one.question, one.tags) == ("1!", "1?", {"topic": "1"})
    assert (one.hits, one.coalesced, one.confirmed, one.gone) == (1, 1, 1, None)
    assert (one.prompt_tokens, one.cost_usd, two.cost_usd) == (7, Decimal("0.1"), None)
    assert one.expires_at == noon + timedelta(hours=1)
    assert (two.gone, two.gone_why) == ("invalidated", "tag topic=2: new prices")
    assert two.expires_at == noon + timedelta(hours=2)
    assert two.gone_at is not None
    assert [row.entry for row in await rows_of(store, entries_query, gone=True)] == ["2"]
    assert [row.entry for row in await rows_of(store, entries_query, tag="topic=3")] == ["3"]
    assert [row.entry for row in await rows_of(store, entries_query, cache="other")] == ["3"]


async def test_figures_are_those_of_any_moment(store: EventStore) -> None:
    moment = await live(store)
    default, other = await rows_of(store, cache_stats)
    assert (default.cache, default.hits, default.coalesced, default.misses) == ("default", 1, 1, 3)
    assert (default.absent, default.expired, default.not_stored) == (2, 1, 1)
    assert (default.hit_rate, default.tokens_saved) == (0.2, 20)
    assert default.cost_usd_saved == Decimal("0.1")
    assert (default.entries, default.stored, default.entries_invalidated) == (1, 2, 1)
    assert default.bytes > 0
    assert (other.hits, other.entries, other.hit_rate) == (2, 1, 1.0)
    # What was gone later was there then.
    (then,) = await rows_of(store, cache_stats, at=moment)
    assert (then.hits, then.coalesced, then.misses, then.entries) == (1, 0, 2, 2)
    assert (then.entries_invalidated, then.bytes) == (0, 2 * default.bytes)
    assert then.hit_rate == 1 / 3
    assert await rows_of(store, cache_stats, at=noon) == []
    (only,) = await rows_of(store, cache_stats, cache="other")
    assert only == other


async def test_a_cache_that_was_only_asked_has_a_rate_and_no_entries(store: EventStore) -> None:
    await append(store, conversation_stream("s"), missed())
    (row,) = await rows_of(store, cache_stats)
    assert (row.entries, row.bytes, row.stored, row.hit_rate) == (0, 0, 0, 0.0)
    assert row.tokens_saved is None


async def test_a_recall_tells_who_was_served_and_what_followed(store: EventStore) -> None:
    await live(store)
    first, second = await rows_of(store, cache_recall, entry="1")
    assert (first.session, first.turn, first.outcome, first.turn_status) == (
        "s",
        "t1",
        "hit",
        "completed",
    )
    assert (second.outcome, second.turn, second.turn_status) == ("coalesced", "t2", None)
    assert first.agent == "a"
    assert first.event_id != second.event_id
    assert await rows_of(store, cache_recall, entry="2") == []
    with pytest.raises(InvalidParameter):
        await rows_of(store, cache_recall)


def some_events(seed: int) -> list[tuple[str, DomainEvent]]:
    """Return events of entries and conversations in any order that a log may hold."""
    chance = dice(seed)
    events: list[tuple[str, DomainEvent]] = []
    for number in range(60):
        entry = chance.choice("abc")
        own: Sequence[DomainEvent] = (
            stored(entry, replaces=chance.choice([None, "a", "b"])),
            CacheEntryExtended(entry=entry, expires_at=noon + timedelta(minutes=number)),
            CacheEntryExpired(entry=entry, expired_at=noon, at=noon),
            CacheEntryEvicted(entry=entry, policy="lru", capacity=1),
            CacheEntryRejected(entry=entry, note="wrong"),
            CacheEntryConfirmed(entry=entry),
            embedded(entry),
            CacheVetoed(entry=entry, similarity=chance.uniform(-1, 1)),
            alias(entry),
        )
        near = missed("absent").model_copy(update={"levels": levels(entry, chance.random())})
        talk: Sequence[DomainEvent] = (hit(entry), coalesced(entry), missed("too_old"), near)
        if chance.random() < 0.1:
            label = labelled(entry, equal=chance.random() < 0.5)
            events.append((risk_stream(chance.choice("xy")), label))
        elif chance.random() < 0.5:
            events.append((cache_stream(f"k-{entry}"), chance.choice(own)))
        else:
            events.append((conversation_stream(chance.choice("st")), chance.choice(talk)))
    return events


@pytest.mark.parametrize("seed", range(3))
async def test_rows_are_the_same_in_memory_in_batches_and_rebuilt(
    store: EventStore, seed: int
) -> None:
    for place, (stream, event) in enumerate(some_events(seed)):
        await append(store, stream, event)
        if place == 30:
            await catch_up(store, cache_entries)
            await catch_up(store, cache_lookups)
            await catch_up(store, cache_labels)
    events = [event async for event in store.read_all()]
    for projection, table in (
        (cache_entries, cache_entry_rows),
        (cache_lookups, cache_lookup_rows),
        (cache_labels, cache_label_rows),
    ):
        expected = in_memory(projection, events)
        assert in_batches(projection, events, [7, 30, 31]) == expected
        await catch_up(store, projection)
        kept = await in_database(store, projection)
        await rebuild(store, projection)
        assert await in_database(store, projection) == kept == expected
        assert kept[table.name]
