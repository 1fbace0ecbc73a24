"""Circuits of models that fail: how they are, and what happened to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from retold.projections.audit import circuit_views as views
from retold.projections.audit.conditions import between, equal
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import SqlQuery
from retold.projections.audit.view import Views

_circuit = Parameter(name="circuit", description="this one only")


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitRow:
    """A circuit as it is now; the fields are those of the view ``circuits``."""

    circuit: str
    status: str
    since: datetime | None
    failures: int
    failures_total: int
    openings: int
    refused: int
    retry_at: datetime | None
    error_type: str | None
    error: str | None
    failed_at: datetime | None
    version: int
    recorded_at: datetime


def _select(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.circuits].c
    return sa.select(*(table[name] for name in CircuitRow.__dataclass_fields__)).where(
        *equal(values, circuit=table.circuit, status=table.status)
    )


circuits = SqlQuery(
    name="circuits",
    description="the circuits there are, by name: status, failures, last error, refused calls",
    row=CircuitRow,
    order=("circuit",),
    reads=(views.circuits,),
    select=_select,
    parameters=(
        _circuit,
        Parameter(
            name="status",
            description="in this status only",
            kind=Kind.CHOICE,
            choices=("closed", "open", "half_open"),
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitChangeRow:
    """What happened to a circuit; the fields are those of the view ``circuit_history``."""

    recorded_at: datetime
    circuit: str
    version: int
    what: str
    error_type: str | None
    error: str | None
    failures: int | None
    retry_at: datetime | None
    agent: str | None
    session: str | None
    call: str | None
    occurred_at: datetime | None


def _select_history(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.circuit_history].c
    return sa.select(*(table[name] for name in CircuitChangeRow.__dataclass_fields__)).where(
        *equal(values, circuit=table.circuit, what=table.what),
        *between(values, table.recorded_at),
    )


circuit_history = SqlQuery(
    name="circuit_history",
    description="what happened to circuits, the newest first: failures, openings, refused calls",
    row=CircuitChangeRow,
    order=("recorded_at", "circuit", "version"),
    descending=True,
    reads=(views.circuit_history,),
    select=_select_history,
    parameters=(
        _circuit,
        Parameter(name="what", description="this only, such as opened or call_refused"),
        Parameter(name="since", description="recorded then or later", kind=Kind.MOMENT),
        Parameter(name="until", description="recorded before", kind=Kind.MOMENT),
    ),
)
