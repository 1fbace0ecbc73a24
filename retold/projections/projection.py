"""What a projection is: a pure fold of events into rows of one table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, RowMapping, Table

from retold.domain.event import RecordedEvent

RowT = TypeVar("RowT")

tenant_column = "tenant"


# No slots: with them, Python 3.11 cannot make a Projection[Row](...).
@dataclass(frozen=True, kw_only=True)
class Projection(Generic[RowT]):
    """A read model: which events it reads, and how each changes one row.

    ``key`` and ``evolve`` are pure: no clock, no randomness, no I/O, so that rows can be rebuilt
    from the log to the byte.

    Attributes:
        name: stable name; its checkpoint is kept under it.
        version: raised by every change of what the fold gives; the rows are then made anew.
        types: event types it reads.
        category: category of the streams it reads; None for all.
        key: primary key, beside the tenant, of the row an event touches; None for no row.
        evolve: the row after an event, from the row before; None where there is no row.
        row: makes a row from its columns' values, given by name.
        table: where the rows live. Its primary key is ``tenant`` and one more column; every
            other column is an attribute of a row.
    """

    name: str
    version: int
    types: Collection[str]
    key: Callable[[RecordedEvent], str | None]
    evolve: Callable[[RowT | None, RecordedEvent], RowT | None]
    row: Callable[..., RowT]
    table: Table
    category: str | None = None

    @property
    def key_column(self) -> Column[Any]:
        """The primary key column beside the tenant."""
        (column,) = (c for c in self.table.primary_key.columns if c.name != tenant_column)
        return column

    def keys(self, events: Iterable[RecordedEvent]) -> tuple[str, ...]:
        """Return the keys of the rows the events touch, each once, in order."""
        return tuple(dict.fromkeys(k for k in map(self.key, events) if k is not None))

    def fold(self, rows: MutableMapping[str, RowT | None], events: Iterable[RecordedEvent]) -> None:
        """Move ``rows`` on by ``events``.

        Args:
            rows: by key; absent or None where there is no row. Rows of all keys the events touch
                must be in it if they exist. It is changed in place, its values are not.
            events: in the log's order.
        """
        for event in events:
            key = self.key(event)
            if key is not None:
                rows[key] = self.evolve(rows.get(key), event)

    def row_from(self, found: RowMapping) -> RowT:
        """Return the row in a database row that has all columns of the table."""
        return self.row(
            **{str(name): value for name, value in found.items() if name != tenant_column}
        )

    def values(self, row: RowT, tenant: str) -> dict[str, Any]:
        """Return the columns' values of a row by name."""
        return {
            column.name: tenant if column.name == tenant_column else getattr(row, column.name)
            for column in self.table.columns
        }
