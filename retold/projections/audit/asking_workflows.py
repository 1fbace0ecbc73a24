"""The named queries about workflows, their figures and alerts, as methods of an open log."""

# A parameter of a query is a parameter of its method.
# ruff: noqa: PLR0913

from __future__ import annotations

from datetime import datetime
from typing import Literal

from retold.domain.access import AccessAction
from retold.projections.audit import limits as limit_queries, metrics, workflows
from retold.projections.audit.asking import Asking
from retold.projections.audit.page import Page, default_limit
from retold.projections.metrics.limits import LimitFigures
from retold.projections.metrics.status import OrchestratorStatus, orchestrator_status


class AskingWorkflows(Asking):
    """Asks about workflows, agents and alerts.

    ``at`` is a moment by the log's clock, itself included, and ``position`` one in the log: the
    answer is what it was then. Give one of them, or none for now.
    """

    async def orchestrator_status(
        self, orchestrator: str = "default", *, at: datetime | int | None = None
    ) -> OrchestratorStatus:
        """How an orchestrator stands: agents, workflows, queue, limits, circuits, alerts.

        Args:
            orchestrator: its name.
            at: a moment, or a position in the log; None for now.

        Raises:
            ProjectionError, StoreError: when a read model cannot be brought up to the log.
        """
        found = await orchestrator_status(self._store, orchestrator, at=at)
        if self._access is not None:
            asked = {"orchestrator": orchestrator, "at": at}
            await self._access.record(
                AccessAction.QUERY, "orchestrator_status", parameters=asked, rows=1
            )
        return found

    async def workflow_runs(
        self,
        *,
        workflow: str | None = None,
        status: Literal["queued", "running", "paused", "completed", "failed", "cancelled"]
        | None = None,
        correlation_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[workflows.RunRow]:
        """The runs of workflows, the newest first: status, times, steps done and failed.

        Args:
            workflow: of this workflow only.
            status: in this status only.
            correlation_id: of this piece of work only.
            since: queued then or later.
            until: queued before.
            limit, after: as of the class.
        """
        given = {
            "workflow": workflow,
            "status": status,
            "correlation_id": correlation_id,
            "since": since,
            "until": until,
        }
        return await self._page(workflows.workflow_runs, given, limit, after)

    async def workflow_steps(
        self,
        *,
        run: str | None = None,
        workflow: str | None = None,
        step: str | None = None,
        agent: str | None = None,
        status: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[workflows.AttemptRow]:
        """The attempts at steps, the newest first: who did each, how it ended, how long it took.

        Args:
            run: of this run only.
            workflow: of this workflow only.
            step: at this step only.
            agent: by this agent only.
            status: in this status only, such as ``failed`` or ``timed_out``.
            since: ready then or later.
            until: ready before.
            limit, after: as of the class.
        """
        given = {
            "run": run,
            "workflow": workflow,
            "step": step,
            "agent": agent,
            "status": status,
            "since": since,
            "until": until,
        }
        return await self._page(workflows.workflow_steps, given, limit, after)

    async def approvals(
        self,
        *,
        run: str | None = None,
        workflow: str | None = None,
        status: Literal["waiting", "given", "refused", "expired", "cancelled"] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[workflows.ApprovalRow]:
        """The steps of workflows that wait, or waited, for a human to agree; the newest first.

        Args:
            run: of this run only.
            workflow: of this workflow only.
            status: in this status only.
            since: asked then or later.
            until: asked before.
            limit, after: as of the class.
        """
        given = {
            "run": run,
            "workflow": workflow,
            "status": status,
            "since": since,
            "until": until,
        }
        return await self._page(workflows.approvals, given, limit, after)

    async def agent_metrics(
        self,
        *,
        agent: str | None = None,
        workflow: str | None = None,
        since: datetime | None = None,
        at: datetime | None = None,
        position: int | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[metrics.AgentMetricsRow]:
        """Figures of each agent: calls, failures, rates, latencies, waits, tokens.

        Args:
            agent: of this agent only.
            workflow: in runs of this workflow only.
            since: of attempts that might begin then or later.
            at, position, limit, after: as of the class.
        """
        given = {
            "agent": agent,
            "workflow": workflow,
            "since": since,
            "at": at,
            "position": position,
        }
        return await self._page(metrics.agent_metrics, given, limit, after)

    async def workflow_metrics(
        self,
        *,
        workflow: str | None = None,
        since: datetime | None = None,
        at: datetime | None = None,
        position: int | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[metrics.WorkflowMetricsRow]:
        """Figures of each workflow: when it was defined, runs, failures, how long they took.

        Args:
            workflow: this one only.
            since: of what was queued, or retried, then or later.
            at, position, limit, after: as of the class.
        """
        given = {"workflow": workflow, "since": since, "at": at, "position": position}
        return await self._page(metrics.workflow_metrics, given, limit, after)

    async def step_metrics(
        self,
        *,
        workflow: str | None = None,
        since: datetime | None = None,
        at: datetime | None = None,
        position: int | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[metrics.StepMetricsRow]:
        """Figures of each step: calls, failures, rates, latencies, waits, tokens.

        Args:
            workflow: of this workflow only.
            since: of attempts that might begin then or later.
            at, position, limit, after: as of the class.
        """
        given = {"workflow": workflow, "since": since, "at": at, "position": position}
        return await self._page(metrics.step_metrics, given, limit, after)

    async def limits(
        self,
        *,
        orchestrator: str | None = None,
        agent: str | None = None,
        at: datetime | None = None,
        position: int | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[LimitFigures]:
        """What is used, allowed and refused of each limit of an agent.

        Args:
            orchestrator: of this orchestrator only.
            agent: of this agent only.
            at, position, limit, after: as of the class.
        """
        given = {"orchestrator": orchestrator, "agent": agent, "at": at, "position": position}
        return await self._page(limit_queries.limits, given, limit, after)

    async def alerts(
        self,
        *,
        rule: str | None = None,
        status: Literal["raised", "cleared"] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[limit_queries.AlertRow]:
        """The alerts that were raised, the newest first: figure, cause, when it was cleared.

        Args:
            rule: of this rule only.
            status: in this status only.
            since: raised then or later.
            until: raised before.
            limit, after: as of the class.
        """
        given = {"rule": rule, "status": status, "since": since, "until": until}
        return await self._page(limit_queries.alerts, given, limit, after)
