"""``retold status``."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import TYPE_CHECKING

from retold.cli.options import Output, Tenant, Url, default_tenant, default_url, with_store
from retold.cli.output import Cell, Format, Record, print_object, print_text, say

if TYPE_CHECKING:
    from retold.store.cursor import Cursor
    from retold.store.stall import Stall
    from retold.store.status import LogStatus

_columns = {name: name for name in ("url", "schema", "newest", "frontier", "held_back", "stalls")}


def status_command(
    url: Url = default_url, tenant: Tenant = default_tenant, output: Output = Format.TABLE
) -> None:
    """Show how far the log goes, and which open transactions its readers wait for."""
    from retold.store.status import status_of_log

    status = with_store(url, tenant, status_of_log)
    facts: dict[str, Cell] = {
        "url": status.url,
        "kind": status.kind,
        "schema": status.schema,
        "database_id": status.database_id,
        "newest": _cursor(status.newest),
        "frontier": _cursor(status.frontier),
        "held_back": status.held_back,
    }
    print_object(
        {**facts, "stalls": [_record(stall) for stall in status.stalls]},
        output,
        rows=[
            {
                **facts,
                "newest": None if status.newest is None else str(status.newest),
                "frontier": str(status.frontier),
                "stalls": len(status.stalls),
            }
        ],
        columns=_columns,
    )
    if output is Format.TABLE:
        for stall in status.stalls:
            print_text(_line(stall))
    _advise(status)


def _record(stall: Stall) -> Record:
    return {
        "pid": stall.pid,
        "database": stall.database,
        "user": stall.user,
        "application": stall.application,
        "age_seconds": None if stall.age_seconds is None else round(stall.age_seconds, 3),
        "state": stall.state,
        "holds_back": stall.holds_back,
        "prepared": stall.prepared,
        "remedy": stall.remedy,
    }


def _line(stall: Stall) -> str:
    what = f"pid {stall.pid}" if stall.prepared is None else f"prepared {stall.prepared!r}"
    age = "an age unseen" if stall.age_seconds is None else f"{stall.age_seconds:.1f} s old"
    told = [
        f"{name} {value}"
        for name, value in (
            ("user", stall.user),
            ("application", stall.application),
            ("state", stall.state),
        )
        if value
    ]
    return ", ".join(
        (
            f"{what}, database {stall.database}, {age}",
            *told,
            f"holds back {stall.holds_back}. To go on: {stall.remedy}",
        )
    )


def _cursor(cursor: Cursor | None) -> Record | None:
    if cursor is None:
        return None
    return {
        "cursor": str(cursor),
        "epoch": cursor.epoch,
        "transaction_id": cursor.transaction_id,
        "position": cursor.position,
    }


def _advise(status: LogStatus) -> None:
    if status.held_back:
        say(
            f"{status.held_back} events are committed, and shown to readers of the whole log when "
            "the transactions before them end; reading by stream shows them now.",
            style="yellow",
        )
