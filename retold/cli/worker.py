"""``retold worker``: work on what an orchestrator has queued."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# Each parameter of a command is an option or argument of its own, so there may be many.
# ruff: noqa: PLC0415, PLR0917

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from retold.cli.options import Tenant, Url, default_tenant, default_url
from retold.cli.output import say


def worker_command(
    orchestrator: Annotated[
        str,
        typer.Argument(
            metavar="MODULE:FUNCTION",
            help="What makes the orchestrator: a function of the open log, with its agents.",
        ),
    ],
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    concurrency: Annotated[
        int, typer.Option("--concurrency", min=1, help="Steps in work at once.")
    ] = 8,
    lease_seconds: Annotated[
        float,
        typer.Option(
            "--lease-seconds", help="How long a step stays this worker's when it is not heard of."
        ),
    ] = 30.0,
    grace_seconds: Annotated[
        float,
        typer.Option(
            "--grace-seconds",
            help="How long steps in work may take to finish once it is told to stop.",
        ),
    ] = 30.0,
) -> None:
    """Work on the runs and steps that an orchestrator has queued, until it is told to stop.

    SIGTERM or an interrupt stops it: steps in work are finished, or given to others.
    """
    if not lease_seconds > 0:
        raise typer.BadParameter("--lease-seconds is more than 0.")
    if not grace_seconds >= 0:
        raise typer.BadParameter("--grace-seconds is 0 or more.")
    from retold.agents.orchestrator.loading import factory_at

    factory = factory_at(orchestrator)

    async def work() -> None:
        from retold.cli.stopping import on_signals
        from retold.sessions.log import open_log

        async with open_log(url, tenant=tenant) as log:
            made = await factory(log)
            worker = made.worker(concurrency=concurrency, lease_seconds=lease_seconds)
            with on_signals(worker.stop):
                say(f"Worker {worker.name} of orchestrator {made.name!r} works.")
                await worker.run(grace_seconds=grace_seconds)
        say("Stopped.")

    asyncio.run(work())
