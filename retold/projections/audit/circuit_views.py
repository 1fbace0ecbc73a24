"""The documented views of circuits, as those of :mod:`retold.projections.audit.views`."""

from __future__ import annotations

from retold.projections.audit.view import View
from retold.projections.models.circuit_table import circuit_change_rows, circuit_rows
from retold.projections.models.circuits import circuits as circuit_list

circuits = View(
    name="circuits",
    description="a row a circuit, as it is now",
    projection=circuit_list,
    table=circuit_rows,
    columns={
        "circuit": "its name",
        "status": "closed, open or half_open",
        "since": "since when, by the clock of the process that changed it",
        "failures": "in a row, since it was closed or a call succeeded",
        "failures_total": "all that counted",
        "openings": "how often it opened",
        "refused": "calls it refused",
        "retry_at": "when an open circuit lets probes through",
        "error_type": "class of the newest failure's error",
        "error": "its message",
        "failed_at": "when that was",
        "version": "its newest event",
        "recorded_at": "when the log took that",
    },
)
circuit_history = View(
    name="circuit_history",
    description="a row for each thing that happened to a circuit",
    projection=circuit_list,
    table=circuit_change_rows,
    columns={
        "circuit": "its name",
        "version": "of the event",
        "what": "opened, closed, call_failed, call_refused and so on",
        "failed": "whether it kept calls from the model: it opened, or a call was refused",
        "call": "id of the call that led to it",
        "session": "id of the session that call was part of",
        "agent": "name of the agent that called",
        "error_type": "class of the error; CircuitOpen of a refused call",
        "error": "its message",
        "failures": "in a row, with a failure",
        "retry_at": "when probes are let through, once it opened",
        "occurred_at": "when, by the clock of the process",
        "recorded_at": "when the log took it",
    },
)
