"""``retold otel``: export spans and measurements to OpenTelemetry."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# Each parameter of a command is an option of its own, so there may be many.
# ruff: noqa: PLC0415, PLR0913, PLR0917

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from retold.cli.options import Tenant, Url, default_tenant, default_url, with_store

if TYPE_CHECKING:
    from retold.store import EventStore

app = typer.Typer(no_args_is_help=True, help="OpenTelemetry: export what the log tells.")


class Start(StrEnum):
    """Where the first export begins."""

    BEGINNING = "beginning"
    END = "end"


class Target(StrEnum):
    """Who takes what is exported."""

    OTLP = "otlp"
    CONSOLE = "console"


def _address(text: str | None) -> str | None:
    """Return a collector's address; an exporter would notice only at its last attempt."""
    if text is not None:
        found = urlsplit(text)
        if found.scheme not in {"http", "https"} or not found.hostname:
            raise typer.BadParameter(f"{text!r} is no address such as http://127.0.0.1:4318.")
    return text


@app.command("export")
def export_command(
    once: Annotated[
        bool, typer.Option("--once", help="End when all that is in the log is exported.")
    ] = False,
    target: Annotated[
        Target,
        typer.Option("--to", help="otlp: a collector; console: JSON lines on standard output."),
    ] = Target.OTLP,
    endpoint: Annotated[
        str | None,
        typer.Option(
            "--endpoint",
            callback=_address,
            metavar="URL",
            help="The collector, such as http://127.0.0.1:4318; else OTEL_EXPORTER_OTLP_ENDPOINT.",
        ),
    ] = None,
    metrics: Annotated[
        bool, typer.Option("--metrics", help="Export metrics too, not only spans.")
    ] = False,
    queues: Annotated[
        list[str] | None,
        typer.Option("--queue", metavar="NAME", help="A work queue to measure too; repeatable."),
    ] = None,
    contents: Annotated[
        bool,
        typer.Option(
            "--contents", help="Give spans tools' arguments and results, and errors' messages."
        ),
    ] = False,
    imports: Annotated[
        bool, typer.Option("--imports", help="Export imported conversations too.")
    ] = False,
    start: Annotated[
        Start, typer.Option("--from", help="Where the first export of a group begins.")
    ] = Start.BEGINNING,
    group: Annotated[
        str,
        typer.Option("--group", metavar="NAME", help="Consumer group that has the checkpoint."),
    ] = "otel",
    url: Url = default_url,
    tenant: Tenant = default_tenant,
) -> None:
    """Export spans as the log grows, until interrupted; goes on where it, or another, ended."""
    from retold.projections.telemetry.export import TelemetryExport
    from retold.projections.telemetry.sdk import require_sdk

    require_sdk()
    from retold.cli.otel_runs import Targets, run_export

    targets = Targets.console() if target is Target.CONSOLE else Targets.otlp(endpoint)

    async def work(store: EventStore) -> None:
        provider = targets.meter_provider() if metrics else None
        export = TelemetryExport(
            store,
            targets.spans,
            name=group,
            meter_provider=provider,
            start=start.value,
            contents=contents,
            imports=imports,
        )
        await run_export(store, export, provider, queues=queues or (), once=once)

    try:
        with_store(url, tenant, work)
    finally:
        targets.spans.shutdown()
