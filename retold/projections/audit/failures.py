"""What failed or was refused: tools, models, turns, circuits, policies, by agent and error."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from retold.projections.audit import views
from retold.projections.audit.circuit_views import circuit_history
from retold.projections.audit.conditions import between, equal
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.policy_views import policy_decisions
from retold.projections.audit.query import SqlQuery
from retold.projections.audit.view import Views
from retold.projections.columns import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """How often something failed in one way.

    Attributes:
        kind: ``tool``, ``model``, ``turn``, ``circuit`` or ``policy``.
        agent: whose; None when unknown.
        name: of the tool, the model, the circuit or the policy; the stage of a turn; None when
            unknown.
        error_type: class of the error; None when the source does not say. Of a circuit, that which
            opened it, or ``CircuitOpen`` for the calls it refused. Of a policy, that which the
            caller got for what it refused, or what it raised itself.
        failures: how often.
        retries: of model calls, those that repeated one that had failed; None for the others, of
            which nothing tells a repetition.
        sessions: conversations it happened in.
        first_recorded_at, last_recorded_at: when the log took the first and the newest.
    """

    kind: str
    agent: str | None
    name: str | None
    error_type: str | None
    failures: int
    retries: int | None
    sessions: int
    first_recorded_at: datetime
    last_recorded_at: datetime


def _select(of: Views, values: Values) -> sa.Select[Any]:
    tool, model, turn = (of[v].c for v in (views.tool_calls, views.model_calls, views.turns))
    circuit, policy = of[circuit_history].c, of[policy_decisions].c
    wanted = {
        "tool": _failed("tool", tool, tool.name, tool.asked_recorded_at, tool.error == sa.true()),
        "model": _failed(
            "model",
            model,
            model.model,
            model.recorded_at,
            model.status == "failed",
            retried=sa.case((model.attempt > 1, 1), else_=0),
        ),
        "turn": _failed("turn", turn, turn.stage, turn.recorded_at, turn.status == "failed"),
        "circuit": _failed(
            "circuit", circuit, circuit.circuit, circuit.recorded_at, circuit.failed == sa.true()
        ),
        "policy": _failed(
            "policy", policy, policy.policy, policy.recorded_at, policy.refused == sa.true()
        ),
    }
    parts = [
        statement.where(
            *equal(values, agent=statement.selected_columns.whose),
            *between(values, statement.selected_columns.recorded_at),
        )
        for kind, statement in wanted.items()
        if values.get("kind", kind) == kind
    ]
    failed = sa.union_all(*parts).subquery("failed").c
    by = (failed.kind, failed.agent, failed.name, failed.error_type)
    columns: list[sa.ColumnElement[Any]] = [
        *by,
        sa.func.count().label("failures"),
        sa.cast(sa.func.sum(failed.retried), sa.BigInteger).label("retries"),
        sa.func.count(sa.distinct(failed.session)).label("sessions"),
        sa.func.min(failed.recorded_at).label("first_recorded_at"),
        sa.func.max(failed.recorded_at).label("last_recorded_at"),
    ]
    return sa.select(*columns).group_by(*by)


def _failed(
    kind: str,
    table: Any,
    name: sa.ColumnElement[Any],
    recorded_at: sa.ColumnElement[Any],
    failed: sa.ColumnElement[bool],
    *,
    retried: sa.ColumnElement[Any] | None = None,
) -> sa.Select[Any]:
    repeats: sa.ColumnElement[Any] = sa.cast(sa.null(), sa.Integer) if retried is None else retried
    columns: list[sa.ColumnElement[Any]] = [
        sa.literal_column(f"'{kind}'", sa.Text()).label("kind"),
        sa.func.coalesce(table.agent, "").label("agent"),
        sa.func.coalesce(name, "").label("name"),
        sa.func.coalesce(table.error_type, "").label("error_type"),
        table.session.label("session"),
        # A sum, or SQLite would take the index of times for a wide span of them, and read what
        # did not fail as well.
        sa.type_coerce(
            sa.type_coerce(recorded_at, sa.BigInteger) + sa.literal_column("0"), Moment
        ).label("recorded_at"),
        repeats.label("retried"),
        table.agent.label("whose"),
    ]
    return sa.select(*columns).where(failed)


failures = SqlQuery(
    name="failures",
    description="what failed, by agent, tool or model, and type of error, the most frequent first",
    row=FailureRow,
    order=("failures", "kind", "agent", "name", "error_type"),
    descending=True,
    empty_if_unknown=frozenset({"agent", "name", "error_type"}),
    grouped=True,
    reads=(views.tool_calls, views.model_calls, views.turns, circuit_history, policy_decisions),
    select=_select,
    parameters=(
        Parameter(
            name="kind",
            description="tool calls, model calls, turns, circuits or policies only",
            kind=Kind.CHOICE,
            choices=("tool", "model", "turn", "circuit", "policy"),
        ),
        Parameter(name="agent", description="of this agent only"),
        Parameter(name="since", description="recorded then or later", kind=Kind.MOMENT),
        Parameter(name="until", description="recorded before", kind=Kind.MOMENT),
    ),
)
