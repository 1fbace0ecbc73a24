"""``retold metrics``."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retold.cli.options import Tenant, Url, default_tenant, default_url, with_store
from retold.cli.output import print_document

if TYPE_CHECKING:
    from retold.store import EventStore


def metrics_command(
    queues: Annotated[
        list[str] | None,
        typer.Option("--queue", metavar="NAME", help="A work queue to measure too; repeatable."),
    ] = None,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
) -> None:
    """Print the metrics of the log in Prometheus's text form."""
    from retold.projections.telemetry.prometheus import metrics_text

    async def work(store: EventStore) -> str:
        return await metrics_text(store, queues=queues or ())

    print_document(with_store(url, tenant, work))
