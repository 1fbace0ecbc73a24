"""``retold sql``: one statement of the user's over the documented views, and nothing else.

The statement becomes a sub-query below a WITH clause for each view, so nothing need be created:
it works on replicas, and for roles that may only read. The rows of each view come from a clause
whose name nobody can guess; whatever reads a table elsewhere is refused by the database's own
account of what the statement reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retold.domain.access import AccessAction
from retold.errors import RetoldError, SqlInvalid
from retold.projections.access_log import AccessLog
from retold.projections.audit.guarded import Guarded, Value
from retold.projections.audit.postgres_guard import run_on_postgres
from retold.projections.audit.sql_text import Statement, statement_in
from retold.projections.audit.sqlite_guard import run_on_sqlite
from retold.projections.audit.view import tables_of_views
from retold.projections.audit.views import all_views
from retold.store.log import EventStore

default_rows = 1_000
default_seconds = 30.0


@dataclass(frozen=True, slots=True)
class SqlResult:
    """What a statement selected.

    Attributes:
        columns: names, in order; several may be the same.
        rows: values as the database gave them.
        more: whether rows beyond the limit were left out.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool


async def run_sql(
    store: EventStore,
    statement: str,
    parameters: Mapping[str, Value] | None = None,
    *,
    limit: int = default_rows,
    timeout: float = default_seconds,
) -> SqlResult:
    """Bring the views that a statement names up to the log, and run it, for reading only.

    Args:
        store: the log.
        statement: one SELECT over the views, with parameters as ``:name``.
        parameters: a value for each.
        limit: rows to return at the most.
        timeout: seconds it may take.

    Raises:
        SqlRefused: when it is more than one query over the views.
        SqlInvalid: when the database cannot make sense of it, or a parameter has no value.
        SqlTimedOut: when it takes longer.
        SqlResultTooLarge: when its rows are larger than 64 MiB.
        ProjectionError, StoreError: when a read model cannot be brought up to the log.
        ValueError: when the limit or the timeout is not above 0.
    """
    if limit < 1 or not timeout > 0:
        raise ValueError(f"limit is {limit} and timeout {timeout}: give more than 0")
    read = statement_in(statement)
    names = {token.name for token in read.tokens}
    named = [view for view in all_views if view.name in names]
    guarded = Guarded(
        statement=read,
        tables=await tables_of_views(store, named),
        tenant=store.tenant,
        values=_values(read, parameters or {}),
        limit=limit + 1,
        seconds=timeout,
    )
    run = run_on_sqlite if store.kind == "sqlite" else run_on_postgres
    columns, rows = await run(store, guarded)
    return SqlResult(columns, tuple(rows[:limit]), len(rows) > limit)


async def run_sql_on_record(
    store: EventStore,
    access: AccessLog,
    statement: str,
    parameters: Mapping[str, Value],
    *,
    limit: int,
    timeout: float,
) -> SqlResult:
    """Do what :func:`run_sql` does, and record who did it, also when it fails.

    Args:
        store: the log.
        access: where it is recorded.
        statement: as there.
        parameters: as there.
        limit: as there.
        timeout: as there.

    Raises:
        RetoldError, ValueError: as there.
    """
    asked: dict[str, object] = {**parameters, "statement": statement}
    try:
        found = await run_sql(store, statement, parameters, limit=limit, timeout=timeout)
    except RetoldError as error:
        await access.record(AccessAction.SQL, parameters={**asked, "error": error.code})
        raise
    await access.record(AccessAction.SQL, parameters=asked, rows=len(found.rows))
    return found


def _values(statement: Statement, given: Mapping[str, Value]) -> dict[str, Value]:
    missing = [name for name in statement.parameters if name not in given]
    if missing:
        raise SqlInvalid(f"it has no value for the parameter {missing[0]!r}")
    for name in statement.parameters:
        value = given[name]
        if isinstance(value, str) and value != value.encode(errors="replace").decode():
            raise SqlInvalid(f"half of a surrogate pair in the parameter {name!r} is no character")
    return {name: given[name] for name in statement.parameters}
