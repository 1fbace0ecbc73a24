"""``retold sql``."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# A parameter is an option of the command.
# Each parameter of a command is an option or argument of its own, so there may be many.
# ruff: noqa: PLC0415, PLR0917

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retold.cli.options import (
    Output,
    Tenant,
    Url,
    access_log,
    default_tenant,
    default_url,
    with_store,
)
from retold.cli.output import Cell, Format, Record, print_records, say

if TYPE_CHECKING:
    from retold.projections.audit.sql import SqlResult
    from retold.store import EventStore


def sql_command(
    statement: Annotated[
        str | None, typer.Argument(help="One SELECT over the views, with parameters as :name.")
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="A parameter; repeatable."),
    ] = None,
    views: Annotated[
        bool, typer.Option("--views", help="List the views and their columns instead.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Rows at the most.")] = 1_000,
    timeout: Annotated[float, typer.Option(min=0.001, help="Seconds it may take.")] = 30.0,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Run a SELECT over the documented views. It reads, and nothing else."""
    if views:
        _print_views(output)
        return
    if statement is None:
        raise typer.BadParameter("Give a statement, or --views.")
    from retold.cli.query_records import named_values
    from retold.projections.audit.sql import run_sql_on_record

    values = dict(map(_named, parameter or ()))

    async def work(store: EventStore) -> SqlResult:
        return await run_sql_on_record(
            store, access_log(store), statement, values, limit=limit, timeout=timeout
        )

    found = with_store(url, tenant, work)
    records = [named_values(found.columns, row) for row in found.rows]
    names = list(named_values(found.columns, found.columns))
    print_records(records, output, columns={name: name for name in names})
    if found.more:
        say(
            f"There are more rows than the {limit} printed; raise --limit, or narrow the statement."
        )


def _print_views(output: Format) -> None:
    from retold.projections.audit.views import all_views

    records: list[Record] = []
    for view in all_views:
        columns: list[Cell] = [
            {"column": name, "description": text} for name, text in view.columns.items()
        ]
        if output is Format.JSON:
            records.append({"view": view.name, "description": view.description, "columns": columns})
            continue
        records.append({"view": view.name, "column": None, "description": view.description})
        records += [{"view": view.name, **c} for c in columns if isinstance(c, dict)]
    headings = {"view": "view", "column": "column", "description": "description"}
    print_records(records, output, columns=headings)


def _named(text: str) -> tuple[str, str | int | float]:
    """Return the name and the value in ``NAME=VALUE``: a number where it looks like one."""
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise typer.BadParameter(f"{text!r} is no parameter. Write it as NAME=VALUE.")
    for number in (int, float):
        try:
            return name, number(value)
        except ValueError:
            continue
    return name, value
