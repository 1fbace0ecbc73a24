"""Conditions of a query, for the parameters that were given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.columns import TextMap

since_until = (
    Parameter(name="since", description="then or later, by the source's clock", kind=Kind.MOMENT),
    Parameter(name="until", description="before, by the source's clock", kind=Kind.MOMENT),
)


def given(values: Values, name: str, column: sa.ColumnElement[Any]) -> sa.BindParameter[Any]:
    """Return the value of a parameter, as one of a column's."""
    return sa.bindparam(name, values[name], type_=column.type)


def equal(values: Values, **columns: sa.ColumnElement[Any]) -> Iterator[sa.ColumnElement[bool]]:
    """Yield, for each parameter that was given, that its column has its value."""
    for name, column in columns.items():
        if name in values:
            yield column == given(values, name, column)


def tagged(values: Values, tags: sa.ColumnElement[Any]) -> Iterator[sa.ColumnElement[bool]]:
    """Yield, where a tag was given, that a column of tags has it."""
    if "tag" in values:
        name, _, value = values["tag"].partition("=")
        text = sa.type_coerce(tags, sa.Text())
        line = sa.bindparam("tag", TextMap.line_of(name, value), type_=sa.Text())
        # The two databases have no other search for text in common that minds the case.
        yield sa.func.replace(text, line, "") != text


def between(
    values: Values, column: sa.ColumnElement[Any], *, since: str = "since", until: str = "until"
) -> Iterator[sa.ColumnElement[bool]]:
    """Yield that a column lies from one parameter on, and before another; either may be absent."""
    if since in values:
        yield column >= given(values, since, column)
    if until in values:
        yield column < given(values, until, column)
