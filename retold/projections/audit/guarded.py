"""A user's statement below the clauses that give it the rows of one tenant."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from retold.projections.audit.sql_text import Statement
from retold.projections.audit.view import View

Value: TypeAlias = "str | int | float | bool | bytes | None"
# Bytes; of texts in characters on SQLite, as the server writes them on PostgreSQL.
largest_result = 64 * 1024 * 1024
words_left_out = "the database's words are left out, as recorded values may be in them"


def _nonce() -> str:
    return f"r{secrets.token_hex(12)}"


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """What is run of a user's statement.

    Attributes:
        statement: the user's.
        tables: what the views it names are read from.
        tenant: whose rows.
        values: of its parameters.
        limit: rows to return at the most.
        seconds: it may take.
        nonce: begins the names of the only clauses that may read a table.
    """

    statement: Statement
    tables: Mapping[View, sa.Table]
    tenant: str
    values: Mapping[str, Value]
    limit: int
    seconds: float
    nonce: str = field(default_factory=_nonce)

    def for_sqlite(self) -> tuple[str, dict[str, Value]]:
        """Return the text, and values by name."""
        text = self._text(self.statement.named(), "sqlite", hint="NOT MATERIALIZED")
        return text, {**self.values, self.nonce: self.tenant}

    def for_postgres(self, *, apart: bool = False) -> tuple[str, tuple[Value, ...]]:
        """Return the text, and values in order.

        Args:
            apart: keep the clauses that read tables apart from the user's statement, so that a
                plan shows what each of the two reads.
        """
        hint = "MATERIALIZED" if apart else "NOT MATERIALIZED"
        # The driver takes no number for a parameter that the server infers to be a text.
        types = {n: _types[type(v)] for n, v in self.values.items() if type(v) in _types}
        text = self._text(self.statement.numbered(types), "postgresql", hint=hint)
        values = tuple(self.values.values())
        if not self.tables:
            return text, values
        return text.replace(f":{self.nonce}", f"${len(values) + 1}"), (*values, self.tenant)

    def _text(self, statement: str, kind: str, *, hint: str) -> str:
        clauses = [
            clause
            for view, table in self.tables.items()
            for clause in (
                f'"{self.nonce}_{view.name}" AS {hint} ({self._rows(view, table, kind)})',
                f'"{view.name}" AS NOT MATERIALIZED (SELECT * FROM "{self.nonce}_{view.name}")',  # noqa: S608 - names of our own
            )
        ]
        below = f"WITH {', '.join(clauses)} " if clauses else ""
        # A comment at the end of the statement ends with the line.
        rows = f'FROM (\n{statement}\n) AS "{self.nonce}" LIMIT {self.limit:d}'
        if kind == "sqlite":
            return f"{below}SELECT * {rows}"
        return f"{below}{self._bounded(rows)}"

    def _bounded(self, rows: str) -> str:
        """Return the statement that fails at a row which makes the result too large.

        The driver takes a whole result at once, so the server has to stop. Its last column is the
        size so far; the error is told by the name in the value that is no truth value.
        """
        size = f'sum(octet_length(CAST("{self.nonce}" AS text))) OVER (ROWS UNBOUNDED PRECEDING)'
        sized = f'SELECT "{self.nonce}".*, {size} AS "{self.nonce}_size" {rows}'
        return (
            f'SELECT * FROM ({sized}) AS sized WHERE CASE WHEN "{self.nonce}_size" '  # noqa: S608 - names of our own
            f"<= {largest_result:d} THEN TRUE "
            f"ELSE CAST('{self.nonce}' || \"{self.nonce}_size\" AS boolean) END"
        )

    def _rows(self, view: View, table: sa.Table, kind: str) -> str:
        if kind == "sqlite":
            # Or a table of a view's name would be taken for the view.
            table = table.to_metadata(sa.MetaData(), schema="main")
        dialect = _dialects[kind]
        rows = view.select(table, self.tenant, kind, parameter=self.nonce, rounded=True)
        if kind == "postgresql":
            # PostgreSQL moves no condition below an OFFSET. Else it may ask the user's first, of
            # every tenant's rows, and their errors tell what is in them.
            rows = rows.offset(sa.literal_column("0"))
        return str(rows.compile(dialect=dialect))


_types = {int: "bigint", float: "double precision", bool: "boolean", bytes: "bytea"}
_dialects: Mapping[str, sa.Dialect] = {
    "sqlite": SQLiteDialect(paramstyle="named"),
    "postgresql": PGDialect(paramstyle="named"),  # type: ignore[no-untyped-call] # SQLAlchemy's
}
