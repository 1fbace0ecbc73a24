"""A table of a read model: how it is declared, and the class of its rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from sqlalchemy import Column, Index, MetaData, RowMapping, Table
from sqlmodel import SQLModel

from retold.projections.columns import table_of
from retold.store.tables import name_text

RowT = TypeVar("RowT")

Key: TypeAlias = tuple[Hashable, ...]

tenant_column = "tenant"
# PostgreSQL cuts names off at 63 bytes, and a build adds its own end to this one.
longest_name = 40


class Besides(Protocol):
    """Statements that make and remove what a database keeps beside a table of a build."""

    def create(self, table: Table, dialect: str) -> Sequence[str]:
        """Return what is executed after ``CREATE TABLE``; ``sqlite`` or ``postgresql``."""
        ...

    def drop(self, table: Table, dialect: str) -> Sequence[str]:
        """Return what is executed before ``DROP TABLE``."""
        ...


class ReadTable(Generic[RowT]):
    """A table whose rows a projection folds.

    What is declared is a form: the tables in the database have the same columns, preceded by the
    tenant, and a name of their own for each build of the projection.
    """

    def __init__(
        self,
        declared: type[SQLModel] | Table,
        row: Callable[..., RowT] | None = None,
        *,
        besides: Besides | None = None,
    ) -> None:
        """Take a declaration.

        Args:
            declared: a SQLModel class with ``table=True``, or a table. Its primary key identifies
                a row within a tenant.
            row: makes a row from its columns' values, given by name without the tenant, and the
                row has an attribute for each; the declared class when it is left out.
            besides: what the database keeps beside the table, such as an index of another kind.

        Raises:
            ValueError: when there is no primary key beside the tenant, or the name is too long.
            TypeError: when nothing says what makes a row.
        """
        self.declared = declared if isinstance(declared, Table) else table_of(declared)
        self.name = str(self.declared.name)
        if row is None and isinstance(declared, Table):
            raise TypeError(f"Say what makes a row of {self.name!r}.")
        self.besides = besides
        self._make: Callable[..., Any] = declared if row is None else row  # type: ignore[assignment] # a class
        self._columns = [c for c in self.declared.columns if c.name != tenant_column]
        self.key_columns = tuple(c.name for c in self._columns if c.primary_key)
        if not self.key_columns:
            raise ValueError(f"{self.name!r} has no primary key beside the tenant.")
        if len(self.name) > longest_name:
            raise ValueError(f"{self.name!r} is longer than {longest_name} characters.")

    def __repr__(self) -> str:
        return f"ReadTable({self.name!r})"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns beside the tenant, in order."""
        return tuple(c.name for c in self._columns)

    @cached_property
    def _values(self) -> Callable[[RowT], Any]:
        return attrgetter(*self.columns)

    @cached_property
    def _key(self) -> Callable[[RowT], Any]:
        return attrgetter(*self.key_columns)

    def key_of(self, row: RowT) -> Key:
        """Return the key of a row, without the tenant."""
        return key_of(self._key(row))

    def values_of(self, row: RowT) -> tuple[Any, ...]:
        """Return a row's values, in the order of :attr:`columns`."""
        values = self._values(row)
        return values if len(self.columns) > 1 else (values,)

    def row_of(self, found: RowMapping) -> RowT:
        """Return the row in a database row that has all columns of the table."""
        row: RowT = self._make(**{name: found[name] for name in self.columns})
        return row

    def row_with(self, values: Iterable[Any]) -> RowT:
        """Return the row with values, in the order of :attr:`columns`."""
        row: RowT = self._make(**dict(zip(self.columns, values, strict=True)))
        return row

    @lru_cache  # noqa: B019 - there are few, and they live as long as the program
    def physical(self, suffix: str) -> Table:
        """Return the table of one build, for statements.

        Args:
            suffix: what the build adds to the name.
        """
        return self.in_metadata(MetaData(), suffix)

    def in_metadata(self, metadata: MetaData, suffix: str) -> Table:
        """Return the table of one build with its indexes, for ``CREATE TABLE``."""
        tenant = Column(tenant_column, name_text, primary_key=True)
        columns = [tenant, *map(_copy, self._columns)]
        table = Table(f"{self.name}_{suffix}", metadata, *columns)
        for index in sorted(self.declared.indexes, key=lambda index: str(index.name)):
            names = [column.name for column in index.columns]
            if tenant_column not in names:
                names.insert(0, tenant_column)
            # An index has its name in the whole schema, so a build's has the build's.
            Index(f"{index.name}_{suffix}", *(table.c[name] for name in names), unique=index.unique)
        return table


def _copy(column: Column[Any]) -> Column[Any]:
    return Column(
        column.name,
        column.type,
        primary_key=column.primary_key,
        nullable=column.nullable,
        autoincrement=False,
    )


def key_of(value: Any) -> Key:
    """Return a key as it is kept: a tuple, also of one column."""
    return value if isinstance(value, tuple) else (value,)
