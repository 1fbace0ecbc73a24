"""How far the rows of a build have come, and who may move them on."""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.projections.keeping.builds import Build, checkpoints, of_build


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows of a partition of a build stand.

    Attributes:
        cursor: of the place up to which events are folded; None before the first.
        events: folded so far.
    """

    cursor: str | None
    events: int


async def read_place(
    connection: AsyncConnection, tenant: str, build: Build, partition: int = 0
) -> Place | None:
    """Return where a partition of a build stands; None when there is no such."""
    found = await connection.execute(
        sa.select(checkpoints.c.cursor, checkpoints.c.events).where(_of(tenant, build, partition))
    )
    row = found.first()
    return None if row is None else Place(row.cursor, row.events)


async def move_place(
    connection: AsyncConnection,
    tenant: str,
    build: Build,
    partition: int,
    *,
    expected: Place,
    to: Place,
    events_per_second: float | None = None,
) -> bool:
    """Move a checkpoint, unless somebody else did since it was read.

    Args:
        connection: in a write transaction. When this returns True the checkpoint is held until
            the transaction ends.
        tenant: whose rows.
        build: whose rows.
        partition: of the build, from 0.
        expected: what :func:`read_place` returned.
        to: where it goes.
        events_per_second: how fast it comes on, for people; None to leave that as it is.

    Returns:
        False, with nothing changed, when it stands elsewhere than expected.
    """
    values: dict[str, str | float | None] = {
        "cursor": to.cursor,
        "events": to.events,
        "moved_at": time.time_ns() // 1_000,
    }
    if events_per_second is not None:
        values["events_per_second"] = events_per_second
    moved = await connection.execute(
        sa.update(checkpoints)
        .where(
            _of(tenant, build, partition),
            checkpoints.c.cursor.is_not_distinct_from(expected.cursor),
            checkpoints.c.events == expected.events,
        )
        .values(**values)
    )
    return moved.rowcount == 1


def _of(tenant: str, build: Build, partition: int) -> sa.ColumnElement[bool]:
    return sa.and_(of_build(checkpoints, tenant, build), checkpoints.c.partition == partition)
