"""``retold query``: a command for each named query, with an option for each of its parameters."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# ruff: noqa: PLC0415

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from retold.cli.options import (
    Output,
    Tenant,
    Url,
    access_log,
    default_tenant,
    default_url,
    with_store,
)
from retold.cli.output import Format, Record, print_json, print_records, print_text, say

if TYPE_CHECKING:
    from retold.projections.audit.page import Page
    from retold.projections.audit.parameter import Parameter
    from retold.projections.audit.query import Query
    from retold.store import EventStore

page_size = 100
# What is longer is broken within words on a terminal.
_longest_metavar = 30

_Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Rows on a page.")]
_After = Annotated[
    str | None, typer.Option("--after", metavar="MARK", help="The page after the one with this.")
]
_All = Annotated[bool, typer.Option("--all", help="All pages, one after the other.")]


class _Queries(TyperGroup):
    """Its commands are made of the queries, which are not loaded before one is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        del ctx
        return list(_commands())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        from retold.errors import UnknownQuery

        del ctx
        command = _commands().get(cmd_name.replace("_", "-"))
        if command is None:
            raise UnknownQuery(cmd_name, _commands())
        return command


app = typer.Typer(cls=_Queries, help="Ask a named question about the log; see docs/queries.md.")


@app.callback(invoke_without_command=True)
def list_command(ctx: typer.Context, output: Output = Format.TABLE) -> None:
    """Ask a named question about the log; without a NAME, list the questions."""
    from retold.projections.audit.queries import queries

    if ctx.invoked_subcommand is not None:
        return
    records: list[Record] = [
        {
            "name": _option(name),
            "description": queries[name].description,
            "parameters": [_option(parameter.name) for parameter in queries[name].parameters],
            "columns": list(queries[name].columns),
        }
        for name in queries
    ]
    print_records(records, output, columns={"name": "name", "description": "answers"})


@cache
def _commands() -> Mapping[str, Any]:
    from retold.projections.audit.queries import queries

    made = typer.Typer()
    made.callback()(lambda: None)  # a group, however many commands it has
    for name in queries:
        made.command(_option(name))(_command(queries[name]))
    commands: Mapping[str, Any] = get_command(made).commands  # type: ignore[attr-defined] # of a group
    return commands


def _command(query: Query[Any]) -> Callable[..., None]:
    def run(**options: Any) -> None:
        given = {parameter.name: options[parameter.name] for parameter in query.parameters}
        work = _all_pages if options["all_pages"] else _one_page

        async def ask(store: EventStore) -> Page[Any]:
            from retold.domain.access import AccessAction

            found = await work(store, query, given, options["limit"], options["after"])
            await access_log(store).record(
                AccessAction.QUERY, query.name, parameters=given, rows=len(found.rows)
            )
            return found

        page = with_store(options["url"], options["tenant"], ask)
        _print(query, page, options["output"])

    run.__doc__ = f"{query.description[:1].upper()}{query.description[1:]}."
    own = {parameter.name: _option_of(parameter) for parameter in query.parameters}
    signature = inspect.Signature([*own.values(), *_common(query)])
    run.__signature__ = signature  # type: ignore[attr-defined] # what inspect and typer read
    run.__annotations__ = {name: p.annotation for name, p in signature.parameters.items()}
    return run


def _option_of(parameter: Parameter) -> inspect.Parameter:
    from retold.projections.audit.parameter import Kind

    flag = parameter.kind is Kind.FLAG
    name = f"--{_option(parameter.name)}"
    metavar = "|".join(parameter.choices) or parameter.kind.upper()
    text = f"{parameter.description[:1].upper()}{parameter.description[1:]}"
    if len(metavar) > _longest_metavar:
        metavar, text = parameter.name.upper(), f"{text}: {', '.join(parameter.choices)}"
    option = typer.Option(
        f"{name}/--no-{_option(parameter.name)}" if flag else name,
        help=f"{text}.",
        metavar=None if flag else metavar,
    )
    kind: Any = bool if flag else str
    default = None if parameter.default is None else str(parameter.default)
    return inspect.Parameter(
        parameter.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if parameter.required else default,
        annotation=Annotated[kind if parameter.required else kind | None, option],
    )


def _common(query: Query[Any]) -> list[inspect.Parameter]:
    common: dict[str, tuple[Any, Any]] = {
        "limit": (_Limit, page_size),
        "after": (_After, None),
        "all_pages": (_All, False),
        "sql": (Annotated[bool, _sql_option(query)], False),
        "url": (Url, default_url),
        "tenant": (Tenant, default_tenant),
        "output": (Output, Format.TABLE),
    }
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in common.items()
    ]


def _sql_option(query: Query[Any]) -> Any:
    from retold.projections.audit.query import SqlQuery

    def show(wanted: bool) -> None:
        if not wanted:
            return
        if not isinstance(query, SqlQuery):
            raise typer.BadParameter(
                f"{_option(query.name)} is answered by code, not by one SQL statement."
            )
        print_text(query.sql())
        raise typer.Exit

    # Eager: it is answered before a required parameter is missed, as --help is.
    return typer.Option(
        "--sql", is_eager=True, callback=show, help="Print the SQL it runs; it opens no log."
    )


async def _one_page(
    store: EventStore, query: Query[Any], given: Mapping[str, Any], limit: int, after: str | None
) -> Page[Any]:
    return await query.page(store, given, limit=limit, after=after)


async def _all_pages(
    store: EventStore, query: Query[Any], given: Mapping[str, Any], limit: int, after: str | None
) -> Page[Any]:
    from retold.projections.audit.page import Page

    rows: list[Any] = []
    while True:
        page = await query.page(store, given, limit=limit, after=after)
        rows += page.rows
        after = page.next
        if after is None:
            return Page(tuple(rows), None)


def _print(query: Query[Any], page: Page[Any], output: Format) -> None:
    from retold.cli.query_records import row_record

    records = [row_record(row) for row in page.rows]
    if output is Format.JSON:
        print_json({"rows": records, "next": page.next})
        return
    print_records(records, output, columns={name: name for name in query.columns})
    if page.next is not None:
        say(f"There is more: --after {page.next}")


def _option(name: str) -> str:
    return name.replace("_", "-")
