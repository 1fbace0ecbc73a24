"""Which entries a cache has: those to remove for others, and those that something is said of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from retold.domain.cache.events import CacheCoalesced, CacheHit
from retold.projections.columns import TextMap
from retold.projections.keeping.readable import readable
from retold.projections.models.cache_entries import cache_entries
from retold.projections.models.cache_table import CacheEntry, cache_entry_rows
from retold.store.log import EventStore

_page = 500
_columns = tuple(CacheEntry.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryQuery:
    """Which of the entries that are served; all that is given must be true of one.

    Attributes:
        entry: its id.
        cache: it counts for.
        tags: it has all of these.
        source: of what it says.
        partition: of its request.
        model: name of the model.
        stored_before: stored before this moment, by the clock of who stored it.
        over_by: its time is over by then.
    """

    entry: str | None = None
    cache: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    partition: str | None = None
    model: str | None = None
    stored_before: datetime | None = None
    over_by: datetime | None = None

    @property
    def said(self) -> str:
        """What it asks for, in words; empty when that is nothing."""
        told = {
            "entry": self.entry,
            "cache": self.cache,
            "source": self.source,
            "partition": self.partition,
            "model": self.model,
            "stored before": self.stored_before and self.stored_before.isoformat(),
            "over by": self.over_by and self.over_by.isoformat(),
        }
        words = [f"{name} {value}" for name, value in told.items() if value is not None]
        words[1:1] = [f"tag {name}={value}" for name, value in self.tags.items()]
        return ", ".join(words)


async def served_entries(store: EventStore, query: EntryQuery) -> AsyncIterator[CacheEntry]:
    """Bring the read model up to the log, and yield the entries that are served, by id.

    Args:
        store: the log.
        query: which.

    Raises:
        ProjectionError, StoreError: when the read model cannot be brought up to the log.
    """
    table = (await readable(store, cache_entries))[cache_entry_rows]
    after = ""
    while True:
        statement = (
            _select(table, store.tenant)
            .where(*_conditions(table, query), table.c.entry > after)
            .order_by(table.c.entry)
            .limit(_page)
        )
        found = await _rows(store, statement)
        for row in found:
            yield row
        if len(found) < _page:
            return
        after = found[-1].entry


async def entries_too_many(
    store: EventStore, cache: str, capacity: int, policy: Literal["lru", "cost"]
) -> list[CacheEntry]:
    """Return the entries to remove from a cache, the first one first.

    Args:
        store: the log.
        cache: its name.
        capacity: how many it may have.
        policy: ``lru``: those not used for longest; ``cost``: the cheapest to make again.

    Raises:
        ProjectionError, StoreError: when the read model cannot be brought up to the log.
    """
    table = (await readable(store, cache_entries))[cache_entry_rows]
    served = (table.c.tenant == store.tenant, table.c.cache == cache, table.c.gone.is_(None))
    count = sa.select(sa.func.count()).select_from(table).where(*served)
    async with store.connection() as connection:
        many = int((await connection.execute(count)).scalar_one())
    if many <= capacity:
        return []
    first = table.c.last_used_at if policy == "lru" else table.c.value
    statement = (
        _select(table, store.tenant)
        .where(table.c.cache == cache, table.c.gone.is_(None))
        .order_by(first, table.c.entry)
        .limit(many - capacity)
    )
    return await _rows(store, statement)


async def entry_by_id(store: EventStore, entry: str) -> CacheEntry | None:
    """Return an entry by its id, gone or not; None when there is none.

    Raises:
        ProjectionError, StoreError: when the read model cannot be brought up to the log.
    """
    table = (await readable(store, cache_entries))[cache_entry_rows]
    found = await _rows(store, _select(table, store.tenant).where(table.c.entry == entry))
    return found[0] if found else None


served_event_types = frozenset({CacheHit.type, CacheCoalesced.type})
"""Types of the events that tell of an answer that was served."""


def _select(table: sa.Table, tenant: str) -> sa.Select[Any]:
    columns = [table.c[name] for name in _columns]
    return sa.select(*columns).where(table.c.tenant == tenant)


def _conditions(table: sa.Table, query: EntryQuery) -> list[sa.ColumnElement[bool]]:
    columns = table.c
    wanted: list[sa.ColumnElement[bool]] = [columns.gone.is_(None)]
    for column, value in (
        (columns.entry, query.entry),
        (columns.cache, query.cache),
        (columns.source, query.source),
        (columns.partition, query.partition),
        (columns.model, query.model),
    ):
        if value is not None:
            wanted.append(column == value)
    if query.stored_before is not None:
        wanted.append(columns.stored_at < query.stored_before)
    if query.over_by is not None:
        wanted.append(columns.expires_at <= query.over_by)
    tags = sa.type_coerce(columns.tags, sa.Text())
    for name, value in query.tags.items():
        line = sa.literal(TextMap.line_of(name, value), sa.Text())
        # The two databases have no other search for text in common that minds the case.
        wanted.append(sa.func.replace(tags, line, "") != tags)
    return wanted


async def _rows(store: EventStore, statement: sa.Select[Any]) -> list[CacheEntry]:
    async with store.connection() as connection:
        found = (await connection.execute(statement)).mappings().all()
    return [CacheEntry(**row) for row in found]
