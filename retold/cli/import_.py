"""``retold import``."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# A parameter is an option or argument of the command.
# ruff: noqa: PLC0415, PLR0917

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from retold.cli.options import Output, Tenant, Url, default_tenant, default_url, with_store
from retold.cli.output import Cell, Format, print_json, print_records, say

if TYPE_CHECKING:
    from retold.errors import RetoldError
    from retold.importers.action_checks import ActionCheck
    from retold.importers.flow_charts import FlowChart
    from retold.importers.flow_checks import FlowCheck
    from retold.importers.report import FileReport, ImportProgress, ImportReport
    from retold.store import EventStore

_columns = {
    name: name for name in ("file", "imported", "unchanged", "failed", "sessions", "format")
}


def import_command(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Recordings, or folders of them.")
    ],
    prefix: Annotated[
        str, typer.Option(help="Put before each id, to import the same file once more.")
    ] = "",
    modules: Annotated[
        list[str] | None,
        typer.Option(
            "--module",
            envvar="RETOLD_PROJECTIONS",
            metavar="MODULE",
            help="Python module with projections of your own that the log keeps inline; may be "
            "given again.",
        ),
    ] = None,
    check_actions: Annotated[
        bool,
        typer.Option(
            "--check-actions",
            help="Record the actions that \u03c4\u00b2 tasks expect as plans, and judge the calls.",
        ),
    ] = False,
    check_flow: Annotated[
        Path | None,
        typer.Option(
            "--check-flow",
            metavar="FOLDER",
            help="Record where STAR dialogues keep to the flow charts in this folder, and where "
            "they leave them.",
        ),
    ] = None,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Import recorded conversations, each as a session; repeating an import adds nothing.

    The rows of projections that the log keeps inline are written with what is imported.
    """
    from retold.importers.flow_charts import read_flow_charts
    from retold.importers.loader import import_paths
    from retold.projections.keeping.kept_inline import go_on_inline
    from retold.projections.loading import registry_of

    registry = registry_of(modules or ())
    charts = None if check_flow is None else read_flow_charts(check_flow)

    with _progress_bar() as progress:
        checks: list[ActionCheck] = []
        flows: list[FlowCheck | RetoldError] = []

        async def work(store: EventStore) -> ImportReport:
            await go_on_inline(store, registry)
            report = await import_paths(store, paths, prefix=prefix, progress=progress)
            if check_actions:
                checks.extend(await _checks_of(store, report))
            if charts is not None:
                flows.extend(await _flows_of(store, report, charts))
            return report

        report = with_store(url, tenant, work, create=True)
    files = [_file_record(file) for file in report.files]
    skipped: list[Cell] = [
        {"file": str(entry.path), "reason": entry.reason} for entry in report.skipped
    ]
    if output is Format.JSON:
        print_json({"ok": report.ok, "files": list[Cell](files), "skipped": skipped})
    else:
        print_records(files, output, columns=_columns)
    if output is not Format.JSON:
        _tell_notes(report)
    if check_actions:
        _tell(checks)
    if charts is not None:
        _tell_flows(flows)
    errors = [*report.errors, *(flow for flow in flows if isinstance(flow, Exception))]
    for error in errors:
        say(str(error), style="red")
    if errors or not report.ok:
        raise typer.Exit(1)


async def _checks_of(store: EventStore, report: ImportReport) -> list[ActionCheck]:
    from retold.importers.action_checks import record_action_checks

    return [c for s in _sessions_of(report) for c in await record_action_checks(store, s)]


async def _flows_of(
    store: EventStore, report: ImportReport, charts: Mapping[str, FlowChart]
) -> list[FlowCheck | RetoldError]:
    """Hold each session to the flow charts; one that cannot be is no reason to leave out others."""
    from retold.errors import DialogueError, FlowCheckFailed
    from retold.importers.flow_checks import record_flow_check

    found: list[FlowCheck | RetoldError] = []
    for session in _sessions_of(report):
        try:
            check = await record_flow_check(store, session, charts)
        except (DialogueError, FlowCheckFailed) as error:
            found.append(error)
        else:
            found.extend([] if check is None else [check])
    return found


def _sessions_of(report: ImportReport) -> Iterator[str]:
    return (s for file in report.files for s in (*file.imported, *file.unchanged))


def _tell_notes(report: ImportReport) -> None:
    for entry in report.skipped:
        say(f"skipped {entry.path}: {entry.reason}", style="bright_black")
    for file in report.files:
        for session in file.notes:
            for note in session.notes:
                say(f"{session.session}: {note}", style="yellow")


def _tell(checks: Sequence[ActionCheck]) -> None:
    """Say how many actions are met, and where the source says otherwise."""
    met = sum(check.met for check in checks)
    say(f"{met} of {len(checks)} expected actions are met by the recorded calls")
    for check in (check for check in checks if not check.agrees):
        said, found = ("met" if is_met else "not met" for is_met in (check.flag, check.met))
        say(f"{check.session}, step {check.step}: {found}, where its source says {said}")


def _tell_flows(flows: Sequence[FlowCheck | RetoldError]) -> None:
    """Say how many actions were on the flow, off it, and nowhere."""
    checks = [flow for flow in flows if not isinstance(flow, Exception)]
    on, off, refused = (
        sum(getattr(check, name) for check in checks) for name in ("on_flow", "off_flow", "refused")
    )
    say(
        f"{len(checks)} dialogues, {sum(check.actions for check in checks)} actions: "
        f"{on} on the flow, {off} off the flow, {refused} refused"
    )


def _file_record(file: FileReport) -> dict[str, Cell]:
    sessions = len(file.imported) + len(file.unchanged) + len(file.failed)
    return {
        "file": str(file.path),
        "format": file.format,
        "sessions": sessions,
        "imported": len(file.imported),
        "unchanged": len(file.unchanged),
        "failed": len(file.failed),
        "notes": [{"session": of.session, "note": note} for of in file.notes for note in of.notes],
        "errors": [{"code": error.code, "message": str(error)} for error in file.errors],
    }


@contextmanager
def _progress_bar() -> Iterator[Callable[[ImportProgress], None] | None]:
    """Give a callback that moves a bar on standard error; None where that is no terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("importing", total=None)

        def move(progress: ImportProgress) -> None:
            bar.update(
                task,
                description=progress.path.name,
                completed=progress.sessions_done,
                total=progress.sessions or None,
            )

        yield move
