"""A projection whose rows tell which events were folded, how often and in which order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from retold.domain.event import NewEvent, RecordedEvent
from retold.projections.keeping.catch_up import current, ensure_build, tables_of
from retold.projections.projection import Need, Projection
from retold.projections.read_table import ReadTable
from retold.projections.rows import Rows
from retold.store import EventStore
from retold.store.tables import name_text
from tests.store.events import read_all

Found = dict[str, dict[Any, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTally:
    """What was folded of a stream: how many, and a hash over their ids in order."""

    stream: str
    part: int
    events: int
    trace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeTally:
    """What was folded of a type, over all streams."""

    type: str
    events: int
    trace: str


metadata = sa.MetaData()
streams = ReadTable(
    sa.Table(
        "tally_streams",
        metadata,
        sa.Column("stream", name_text, primary_key=True),
        sa.Column("part", sa.BigInteger, primary_key=True),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("trace", sa.Text, nullable=False),
    ),
    StreamTally,
)
types = ReadTable(
    sa.Table(
        "tally_types",
        metadata,
        sa.Column("type", name_text, primary_key=True),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("trace", sa.Text, nullable=False),
    ),
    TypeTally,
)
note = "note.added"
removal = "note.removed"


def needs(event: RecordedEvent) -> Iterable[Need]:
    return (streams, (event.stream, 1)), (types, event.type)


def fold(rows: Rows, event: RecordedEvent) -> None:
    if event.data.get("bad"):
        raise ValueError("a bad event")
    by_type = rows.get(types, event.type) or TypeTally(type=event.type, events=0, trace="")
    rows.put(types, TypeTally(type=event.type, **_next(by_type, event)))
    if event.type == removal:
        rows.delete(streams, (event.stream, 1))
        return
    tally = rows.get(streams, (event.stream, 1)) or StreamTally(
        stream=event.stream, part=1, events=0, trace=""
    )
    rows.put(streams, StreamTally(stream=event.stream, part=1, **_next(tally, event)))


def _next(before: StreamTally | TypeTally, event: RecordedEvent) -> dict[str, Any]:
    trace = hashlib.sha256(before.trace.encode() + event.event_id_bytes).hexdigest()
    return {"events": before.events + 1, "trace": trace}


def tallies(version: int = 1, **options: Any) -> Projection:
    """Return the projection; versions differ in nothing but their builds."""
    given: dict[str, Any] = {"fold": fold, "needs": needs, "types": (note, removal)}
    return Projection(name="tallies", version=version, tables=(streams, types), **(given | options))


def added(text: str = "x", **data: Any) -> NewEvent:
    """Return an event that the projection reads."""
    return NewEvent(type=note, data={"text": text, **data})


async def kept(store: EventStore, projection: Projection) -> Found:
    """Return the rows in the tables, by table and key, brought up to date."""
    tables = await current(store, projection)
    return await rows_in(store, {table: tables[table] for table in projection.tables})


async def rows_in(store: EventStore, tables: dict[ReadTable[Any], sa.Table]) -> Found:
    """Return the rows in tables, as they are."""
    found: Found = {}
    async with store.connection() as connection:
        for read_table, table in tables.items():
            statement = sa.select(table).where(table.c.tenant == store.tenant)
            rows = (await connection.execute(statement)).mappings().all()
            made = map(read_table.row_of, rows)
            found[read_table.name] = {read_table.key_of(row): row for row in made}
    return found


async def expected(store: EventStore, projection: Projection) -> Found:
    """Return the rows that the log folds to."""
    rows = projection.folded(await read_all(store))
    return {table.name: dict(rows.of(table)) for table in projection.tables}


async def as_they_are(store: EventStore, projection: Projection) -> Found:
    """Return the rows in the tables, without bringing them up to date."""
    _, build = await ensure_build(store, projection)
    return await rows_in(store, dict(tables_of(projection, build)))
