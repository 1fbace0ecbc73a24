"""Running a user's statement on PostgreSQL: its plan is looked at before it is run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.errors import SqlInvalid, SqlRefused, SqlResultTooLarge, SqlTimedOut
from retold.projections.audit.guarded import Guarded, largest_result, words_left_out
from retold.projections.audit.postgres_names import check_names
from retold.projections.audit.sql_functions import functions
from retold.store.log import EventStore

# Parts of a plan whose tables are not named in it.
_opaque = frozenset(("Foreign Scan", "Custom Scan", "Table Function Scan"))
_cancelled = "57014"
_read_only = "25006"
_no_such_value = "22P02"
# What the statement or a value in it is to blame for, by class of SQLSTATE.
_of_statement = {"0A", "20", "21", "22", "2F", "38", "39", "42", "54"}
# A mistake of syntax, and names and types that do not fit.
_about_text = {"42601", "42702", "42703", "42803", "42804", "42883", "42P01"}


async def run_on_postgres(
    store: EventStore, guarded: Guarded
) -> tuple[tuple[str, ...], Sequence[tuple[Any, ...]]]:
    """Return the columns and the rows of a statement; errors as of ``run_sql``."""
    async with store.connection() as connection:
        try:
            milliseconds = max(1, round(guarded.seconds * 1_000))
            await connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds:d}")
            await connection.exec_driver_sql("SET LOCAL standard_conforming_strings = on")
            await check_names(connection, guarded.statement)
            await _check_plan(connection, guarded)
            text, values = guarded.for_postgres()
            result = await connection.exec_driver_sql(text, values)
            # The last column is the size so far.
            return tuple(result.keys())[:-1], [tuple(row)[:-1] for row in result]
        except DBAPIError as error:
            # The server's words are no cause to be shown: they may hold recorded values.
            raise _translated(error, guarded) from None


async def _check_plan(connection: AsyncConnection, guarded: Guarded) -> None:
    text, values = guarded.for_postgres(apart=True)
    found = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {text}", values)
    plan = found.scalar_one()
    for refused in _refused(json.loads(plan) if isinstance(plan, str) else plan, guarded.nonce):
        raise SqlRefused(refused)


def _refused(node: Any, nonce: str) -> Iterator[str]:
    """Yield what a plan reads outside the clauses of ours."""
    if isinstance(node, Mapping):
        if str(node.get("Subplan Name", "")).startswith(f"CTE {nonce}_"):
            return
        kind = str(node.get("Node Type", ""))
        function = node.get("Function Name")
        if "Relation Name" in node:
            yield f"the table {str(node['Relation Name'])!r}, which is no view"
        elif kind in _opaque or (kind == "Function Scan" and function not in functions):
            # Of several functions in ROWS FROM, the plan names none.
            yield f"a {kind} of {function or 'what the plan does not name'}, which is no view"
        for part in node.values():
            yield from _refused(part, nonce)
    elif isinstance(node, list):
        for part in node:
            yield from _refused(part, nonce)


def _translated(error: DBAPIError, guarded: Guarded) -> Exception:
    origin = error.orig.__cause__ or error.orig if error.orig is not None else error
    state = str(getattr(origin, "sqlstate", None) or "")
    if state == _cancelled:
        return SqlTimedOut(guarded.seconds)
    if state == _read_only:
        return SqlRefused("everything but reading")
    if state == _no_such_value and f'"{guarded.nonce}' in str(origin):
        return SqlResultTooLarge(largest_result)
    # A value that the driver cannot send has no state.
    if state[:2] in _of_statement or type(origin).__name__ == "DataError":
        return SqlInvalid(_reason(origin, state).replace(f"{guarded.nonce}_", ""))
    return error


def _reason(origin: BaseException, state: str) -> str:
    """Return what is wrong, in the server's words only when they are about the statement's text.

    Then it says at which place of the text; of a parameter, the driver speaks without a state.
    """
    if not state or (state in _about_text and getattr(origin, "position", None)):
        return str(origin).partition("\n")[0]
    return f"{type(origin).__name__} (SQLSTATE {state}); {words_left_out}"
