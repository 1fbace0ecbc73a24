"""Rows of a projection by table and key: from memory, from memory in batches, from a database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from retold.domain.event import RecordedEvent
from retold.projections.keeping.catch_up import current
from retold.projections.projection import Projection
from retold.projections.read_table import Key
from retold.projections.rows import Rows
from retold.store import EventStore

Tables = dict[str, dict[Key, Any]]


def in_memory(projection: Projection, events: Iterable[RecordedEvent]) -> Tables:
    """Return what events fold to when nothing is ever loaded or written."""
    rows = projection.folded(events)
    return {table.name: rows.of(table) for table in projection.tables}


def in_batches(
    projection: Projection, events: Sequence[RecordedEvent], cuts: Iterable[int]
) -> Tables:
    """Return what events fold to when a fold only sees the rows that its needs name.

    Args:
        projection: folds them.
        events: in the log's order.
        cuts: numbers of events after which all that is in memory is written and forgotten.
    """
    wanted = projection.selection()
    kept: Tables = {table.name: {} for table in projection.tables}
    bounds = [0, *sorted({min(cut, len(events)) for cut in cuts}), len(events)]
    for start, end in pairwise(bounds):
        batch = [event for event in events[start:end] if wanted.wants(event)]
        rows = Rows(complete=False)
        for table, keys in projection.needed(batch).items():
            there = kept[table.name]
            rows.load(table, keys, [there[key] for key in keys if key in there])
        for event in batch:
            rows.begin()
            projection.fold(rows, event)
        for table, gone in rows.gone():
            for key in gone:
                kept[table.name].pop(key, None)
        for table, written in rows.written():
            kept[table.name] |= {table.key_of(row): row for row in written}
    return kept


async def in_database(store: EventStore, projection: Projection) -> Tables:
    """Bring a projection up to date and return what is in its tables."""
    tables = await current(store, projection)
    found: Tables = {}
    async with store.connection() as connection:
        for table, physical in tables.items():
            statement = sa.select(physical).where(physical.c.tenant == store.tenant)
            rows = map(table.row_of, (await connection.execute(statement)).mappings())
            found[table.name] = {table.key_of(row): row for row in rows}
    return found
