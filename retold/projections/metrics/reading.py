"""Attempts and executions of a log, as the figures are made of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from retold.projections.keeping.readable import readable
from retold.projections.metrics.prefix import Prefix
from retold.projections.models.workflow_attempt_table import attempt_rows
from retold.projections.models.workflow_runs import workflow_runs
from retold.projections.models.workflow_table import execution_rows
from retold.projections.read_table import ReadTable
from retold.store.log import EventStore

_rows_at_once = 1_000


class Fact(NamedTuple):
    """What counts of an attempt, or of an execution of a run.

    Its fields are those of :class:`~retold.projections.models.workflow_attempt_table.Attempt`;
    the latency of an execution is how long it took.
    """

    run: str
    version: int
    workflow: str
    step: str
    agent: str | None
    for_agent: str | None
    status: str
    error_type: str | None
    recorded_at: datetime
    position: int
    started_at: datetime | None
    started_position: int | None
    ended_at: datetime | None
    ended_position: int | None
    queue_wait_ms: float | None
    latency_ms: float | None

    def agent_in(self, prefix: Prefix) -> str | None:
        """Return whose it was: who did it, or, before it began, the one it was for."""
        began = prefix.includes(self.started_at, self.started_position)
        return self.agent if began else self.for_agent


def attempts_in(
    store: EventStore,
    prefix: Prefix,
    *,
    since: datetime | None = None,
    **equal: str | None,
) -> AsyncIterator[Fact]:
    """Bring the read model up to the log, and yield the attempts there were.

    Args:
        store: the log.
        prefix: what of the log counts.
        since: those that might begin then or later; None for all.
        **equal: columns, and what they have to be; None for anything.

    Raises:
        ProjectionError, StoreError: when the read model cannot be brought up to the log.
    """
    return _facts(store, prefix, attempt_rows, since=since, equal=equal)


def executions_in(
    store: EventStore,
    prefix: Prefix,
    *,
    since: datetime | None = None,
    workflow: str | None = None,
) -> AsyncIterator[Fact]:
    """Yield the executions of runs there were; arguments and errors as of :func:`attempts_in`."""
    instead: dict[str, Any] = {
        "step": sa.literal(""),
        "agent": sa.null(),
        "for_agent": sa.null(),
        "latency_ms": "duration_ms",
    }
    equal = {"workflow": workflow}
    return _facts(store, prefix, execution_rows, since=since, equal=equal, instead=instead)


async def _facts(
    store: EventStore,
    prefix: Prefix,
    read_table: ReadTable[Any],
    *,
    since: datetime | None,
    equal: Mapping[str, str | None],
    instead: Mapping[str, Any] | None = None,
) -> AsyncIterator[Fact]:
    table = (await readable(store, workflow_runs))[read_table]
    columns = []
    for name in Fact._fields:
        found = (instead or {}).get(name, name)
        columns.append((table.c[found] if isinstance(found, str) else found).label(name))
    statement = sa.select(*columns).where(
        table.c.tenant == store.tenant,
        # What ends later, or began later, is told apart by whoever counts.
        table.c.position <= prefix.position
        if prefix.position is not None
        else table.c.recorded_at <= prefix.until,
        *(table.c[name] == value for name, value in equal.items() if value is not None),
    )
    if since is not None:
        statement = statement.where(table.c.recorded_at >= since)
    async with store.connection() as connection:
        result = await connection.stream(statement)
        async for rows in result.partitions(_rows_at_once):
            for row in rows:
                yield Fact._make(row)
