"""``retold subjects``: what the log holds of a person."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# A parameter is an option or argument of the command.
# ruff: noqa: PLC0415, PLR0917

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
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
from retold.cli.output import Cell, Format, Record, print_object, say

if TYPE_CHECKING:
    from retold.projections.exports.subject import SubjectExport
    from retold.store import EventStore

app = typer.Typer(no_args_is_help=True, help="Export what the log holds of a person.")

_columns = {name: name for name in ("session", "root_session", "messages", "file")}


class SubjectFormat(StrEnum):
    """Forms the sessions of a person are exported in."""

    EVENTS = "events"
    JSONL = "jsonl"
    MESSAGES = "messages"
    MARKDOWN = "markdown"
    HTML = "html"
    SPANS = "spans"
    OTLP = "otlp"


@app.callback()
def _group() -> None:
    """Export what the log holds of a person."""


@app.command("export")
def export_command(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="The person, such as user:7.")],
    directory: Annotated[
        Path,
        typer.Argument(metavar="DIRECTORY", help="Where to; it must not be there, or be empty."),
    ],
    form: Annotated[
        SubjectFormat,
        typer.Option(
            "--format",
            help="A file a session: its events, one a line (also called jsonl); a transcript in "
            "Markdown or HTML; or OpenTelemetry spans (also called otlp). Or chat messages, a "
            "file a conversation.",
        ),
    ] = SubjectFormat.EVENTS,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Write all sessions of a person to a folder, with what is nested in them and an index.

    The folder is there as a whole, or not at all.
    """
    from retold.projections.exports.subject import export_subject

    async def work(store: EventStore) -> SubjectExport:
        return await export_subject(
            store, subject, directory, export_format=form.value, access=access_log(store)
        )

    found = with_store(url, tenant, work)
    rows = [_row(found, place) for place in range(len(found.conversations))]
    record: Record = {
        "subject": found.subject,
        "directory": str(found.directory),
        "format": found.format,
        "sessions": len({one.root_session for one in found.conversations}),
        "conversations": list[Cell](rows),
    }
    print_object(record, output, rows=rows, columns=_columns)
    if output is Format.TABLE:
        say(f"{len(found.files)} files and index.json are in {found.directory}")


def _row(found: SubjectExport, place: int) -> Record:
    one = found.conversations[place]
    return {name: getattr(one, name) for name in _columns}
