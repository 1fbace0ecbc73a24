"""The figures of metrics: sums over the read models, so that nothing is ever counted twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from retold.projections.audit.sql import run_sql
from retold.projections.keeping.status import status
from retold.projections.shipped import shipped
from retold.projections.telemetry import names
from retold.store.consumers import ConsumerGroup
from retold.store.log import EventStore
from retold.store.work_queue import WorkQueue

most_series = 10_000
timeout_seconds = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Turns of one agent that ended, or run, alike; unknown texts are empty.

    Attributes:
        agent: who was asked.
        status: ``running``, ``completed``, ``failed`` or ``cancelled``.
        error_type: what ended a failed one.
        count: how many.
    """

    agent: str
    status: str
    error_type: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How large some values were.

    Attributes:
        count: how many are known.
        total: their sum.
        within: how many are at most each of the bounds, in the order of the bounds.
    """

    count: int
    total: float
    within: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCalls:
    """Attempts of one agent to call one model that ended, or run, alike; unknown texts are empty.

    Attributes:
        agent: who called.
        model: as the response names it, otherwise as the client was set up.
        provider: likewise.
        status: ``started``, ``completed``, ``failed``, or ``unfinished`` when the turn is over
            and no end was recorded.
        error_type: what ended a failed one.
        count: how many.
        seconds: they took, by
            :data:`~retold.projections.telemetry.names.duration_buckets`.
        prompt_tokens: sent, by :data:`~retold.projections.telemetry.names.token_buckets`.
        completion_tokens: produced, likewise.
    """

    agent: str
    model: str
    provider: str
    status: str
    error_type: str
    count: int
    seconds: Distribution
    prompt_tokens: Distribution
    completion_tokens: Distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalls:
    """Tool calls of one agent that ended, or wait, alike; unknown texts are empty.

    Names of tools are left out: models make them up.

    Attributes:
        agent: who called.
        status: ``waiting``, ``answered``, ``failed``, or ``unanswered`` when no turn goes on in
            which it could be.
        error_type: class of a failure's error.
        count: how many.
    """

    agent: str
    status: str
    error_type: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one agent used of one model, no token twice; unknown texts are empty.

    Attributes:
        agent: who used it.
        model: which.
        prompt_tokens: sent, as far as known; None when none is.
        completion_tokens: produced, likewise.
        cost_usd: dollars, likewise.
    """

    agent: str
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A circuit: its name, its status, how often it opened, and how many calls it refused."""

    circuit: str
    status: str
    openings: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A work queue: how many items are in which state, and for how long the oldest was ready."""

    queue: str
    ready: int
    delayed: int
    taken: int
    oldest_wait: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A consumer group: how many events it is behind, and how many it parked."""

    group: str
    lag: int
    parked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything that is measured, as of one moment.

    Attributes:
        at: when it was read, UTC.
        turns: by agent, status and error.
        model_calls: by agent, model, provider, status and error.
        tool_calls: by agent, tool, status and error.
        usage: by agent and model.
        circuits: by name.
        queues: by name.
        groups: by name.
        lag: events that each read model is behind, by its name.
    """

    at: datetime
    turns: Sequence[Turns] = ()
    model_calls: Sequence[ModelCalls] = ()
    tool_calls: Sequence[ToolCalls] = ()
    usage: Sequence[Usage] = ()
    circuits: Sequence[Circuit] = ()
    queues: Sequence[Queue] = ()
    groups: Sequence[Group] = ()
    lag: Mapping[str, int] = field(default_factory=dict)


_distributed = {
    "seconds": names.duration_buckets,
    "prompt_tokens": names.token_buckets,
    "completion_tokens": names.token_buckets,
}


def _distribution(column: str, bounds: Sequence[float]) -> str:
    within = (f"SUM(CASE WHEN {column} <= {bound} THEN 1 ELSE 0 END)" for bound in bounds)
    return ", ".join((f"COUNT({column})", f"COALESCE(SUM({column}), 0)", *within))


_turns = """
SELECT COALESCE(agent, ''), status, COALESCE(error_type, ''), COUNT(*) FROM turns
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3
"""
# What a turn left open when it ended, and what no turn asked for, goes on no more.
_goes_on = "root_session IN (SELECT root_session FROM turns WHERE status = 'running')"
_model_calls = f"""
SELECT COALESCE(agent, ''), COALESCE(model, ''), COALESCE(provider, ''),
       CASE WHEN status <> 'started' OR {_goes_on} THEN status ELSE 'unfinished' END,
       COALESCE(error_type, ''), COUNT(*),
       {", ".join(_distribution(column, bounds) for column, bounds in _distributed.items())}
FROM model_calls GROUP BY 1, 2, 3, 4, 5 ORDER BY 6 DESC, 1, 2, 3, 4, 5
"""  # noqa: S608 - names and numbers of our own
_tool_calls = f"""
SELECT COALESCE(agent, ''),
       CASE WHEN answered_version IS NOT NULL
            THEN CASE WHEN error THEN 'failed' ELSE 'answered' END
            WHEN {_goes_on} THEN 'waiting' ELSE 'unanswered' END,
       COALESCE(error_type, ''), COUNT(*) FROM tool_calls
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3
"""  # noqa: S608 - names of our own
_usage = """
SELECT agent, model, SUM(prompt_tokens), SUM(completion_tokens), SUM(cost_usd)
FROM usage GROUP BY 1, 2 ORDER BY COALESCE(SUM(prompt_tokens), 0) DESC, 1, 2
"""
_circuits = "SELECT circuit, status, openings, refused FROM circuits ORDER BY 1"


async def read_figures(store: EventStore, *, queues: Collection[str] = ()) -> Figures:
    """Bring the read models up to the log, and sum them up.

    Args:
        store: the log.
        queues: names of the work queues that are measured too.

    Returns:
        The figures; of what has more than 10,000 series, those with the greatest counts.

    Raises:
        SqlTimedOut: when a sum takes longer than a minute.
        ProjectionError, StoreError: when a read model cannot be brought up to the log.
        InvalidWorkQueue: when a name is none of a queue.
    """
    return Figures(
        turns=[
            Turns(agent=agent, status=state, error_type=error, count=count)
            for agent, state, error, count in await _rows(store, _turns)
        ],
        model_calls=[_calls(row) for row in await _rows(store, _model_calls)],
        tool_calls=[
            ToolCalls(agent=agent, status=state, error_type=error, count=count)
            for agent, state, error, count in await _rows(store, _tool_calls)
        ],
        usage=[
            Usage(
                agent=agent,
                model=model,
                prompt_tokens=None if sent is None else int(sent),
                completion_tokens=None if produced is None else int(produced),
                cost_usd=None if cost is None else float(cost),
            )
            for agent, model, sent, produced, cost in await _rows(store, _usage)
        ],
        circuits=[
            Circuit(circuit=circuit, status=state, openings=openings, refused=refused)
            for circuit, state, openings, refused in await _rows(store, _circuits)
        ],
        queues=[await _queue(store, name) for name in sorted(set(queues))],
        groups=[await _group(store, one.name) for one in await ConsumerGroup.list(store)],
        lag={
            one.name: one.lag_events
            for one in await status(store, shipped)
            if one.lag_events is not None
        },
        at=datetime.now(UTC),
    )


async def _rows(store: EventStore, statement: str) -> Sequence[tuple[Any, ...]]:
    found = await run_sql(store, statement, limit=most_series, timeout=timeout_seconds)
    return found.rows


def _calls(row: Sequence[Any]) -> ModelCalls:
    agent, model, provider, state, error, count, *rest = row
    found: dict[str, Distribution] = {}
    for column, bounds in _distributed.items():
        known, total, *within = rest[: len(bounds) + 2]
        rest = rest[len(bounds) + 2 :]
        found[column] = Distribution(
            count=int(known), total=float(total), within=tuple(int(one) for one in within)
        )
    return ModelCalls(
        agent=agent,
        model=model,
        provider=provider,
        status=state,
        error_type=error,
        count=count,
        **found,
    )


async def _queue(store: EventStore, name: str) -> Queue:
    found = await WorkQueue(store, name).figures()
    return Queue(
        queue=name,
        ready=found.ready,
        delayed=found.delayed,
        taken=found.taken,
        oldest_wait=found.oldest_wait,
    )


async def _group(store: EventStore, name: str) -> Group:
    found = await ConsumerGroup(store, name).status()
    return Group(group=name, lag=found.lag, parked=found.parked)
