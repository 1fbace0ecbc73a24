"""``retold sessions``: list, show, totals, export."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# A parameter is an option of the command.
# Each parameter of a command is an option or argument of its own, so there may be many.
# ruff: noqa: PLC0415, PLR0913, PLR0917

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from retold.cli.options import (
    Clock,
    ClockName,
    Output,
    Tenant,
    Url,
    access_log,
    default_tenant,
    default_url,
    parse_moment,
    parse_tags,
    parse_time,
    with_store,
)
from retold.cli.output import (
    Format,
    print_document,
    print_json,
    print_object,
    print_records,
)

if TYPE_CHECKING:
    from retold.cli.transcript import Conversation
    from retold.projections.exports.session import Exported
    from retold.store import EventStore

page_size = 500

app = typer.Typer(no_args_is_help=True, help="List, show, total and export recorded sessions.")

SessionId = Annotated[str, typer.Argument(metavar="ID", help="Id of the session.")]


@app.command("list")
def list_command(
    source: Annotated[
        str | None, typer.Option(help="Recorded by this one only, such as ag2 or tau2.")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Of this subject only.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Having this tag; repeatable.")
    ] = None,
    search: Annotated[
        str | None, typer.Option(help="Having this text in id, subject or tags.")
    ] = None,
    ended: Annotated[
        bool | None, typer.Option("--ended/--open", help="Closed ones only, or open ones only.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Started then or later.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Started before.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="This many of the newest; all by default.")
    ] = None,
    nested: Annotated[bool, typer.Option("--nested", help="Nested conversations too.")] = False,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """List sessions, the newest recorded first."""
    from retold.cli.session_records import list_columns, session_record
    from retold.domain.access import AccessAction
    from retold.projections.models.session_list import SessionQuery, each_session
    from retold.projections.models.session_summary import SessionSummary

    asked = {
        "source": source,
        "subject": subject,
        "search": search,
        "ended": ended,
        "tags": ", ".join(tag or ()) or None,
        "since": since,
        "until": until,
        "nested": nested or None,
        "limit": limit,
    }
    query = SessionQuery(
        source=source,
        subject=subject,
        tags=parse_tags(tag or ()),
        search=search,
        ended=ended,
        since=None if since is None else parse_time(since),
        until=None if until is None else parse_time(until),
        nested=nested,
        limit=min(limit or page_size, page_size),
    )

    async def work(store: EventStore) -> list[SessionSummary]:
        found: list[SessionSummary] = []
        async for session in each_session(store, query):
            found.append(session)
            if len(found) == limit:
                break
        await access_log(store).record(
            AccessAction.LIST, "sessions", parameters=asked, rows=len(found)
        )
        return found

    records = [session_record(session) for session in with_store(url, tenant, work)]
    print_records(records, output, columns=list_columns)


@app.command("show")
def show_command(
    session: SessionId,
    at: Annotated[
        str | None,
        typer.Option(metavar="VERSION|TIME", help="As of this event, or of this moment."),
    ] = None,
    clock: Clock = ClockName.SOURCE,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Show who said what and when in a session."""
    from retold.cli.transcript import conversation_as_of, print_transcript
    from retold.domain.access import AccessAction

    until = None if at is None else parse_moment(at)

    async def work(store: EventStore) -> Conversation:
        found = await conversation_as_of(store, session, until, clock.value)
        await access_log(store).record(
            AccessAction.READ,
            session,
            parameters={"what": "transcript", "at": at, "clock": at and clock.value},
            rows=len(found.entries),
        )
        return found

    print_transcript(with_store(url, tenant, work), output)


@app.command("totals")
def totals_command(
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="As of this moment, itself included.")
    ] = None,
    clock: Clock = ClockName.SOURCE,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Sum up all sessions, now or as of a moment."""
    from retold.cli.session_records import totals_record, totals_table
    from retold.domain.access import AccessAction
    from retold.projections.models.totals import Totals, totals

    moment = None if at is None else parse_time(at)

    async def work(store: EventStore) -> Totals:
        found = await totals(store, at=moment, clock=clock.value)
        await access_log(store).record(
            AccessAction.QUERY, "totals", parameters={"at": at, "clock": at and clock.value}
        )
        return found

    found = with_store(url, tenant, work)
    rows, columns = totals_table(found)
    print_object(totals_record(found), output, rows=rows, columns=columns)


class ExportFormat(StrEnum):
    """Forms a session is exported in."""

    SOURCE = "source"
    MESSAGES = "messages"
    EVENTS = "events"
    JSONL = "jsonl"
    MARKDOWN = "markdown"
    HTML = "html"
    SPANS = "spans"
    OTLP = "otlp"


@app.command("export")
def export_command(
    session: SessionId,
    form: Annotated[
        ExportFormat | None,
        typer.Option(
            "--format",
            help="As it was imported (the default where it was), as chat messages "
            "(the default elsewhere), as its events, one a line (also called jsonl); as a "
            "transcript in Markdown or a page of its own in HTML; or as OpenTelemetry spans "
            "(also called otlp).",
        ),
    ] = None,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
) -> None:
    """Write a session to standard output."""
    from retold.domain.access import AccessAction
    from retold.errors import ExportFormatUnavailable
    from retold.projections.exports.session import canonical_format, export_session

    async def exported_as(store: EventStore, name: str) -> Exported:
        exported = await export_session(store, session, name)
        await access_log(store).record(AccessAction.EXPORT, session, parameters={"format": name})
        return exported

    async def work(store: EventStore) -> Exported:
        if form is not None:
            return await exported_as(store, canonical_format(form.value))
        try:
            return await exported_as(store, "source")
        except ExportFormatUnavailable:
            return await exported_as(store, "messages")

    exported = with_store(url, tenant, work)
    if isinstance(exported, str):
        print_document(exported)
    elif form in {ExportFormat.EVENTS, ExportFormat.JSONL} and isinstance(exported, list):
        for event in exported:
            print_json(event, indent=None)
    else:
        print_json(exported)
