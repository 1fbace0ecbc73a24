"""What is used, allowed and refused of the limits of agents, as of a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from retold.domain.orchestrator.agents import AgentDescription
from retold.domain.orchestrator.calls import AgentCalls, agent_calls, calls_stream
from retold.errors import StreamNotFound
from retold.projections.metrics.prefix import Prefix
from retold.projections.metrics.read_models import ReadModels
from retold.projections.models.limit_refusals import limit_refusals, refusal_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitFigures:
    """A limit of an agent, as of a moment.

    Attributes:
        orchestrator: name of the orchestrator.
        agent: name of the agent.
        limit_name: which limit, a field of
            :class:`~retold.domain.orchestrator.agents.AgentLimits`.
        used: by all processes.
        allowed: by the limit.
        refused: attempts it made wait, each once.
        refused_at: when the log took the newest of those; None when there is none.
    """

    orchestrator: str
    agent: str
    limit_name: str
    used: float
    allowed: float
    refused: int
    refused_at: datetime | None


async def limits_in(
    models: ReadModels,
    prefix: Prefix,
    orchestrator: str,
    agents: Mapping[str, AgentDescription],
) -> list[LimitFigures]:
    """Return the limits of agents, by the names of the agents and the limits.

    Args:
        models: of the log.
        prefix: what of the log counts.
        orchestrator: its name.
        agents: its agents, by name.

    Raises:
        ProjectionError, StoreError: when the read model cannot be brought up to the log.
    """
    counts, newest = await _refusals(models, prefix, orchestrator)
    found = []
    for name, described in sorted(agents.items()):
        limits = described.limits.given
        if not limits:
            continue
        used = (await _calls(models, prefix, orchestrator, name)).used(prefix.until)
        found += [
            LimitFigures(
                orchestrator=orchestrator,
                agent=name,
                limit_name=limit,
                used=used[limit],
                allowed=float(allowed),
                refused=counts[name, limit],
                refused_at=newest.get((name, limit)),
            )
            for limit, allowed in sorted(limits.items())
        ]
    return found


async def _calls(models: ReadModels, prefix: Prefix, orchestrator: str, agent: str) -> AgentCalls:
    stream, state = calls_stream(orchestrator, agent), agent_calls.state()
    if prefix.is_whole:
        # It grows with every call, so it is folded from a snapshot on, as by who admits calls.
        with suppress(StreamNotFound):
            state = (await models.store.fold(stream, agent_calls.fold)).state
        return state
    async for event in models.store.read_stream(stream, missing_ok=True):
        if not prefix.includes(event.recorded_at, event.position):
            break
        state = agent_calls.fold.evolve(state, event)
    return state


async def _refusals(
    models: ReadModels, prefix: Prefix, orchestrator: str
) -> tuple[Counter[tuple[str, str]], dict[tuple[str, str], datetime]]:
    table = await models.table(limit_refusals, refusal_rows)
    statement = (
        sa.select(
            table.c.agent,
            table.c.limit_name,
            sa.func.count().label("refused"),
            sa.type_coerce(sa.func.max(table.c.recorded_at), table.c.recorded_at.type),
        )
        .where(
            table.c.tenant == models.store.tenant,
            table.c.orchestrator == orchestrator,
            table.c.position <= prefix.position
            if prefix.position is not None
            else table.c.recorded_at <= prefix.until,
        )
        .group_by(table.c.agent, table.c.limit_name)
    )
    async with models.store.connection() as connection:
        found = (await connection.execute(statement)).all()
    counts = Counter({(agent, limit): refused for agent, limit, refused, _ in found})
    return counts, {(agent, limit): at for agent, limit, _, at in found}
