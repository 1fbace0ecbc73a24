"""Figures of agents, workflows and steps, as of any moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

from retold.errors import InvalidParameter
from retold.projections.audit.page import Key
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import Answer, FoldQuery
from retold.projections.metrics.groups import Figures, figures
from retold.projections.metrics.metrics import Metrics, hour, minute
from retold.projections.metrics.prefix import Prefix, prefix_of
from retold.projections.metrics.read_models import ReadModels
from retold.projections.metrics.workflows import WorkflowFigures, workflow_figures
from retold.store.log import EventStore

RowT = TypeVar("RowT")

at_parameters = (
    Parameter(name="at", description="as of this moment, by the log's clock", kind=Kind.MOMENT),
    Parameter(name="position", description="as of the event at this position", kind=Kind.INTEGER),
)
_since = Parameter(
    name="since", description="of attempts that might begin then or later", kind=Kind.MOMENT
)


@dataclass(frozen=True, kw_only=True)
class MetricsColumns:
    """What attempts add up to; see :class:`~retold.projections.metrics.metrics.Metrics`.

    Error rates are also given of what ended in the last minute, 5 minutes, hour and 24 hours.
    """

    calls: int
    waiting: int
    active: int
    completed: int
    successes: int
    failures: int
    lost: int
    cancelled: int
    dropped: int
    success_rate: float | None
    error_rate: float | None
    error_rate_1m: float | None
    error_rate_5m: float | None
    error_rate_1h: float | None
    error_rate_24h: float | None
    latency_ms: float | None
    latency_median_ms: float | None
    latency_p95_ms: float | None
    queue_wait_ms: float | None
    queue_wait_p95_ms: float | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None
    failures_by_type: Mapping[str, int]


_rates = {
    "error_rate_1m": minute,
    "error_rate_5m": 5 * minute,
    "error_rate_1h": hour,
    "error_rate_24h": 24 * hour,
}


def _columns(metrics: Metrics) -> dict[str, Any]:
    names = {field.name for field in fields(MetricsColumns)}
    found = {name: getattr(metrics, name) for name in names - set(_rates)}
    return found | {name: metrics.error_rates[seconds] for name, seconds in _rates.items()}


@dataclass(frozen=True, kw_only=True)
class _OfAgent:
    agent: str | None


@dataclass(frozen=True, kw_only=True)
class AgentMetricsRow(MetricsColumns, _OfAgent):
    """Figures of an agent; ``agent`` is None for attempts nobody has begun or is named for."""


@dataclass(frozen=True, kw_only=True)
class _OfStep:
    workflow: str
    step: str


@dataclass(frozen=True, kw_only=True)
class StepMetricsRow(MetricsColumns, _OfStep):
    """Figures of a step of a workflow, of whichever version."""


@dataclass(frozen=True, kw_only=True)
class _OfWorkflow:
    workflow: str
    created_at: datetime | None
    definition: int | None
    runs: int


@dataclass(frozen=True, kw_only=True)
class WorkflowMetricsRow(MetricsColumns, _OfWorkflow):
    """Figures of a workflow: a call is an execution of a run, and its latency how long that took.

    Attributes:
        created_at: when the log took its first definition; None when it was run without one.
        definition: its newest version; likewise.
        runs: how often it was queued; a run that was retried has several executions.
    """


async def prefix_in(store: EventStore, query: str, values: Values) -> Prefix:
    """Return what of the log counts, as the parameters ``at`` and ``position`` say.

    Raises:
        InvalidParameter: when both are given.
    """
    if "at" in values and "position" in values:
        raise InvalidParameter(query, "position", "give either a moment or a position")
    return await prefix_of(store, values.get("at", values.get("position")))


def _answer(
    query: str,
    read: Callable[[EventStore, Prefix, Values], Awaitable[Sequence[RowT]]],
    key: Callable[[RowT], tuple[str, ...]],
) -> Answer[RowT]:
    async def answer(
        store: EventStore, values: Values, after: Key | None, count: int
    ) -> Sequence[RowT]:
        prefix = await prefix_in(store, query, values)
        rows = sorted(await read(store, prefix, values), key=key)
        return [row for row in rows if after is None or key(row) > after][:count]

    return answer


async def _figures(store: EventStore, prefix: Prefix, values: Values) -> Figures:
    return await figures(
        ReadModels(store), prefix, since=values.get("since"), workflow=values.get("workflow")
    )


async def _of_agents(
    store: EventStore, prefix: Prefix, values: Values
) -> Sequence[AgentMetricsRow]:
    found = (await _figures(store, prefix, values)).agents
    return [
        AgentMetricsRow(agent=agent, **_columns(metrics))
        for agent, metrics in found.items()
        if values.get("agent", agent) == agent
    ]


async def _of_steps(store: EventStore, prefix: Prefix, values: Values) -> Sequence[StepMetricsRow]:
    found = (await _figures(store, prefix, values)).steps
    return [
        StepMetricsRow(workflow=workflow, step=step, **_columns(metrics))
        for (workflow, step), metrics in found.items()
    ]


async def _of_workflows(
    store: EventStore, prefix: Prefix, values: Values
) -> Sequence[WorkflowMetricsRow]:
    found = await workflow_figures(
        ReadModels(store), prefix, since=values.get("since"), workflow=values.get("workflow")
    )
    return [_workflow_row(one) for one in found]


def _workflow_row(found: WorkflowFigures) -> WorkflowMetricsRow:
    return WorkflowMetricsRow(
        workflow=found.workflow,
        created_at=found.created_at,
        definition=found.definition,
        runs=found.runs,
        **_columns(found.metrics),
    )


agent_metrics = FoldQuery(
    name="agent_metrics",
    description="figures of each agent as of a moment: calls, failures, rates, latencies, waits",
    row=AgentMetricsRow,
    order=("agent",),
    empty_if_unknown=frozenset({"agent"}),
    answer=_answer("agent_metrics", _of_agents, lambda row: (row.agent or "",)),
    parameters=(
        Parameter(name="agent", description="of this agent only"),
        Parameter(name="workflow", description="in runs of this workflow only"),
        _since,
        *at_parameters,
    ),
)
step_metrics = FoldQuery(
    name="step_metrics",
    description="figures of each step as of a moment: calls, failures, rates, latencies, waits",
    row=StepMetricsRow,
    order=("workflow", "step"),
    answer=_answer("step_metrics", _of_steps, lambda row: (row.workflow, row.step)),
    parameters=(
        Parameter(name="workflow", description="of this workflow only"),
        _since,
        *at_parameters,
    ),
)
workflow_metrics = FoldQuery(
    name="workflow_metrics",
    description="figures of each workflow as of a moment: when defined, runs, failures, durations",
    row=WorkflowMetricsRow,
    order=("workflow",),
    answer=_answer("workflow_metrics", _of_workflows, lambda row: (row.workflow,)),
    parameters=(
        Parameter(name="workflow", description="this one only"),
        _since,
        *at_parameters,
    ),
)
