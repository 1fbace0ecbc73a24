"""``retold verify``."""

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
from retold.cli.output import Cell, Format, print_object, say

if TYPE_CHECKING:
    from retold.store import EventStore
    from retold.store.integrity import VerifyReport

_columns = {name: name for name in ("ok", "streams", "events", "faults")}


def verify_command(
    stream: Annotated[
        str | None, typer.Argument(metavar="[STREAM]", help="Only this stream, category-id.")
    ] = None,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Check that no event was altered, removed or moved; exit code 3 when one was."""

    from retold.domain.access import AccessAction  # noqa: PLC0415 - pydantic takes a while

    async def work(store: EventStore) -> VerifyReport:
        report = await store.verify(stream)
        if stream is not None and report.ok and not report.streams:
            raise typer.BadParameter(f"There is no stream {stream!r} in this log.")
        await access_log(store).record(
            AccessAction.VERIFY, stream, parameters={"ok": report.ok}, rows=report.events
        )
        return report

    report = with_store(url, tenant, work)
    faults: list[Cell] = [
        {
            "stream": fault.stream,
            "version": fault.version,
            "position": fault.position,
            "kind": fault.kind.value,
            "detail": fault.detail,
        }
        for fault in report.faults
    ]
    counts: dict[str, Cell] = {
        "ok": report.ok,
        "streams": report.streams,
        "events": report.events,
    }
    print_object(
        {**counts, "faults": faults},
        output,
        rows=[{**counts, "faults": len(faults)}],
        columns=_columns,
    )
    for fault in report.faults:
        say(f"{fault.stream} version {fault.version}: {fault.kind}: {fault.detail}", style="red")
    if not report.ok:
        raise typer.Exit(3)
