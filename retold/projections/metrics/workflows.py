"""Figures of workflows: when each was defined, how often it was run, and how its runs went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from retold.projections.metrics.groups import Tallies
from retold.projections.metrics.metrics import Metrics
from retold.projections.metrics.prefix import Prefix
from retold.projections.metrics.read_models import ReadModels
from retold.projections.metrics.reading import Fact, executions_in, usage_in
from retold.projections.metrics.rosters import Rosters, rosters_in
from retold.projections.models.workflow_definitions import (
    Definition,
    definition_rows,
    workflow_definitions,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowFigures:
    """A workflow, as of a moment. Unknown is None.

    Attributes:
        workflow: its name.
        created_at: when the log took its first definition; None when it was run without one.
        definition: its newest version by now, whatever the moment; likewise.
        runs: how often it was queued.
        metrics: of the executions of its runs: a call is one from its start, its latency how long
            it took; ``waiting`` are those queued, ``active`` those that go on.
    """

    workflow: str
    created_at: datetime | None
    definition: int | None
    runs: int
    metrics: Metrics


async def workflow_figures(
    models: ReadModels,
    prefix: Prefix,
    *,
    since: datetime | None = None,
    workflow: str | None = None,
    rosters: Rosters | None = None,
) -> list[WorkflowFigures]:
    """Bring the read models up to the log, and return the workflows that were defined or run.

    Args:
        models: of the log.
        prefix: what of the log counts.
        since: count what was queued, or retried, then or later; None for all.
        workflow: this one only.
        rosters: what tokens cost; they are read when they are not given.

    Raises:
        ProjectionError, StoreError: when a read model cannot be brought up to the log.
    """
    defined = {
        row.workflow: row
        for row in await _definitions(models, workflow)
        if prefix.includes(row.created_at, row.position)
    }
    runs: dict[str, set[str]] = {}

    def workflow_of(fact: Fact) -> str:
        return fact.workflow

    tallies = Tallies[str](prefix, workflow_of)
    async for fact in executions_in(models, prefix, since=since, workflow=workflow):
        runs.setdefault(fact.workflow, set()).add(fact.run)
        tallies.add(fact)
    rosters = rosters or await rosters_in(models.store, prefix)
    async for used in usage_in(models, prefix, since=since, workflow=workflow):
        tokens = used.prompt_tokens, used.completion_tokens
        cost = rosters.cost(used.agent, *tokens, used.recorded_at)
        tallies.of(used.workflow).add_usage(*tokens, cost)
    return [
        WorkflowFigures(
            workflow=name,
            created_at=defined[name].created_at if name in defined else None,
            definition=defined[name].definition if name in defined else None,
            runs=len(runs.get(name, ())),
            metrics=tallies.of(name).metrics,
        )
        for name in sorted({*defined, *runs})
    ]


async def _definitions(models: ReadModels, workflow: str | None) -> list[Definition]:
    table = await models.table(workflow_definitions, definition_rows)
    statement = sa.select(table).where(table.c.tenant == models.store.tenant)
    if workflow is not None:
        statement = statement.where(table.c.workflow == workflow)
    async with models.store.connection() as connection:
        found = (await connection.execute(statement)).mappings().all()
    return [definition_rows.row_of(row) for row in found]
