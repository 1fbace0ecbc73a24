"""``retold projections parked`` and ``forget-parked``."""

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
    from retold.projections.keeping.control import ParkedEvent
    from retold.store import EventStore

_forgotten = {"projection": "projection", "forgotten": "forgotten"}


def parked_command(
    name: Annotated[str, typer.Argument(help="Name of the projection.")],
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """List the events a projection set aside, with the reason."""
    from retold.cli.projection_records import parked_columns, parked_record
    from retold.domain.access import AccessAction
    from retold.projections.keeping.control import parked_events

    async def work(store: EventStore) -> list[ParkedEvent]:
        found = await parked_events(store, name)
        await access_log(store).record(
            AccessAction.QUERY,
            "projection_parked",
            parameters={"projection": name},
            rows=len(found),
        )
        return found

    found = with_store(url, tenant, work)
    print_records([parked_record(one) for one in found], output, columns=parked_columns)


def forget_parked_command(
    name: Annotated[str, typer.Argument(help="Name of the projection.")],
    event: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Id of a parked event.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that are parked.")] = False,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Take a parked event off the list for good: the rows do without it. Or all of them.

    To have it folded after all, mend the fold and rebuild: it then takes effect in its place.
    """
    from retold.projections.keeping.control import forget_every_parked, forget_parked

    if (event is None) is not every:
        raise typer.BadParameter("Give the id of a parked event, or --all.")
    event_id = None if event is None else _event_id(event)

    async def work(store: EventStore) -> int:
        if event_id is None:
            return await forget_every_parked(store, name)
        await forget_parked(store, name, event_id)
        return 1

    record: Record = {"projection": name, "forgotten": with_store(url, tenant, work)}
    print_object(record, output, rows=[record], columns=_forgotten)


def _event_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no event id.") from error
