"""The rows a fold works on: in memory, with what changed since they were loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from retold.projections.read_table import Key, ReadTable, key_of

RowT = TypeVar("RowT")

_Place = tuple[ReadTable[Any], Key]
_unknown: Any = object()


class Rows:
    """Rows of some tables by key. A row is never changed in place: ``put`` replaces it.

    Those a fold asks for must have been loaded, or put by the fold itself; what was neither is
    not there.
    """

    def __init__(self, *, complete: bool = True) -> None:
        """Begin without a row.

        Args:
            complete: what was not loaded is not there; otherwise it may be in the database, and
                asking for it is an error of the projection's ``needs``.
        """
        self._complete = complete
        self._now: dict[_Place, Any] = {}
        self._loaded: dict[_Place, Any] = {}
        self._needed: set[_Place] = set()
        self._being_written: dict[_Place, Any] = {}
        self._undo: dict[_Place, Any] | None = None

    def get(self, table: ReadTable[RowT], key: Any) -> RowT | None:
        """Return a row; None where there is none.

        Args:
            table: whose row.
            key: the value of the key column, or a tuple of those of several.

        Raises:
            LookupError: when the projection's ``needs`` do not name the row.
        """
        place = (table, key_of(key))
        if not self._complete and place not in self._now:
            raise LookupError(
                f"the fold asks for row {place[1]!r} of {table.name!r}, which its needs do not name"
            )
        row: RowT | None = self._now.get(place)
        return row

    def put(self, table: ReadTable[RowT], row: RowT) -> None:
        """Insert a row, or replace the one with its key."""
        self._set((table, table.key_of(row)), row)

    def delete(self, table: ReadTable[Any], key: Any) -> None:
        """Remove a row; a no-op where there is none."""
        self._set((table, key_of(key)), None)

    def _set(self, place: _Place, row: Any) -> None:
        if self._undo is not None and place not in self._undo:
            self._undo[place] = self._now.get(place, _unknown)
        self._now[place] = row

    # For what loads and writes them ------------------------------------------------------------

    def missing(
        self, needed: Mapping[ReadTable[Any], Iterable[Key]]
    ) -> dict[ReadTable[Any], list[Key]]:
        """Return which of the keys a fold needs must be loaded, by table."""
        found: dict[ReadTable[Any], list[Key]] = {}
        for table, keys in needed.items():
            for place in ((table, key) for key in keys):
                if place in self._being_written and place not in self._now:
                    self._now[place] = self._loaded[place] = self._being_written[place]
            absent = [key for key in keys if (table, key) not in self._now]
            if absent:
                found[table] = absent
            self._needed.update((table, key) for key in keys)
        return found

    def settle(self, most: int) -> None:
        """Take what is here for what is in the database, which it was or is being written to.

        Rows that no event asked for are let go, and all of them when they are more than ``most``;
        but none that is asked for before this is called again.
        """
        self._being_written = self._now
        keep = self._needed if len(self._needed) <= most else set[_Place]()
        self._now = {place: self._now[place] for place in keep if place in self._now}
        self._loaded = dict(self._now)
        self._needed, self._undo = keep, None

    def load(self, table: ReadTable[RowT], keys: Iterable[Key], rows: Iterable[RowT]) -> None:
        """Take in rows as they are in the database.

        Args:
            table: whose rows.
            keys: of the rows looked for.
            rows: those found.
        """
        for key in keys:
            self._now[table, key] = self._loaded[table, key] = None
        for row in rows:
            place = (table, table.key_of(row))
            self._now[place] = self._loaded[place] = row

    def begin(self) -> None:
        """Begin an event, whose changes :meth:`undo` takes back."""
        self._undo = {}

    def undo(self) -> None:
        """Take back what was changed since :meth:`begin`."""
        for place, row in (self._undo or {}).items():
            if row is _unknown:
                del self._now[place]
            else:
                self._now[place] = row
        self._undo = None

    def touched(self) -> Mapping[_Place, Any]:
        """Return the rows changed since :meth:`begin` as they are now, by place; None: no row."""
        return {place: self._now[place] for place in self._undo or ()}

    def written(self) -> Iterator[tuple[ReadTable[Any], list[Any]]]:
        """Yield, by table, the rows that differ from those loaded."""
        found: dict[ReadTable[Any], list[Any]] = {}
        for place, row in self._now.items():
            if row is None:
                continue
            table, _ = place
            before = self._loaded.get(place)
            if before is None or (
                before is not row and table.values_of(before) != table.values_of(row)
            ):
                found.setdefault(table, []).append(row)
        yield from found.items()

    def gone(self) -> Iterator[tuple[ReadTable[Any], list[Key]]]:
        """Yield, by table, the keys of rows that are gone, or may have been in the database."""
        found: dict[ReadTable[Any], list[Key]] = {}
        for (table, key), row in self._now.items():
            if row is None and self._loaded.get((table, key), _unknown) is not None:
                found.setdefault(table, []).append(key)
        yield from found.items()

    def of(self, table: ReadTable[RowT]) -> dict[Key, RowT]:
        """Return all rows of a table that are here, by key."""
        return {k: row for (t, k), row in self._now.items() if t is table and row is not None}
