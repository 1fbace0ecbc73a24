"""Attempts and executions of a log, as the figures are made of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from retold.projections.metrics.prefix import Prefix
from retold.projections.metrics.read_models import ReadModels
from retold.projections.models.step_usage import step_usage, step_usage_rows
from retold.projections.models.workflow_attempt_table import attempt_rows
from retold.projections.models.workflow_runs import workflow_runs
from retold.projections.models.workflow_table import execution_rows
from retold.projections.read_table import ReadTable

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
    models: ReadModels,
    prefix: Prefix,
    *,
    since: datetime | None = None,
    ended_after: datetime | None = None,
    **equal: str | None,
) -> AsyncIterator[Fact]:
    """Bring the read model up to the log, and yield the attempts there were.

    Args:
        models: of the log.
        prefix: what of the log counts.
        since: those that might begin then or later; None for all.
        ended_after: those that ended after this moment, or have not; None for all.
        **equal: columns, and what they have to be; None for anything.

    Raises:
        ProjectionError, StoreError: when the read model cannot be brought up to the log.
    """
    return _facts(models, prefix, attempt_rows, since=since, ended_after=ended_after, equal=equal)


def executions_in(
    models: ReadModels,
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
    return _facts(models, prefix, execution_rows, since=since, equal=equal, instead=instead)


async def _facts(
    models: ReadModels,
    prefix: Prefix,
    read_table: ReadTable[Any],
    *,
    since: datetime | None,
    equal: Mapping[str, str | None],
    ended_after: datetime | None = None,
    instead: Mapping[str, Any] | None = None,
) -> AsyncIterator[Fact]:
    table = await models.table(workflow_runs, read_table)
    columns = []
    for name in Fact._fields:
        found = (instead or {}).get(name, name)
        columns.append((table.c[found] if isinstance(found, str) else found).label(name))
    statement = sa.select(*columns).where(
        table.c.tenant == models.store.tenant,
        _counts(table, prefix),
        *(table.c[name] == value for name, value in equal.items() if value is not None),
    )
    if since is not None:
        statement = statement.where(table.c.recorded_at >= since)
    if ended_after is not None:
        ended_at = table.c.ended_at
        statement = statement.where(ended_at.is_(None) | (ended_at > ended_after))
    async with models.store.connection() as connection:
        result = await connection.stream(statement)
        async for rows in result.partitions(_rows_at_once):
            for row in rows:
                yield Fact._make(row)


class Used(NamedTuple):
    """Tokens that were taken for an attempt.

    Attributes:
        workflow: name of the workflow.
        step: name of the step.
        agent: who was asked.
        prompt_tokens: sent; None when unknown.
        completion_tokens: produced; likewise.
        recorded_at: when the log took the account of them.
    """

    workflow: str
    step: str
    agent: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    recorded_at: datetime


async def usage_in(
    models: ReadModels,
    prefix: Prefix,
    *,
    since: datetime | None = None,
    after: datetime | None = None,
    workflow: str | None = None,
) -> AsyncIterator[Used]:
    """Yield what was accounted for attempts.

    Args:
        models: of the log.
        prefix: what of the log counts.
        since: of attempts that might begin then or later; None for all.
        after: accounted for after this moment; None for all.
        workflow: of this workflow only.

    Raises:
        ProjectionError, StoreError: when a read model cannot be brought up to the log.
    """
    attempts = await models.table(workflow_runs, attempt_rows)
    usage = await models.table(step_usage, step_usage_rows)
    statement = (
        sa.select(
            attempts.c.workflow,
            attempts.c.step,
            attempts.c.agent,
            usage.c.prompt_tokens,
            usage.c.completion_tokens,
            usage.c.recorded_at,
        )
        .select_from(usage.join(attempts, same_attempt(attempts, usage)))
        .where(usage.c.tenant == models.store.tenant, _counts(usage, prefix))
    )
    if since is not None:
        statement = statement.where(attempts.c.recorded_at >= since)
    if after is not None:
        statement = statement.where(usage.c.recorded_at > after)
    if workflow is not None:
        statement = statement.where(attempts.c.workflow == workflow)
    async with models.store.connection() as connection:
        result = await connection.stream(statement)
        async for rows in result.partitions(_rows_at_once):
            for row in rows:
                yield Used._make(row)


def same_attempt(attempts: sa.Table, other: sa.Table) -> sa.ColumnElement[bool]:
    """Return the condition by which rows of two tables are of the same attempt."""
    same = [attempts.c[name] == other.c[name] for name in ("tenant", "run", "step", "attempt")]
    same.append(sa.func.coalesce(attempts.c.item, -1) == sa.func.coalesce(other.c.item, -1))
    return sa.and_(*same)


def _counts(table: sa.Table, prefix: Prefix) -> sa.ColumnElement[bool]:
    # What ends later, or began later, is told apart by whoever counts.
    if prefix.position is not None:
        return table.c.position <= prefix.position
    return table.c.recorded_at <= prefix.until
