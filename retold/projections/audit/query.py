"""Named queries: a question, its parameters, and the rows that answer it, page by page."""

from __future__ import annotations

import textwrap
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import chain
from typing import Any, Generic, TypeAlias, TypeVar, get_args, get_type_hints

import sqlalchemy as sa

from retold.domain.recording import conversation_of
from retold.errors import DuplicateQuery, UnknownQuery
from retold.projections.audit.page import (
    Key,
    Page,
    checked_limit,
    default_limit,
    key_in,
    mark_of,
)
from retold.projections.audit.parameter import Kind, Parameter, Values, checked_values
from retold.projections.audit.view import View, Views, below, tables_of_views
from retold.projections.models.session_list import stream_of_session
from retold.store.log import EventStore

RowT = TypeVar("RowT")

_samples: Mapping[Kind, object] = {
    Kind.TEXT: "text",
    Kind.INTEGER: 1,
    Kind.NUMBER: 0.9,
    Kind.FLAG: True,
    Kind.MOMENT: datetime(2025, 8, 1),  # noqa: DTZ001 - shows a statement
    Kind.DAY: "2025-08-01",
    Kind.TAG: "name=value",
}


@dataclass(frozen=True, kw_only=True)
class Query(Generic[RowT]):
    """A question that has a name.

    Attributes:
        name: stable, lower case with underscores; the command line takes hyphens too.
        description: what it answers, in a line.
        row: frozen dataclass of a row; its fields are the columns of the result.
        order: fields the rows are ordered by, which tell any two rows apart and are never None
            but for those of ``empty_if_unknown``; or what gives them, where the order is up to a
            parameter.
        descending: the greatest first.
        empty_if_unknown: text columns in which the database has an empty text for unknown, as a
            key must; a row has None.
        parameters: what it takes.
    """

    name: str
    description: str
    row: type[RowT]
    order: tuple[str, ...] | Callable[[Values], tuple[str, ...]]
    descending: bool = False
    empty_if_unknown: frozenset[str] = frozenset()
    parameters: tuple[Parameter, ...] = ()

    async def page(
        self,
        store: EventStore,
        given: Mapping[str, object] | None = None,
        *,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[RowT]:
        """Bring what it reads up to the log, and return a page of the answer.

        Args:
            store: the log.
            given: values of its parameters by name; None counts as left out.
            limit: rows on the page, 1 to 10,000.
            after: ``next`` of the page before; None for the first one.

        Raises:
            UnknownParameter, InvalidParameter: when ``given`` is not what it takes.
            InvalidPage: when ``after`` or ``limit`` is none.
            ProjectionError, StoreError: when a read model cannot be brought up to the log.
        """
        values = checked_values(self.name, self.parameters, given or {})
        limit = checked_limit(self.name, limit)
        kinds = self._kinds(values)
        key = None if after is None else key_in(self.name, values, after, kinds)
        rows = await self._rows(store, values, key, limit + 1)
        more = len(rows) > limit
        rows = rows[:limit]
        mark = mark_of(self.name, values, self._key_of(rows[-1], values)) if more else None
        return Page(tuple(rows), mark)

    def order_of(self, values: Values) -> tuple[str, ...]:
        """Return the fields the rows are ordered by, given these values."""
        return self.order if isinstance(self.order, tuple) else self.order(values)

    def _key_of(self, row: RowT, values: Values) -> Key:
        key: dict[str, Any] = {name: getattr(row, name) for name in self.order_of(values)}
        unknown = {name: "" for name in self.empty_if_unknown if key.get(name, "") is None}
        return tuple((key | unknown).values())

    @property
    def columns(self) -> tuple[str, ...]:
        """Fields of a row."""
        return tuple(field.name for field in fields(self.row))  # type: ignore[arg-type] # a dataclass

    def _kinds(self, values: Values) -> list[type]:
        hints = get_type_hints(self.row)
        found = [hints[name] for name in self.order_of(values)]
        return [next(iter(get_args(kind)), kind) for kind in found]

    async def _rows(
        self, store: EventStore, values: Values, after: Key | None, count: int
    ) -> Sequence[RowT]:
        raise NotImplementedError


Prepare: TypeAlias = Callable[[EventStore, Values], Awaitable[Values]]


async def _as_given(_: EventStore, values: Values) -> Values:
    return values


async def with_known_session(store: EventStore, values: Values) -> Values:
    """Return the values with the id of the conversation that ``session`` names.

    Raises:
        SessionNotFound: when the log does not hold it.
    """
    return {**values, "session": conversation_of(await stream_of_session(store, values["session"]))}


@dataclass(frozen=True, kw_only=True)
class SqlQuery(Query[RowT]):
    """A query that is one SQL statement over views.

    Attributes:
        reads: views it selects from.
        select: the statement, with a column of the name of each field of a row.
        grouped: the statement is made whole, and then cut to pages: rows are in the order of
            what only a whole group gives, such as a count.
        prepare: gives the values the statement is run with, or refuses what it was given.
    """

    reads: tuple[View, ...]
    select: Callable[[Views, Values], sa.Select[Any]]
    grouped: bool = False
    prepare: Prepare = _as_given

    async def _rows(
        self, store: EventStore, values: Values, after: Key | None, count: int
    ) -> Sequence[RowT]:
        values = await self.prepare(store, values)
        tables = await tables_of_views(store, self.reads)
        statement = self.statement(
            tables, store.tenant, store.kind, values, after=after, count=count
        )
        async with store.connection() as connection:
            found = (await connection.execute(statement)).mappings().all()
        return [self.row(**self._known(row)) for row in found]

    def _known(self, row: Mapping[Any, Any]) -> dict[str, Any]:
        return {n: None if v == "" and n in self.empty_if_unknown else v for n, v in row.items()}

    def statement(
        self,
        tables: Mapping[View, sa.Table],
        tenant: str,
        kind: str,
        values: Values,
        *,
        after: Key | None = None,
        count: int = default_limit + 1,
    ) -> sa.Select[Any]:
        """Return the statement of a page.

        Args:
            tables: what each view is read from.
            tenant: whose rows.
            kind: of the database.
            values: checked ones.
            after: key of the last row before the page.
            count: rows to select.
        """
        views = below({view: view.select(tables[view], tenant, kind) for view in self.reads})
        return self._paged(self.select(views, values), kind, values, after, count)

    def sql(self) -> str:
        """Return the statement over the views, with every parameter given, for people."""
        values = {p.name: p.choices[0] if p.choices else _samples[p.kind] for p in self.parameters}
        statement = self.select({view: view.outline for view in self.reads}, values)
        text = str(self._paged(statement, "sqlite", values, None, default_limit))
        lines = (textwrap.wrap(line, 96, subsequent_indent="    ") for line in text.splitlines())
        return "\n".join(chain.from_iterable(lines))

    def _paged(
        self, statement: sa.Select[Any], kind: str, values: Values, after: Key | None, count: int
    ) -> sa.Select[Any]:
        if self.grouped:
            groups = statement.subquery("groups")
            statement = sa.select(*(groups.c[name] for name in self.columns))
        names = self.order_of(values)
        order = [self._expression(statement, name, kind) for name in names]
        if after is not None:
            last = [
                sa.bindparam(f"after_{name}", value, type_=column.type)
                for name, column, value in zip(names, order, after, strict=True)
            ]
            here, there = sa.tuple_(*order), sa.tuple_(*last)
            statement = statement.where(here < there if self.descending else here > there)
        if self.descending:
            statement = statement.order_by(*(column.desc() for column in order))
        else:
            statement = statement.order_by(*order)
        return statement.limit(sa.bindparam("limit", count, type_=sa.Integer()))

    def _expression(self, statement: sa.Select[Any], name: str, kind: str) -> sa.ColumnElement[Any]:
        column = statement.selected_columns[name]
        expression = column.element if isinstance(column, sa.Label) else column
        if kind == "postgresql" and isinstance(expression.type, sa.Text):
            # The order of bytes, which is SQLite's, whatever the database's locale.
            return sa.collate(expression, "C")
        return expression


Answer: TypeAlias = Callable[[EventStore, Values, Key | None, int], Awaitable[Sequence[RowT]]]


@dataclass(frozen=True, kw_only=True)
class FoldQuery(Query[RowT]):
    """A query that code answers, over read models or events, because SQL does not fold.

    Attributes:
        answer: gives so many rows behind a key, in the order the query has.
    """

    answer: Answer[RowT]

    async def _rows(
        self, store: EventStore, values: Values, after: Key | None, count: int
    ) -> Sequence[RowT]:
        return await self.answer(store, values, after, count)


class Queries:
    """Named queries by name. Those of later parts are added with :meth:`add`."""

    def __init__(self, *queries: Query[Any]) -> None:
        """Begin with some."""
        self._by_name: dict[str, Query[Any]] = {}
        for query in queries:
            self.add(query)

    def add(self, query: Query[Any]) -> None:
        """Add one.

        Raises:
            DuplicateQuery: when there is one of that name.
        """
        if query.name in self._by_name:
            raise DuplicateQuery(query.name)
        self._by_name[query.name] = query

    def __getitem__(self, name: str) -> Query[Any]:
        """Return a query by its name, with hyphens or underscores.

        Raises:
            UnknownQuery: when there is none.
        """
        found = self._by_name.get(name.replace("-", "_"))
        if found is None:
            raise UnknownQuery(name, self._by_name)
        return found

    def __iter__(self) -> Iterator[str]:
        """Yield names, in alphabetical order."""
        return iter(sorted(self._by_name))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._by_name)
