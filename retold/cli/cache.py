"""``retold cache``: the cached answers of a log."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# A parameter is an option or argument of the command.
# ruff: noqa: PLC0415, PLR0913, PLR0917

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retold.cli.options import (
    Output,
    Tenant,
    Url,
    access_log,
    actor_of_command,
    default_tenant,
    default_url,
    parse_tags,
    parse_time,
    with_store,
)
from retold.cli.output import Cell, Format, Record, print_object, print_records, say

if TYPE_CHECKING:
    from retold.agents.caching.control import CacheControl
    from retold.projections.audit.page import Page
    from retold.projections.audit.query import Query
    from retold.projections.models.cache_table import CacheEntry
    from retold.store import EventStore

app = typer.Typer(
    no_args_is_help=True, help="List, explain, recall, invalidate and count cached answers."
)

_Cache = Annotated[
    str | None, typer.Option("--cache", metavar="NAME", help="Of the cache of this name only.")
]
_Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Rows on a page.")]
_After = Annotated[
    str | None, typer.Option("--after", metavar="MARK", help="The page after the one with this.")
]
_list_columns = {
    name: name.replace("_", " ")
    for name in (
        "entry",
        "cache",
        "question",
        "answer",
        "hits",
        "coalesced",
        "aliases",
        "gone",
        "expires_at",
    )
}
_recall_columns = {
    name: name.replace("_", " ")
    for name in (
        "recorded_at",
        "session",
        "version",
        "agent",
        "outcome",
        "level",
        "similarity",
        "turn_status",
        "tool_calls",
        "next_message",
        "event_id",
    )
}
_stats_columns = {
    name: name.replace("_", " ")
    for name in (
        "cache",
        "hits",
        "hits_exact",
        "hits_contextual",
        "hits_semantic",
        "coalesced",
        "misses",
        "hit_rate",
        "entries",
        "bytes",
        "expired",
        "tokens_saved",
        "cost_usd_saved",
    )
}
_whatif_columns = {
    name: name.replace("_", " ")
    for name in (
        "scope",
        "requests",
        "served",
        "would_serve",
        "labelled",
        "wrong",
        "wrong_estimated",
    )
}
_removed_columns = {name: name for name in ("entry", "cache", "question", "hits", "session")}
# In a table a row is a line.
_longest_shown = 60


@app.callback()
def _group() -> None:
    """List, explain, recall, invalidate and count cached answers."""


@app.command("list")
def list_command(
    cache: _Cache = None,
    tag: Annotated[
        str | None, typer.Option("--tag", metavar="NAME=VALUE", help="Having this tag only.")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", help="Of this source only.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="Of this model only.")] = None,
    partition: Annotated[
        str | None, typer.Option("--partition", help="Of this partition only.")
    ] = None,
    gone: Annotated[
        bool | None,
        typer.Option("--gone/--served", help="Those that are served no more only, or the others."),
    ] = None,
    limit: _Limit = 100,
    after: _After = None,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """List cached answers, the newest first."""
    from retold.projections.audit.caches import cache_entries

    given = {
        "cache": cache,
        "tag": tag,
        "source": source,
        "model": model,
        "partition": partition,
        "gone": gone,
    }
    _print_page(cache_entries, given, _list_columns, limit, after, url, tenant, output)


@app.command("recall")
def recall_command(
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="Id of the entry.")],
    limit: _Limit = 100,
    after: _After = None,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Show every session and turn that was served a cached answer, and what followed."""
    from retold.projections.audit.caches import cache_recall

    given = {"entry": entry}
    _print_page(cache_recall, given, _recall_columns, limit, after, url, tenant, output)


@app.command("explain")
def explain_command(
    event: Annotated[
        str,
        typer.Argument(metavar="EVENT", help="Id of a cache.hit, missed or coalesced event."),
    ],
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Show why a cache served an answer, or did not: all that was weighed, and what came of it."""
    from retold.agents.caching.control import CacheControl
    from retold.cli.cache_explanation import explanation_record, explanation_rows
    from retold.projections.audit.cache_explain import CacheExplanation

    async def work(store: EventStore) -> CacheExplanation:
        return await CacheControl(store, access=access_log(store)).explain(event)

    found = with_store(url, tenant, work)
    print_object(
        explanation_record(found),
        output,
        rows=explanation_rows(found),
        columns={"what": "what", "value": "value"},
    )


@app.command("whatif")
def whatif_command(
    threshold: Annotated[
        float, typer.Option("--threshold", min=-1, max=1, help="Score to serve from.")
    ],
    scope: Annotated[
        str | None, typer.Option("--scope", metavar="NAME", help="Of this scope only.")
    ] = None,
    cache: _Cache = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Recorded then or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Recorded before.")
    ] = None,
    limit: _Limit = 100,
    after: _After = None,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Show what another threshold would have served by meaning, and how much of it is wrong."""
    from retold.projections.audit.cache_whatif import cache_whatif

    given = {
        "threshold": threshold,
        "scope": scope,
        "cache": cache,
        "since": None if since is None else parse_time(since),
        "until": None if until is None else parse_time(until),
    }
    _print_page(cache_whatif, given, _whatif_columns, limit, after, url, tenant, output)


@app.command("stats")
def stats_command(
    cache: _Cache = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="As of this moment, by the log's clock."),
    ] = None,
    limit: _Limit = 100,
    after: _After = None,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Show how caches do: hits, misses and why, what was saved, how much is wrong."""
    from retold.cli.cache_explanation import risk_columns, risk_record
    from retold.projections.audit.caches import cache_stats
    from retold.projections.cache_risks import CacheStats, with_risks

    moment = None if at is None else parse_time(at)
    given = {"cache": cache, "at": moment}

    async def work(store: EventStore) -> tuple[tuple[CacheStats, ...], str | None]:
        page = await _asked(store, cache_stats, given, limit, after)
        return await with_risks(store, page.rows, at=moment), page.next

    rows, following = with_store(url, tenant, work)
    names = tuple(name for name in CacheStats.__dataclass_fields__ if name != "risks")
    records = [
        {**_record(row, names, output), "risks": [risk_record(risk) for risk in row.risks]}
        for row in rows
    ]
    print_records(records, output, columns=_stats_columns)
    if output is Format.TABLE and any(row.risks for row in rows):
        risks = {risk.scope: risk_record(risk) for row in rows for risk in row.risks}
        print_records(list(risks.values()), output, columns=risk_columns)
    _say_more(following)


@app.command("invalidate")
def invalidate_command(
    entry: Annotated[
        str | None, typer.Argument(metavar="[ENTRY]", help="Id of an entry; or give options.")
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="NAME=VALUE", help="Having this tag; may be repeated."),
    ] = None,
    source: Annotated[str | None, typer.Option("--source", help="Of this source.")] = None,
    partition: Annotated[str | None, typer.Option("--partition", help="Of this partition.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="Of this model.")] = None,
    cache: _Cache = None,
    older_than: Annotated[
        float | None,
        typer.Option("--older-than", metavar="SECONDS", min=0, help="Stored longer ago."),
    ] = None,
    note: Annotated[str | None, typer.Option("--note", help="Why, for who reads the log.")] = None,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Remove cached answers of which all that is given is true; they are served no more."""

    async def work(control: CacheControl) -> tuple[CacheEntry, ...]:
        return await control.invalidate(
            entry=entry,
            tags=parse_tags(tag or ()),
            source=source,
            partition=partition,
            model=model,
            cache=cache,
            older_than=None if older_than is None else timedelta(seconds=older_than),
            note=note,
        )

    _print_removed(url, tenant, output, work, "invalidated")


@app.command("clear-expired")
def clear_expired_command(
    url: Url = default_url, tenant: Tenant = default_tenant, output: Output = Format.TABLE
) -> None:
    """Let every cached answer be gone whose time is over."""

    async def work(control: CacheControl) -> tuple[CacheEntry, ...]:
        return await control.clear_expired()

    _print_removed(url, tenant, output, work, "expired")


def _print_page(
    query: Query[Any],
    given: Mapping[str, object],
    columns: Mapping[str, str],
    limit: int,
    after: str | None,
    url: str,
    tenant: str,
    output: Format,
) -> None:
    async def work(store: EventStore) -> Page[Any]:
        return await _asked(store, query, given, limit, after)

    page = with_store(url, tenant, work)
    records = [_record(row, query.columns, output) for row in page.rows]
    print_records(records, output, columns=columns)
    _say_more(page.next)


async def _asked(
    store: EventStore,
    query: Query[Any],
    given: Mapping[str, object],
    limit: int,
    after: str | None,
) -> Page[Any]:
    """Ask a query, and record that it was asked."""
    from retold.domain.access import AccessAction

    page = await query.page(store, given, limit=limit, after=after)
    await access_log(store).record(
        AccessAction.QUERY, query.name, parameters=given, rows=len(page.rows)
    )
    return page


def _say_more(mark: str | None) -> None:
    if mark is not None:
        say(f"There is more: --after {mark}")


def _print_removed(
    url: str,
    tenant: str,
    output: Format,
    work: Callable[[CacheControl], Awaitable[tuple[CacheEntry, ...]]],
    what: str,
) -> None:
    from retold.agents.caching.control import CacheControl

    async def remove(store: EventStore) -> tuple[CacheEntry, ...]:
        return await work(CacheControl(store, actor=actor_of_command()))

    removed = with_store(url, tenant, remove)
    records = [_record(row, tuple(_removed_columns), output) for row in removed]
    print_records(records, output, columns=_removed_columns)
    if output is Format.TABLE:
        say(f"{len(removed)} entries {what}")


def _record(row: Any, names: tuple[str, ...], output: Format) -> Record:
    from retold.cli.query_records import cell_of

    record = {name: cell_of(getattr(row, name)) for name in names}
    if output is not Format.TABLE:
        return record
    return {name: _short(value) for name, value in record.items()}


def _short(value: Cell) -> Cell:
    if not isinstance(value, str) or len(value) <= _longest_shown:
        return value
    return f"{value[: _longest_shown - 1]}…"
