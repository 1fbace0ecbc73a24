"""What is recorded of cached answers: the life of each, and every time one was looked for.

An answer lives in a stream of its own, ``cache-<key>``, so that requests which are not equal never
wait for each other's appends, and one that is equal finds it by a read of one stream, in every
process. What was decided about a model call is recorded in the conversation of the call.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal, TypeAlias, get_args

from pydantic import Field

from retold.domain.cache.decision import MeaningDecision
from retold.domain.event import DomainEvent, EventRegistry
from retold.domain.value import Value

cache_category = "cache"

MissReason: TypeAlias = Literal[
    "absent",
    "expired",
    "too_old",
    "evicted",
    "invalidated",
    "rejected",
    "not_allowed",
    "unreadable",
]
"""Why nothing was served: no answer was ever stored; the one there was is over its time; it is
older than the reader takes; it was removed to make room; it was invalidated; it was reported to
be wrong; this reader may not be given it, as it calls tools it has not allowed; or it holds what
this process has no code for."""

NotStoredReason: TypeAlias = Literal[
    "empty",
    "refusal",
    "incomplete",
    "tool_calls",
    "fallback",
    "names_a_task",
    "invalid",
    "declined",
]
"""Why an answer was not stored: it says nothing; it is a refusal; it was cut off; it calls tools
that are not known to change nothing; it is not this model's; it names a background task; it is not
of the form that was asked for; or the cache's own ``accepts`` declined it."""


def cache_stream(key: str) -> str:
    """Return the name of the stream in which the answers to equal requests live."""
    return f"{cache_category}-{key}"


def cache_key_of(stream: str) -> str:
    """Return the key whose answers a stream holds."""
    return stream.partition("-")[2]


class CachedAnswer(Value):
    """An answer as it is given again.

    Attributes:
        response: AG2's ``ModelResponse`` by Retold's codec.
        published: what the model's client published before it, in order: chunks, reasoning and
            what the provider did by itself.
    """

    response: dict[str, Any]
    published: tuple[dict[str, Any], ...] = ()


# The life of an answer, in its own stream ------------------------------------------------------


class CacheEntryStored(DomainEvent):
    """A model's answer was stored. The event's own id is the id of the entry.

    Attributes:
        entry: id of the entry.
        cache: name of the cache it counts for.
        key: SHA-256, in hex, of the whole request.
        key_version: of the way keys are made.
        partition: SHA-256 of all in the request but the messages.
        context: SHA-256 of the messages before the last user text; of all when it has none.
        question: the last user text; None when the request ends otherwise.
        before: the last texts of user and model before it; None when there are none.
        provider: of the model, when known.
        model: its name, when known.
        answer: what is given again.
        tools: names of the tools it calls, in order.
        usage: token counts by name, as the provider gave them: what each later hit saves.
        cost_usd: dollars it cost, when known.
        stored_at: by the clock of the process that stored it.
        expires_at: when its time is over; None for never.
        sliding_seconds: each hit puts the end off to so long after it; None when none does.
        tags: what invalidation may name it by.
        source: of what it says, such as a document's name and version.
        replaces: id of the entry it takes the place of.
    """

    type: ClassVar[str] = "cache.entry_stored"
    entry: str
    cache: str
    key: str
    key_version: int = Field(ge=1)
    partition: str
    context: str
    question: str | None = None
    before: str | None = None
    provider: str | None = None
    model: str | None = None
    answer: CachedAnswer
    tools: tuple[str, ...] = ()
    usage: dict[str, float] = Field(default_factory=dict)
    cost_usd: float | None = None
    stored_at: datetime
    expires_at: datetime | None = None
    sliding_seconds: float | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    source: str | None = None
    replaces: str | None = None


class CacheEntryExtended(DomainEvent):
    """A hit put off the end of an entry whose time slides."""

    type: ClassVar[str] = "cache.entry_extended"
    entry: str
    expires_at: datetime


class CacheEntryExpired(DomainEvent):
    """Somebody found that an entry's time was over; it is served no more.

    Attributes:
        entry: id of the entry.
        expired_at: when its time was over.
        at: when that was found, by the clock of the process that did.
    """

    type: ClassVar[str] = "cache.expired"
    entry: str
    expired_at: datetime
    at: datetime


class CacheEntryEvicted(DomainEvent):
    """An entry was removed to make room.

    Attributes:
        entry: id of the entry.
        policy: ``lru``: it was not used for longest; ``cost``: it is the cheapest to make again.
        capacity: how many entries the cache may have.
    """

    type: ClassVar[str] = "cache.evicted"
    entry: str
    policy: Literal["lru", "cost"]
    capacity: int


class CacheEntryInvalidated(DomainEvent):
    """An entry was removed because what it says may no longer hold.

    Attributes:
        entry: id of the entry.
        by: what it was chosen by, such as ``tag topic=refunds``.
        note: why, when that was said.
    """

    type: ClassVar[str] = "cache.invalidated"
    entry: str
    by: str
    note: str | None = None


class CacheEntryRejected(DomainEvent):
    """An answer that was served was reported to be wrong; the entry is served no more.

    Attributes:
        entry: id of the entry.
        hit: id of the event that tells of serving it; None when it was the entry that was named.
        note: what was wrong, when that was said.
    """

    type: ClassVar[str] = "cache.rejected"
    entry: str
    hit: str | None = None
    note: str | None = None


class CacheEntryConfirmed(DomainEvent):
    """An answer that was served was reported to be right; fields as of a rejection."""

    type: ClassVar[str] = "cache.confirmed"
    entry: str
    hit: str | None = None
    note: str | None = None


# What was decided about a model call, in its conversation --------------------------------------


class CacheHit(DomainEvent):
    """A stored answer was served, and no model was called.

    Attributes:
        entry: id of the entry.
        key: of the entry, which names its stream.
        partition: both requests are of.
        cache: name of the cache that served it.
        level: that found it: ``exact``, or one that compares meanings.
        similarity: of the two requests, by that level; None where only equal ones are served.
        threshold: it had to reach.
        age_seconds: since the entry was stored.
        usage: token counts that were saved.
        cost_usd: dollars that were saved, when known.
        asked_key: of the request, where that is another than the entry's; None where it is not.
        decision: what was weighed; None where only equal requests are served.
    """

    type: ClassVar[str] = "cache.hit"
    entry: str
    key: str
    partition: str
    cache: str
    level: str
    similarity: float | None = None
    threshold: float | None = None
    age_seconds: float
    usage: dict[str, float] = Field(default_factory=dict)
    cost_usd: float | None = None
    asked_key: str | None = None
    decision: MeaningDecision | None = None


class CacheCoalesced(DomainEvent):
    """A request waited for an equal one that was under way, and was given its answer.

    Attributes:
        entry: id of the entry in which that answer was stored.
        key, partition, cache: as of a hit.
        across_processes: whether another process had the request under way.
        waited_seconds: how long it waited.
        usage: token counts that were saved.
        cost_usd: dollars that were saved, when known.
    """

    type: ClassVar[str] = "cache.coalesced"
    entry: str
    key: str
    partition: str
    cache: str
    across_processes: bool = False
    waited_seconds: float
    usage: dict[str, float] = Field(default_factory=dict)
    cost_usd: float | None = None


class LevelMiss(Value):
    """What one level found instead of an answer to serve.

    Attributes:
        level: which.
        reason: why it served nothing.
        entry: id of the entry that came nearest.
        similarity: of that entry.
        threshold: it had to reach; None when none could be given yet.
        decision: what was weighed; None where only equal requests are served.
    """

    level: str
    reason: str
    entry: str | None = None
    similarity: float | None = None
    threshold: float | None = None
    decision: MeaningDecision | None = None


def miss_reason(text: str) -> MissReason:
    """Return the reason in a text; ``absent`` when it is none of the exact level's."""
    return next((reason for reason in get_args(MissReason) if reason == text), "absent")


class CacheMissed(DomainEvent):
    """No level had an answer to serve; the model is about to be called.

    Attributes:
        key: of the request.
        partition: of the request.
        cache: name of the cache that was asked.
        reason: that of the exact level.
        levels: what each level found, in the order they were asked.
    """

    type: ClassVar[str] = "cache.missed"
    key: str
    partition: str
    cache: str
    reason: MissReason
    levels: tuple[LevelMiss, ...] = ()


class CacheAnswerNotStored(DomainEvent):
    """A model answered after a miss, and the answer is not one to be given again.

    Attributes:
        key: of the request.
        cache: name of the cache.
        reason: why.
    """

    type: ClassVar[str] = "cache.not_stored"
    key: str
    cache: str
    reason: NotStoredReason


entry_event_types = (
    CacheEntryStored,
    CacheEntryExtended,
    CacheEntryExpired,
    CacheEntryEvicted,
    CacheEntryInvalidated,
    CacheEntryRejected,
    CacheEntryConfirmed,
)
"""The events of the streams ``cache-<key>``."""

lookup_event_types = (CacheHit, CacheCoalesced, CacheMissed, CacheAnswerNotStored)
"""The events of conversations."""

cache_entry_events = EventRegistry(*entry_event_types)
cache_lookup_events = EventRegistry(*lookup_event_types)
