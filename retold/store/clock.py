"""One clock for all who share a database: the server's, or that of the machine the file is on."""

from __future__ import annotations

import time
from typing import TypeAlias

from sqlalchemy import TextClause, text

from retold.store.url import Kind

Values: TypeAlias = "dict[str, str | int | None]"

_server_clock = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"


def timed(kind: Kind, sql: str, values: Values) -> tuple[TextClause, Values]:
    """Return a statement in which ``{now}`` is the time, and its values.

    Args:
        kind: of database.
        sql: text with named parameters; ``{now}`` stands for microseconds since 1970-01-01 UTC.
        values: of the parameters.
    """
    if kind == "postgresql":
        return text(sql.format(now=_server_clock)), values
    plain, values = timed_in_sqlite(sql, values)
    return text(plain), values


def timed_in_sqlite(sql: str, values: Values) -> tuple[str, Values]:
    """Return what :func:`timed` does, for SQLite's own driver."""
    if "{now}" in sql:
        values = {**values, "now": time.time_ns() // 1_000}
    return sql.format(now=":now"), values


def microseconds(seconds: float) -> int:
    """Return whole microseconds."""
    return round(seconds * 1_000_000)
