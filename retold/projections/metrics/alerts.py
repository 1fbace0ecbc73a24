"""Which alerts were raised as of a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from retold.projections.metrics.prefix import Prefix
from retold.projections.metrics.read_models import ReadModels
from retold.projections.models.alerts import alert_rows, alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingAlert:
    """An alert that is raised; see :class:`~retold.projections.models.alerts.Alert`."""

    rule: str
    number: int
    measure: str | None
    agent: str | None
    workflow: str | None
    step: str | None
    circuit: str | None
    value: float | None
    threshold: float | None
    cause: str | None
    raised_at: datetime | None


async def alerts_in(models: ReadModels, prefix: Prefix) -> list[StandingAlert]:
    """Bring the read model up to the log, and return the alerts that were raised, by rule.

    Args:
        models: of the log.
        prefix: what of the log counts.

    Raises:
        ProjectionError, StoreError: when the read model cannot be brought up to the log.
    """
    table = (await models.table(alerts, alert_rows)).c
    if prefix.position is not None:
        there = table.position <= prefix.position
        stands = table.ended_position.is_(None) | (table.ended_position > prefix.position)
    else:
        there = table.recorded_at <= prefix.until
        stands = table.ended_at.is_(None) | (table.ended_at > prefix.until)
    statement = (
        sa.select(*(table[name] for name in StandingAlert.__dataclass_fields__))
        .where(table.tenant == models.store.tenant, there, stands)
        .order_by(table.rule, table.number)
    )
    async with models.store.connection() as connection:
        found = (await connection.execute(statement)).mappings().all()
    return [StandingAlert(**row) for row in found]
