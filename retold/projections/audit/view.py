"""A documented view: a read model's rows under a name, and columns, that stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from retold.projections.columns import ExactDecimal
from retold.projections.keeping.catch_up import Tables
from retold.projections.keeping.readable import readable
from retold.projections.projection import Projection
from retold.projections.read_table import ReadTable, tenant_column
from retold.store.log import EventStore

decimals = 12
_last = Decimal(1).scaleb(-decimals)
# A plausible cost has ten digits before the point, and a sum a few more.
_digits = Context(prec=50)


class Dollars(TypeDecorator[Decimal]):
    """A database's number as dollars with twelve decimals, whichever database computed it.

    SQLite adds floats, PostgreSQL decimals; they differ behind what a float holds of a sum, which
    is the twelfth decimal up to some thousand dollars, and no price has as many.
    """

    impl = sa.Text
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Return the number."""
        return None if value is None else rounded(Decimal(str(value)))


def rounded(dollars: Decimal) -> Decimal:
    """Return dollars rounded to twelve decimals, without the zeros behind."""
    short = dollars.quantize(_last, context=_digits).normalize()
    return short if short.as_tuple().exponent <= 0 else short.quantize(Decimal(1))  # type: ignore[operator] # finite


def sum_of_dollars(column: sa.ColumnElement[Decimal]) -> sa.ColumnElement[Decimal]:
    """Return the sum of a view's column of dollars; null when none is known."""
    return sa.type_coerce(sa.func.round(sa.func.sum(column), decimals), Dollars)


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """Rows of one tenant that queries and SQL read, under names that stay.

    Attributes:
        name: what SQL calls it.
        description: one line for people.
        columns: name to meaning, in order. Times are microseconds since 1970-01-01 UTC; dollars
            are numbers.
        projection: keeps the rows; None for the events themselves.
        table: which of its tables; a table of the log for the events.
        expressions: columns that are not the table's as they are, by name.
    """

    name: str
    description: str
    columns: Mapping[str, str]
    projection: Projection | None
    table: ReadTable[Any] | sa.Table
    expressions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def declared(self) -> sa.Table:
        """The table as it is declared, for names and types."""
        return self.table.declared if isinstance(self.table, ReadTable) else self.table

    def type_of(self, column: str) -> TypeEngine[Any]:
        """Return the type of a column's values."""
        if column in self.expressions:
            return sa.Text()
        found = self.declared.c[column].type
        return Dollars() if isinstance(found, ExactDecimal) else found

    def select(
        self,
        table: sa.Table,
        tenant: str,
        kind: str,
        *,
        parameter: str = "tenant",
        rounded: bool = False,
    ) -> sa.Select[Any]:
        """Return the statement that gives its rows.

        Args:
            table: where they are now.
            tenant: whose.
            kind: of the database.
            parameter: name of the parameter that has the tenant.
            rounded: whether dollars are shown as they are, and so are rounded by SQLite, too. A
                sum over many of them takes longer for that than for all else.
        """
        rounds = rounded or kind == "postgresql"
        columns = [self._column(table, name, kind, rounds=rounds) for name in self.columns]
        whose = sa.bindparam(parameter, tenant, type_=table.c[tenant_column].type)
        return sa.select(*columns).where(table.c[tenant_column] == whose)

    def _column(
        self, table: sa.Table, name: str, kind: str, *, rounds: bool
    ) -> sa.ColumnElement[Any]:
        if name in self.expressions:
            return sa.literal_column(self.expressions[name][kind], sa.Text()).label(name)
        column = table.c[name]
        if not isinstance(column.type, ExactDecimal):
            return column
        # Neither database computes with the text that keeps all digits; what is behind the
        # twelfth decimal is the noise of floats.
        number: sa.ColumnElement[Any] = sa.cast(column, sa.Numeric())
        if rounds:
            number = sa.func.round(number, sa.literal_column(str(decimals)))
        if kind == "postgresql":
            number = sa.func.trim_scale(number)
        return sa.type_coerce(number, Dollars).label(name)

    @property
    def outline(self) -> sa.TableClause:
        """The view as a table, for showing statements."""
        return sa.table(self.name, *(sa.column(n, self.type_of(n)) for n in self.columns))


# Something to select from, for each view that a statement reads.
Views: TypeAlias = Mapping[View, sa.FromClause]


async def tables_of_views(store: EventStore, views: Iterable[View]) -> dict[View, sa.Table]:
    """Bring the read models of views up to the log; return the table each is read from.

    On a replica, or for a role that may only read, they are read as they are. Errors as of
    :func:`retold.projections.keeping.catch_up.catch_up`.
    """
    tables: dict[View, sa.Table] = {}
    found: dict[str, Tables] = {}
    for view in views:
        if view.projection is None or isinstance(view.table, sa.Table):
            tables[view] = view.declared
            continue
        name = view.projection.name
        if name not in found:
            found[name] = await readable(store, view.projection)
        tables[view] = found[name][view.table]
    return tables


def below(statements: Mapping[View, sa.Select[Any]]) -> Views:
    """Return views as WITH clauses of the statement that selects from them.

    They are not made before they are read: a condition outside reaches the index inside.
    """
    return {
        view: statement.cte(view.name).prefix_with("NOT MATERIALIZED")
        for view, statement in statements.items()
    }
