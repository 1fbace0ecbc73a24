"""What two versions of a projection make of the same history, and where they first part.

Both are folded side by side, event by event, in a scratch database of their own: the log is only
read. After each event the rows that either of them touched are compared.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from retold.domain.event import RecordedEvent
from retold.errors import ProjectionFailed, RebuildRefused
from retold.projections.keeping.sql_rows import changes_of, load_rows, write_rows
from retold.projections.keeping.step import reason_of
from retold.projections.projection import Projection
from retold.projections.read_table import Key, ReadTable
from retold.projections.rows import Rows
from retold.store.cursor import Cursor
from retold.store.log import EventStore
from retold.store.selection import Selection

_Place: TypeAlias = tuple[str, Key]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPlace:
    """Where an event stands.

    Attributes:
        stream: its stream.
        version: in its stream.
        type: its type.
        cursor: in the global order.
    """

    stream: str
    version: int
    type: str
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDifference:
    """A row that is not the same in both.

    Attributes:
        table: its table.
        key: its key, by column.
        fields: columns that differ, each with the old and the new value; all columns, with None
            for one side, where that side has no row.
        only: the side that has the row, ``old`` or ``new``; None when both have it.
        parted: the event after which it was not the same any more.
    """

    table: str
    key: Mapping[str, Any]
    fields: Mapping[str, tuple[Any, Any]]
    only: str | None
    parted: EventPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionDiff:
    """What two versions of a projection make of a log.

    Attributes:
        name: the projection.
        old: version on the one side.
        new: version on the other.
        events: read by either.
        rows: there at the end, on the old and on the new side.
        differing: number of rows that are not the same.
        differences: those rows, in the order in which they parted, as many as asked for.
        parted: the first event after which any row was not the same; None when none ever parted.
        columns: columns that only one side has, as ``table.column``; they are not compared.
    """

    name: str
    old: int
    new: int
    events: int
    rows: tuple[int, int]
    differing: int
    differences: tuple[RowDifference, ...]
    parted: EventPlace | None
    columns: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether both make the same rows."""
        return self.differing == 0 and not self.columns


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffProgress:
    """How far a comparison has come.

    Attributes:
        events: folded so far, by either version.
        events_per_second: since it began.
        share: of the log's positions that are behind it, 0.0 to 1.0.
    """

    events: int
    events_per_second: float
    share: float


Progress: TypeAlias = Callable[[DiffProgress], None]


async def diff(
    store: EventStore,
    old: Projection,
    new: Projection,
    *,
    limit: int = 100,
    batch_size: int = 1_000,
    progress: Progress | None = None,
) -> ProjectionDiff:
    """Fold two versions of a projection over the same log and compare their rows.

    Args:
        store: the log; nothing is written to it.
        old: one version.
        new: the other.
        limit: rows to describe at the most; all are counted.
        batch_size: events folded at a time.
        progress: called after each batch.

    Raises:
        RebuildRefused: when one of them keeps its rows elsewhere than in tables.
        ProjectionFailed: when a fold fails on an event.
        CorruptEvent, FutureSchemaVersion, UpcastFailed: when an event cannot be read.
        StoreUnavailable: when the database does not do its work.
    """
    for projection in (old, new):
        if not projection.tables:
            raise RebuildRefused(projection.name, "its rows are in no table that can be compared")
    with tempfile.TemporaryDirectory(prefix="retold-diff-") as folder:
        engine = create_async_engine(f"sqlite+aiosqlite:///{Path(folder) / 'rows.db'}")
        try:
            async with engine.connect() as connection:
                await connection.execute(sa.text("PRAGMA synchronous=OFF"))
                comparison = _Comparison(store, connection, old, new)
                await comparison.begin()
                await comparison.fold(batch_size, progress)
                return await comparison.result(limit)
        finally:
            await engine.dispose()


class _Side:
    """One of the two, and its rows in the scratch database."""

    def __init__(self, connection: AsyncConnection, name: str, projection: Projection) -> None:
        self.name, self.projection = name, projection
        self.tables = {table.name: table for table in projection.tables}
        self._connection = connection
        self.rows = Rows(complete=False)

    async def begin(self) -> None:
        for table in self.projection.tables:
            await self._connection.run_sync(table.physical(self.name).create)

    async def load(self, events: Sequence[RecordedEvent], places: Iterable[_Place] = ()) -> None:
        """Begin anew with the rows that folding events needs, and those at some places."""
        self.rows = Rows(complete=False)
        wanted = {table: dict.fromkeys(keys) for table, keys in self._needed(events).items()}
        for name, key in places:
            if name in self.tables:
                wanted.setdefault(self.tables[name], {})[key] = None
        missing = self.rows.missing({table: list(keys) for table, keys in wanted.items()})
        await load_rows(self._connection, "", self.name, missing, self.rows)

    def fold(self, event: RecordedEvent) -> list[_Place]:
        """Fold an event, when it is wanted; return the places of the rows it touched."""
        if not self.projection.selection().wants(event):
            return []
        self.rows.begin()
        try:
            self.projection.fold(self.rows, event)
        except Exception as error:
            raise ProjectionFailed(
                f"{self.projection.name} v{self.projection.version}",
                event.stream,
                event.version,
                event.type,
                reason_of(error),
            ) from error
        return [(table.name, key) for table, key in self.rows.touched()]

    async def write(self) -> None:
        changes = changes_of(self._connection.dialect, "", self.name, self.rows)
        await write_rows(self._connection, "", self.name, changes)

    def values(self, place: _Place) -> dict[str, Any] | None:
        """Return a row's values by column; None where there is no row."""
        name, key = place
        table = self.tables.get(name)
        row = None if table is None else self.rows.get(table, key)
        if table is None or row is None:
            return None
        return dict(zip(table.columns, table.values_of(row), strict=True))

    async def count(self) -> int:
        total = 0
        for table in self.projection.tables:
            counted = sa.select(sa.func.count()).select_from(table.physical(self.name))
            total += (await self._connection.execute(counted)).scalar_one()
        return total

    def _needed(self, events: Sequence[RecordedEvent]) -> dict[ReadTable[Any], list[Any]]:
        wanted = self.projection.selection()
        return self.projection.needed(event for event in events if wanted.wants(event))


class _Comparison:
    def __init__(
        self, store: EventStore, connection: AsyncConnection, old: Projection, new: Projection
    ) -> None:
        self._store = store
        self._old = _Side(connection, "old", old)
        self._new = _Side(connection, "new", new)
        self._events = 0
        self._first: EventPlace | None = None
        # Rows that are not the same at the moment, and since which event.
        self._parted: dict[_Place, EventPlace] = {}
        self._columns = {
            name: [
                column
                for column in self._old.tables[name].columns
                if column in self._new.tables[name].columns
            ]
            for name in self._old.tables
            if name in self._new.tables
        }

    async def begin(self) -> None:
        await self._old.begin()
        await self._new.begin()

    async def fold(self, batch_size: int, progress: Progress | None) -> None:
        store = self._store
        selection = _union(self._old.projection, self._new.projection)
        cursor: Cursor | None = None
        last = await store.end()
        # On PostgreSQL the end is behind every position there can be.
        end = (await store.backend.newest() or last).position
        begun = time.perf_counter()
        while events := await store.page(cursor, selection, batch_size):
            await self._fold(events)
            cursor = store.cursor_of(events[-1])
            self._events += len(events)
            if progress is not None:
                progress(
                    DiffProgress(
                        events=self._events,
                        events_per_second=self._events / (time.perf_counter() - begun),
                        share=min(1.0, cursor.position / max(end, 1)),
                    )
                )

    async def _fold(self, events: Sequence[RecordedEvent]) -> None:
        sides = (self._old, self._new)
        # Once to see which rows are touched, which each side must then have of the other's too.
        touched: dict[_Place, None] = {}
        for side in sides:
            await side.load(events)
            for event in events:
                touched.update(dict.fromkeys(side.fold(event)))
        for side in sides:
            await side.load(events, touched)
        for event in events:
            places = dict.fromkeys([place for side in sides for place in side.fold(event)])
            for place in places:
                self._compare(place, event)
        for side in sides:
            await side.write()

    def _compare(self, place: _Place, event: RecordedEvent) -> None:
        if place[0] not in self._columns:
            return
        if self._fields(place):
            if place not in self._parted:
                at = EventPlace(
                    stream=event.stream,
                    version=event.version,
                    type=event.type,
                    cursor=str(self._store.cursor_of(event)),
                )
                self._parted[place] = at
                self._first = self._first or at
        else:
            self._parted.pop(place, None)

    def _fields(self, place: _Place) -> dict[str, tuple[Any, Any]]:
        old, new = self._old.values(place), self._new.values(place)
        columns = self._columns[place[0]]
        if old is None or new is None:
            found = old if old is not None else new
            return (
                {}
                if found is None
                else {
                    name: (None if old is None else old[name], None if new is None else new[name])
                    for name in columns
                }
            )
        return {name: (old[name], new[name]) for name in columns if old[name] != new[name]}

    async def result(self, limit: int) -> ProjectionDiff:
        shown = list(self._parted)[:limit]
        for side in (self._old, self._new):
            await side.load((), shown)
        return ProjectionDiff(
            name=self._new.projection.name,
            old=self._old.projection.version,
            new=self._new.projection.version,
            events=self._events,
            rows=(await self._old.count(), await self._new.count()),
            differing=len(self._parted),
            differences=tuple(self._difference(place) for place in shown),
            parted=self._first,
            columns=self._only_in_one(),
        )

    def _difference(self, place: _Place) -> RowDifference:
        name, key = place
        missing = [s.name for s in (self._old, self._new) if s.values(place) is None]
        other = {"old": "new", "new": "old"}
        return RowDifference(
            table=name,
            key=dict(zip(self._old.tables[name].key_columns, key, strict=True)),
            fields=self._fields(place),
            only=other[missing[0]] if missing else None,
            parted=self._parted[place],
        )

    def _only_in_one(self) -> tuple[str, ...]:
        old, new = (
            {
                f"{table.name}.{column}"
                for table in side.projection.tables
                for column in table.columns
            }
            for side in (self._old, self._new)
        )
        return tuple(sorted(old ^ new))


def _union(old: Projection, new: Projection) -> Selection:
    """Return what either of two projections reads."""
    both = None
    if old.types is not None and new.types is not None:
        both = frozenset(old.types) | frozenset(new.types)
    return Selection(types=both, category=old.category if old.category == new.category else None)
