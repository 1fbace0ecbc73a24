"""The tables of cached answers and of what they were looked for, and their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import ExactDecimal, Moment, TextList, TextMap
from retold.projections.read_table import ReadTable
from retold.store.tables import name_text


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """A cached answer as it is now. Unknown is None.

    Attributes:
        entry: its id, which is the id of the event that stored it.
        key: of the request; its stream is ``cache-<key>``.
        partition: of the request.
        context: of the request.
        cache: name of the cache it counts for.
        provider: of the model.
        model: its name.
        question: the last user text of the request.
        answer: the text that is given again.
        tools: names of the tools the answer calls.
        tags: it can be invalidated by.
        source: of what it says.
        session: id of the session whose call it was stored by.
        agent: name of the agent.
        prompt_tokens: the answer took.
        completion_tokens: the answer took.
        cost_usd: dollars it cost.
        value: what eviction by cost compares: dollars where known, otherwise millionths for tokens.
        bytes: of the answer as it is stored.
        stored_at: by the clock of the process that stored it.
        expires_at: when its time is over.
        sliding: whether hits put that off.
        gone: ``expired``, ``evicted``, ``invalidated``, ``rejected`` or ``replaced``; None while it
            is served. One whose time is over is not gone until somebody found it so.
        gone_at: when the log took that.
        gone_why: what it was chosen by, or what was wrong.
        hits: how often it was served.
        coalesced: how often it was given to who waited for it.
        last_used_at: when the log took the newest of these, or the entry.
        confirmed: how often it was reported to be right.
        aliases: other requests that were judged to have its answer.
        veto: the greatest similarity at which it was seen to be wrong for another request.
        embedder: name of what made the vector it is found by; None when only its key finds it.
        version: its newest event in its stream.
        recorded_at: when the log took it.
    """

    entry: str
    key: str
    partition: str
    context: str
    cache: str
    provider: str | None = None
    model: str | None = None
    question: str | None = None
    answer: str | None = None
    tools: tuple[str, ...] = ()
    tags: dict[str, str]
    source: str | None = None
    session: str | None = None
    agent: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: Decimal | None = None
    value: float = 0.0
    bytes: int = 0
    stored_at: datetime | None = None
    expires_at: datetime | None = None
    sliding: bool = False
    gone: str | None = None
    gone_at: datetime | None = None
    gone_why: str | None = None
    hits: int = 0
    coalesced: int = 0
    last_used_at: datetime
    confirmed: int = 0
    aliases: int = 0
    veto: float | None = None
    embedder: str | None = None
    version: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheLookup:
    """What was decided about a call to a model that went through a cache. Unknown is None.

    Attributes:
        session: id of the conversation.
        version: of the event.
        root_session: id of the session it belongs to.
        turn: id of the turn.
        agent: name of the agent that called.
        event_id: of the event.
        outcome: ``hit``, ``coalesced``, ``missed`` or ``not_stored``.
        entry: id of the entry that was served.
        key: of the request; that of the entry where one was served.
        asked_key: of the request, where an entry of another key was served.
        partition: of the request.
        cache: name of the cache.
        level: that found the entry.
        reason: why nothing was served, or the answer was not stored.
        near_level: that compared meanings.
        near_reason: why that level served nothing.
        near_entry: id of the entry that was nearest.
        similarity: of that entry's request and this one; or of an alias of it.
        score: what was held to the threshold: the similarity, or less.
        threshold: it had to reach; None when none could be given yet.
        scope: whose threshold it was.
        policy: name of what chose it.
        barred: what spoke against serving it beside the similarity.
        guards: that spoke against it.
        audited: whether the model was asked to see what it says.
        shadow: whether the level only watches.
        seconds: the age of the entry that was served; or how long a request waited.
        tokens_saved: both ways.
        cost_usd_saved: dollars.
        occurred_at: when, by the clock of the process.
        recorded_at: when the log took it.
    """

    session: str
    version: int
    root_session: str
    turn: str | None
    agent: str | None
    event_id: str
    outcome: str
    entry: str | None
    key: str | None
    asked_key: str | None
    partition: str | None
    cache: str
    level: str | None
    reason: str | None
    near_level: str | None
    near_reason: str | None
    near_entry: str | None
    similarity: float | None
    score: float | None
    threshold: float | None
    scope: str | None
    policy: str | None
    barred: str | None
    guards: tuple[str, ...]
    audited: bool
    shadow: bool
    seconds: float | None
    tokens_saved: int | None
    cost_usd_saved: Decimal | None
    occurred_at: datetime | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheLabel:
    """Whether a stored answer would have been, or was, right for a request. Unknown is None.

    Attributes:
        scope: whose threshold it counts for.
        version: of the event in the scope's stream.
        event_id: of the event.
        cache: name of the cache.
        entry: id of the entry.
        key: of the request.
        similarity: of the two requests.
        score: what was held to the threshold: the similarity, or less.
        equal: whether the answers are the same.
        probability: with which such a request was labelled.
        source: ``miss``, ``audit``, ``confirmed`` or ``rejected``.
        judge: name of what judged; None when somebody said so.
        guards: that spoke against serving it.
        barred: what spoke against serving it beside the similarity.
        lookup: id of the event that tells of the request.
        session: id of the session.
        recorded_at: when the log took it.
    """

    scope: str
    version: int
    event_id: str
    cache: str
    entry: str | None
    key: str | None
    similarity: float | None
    score: float | None
    equal: bool | None
    probability: float | None
    source: str | None
    judge: str | None
    guards: tuple[str, ...]
    barred: str | None
    lookup: str | None
    session: str | None
    recorded_at: datetime


class CacheEntryRow(SQLModel, table=True):
    """One entry; the columns mean what :class:`CacheEntry` says of its attributes."""

    __tablename__: ClassVar[Any] = "cache_entries"
    __table_args__ = (
        Index("ix_cache_entries_recorded_at", "tenant", "recorded_at", "entry"),
        # What to evict, and how many there are.
        Index("ix_cache_entries_lru", "tenant", "cache", "gone", "last_used_at", "entry"),
        Index("ix_cache_entries_value", "tenant", "cache", "gone", "value", "entry"),
        Index("ix_cache_entries_expires_at", "tenant", "gone", "expires_at"),
        Index("ix_cache_entries_key", "tenant", "key"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    entry: str = Field(sa_column=Column(name_text, primary_key=True))
    key: str = Field(sa_column=Column(name_text, nullable=False))
    partition: str = Field(sa_column=Column(name_text, nullable=False))
    context: str = Field(sa_column=Column(name_text, nullable=False))
    cache: str = Field(sa_column=Column(name_text, nullable=False))
    provider: str | None = Field(sa_column=Column(Text))
    model: str | None = Field(sa_column=Column(Text))
    question: str | None = Field(sa_column=Column(Text))
    answer: str | None = Field(sa_column=Column(Text))
    tools: tuple[str, ...] = Field(sa_column=Column(TextList, nullable=False))
    tags: dict[str, str] = Field(sa_column=Column(TextMap, nullable=False))
    source: str | None = Field(sa_column=Column(Text))
    session: str | None = Field(sa_column=Column(Text))
    agent: str | None = Field(sa_column=Column(Text))
    prompt_tokens: int | None = Field(sa_column=Column(BigInteger))
    completion_tokens: int | None = Field(sa_column=Column(BigInteger))
    cost_usd: Decimal | None = Field(sa_column=Column(ExactDecimal))
    value: float = Field(sa_column=Column(Float(53), nullable=False))
    bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    stored_at: datetime | None = Field(sa_column=Column(Moment))
    expires_at: datetime | None = Field(sa_column=Column(Moment))
    sliding: bool = Field(sa_column=Column(Boolean, nullable=False))
    gone: str | None = Field(sa_column=Column(name_text))
    gone_at: datetime | None = Field(sa_column=Column(Moment))
    gone_why: str | None = Field(sa_column=Column(Text))
    hits: int = Field(sa_column=Column(BigInteger, nullable=False))
    coalesced: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_used_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    confirmed: int = Field(sa_column=Column(BigInteger, nullable=False))
    aliases: int = Field(sa_column=Column(BigInteger, nullable=False))
    veto: float | None = Field(sa_column=Column(Float(53)))
    embedder: str | None = Field(sa_column=Column(Text))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class CacheLookupRow(SQLModel, table=True):
    """One decision; the columns mean what :class:`CacheLookup` says of its attributes."""

    __tablename__: ClassVar[Any] = "cache_lookups"
    __table_args__ = (
        Index("ix_cache_lookups_recorded_at", "tenant", "recorded_at", "session", "version"),
        Index("ix_cache_lookups_entry", "tenant", "entry", "recorded_at", "session", "version"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    turn: str | None = Field(sa_column=Column(Text))
    agent: str | None = Field(sa_column=Column(Text))
    event_id: str = Field(sa_column=Column(name_text, nullable=False))
    outcome: str = Field(sa_column=Column(name_text, nullable=False))
    entry: str | None = Field(sa_column=Column(name_text))
    key: str | None = Field(sa_column=Column(name_text))
    asked_key: str | None = Field(sa_column=Column(name_text))
    partition: str | None = Field(sa_column=Column(name_text))
    cache: str = Field(sa_column=Column(name_text, nullable=False))
    level: str | None = Field(sa_column=Column(Text))
    reason: str | None = Field(sa_column=Column(Text))
    near_level: str | None = Field(sa_column=Column(Text))
    near_reason: str | None = Field(sa_column=Column(Text))
    near_entry: str | None = Field(sa_column=Column(name_text))
    similarity: float | None = Field(sa_column=Column(Float(53)))
    score: float | None = Field(sa_column=Column(Float(53)))
    threshold: float | None = Field(sa_column=Column(Float(53)))
    scope: str | None = Field(sa_column=Column(name_text))
    policy: str | None = Field(sa_column=Column(Text))
    barred: str | None = Field(sa_column=Column(Text))
    guards: tuple[str, ...] = Field(sa_column=Column(TextList, nullable=False))
    audited: bool = Field(sa_column=Column(Boolean, nullable=False))
    shadow: bool = Field(sa_column=Column(Boolean, nullable=False))
    seconds: float | None = Field(sa_column=Column(Float(53)))
    tokens_saved: int | None = Field(sa_column=Column(BigInteger))
    cost_usd_saved: Decimal | None = Field(sa_column=Column(ExactDecimal))
    occurred_at: datetime | None = Field(sa_column=Column(Moment))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class CacheLabelRow(SQLModel, table=True):
    """One label; the columns mean what :class:`CacheLabel` says of its attributes."""

    __tablename__: ClassVar[Any] = "cache_labels"
    __table_args__ = (
        Index("ix_cache_labels_recorded_at", "tenant", "recorded_at", "scope", "version"),
        Index("ix_cache_labels_lookup", "tenant", "lookup"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    scope: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    event_id: str = Field(sa_column=Column(name_text, nullable=False))
    cache: str = Field(sa_column=Column(name_text, nullable=False))
    entry: str | None = Field(sa_column=Column(name_text))
    key: str | None = Field(sa_column=Column(name_text))
    similarity: float | None = Field(sa_column=Column(Float(53)))
    score: float | None = Field(sa_column=Column(Float(53)))
    equal: bool | None = Field(sa_column=Column(Boolean))
    probability: float | None = Field(sa_column=Column(Float(53)))
    source: str | None = Field(sa_column=Column(Text))
    judge: str | None = Field(sa_column=Column(Text))
    guards: tuple[str, ...] = Field(sa_column=Column(TextList, nullable=False))
    barred: str | None = Field(sa_column=Column(Text))
    lookup: str | None = Field(sa_column=Column(name_text))
    session: str | None = Field(sa_column=Column(Text))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))


cache_entry_rows = ReadTable(CacheEntryRow, CacheEntry)
cache_lookup_rows = ReadTable(CacheLookupRow, CacheLookup)
cache_label_rows = ReadTable(CacheLabelRow, CacheLabel)
