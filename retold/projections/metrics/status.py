"""How an orchestrator stands, as of any moment: agents, workflows, queue, limits and alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from retold.projections.metrics.agents import AgentFigures, agent_figures
from retold.projections.metrics.alerts import StandingAlert, alerts_in
from retold.projections.metrics.circuits import CircuitFigures, circuits_in
from retold.projections.metrics.groups import figures
from retold.projections.metrics.limits import LimitFigures, limits_in
from retold.projections.metrics.metrics import Metrics
from retold.projections.metrics.prefix import Prefix, prefix_of
from retold.projections.metrics.queues import queue_depth
from retold.projections.metrics.read_models import ReadModels
from retold.projections.metrics.rosters import rosters_in
from retold.projections.metrics.workflows import WorkflowFigures, workflow_figures
from retold.projections.models.workflow_attempt_table import approval_rows
from retold.projections.models.workflow_runs import workflow_runs
from retold.store.log import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class OrchestratorStatus:
    """How an orchestrator stands.

    Runs are of no orchestrator, so workflows and the figures of runs and steps are those of all.

    Attributes:
        orchestrator: its name.
        at: the moment.
        agents: by name, in the order they were registered.
        workflows: by name: when each was defined, how often it was run, how that went.
        queued_runs: that have not started.
        active_runs: that go on, paused ones included.
        completed_runs: how often a run ended with all results; one that was retried counts anew.
        failed_runs: how often one ended without.
        cancelled_runs: how often somebody ended one.
        queue_depth: steps and new runs that a worker could take and none has: now, by its queue;
            as of a moment, by the events of all runs.
        active_steps: attempts in work.
        completed_steps: attempts that gave a result.
        approvals_waiting: steps that wait for a human.
        error_rate: failures of the attempts that succeeded or failed; None before the first.
        error_rates: likewise, of those that ended within so many seconds.
        metrics: what all attempts add up to.
        limits: of each limit of each agent, what is used, allowed and refused.
        circuits: all there are.
        alerts: that are raised.
    """

    orchestrator: str
    at: datetime
    agents: Mapping[str, AgentFigures]
    workflows: Mapping[str, WorkflowFigures]
    queued_runs: int
    active_runs: int
    completed_runs: int
    failed_runs: int
    cancelled_runs: int
    queue_depth: int
    active_steps: int
    completed_steps: int
    approvals_waiting: int
    error_rate: float | None
    error_rates: Mapping[float, float | None]
    metrics: Metrics
    limits: Sequence[LimitFigures]
    circuits: Sequence[CircuitFigures]
    alerts: Sequence[StandingAlert]


async def orchestrator_status(
    store: EventStore, orchestrator: str = "default", *, at: datetime | int | None = None
) -> OrchestratorStatus:
    """Bring the read models up to the log, and return how an orchestrator stands.

    Args:
        store: the log.
        orchestrator: its name.
        at: a moment by the log's clock, itself included, as UTC without a zone; a position in the
            log; None for now.

    Raises:
        ProjectionError, StoreError: when a read model cannot be brought up to the log.
    """
    models = ReadModels(store)
    prefix = await prefix_of(store, at)
    rosters = await rosters_in(models.store, prefix)
    roster = rosters.of(orchestrator)
    found = await figures(models, prefix, rosters=rosters)
    workflows = await workflow_figures(models, prefix, rosters=rosters)
    limits = await limits_in(models, prefix, orchestrator, roster.agents)
    circuits = await circuits_in(models, prefix)
    agents = agent_figures(roster, prefix, metrics=found.agents, limits=limits, circuits=circuits)
    runs = [workflow.metrics for workflow in workflows]
    queued_runs = sum(run.waiting for run in runs)
    if prefix.is_whole:
        depth = await queue_depth(store, [orchestrator])
    else:
        depth = queued_runs + found.total.waiting
    return OrchestratorStatus(
        orchestrator=orchestrator,
        at=prefix.until,
        agents=agents,
        workflows={workflow.workflow: workflow for workflow in workflows},
        queued_runs=queued_runs,
        active_runs=sum(run.active for run in runs),
        completed_runs=sum(run.successes for run in runs),
        failed_runs=sum(run.failures for run in runs),
        cancelled_runs=sum(run.cancelled + run.dropped for run in runs),
        queue_depth=depth,
        active_steps=found.total.active,
        completed_steps=found.total.successes,
        approvals_waiting=await _approvals_waiting(models, prefix),
        error_rate=found.total.error_rate,
        error_rates=found.total.error_rates,
        metrics=found.total,
        limits=limits,
        circuits=circuits,
        alerts=await alerts_in(models, prefix),
    )


async def _approvals_waiting(models: ReadModels, prefix: Prefix) -> int:
    table = await models.table(workflow_runs, approval_rows)
    columns = table.c
    if prefix.position is not None:
        asked, ended = columns.position <= prefix.position, columns.ended_position
        is_open = ended.is_(None) | (ended > prefix.position)
    else:
        asked, ended = columns.recorded_at <= prefix.until, columns.ended_at
        is_open = ended.is_(None) | (ended > prefix.until)
    statement = sa.select(sa.func.count()).where(
        columns.tenant == models.store.tenant, asked, is_open
    )
    async with models.store.connection() as connection:
        return int((await connection.execute(statement)).scalar_one())
