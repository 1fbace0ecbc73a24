"""What a projection is: a name, a version, the events it reads, a pure fold, and its tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from sqlmodel import SQLModel

from retold.domain.event import RecordedEvent
from retold.projections.own_storage import OwnStorage
from retold.projections.read_table import ReadTable, key_of
from retold.projections.rows import Rows
from retold.store.selection import Partition, Selection

if TYPE_CHECKING:
    from retold.store.inline import InlineRows
    from retold.store.log import EventStore

RowT = TypeVar("RowT")

# A row that an event may look at or change: its table and its key.
Need: TypeAlias = tuple[ReadTable[Any], Any]

_name = re.compile(r"[a-z][a-z0-9_]{0,39}")


def _no_needs(_: RecordedEvent) -> Iterable[Need]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Projection:
    """A read model: which events it reads, and how each changes its rows.

    ``fold`` and ``needs`` are pure: no clock, no randomness, no I/O, so that rows can be rebuilt
    from the log to the byte.

    Attributes:
        name: stable name, lower case with underscores; its checkpoint is kept under it.
        version: raised by every change of what the fold gives; see
            :mod:`retold.projections.keeping.code`.
        fold: changes ``rows`` by one event.
        tables: where the rows live; empty for a projection with a storage of its own.
        needs: the rows that ``fold`` asks for when it is given an event. A row it only puts, and
            never asks for, need not be loaded.
        types: event types it reads; None for all.
        category: category of the streams it reads; None for all.
        per_stream: the rows an event changes are touched by events of its stream only. Then
            several workers can rebuild it, each a share of the streams.
        code: further functions whose code is part of the fold's, for the hash of its code.
        storage: gives the storage of a build, by the build's suffix, when that is not SQL.
        description: one line for people.
    """

    name: str
    version: int
    fold: Callable[[Rows, RecordedEvent], None]
    tables: tuple[ReadTable[Any], ...] = ()
    needs: Callable[[RecordedEvent], Iterable[Need]] = _no_needs
    types: Collection[str] | None = None
    category: str | None = None
    per_stream: bool = False
    code: tuple[Callable[..., Any], ...] = ()
    storage: Callable[[str], OwnStorage] | None = None
    description: str = ""

    def __post_init__(self) -> None:
        """Check what is stored.

        Raises:
            ValueError: when the name or the version is none, or rows have no place to live.
        """
        if not _name.fullmatch(self.name):
            raise ValueError(
                f"{self.name!r} is no name of a projection: give 1 to 40 of a-z, 0-9 and _, "
                "beginning with a letter"
            )
        if self.version < 1:
            raise ValueError(f"{self.name}: versions begin at 1, not {self.version}")
        if bool(self.tables) is (self.storage is not None):
            raise ValueError(f"{self.name}: give tables, or a storage of its own")

    @classmethod
    def of_rows(
        cls,
        name: str,
        *,
        version: int,
        row: type[SQLModel] | ReadTable[RowT],
        key: Callable[[RecordedEvent], Any],
        evolve: Callable[[RowT | None, RecordedEvent], RowT | None],
        **options: Any,
    ) -> Projection:
        """Return a projection of one table in which an event changes one row at the most.

        Args:
            name: as of the class.
            version: as of the class.
            row: the table.
            key: key of the row an event touches, a tuple when it has several columns; None for
                no row.
            evolve: the row after an event, from the row before; None where there is no row.
            **options: the other attributes of the class.
        """
        table: ReadTable[RowT] = row if isinstance(row, ReadTable) else ReadTable(row)

        def needs(event: RecordedEvent) -> Iterable[Need]:
            found = key(event)
            return () if found is None else ((table, found),)

        def fold(rows: Rows, event: RecordedEvent) -> None:
            found = key(event)
            if found is None:
                return
            after = evolve(rows.get(table, found), event)
            if after is None:
                rows.delete(table, found)
            else:
                rows.put(table, after)

        options.setdefault("code", ())
        options["code"] = (key, evolve, *options["code"])
        return cls(name=name, version=version, fold=fold, tables=(table,), needs=needs, **options)

    def selection(self, partition: Partition | None = None) -> Selection:
        """Return which events it reads."""
        return Selection(category=self.category, types=self.types, partition=partition)

    def needed(self, events: Iterable[RecordedEvent]) -> dict[ReadTable[Any], list[Any]]:
        """Return the keys of the rows that folding events asks for, each once, by table."""
        found: dict[ReadTable[Any], dict[Any, None]] = {}
        for event in events:
            for table, key in self.needs(event):
                found.setdefault(table, {})[key_of(key)] = None
        return {table: list(keys) for table, keys in found.items()}

    async def inline_rows(self, store: EventStore) -> InlineRows:
        """Make the tables, fold what the log holds, and return what an append writes the rows by.

        Called where a log is opened with ``inline=[...]``.

        Raises:
            InlineUnavailable: when its rows are not in SQL tables.
            Exception: as of :func:`retold.projections.keeping.catch_up.catch_up`.
        """
        from retold.projections.keeping.inline import inline_rows  # noqa: PLC0415 - it needs this module

        return await inline_rows(store, self)

    def folded(self, events: Iterable[RecordedEvent]) -> Rows:
        """Return the rows that events fold to from nothing, in memory; for tests and comparisons.

        Args:
            events: in the log's order; those it does not read are left out.
        """
        rows, wanted = Rows(), self.selection()
        for event in events:
            if wanted.wants(event):
                self.fold(rows, event)
        return rows
