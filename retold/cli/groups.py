"""``retold groups``: list, show, parked, retry, discard."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# Each parameter of a command is an option or argument of its own, so there may be many.
# ruff: noqa: PLC0415, PLR0917

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

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
from retold.cli.output import Format, Record, print_object, print_records

if TYPE_CHECKING:
    from retold.store import EventStore
    from retold.store.consumers import GroupStatus, ParkedEvent

app = typer.Typer(
    no_args_is_help=True, help="Consumer groups: how far they are, and what they parked."
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the group.")]
EventId = Annotated[str, typer.Argument(metavar="ID", help="Id of the parked event.")]

_retried = {"group": "group", "retrying": "to be retried"}
_discarded = {name: name for name in ("group", "event_id", "reason")}


@app.command("list")
def list_command(
    url: Url = default_url, tenant: Tenant = default_tenant, output: Output = Format.TABLE
) -> None:
    """List the groups with their members, how far behind they are, and what they parked."""
    from retold.cli.group_records import group_record, list_columns
    from retold.store.consumers import ConsumerGroup

    async def work(store: EventStore) -> list[GroupStatus]:
        groups = await ConsumerGroup.list(store)
        return [await ConsumerGroup(store, group.name).status() for group in groups]

    records = [group_record(status) for status in with_store(url, tenant, work)]
    print_records(records, output, columns=list_columns)


@app.command("show")
def show_command(
    name: Name,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Show who holds which partition of a group, and how far each is."""
    from retold.cli.group_records import group_record, partition_columns, partition_record
    from retold.store.consumers import ConsumerGroup

    async def work(store: EventStore) -> GroupStatus:
        return await ConsumerGroup(store, name).status()

    status = with_store(url, tenant, work)
    rows = [partition_record(one) for one in status.partitions]
    record: Record = {**group_record(status), "partition_states": rows}
    print_object(record, output, rows=rows, columns=partition_columns)


@app.command("parked")
def parked_command(
    name: Name,
    discarded: Annotated[
        bool, typer.Option("--discarded", help="Those that were discarded instead.")
    ] = False,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """List the events the group's handler failed on, with the reason."""
    from retold.cli.group_records import parked_columns, parked_record
    from retold.domain.access import AccessAction
    from retold.store.consumers import ConsumerGroup

    async def work(store: EventStore) -> list[ParkedEvent]:
        found = [one async for one in ConsumerGroup(store, name).parked(discarded=discarded)]
        await access_log(store).record(
            AccessAction.QUERY,
            "group_parked",
            parameters={"group": name, "discarded": discarded},
            rows=len(found),
        )
        return found

    records = [parked_record(one) for one in with_store(url, tenant, work)]
    print_records(records, output, columns=parked_columns)


@app.command("retry")
def retry_command(
    name: Name,
    event: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Id of a parked event.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that are parked.")] = False,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Have a parked event handed to the handler again by the group's processes, or all."""
    from retold.store.consumers import ConsumerGroup

    if (event is None) is not every:
        raise typer.BadParameter("Give the id of a parked event, or --all.")
    event_id = None if event is None else _event_id(event)

    async def work(store: EventStore) -> int:
        return await ConsumerGroup(store, name).retry(event_id)

    record: Record = {"group": name, "retrying": with_store(url, tenant, work)}
    print_object(record, output, rows=[record], columns=_retried)


@app.command("discard")
def discard_command(
    name: Name,
    event: EventId,
    reason: Annotated[str, typer.Option("--reason", help="Why nobody is to handle it.")],
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Set a parked event aside for good; it stays on record with the reason."""
    from retold.store.consumers import ConsumerGroup

    event_id = _event_id(event)

    async def work(store: EventStore) -> None:
        await ConsumerGroup(store, name).discard(event_id, reason)

    with_store(url, tenant, work)
    record: Record = {"group": name, "event_id": str(event_id), "reason": reason}
    print_object(record, output, rows=[record], columns=_discarded)


def _event_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no event id.") from error
