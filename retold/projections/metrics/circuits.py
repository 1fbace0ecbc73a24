"""How circuits were as of a moment, and whose calls they keep from models."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import sqlalchemy as sa

from retold.domain.circuit import (
    CircuitState,
    CircuitStatus,
    circuit,
    circuit_category,
    circuit_events,
    circuit_of,
)
from retold.projections.event_facts import metadata_text
from retold.projections.metrics.few_streams import events_of
from retold.projections.metrics.prefix import Prefix
from retold.projections.metrics.read_models import ReadModels
from retold.projections.metrics.reading import same_attempt
from retold.projections.models.step_usage import step_conversation_rows, step_usage
from retold.projections.models.workflow_attempt_table import attempt_rows
from retold.projections.models.workflow_runs import workflow_runs

# The session a call was part of, and the agent's name as AG2 has it.
_Caller: TypeAlias = tuple[str | None, str | None]
_runs_at_once = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitFigures:
    """A circuit, as of a moment.

    Attributes:
        circuit: its name.
        status: ``closed``, ``open`` or ``half_open``.
        failures: in a row.
        openings: how often it opened.
        refused: calls it refused.
        retry_at: when an open circuit lets probes through.
        error_type: class of the newest failure's error; None before the first.
        error: its message.
        agents: names of the agents whose calls it counted, let through as probes or refused; of
            those asked for a step, the names they are registered by.
    """

    circuit: str
    status: CircuitStatus
    failures: int
    openings: int
    refused: int
    retry_at: datetime | None
    error_type: str | None
    error: str | None
    agents: tuple[str, ...]

    def refuses(self, at: datetime) -> bool:
        """Return whether it refuses every call at a time: it is open, and not to be probed yet."""
        return self.status == "open" and (self.retry_at is None or at < self.retry_at)


async def circuits_in(models: ReadModels, prefix: Prefix) -> list[CircuitFigures]:
    """Fold the circuits of a log; a healthy one has no events, so they are few.

    Args:
        models: of the log.
        prefix: what of the log counts.

    Raises:
        StoreError: when the log cannot be read.
        InvalidEventData, FutureSchemaVersion: when an event is of a later release.
    """
    states: dict[str, CircuitState] = {}
    called: dict[str, set[_Caller]] = {}
    for event in await events_of(models.store, circuit_category, frozenset(circuit_events)):
        if not prefix.includes(event.recorded_at, event.position):
            continue
        name = circuit_of(event.stream)
        states[name] = circuit.fold.evolve(states.get(name, CircuitState()), event)
        caller = metadata_text(event, "session"), metadata_text(event, "agent")
        called.setdefault(name, set()).add(caller)
    registered = await _registered(models, {caller for one in called.values() for caller in one})
    return [
        _figures(
            name,
            state,
            {agent for caller in called[name] for agent in registered.get(caller, {caller[1]})},
        )
        for name, state in sorted(states.items())
    ]


async def _registered(
    models: ReadModels, callers: Collection[_Caller]
) -> dict[_Caller, set[str | None]]:
    """Return the names that agents who called for a step of a run are registered by."""
    runs = sorted({session for session, _ in callers if session is not None})
    found: dict[_Caller, set[str | None]] = {}
    if not runs:
        return found
    asked = await models.table(step_usage, step_conversation_rows)
    attempts = await models.table(workflow_runs, attempt_rows)
    statement = (
        sa.select(asked.c.run, asked.c.agent, attempts.c.agent)
        .select_from(asked.join(attempts, same_attempt(attempts, asked)))
        .where(asked.c.tenant == models.store.tenant)
    )
    async with models.store.connection() as connection:
        for first in range(0, len(runs), _runs_at_once):
            some = statement.where(asked.c.run.in_(runs[first : first + _runs_at_once]))
            for run, called_as, agent in await connection.execute(some):
                found.setdefault((run, called_as), set()).add(agent)
    return found


def _figures(name: str, state: CircuitState, agents: set[str | None]) -> CircuitFigures:
    return CircuitFigures(
        circuit=name,
        status=state.status,
        failures=state.failures,
        openings=state.openings,
        refused=state.refused,
        retry_at=state.retry_at,
        error_type=None if state.error is None else state.error.type,
        error=None if state.error is None else state.error.message,
        agents=tuple(sorted(agent for agent in agents if agent is not None)),
    )
