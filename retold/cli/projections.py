"""``retold projections``."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# Each parameter of a command is an option or argument of its own, so there may be many.
# ruff: noqa: PLC0415, PLR0913, PLR0917

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeAlias

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
from retold.cli.output import Format, Record, print_object, print_records, say
from retold.cli.projection_parked import forget_parked_command, parked_command

if TYPE_CHECKING:
    from retold.projections.keeping.diff import ProjectionDiff
    from retold.projections.keeping.rebuild import Rebuilt
    from retold.projections.keeping.status import ProjectionStatus
    from retold.store import EventStore

app = typer.Typer(
    no_args_is_help=True, help="Read models: keep them up, rebuild them, compare their code."
)


class OnErrorName(StrEnum):
    """What comes of an event a fold fails on."""

    STOP = "stop"
    PARK = "park"


Name: TypeAlias = Annotated[str, typer.Argument(help="Name of the projection.")]
Names: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Projections; all when none.")
]
Modules: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--module",
        envvar="RETOLD_PROJECTIONS",
        metavar="MODULE",
        help="Python module with projections of your own; may be given again.",
    ),
]
OnError: TypeAlias = Annotated[
    OnErrorName,
    typer.Option(
        "--on-error",
        help="stop: before an event the fold fails on; park: set it aside and go on.",
    ),
]
Batch: TypeAlias = Annotated[
    int, typer.Option("--batch", min=1, help="Events folded between two writes.")
]
_one_column = {"projection": "projection", "done": "done"}


@app.command("list")
def list_command(modules: Modules = None, output: Output = Format.TABLE) -> None:
    """List the projections there are, with their versions; it opens no log."""
    from retold.cli.projection_records import list_columns, list_record
    from retold.projections.loading import registry_of

    registry = registry_of(modules or ())
    records = [list_record(registry, name) for name in registry.names()]
    print_records(records, output, columns=list_columns)


@app.command("status")
def status_command(
    names: Names = None,
    modules: Modules = None,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Show how far each projection has come, how far behind it is, and what stopped it."""
    from retold.cli.projection_records import status_columns, status_record
    from retold.projections.keeping.status import status
    from retold.projections.loading import registry_of

    chosen = registry_of(modules or ()).select(names or ())

    async def work(store: EventStore) -> tuple[ProjectionStatus, ...]:
        return await status(store, chosen)

    found = with_store(url, tenant, work)
    print_records([status_record(one) for one in found], output, columns=status_columns)
    if output is Format.TABLE:
        for one in found:
            if one.failure is not None:
                say(
                    f"{one.name} stopped before version {one.failure.version} of "
                    f"{one.failure.stream} ({one.failure.type}): {one.failure.reason}",
                    style="red",
                )


@app.command("run")
def run_command(
    names: Names = None,
    once: Annotated[
        bool, typer.Option("--once", help="End when all that is in the log is folded.")
    ] = False,
    accept_code: Annotated[
        bool,
        typer.Option("--accept-code", help="Take changed code of the same version for equal."),
    ] = False,
    on_error: OnError = OnErrorName.STOP,
    batch: Batch = 2_000,
    modules: Modules = None,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
) -> None:
    """Keep projections up to the log until interrupted; several processes share them."""
    from retold.cli.projection_runs import run_once, run_until_stopped
    from retold.projections.loading import registry_of

    chosen = registry_of(modules or ()).select(names or ())

    async def work(store: EventStore) -> bool:
        if once:
            return await run_once(
                store, chosen, on_error=on_error.value, batch=batch, accept_code=accept_code
            )
        return await run_until_stopped(
            store, chosen, on_error=on_error.value, batch=batch, accept_code=accept_code
        )

    if not with_store(url, tenant, work):
        raise typer.Exit(1)


@app.command("pause")
def pause_command(
    name: Name,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Have runners leave a projection alone until it is resumed."""
    from retold.projections.keeping.control import pause

    with_store(url, tenant, lambda store: pause(store, name))
    _print_done(name, "paused", output)


@app.command("resume")
def resume_command(
    name: Name,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Let a projection go on that was paused or that stopped at an event."""
    from retold.projections.keeping.control import resume

    with_store(url, tenant, lambda store: resume(store, name))
    _print_done(name, "resumed", output)


@app.command("stop-inline")
def stop_inline_command(
    name: Name,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Let readers and runners write a projection's rows again, instead of appends."""
    from retold.projections.keeping.kept_inline import stop_keeping_inline

    was_inline = with_store(url, tenant, lambda store: stop_keeping_inline(store, name))
    _print_done(name, "no longer inline" if was_inline else "was not inline", output)


app.command("parked")(parked_command)
app.command("forget-parked")(forget_parked_command)


@app.command("rebuild")
def rebuild_command(
    name: Name,
    after: Annotated[
        str | None,
        typer.Option("--from", metavar="POS", help="Cursor to begin after; the start when absent."),
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Processes that fold shares of the streams.")
    ] = 1,
    switch: Annotated[
        bool | None,
        typer.Option(
            "--switch/--no-switch",
            help="Read the new rows when they are done: what is done unless --from is given.",
        ),
    ] = None,
    share: Annotated[
        float | None,
        typer.Option(
            "--share",
            min=0.001,
            max=1.0,
            help="Of the time it writes while others append as fast as they can; 1 to take no "
            "notice of them.",
        ),
    ] = None,
    on_error: OnError = OnErrorName.STOP,
    batch: Batch = 2_000,
    modules: Modules = None,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Make a projection's rows anew beside those that are read, then switch to them.

    Killed, it goes on where it was when it is started again.
    """
    from retold.cli.projection_records import rebuilt_columns, rebuilt_record
    from retold.cli.projection_runs import progress_bar
    from retold.projections.keeping.courtesy import Courtesy
    from retold.projections.keeping.processes import Processes
    from retold.projections.keeping.rebuild import rebuild
    from retold.projections.loading import registry_of

    projection = registry_of(modules or ()).get(name)

    async def work(store: EventStore) -> Rebuilt:
        by = Processes(
            url, modules=modules or (), batch_size=batch, on_error=on_error.value, share=share
        )
        with progress_bar(name) as progress:
            return await rebuild(
                store,
                projection,
                after=after,
                workers=workers,
                run_workers=by,
                batch_size=batch,
                on_error=on_error.value,
                switch=switch,
                progress=progress,
                courtesy=Courtesy(share=share),
            )

    record = rebuilt_record(with_store(url, tenant, work))
    print_object(record, output, rows=[record], columns=rebuilt_columns)


@app.command("switch-back")
def switch_back_command(
    name: Name,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Read the rows again that were read before the last switch."""
    from retold.projections.keeping.control import switch_back

    build = with_store(url, tenant, lambda store: switch_back(store, name))
    _print_done(name, f"build {build} is read", output)


@app.command("drop")
def drop_command(
    name: Name,
    modules: Modules = None,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Remove every build of a projection but the one that is read."""
    from retold.projections.keeping.control import drop_others
    from retold.projections.loading import registry_of

    registry = registry_of(modules or ())
    projection = registry.get(name)
    gone = with_store(url, tenant, lambda store: drop_others(store, projection, registry))
    _print_done(name, f"removed: {', '.join(map(str, gone)) or 'none'}", output)


@app.command("diff")
def diff_command(
    name: Name,
    old: Annotated[str, typer.Option("--old", metavar="V", help="One version, such as v1.")],
    new: Annotated[str, typer.Option("--new", metavar="V", help="The other, such as v2.")],
    limit: Annotated[int, typer.Option("--limit", min=0, help="Rows to show.")] = 20,
    modules: Modules = None,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Fold two versions of a projection over the same log and show where they part.

    Exit code 1 when they differ.
    """
    from retold.cli.projection_records import diff_columns, diff_record, diff_rows
    from retold.cli.projection_runs import progress_bar
    from retold.domain.access import AccessAction
    from retold.projections.keeping.diff import diff
    from retold.projections.loading import registry_of

    registry = registry_of(modules or ())
    versions = [registry.get(name, _version(text)) for text in (old, new)]

    async def work(store: EventStore) -> ProjectionDiff:
        with progress_bar(f"{name} {old} and {new}") as progress:
            found = await diff(store, *versions, limit=limit, progress=progress)
        await access_log(store).record(
            AccessAction.QUERY,
            "projection_diff",
            parameters={"projection": name, "old": old, "new": new},
            rows=len(diff_rows(found)),
        )
        return found

    found = with_store(url, tenant, work)
    print_object(diff_record(found), output, rows=diff_rows(found), columns=diff_columns)
    if output is Format.TABLE:
        rows = f"{found.rows[0]} and {found.rows[1]} rows from {found.events} events"
        if found.parted is None:
            say(f"{rows}; no row ever differed")
        else:
            say(
                f"{rows}; {found.differing} differ; they part at version {found.parted.version} "
                f"of {found.parted.stream} ({found.parted.type})"
            )
    if not found.same:
        raise typer.Exit(1)


def _version(text: str) -> int:
    digits = text.removeprefix("v")
    if not (digits.isascii() and digits.isdecimal()):
        raise typer.BadParameter(f"{text!r} is no version. Write it as v1 or 1.")
    return int(digits[:9])


def _print_done(name: str, done: str, output: Format) -> None:
    record: Record = {"projection": name, "done": done}
    print_object(record, output, rows=[record], columns=_one_column)
