"""Names that give away, or do, more than reading on PostgreSQL, though no function is called."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.errors import SqlRefused
from retold.projections.audit.sql_functions import functions
from retold.projections.audit.sql_text import Statement, Token
from retold.projections.audit.views import all_views

# Functions that are called without a parenthesis.
_keywords = """
current_catalog current_role current_schema current_user session_user system_user user
"""
# Types that look a value up in the catalog.
_types = """
aclitem regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc
regprocedure regrole regtype
"""
_refused_keywords, _refused_types = frozenset(_keywords.split()), frozenset(_types.split())
_columns = sorted({column for view in all_views for column in view.columns})
_callable = sa.text(
    "SELECT proname FROM pg_catalog.pg_proc "
    "WHERE proname = ANY(:names) AND pronargs >= 1 AND pronargs - pronargdefaults <= 1 "
    "AND NOT (proname = ANY(:columns) AND pronamespace = 'pg_catalog'::regnamespace) LIMIT 1"
)


async def check_names(connection: AsyncConnection, statement: Statement) -> None:
    """Look at the names in a statement.

    Raises:
        SqlRefused: when one is of the catalog, or calls a function that is not known.
    """
    tokens = [token for token in statement.tokens if token.kind != "blank"]
    for before, token in pairwise([Token("", "", ""), *tokens]):
        if token.kind in {"word", "quoted"} and _is_refused(token, before):
            raise SqlRefused(f"the name {token.name[:60]!r}, which is of PostgreSQL's catalog")
    names = _behind_dots(tokens)
    if not names:
        return
    # "t.f" and "(x).f" call the function f with one argument where t and x have no column f.
    asked = {"names": names, "columns": _columns}
    found = (await connection.execute(_callable, asked)).scalar_one_or_none()
    if found is not None:
        raise SqlRefused(f"the name {found!r} behind a dot, which calls a function")


def _is_refused(token: Token, before: Token) -> bool:
    # The type of arrays of a type has a line before its name.
    if token.name.startswith(("pg_", "_pg_")) or token.name.lstrip("_") in _refused_types:
        return True
    if token.name == "information_schema":
        return True
    # After AS it is a name like any other.
    named = before.text.lower() in {"as", "."}
    return token.kind == "word" and token.name in _refused_keywords and not named


def _behind_dots(tokens: Sequence[Token]) -> list[str]:
    named = {
        token.name
        for dot, token in pairwise(tokens)
        if dot.text == "." and token.kind in {"word", "quoted"}
    }
    return sorted(named - functions)
