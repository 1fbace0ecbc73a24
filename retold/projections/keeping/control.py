"""Pausing a projection, letting it go on, and what it set aside."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from retold.domain.recorded import to_datetime
from retold.errors import ProjectionEventNotParked, ProjectionNotKept, RebuildRefused
from retold.projections.keeping.builds import (
    Build,
    activate,
    drop_build,
    kept,
    parked,
    set_failure,
    set_kept,
)
from retold.projections.projection import Projection
from retold.projections.registry import Registry
from retold.store.log import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedEvent:
    """An event that a projection's fold failed on, and that it went on without.

    Attributes:
        event_id: of the event.
        stream: of the event.
        version: of the event in its stream.
        type: of the event.
        build: of the projection.
        reason: type and text of what the fold raised.
        parked_at: when.
    """

    event_id: UUID
    stream: str
    version: int
    type: str
    build: int
    reason: str
    parked_at: datetime


async def pause(store: EventStore, name: str) -> None:
    """Have runners leave a projection alone until it is resumed; pausing twice is a no-op.

    Who asks a read model still brings it up to date: what is read is never stale.

    Args:
        store: the log.
        name: of the projection.

    Raises:
        ProjectionNotKept: when nothing of it is kept in this log.
    """
    async with store.transaction() as connection:
        known = await kept(connection, store.tenant, name)
        if not known.builds:
            raise ProjectionNotKept(name)
        if known.paused_at is None:
            await set_kept(connection, store.tenant, name, paused_at=time.time_ns() // 1_000)


async def resume(store: EventStore, name: str) -> None:
    """Let a projection go on that was paused, or that stopped at an event its fold failed on.

    Args:
        store: the log.
        name: of the projection.

    Raises:
        ProjectionNotKept: when nothing of it is kept in this log.
    """
    async with store.transaction() as connection:
        known = await kept(connection, store.tenant, name)
        if not known.builds:
            raise ProjectionNotKept(name)
        await set_kept(connection, store.tenant, name, paused_at=None)
        for build in known.builds.values():
            await set_failure(connection, store.tenant, build, None)


async def parked_events(store: EventStore, name: str, *, limit: int = 1_000) -> list[ParkedEvent]:
    """Return what a projection set aside in its active build, the oldest first.

    Args:
        store: the log.
        name: of the projection.
        limit: how many at the most.

    Raises:
        ProjectionNotKept: when nothing of it is kept in this log.
    """
    async with store.connection() as connection:
        known = await kept(connection, store.tenant, name)
        if not known.builds:
            raise ProjectionNotKept(name)
        found = await connection.execute(
            sa.select(parked)
            .where(
                parked.c.tenant == store.tenant,
                parked.c.name == name,
                parked.c.build == known.active,
            )
            .order_by(parked.c.parked_at, parked.c.event_id)
            .limit(limit)
        )
        return [_parked(row) for row in found.mappings()]


async def forget_parked(store: EventStore, name: str, event_id: UUID) -> None:
    """Take an event off the list of those set aside: its rows will do without it.

    Args:
        store: the log.
        name: of the projection.
        event_id: of the event.

    Raises:
        ProjectionNotKept: when nothing of it is kept in this log.
        ProjectionEventNotParked: when it is not there.
    """
    async with store.transaction() as connection:
        known = await kept(connection, store.tenant, name)
        if not known.builds:
            raise ProjectionNotKept(name)
        gone = await connection.execute(
            sa.delete(parked).where(
                parked.c.tenant == store.tenant,
                parked.c.name == name,
                parked.c.build == known.active,
                parked.c.event_id == event_id,
            )
        )
        if gone.rowcount != 1:
            raise ProjectionEventNotParked(name, event_id)


async def forget_every_parked(store: EventStore, name: str) -> int:
    """Take all events off the list of those set aside in the active build.

    Args:
        store: the log.
        name: of the projection.

    Returns:
        How many there were.

    Raises:
        ProjectionNotKept: when nothing of it is kept in this log.
    """
    async with store.transaction() as connection:
        known = await kept(connection, store.tenant, name)
        if not known.builds:
            raise ProjectionNotKept(name)
        gone = await connection.execute(
            sa.delete(parked).where(
                parked.c.tenant == store.tenant,
                parked.c.name == name,
                parked.c.build == known.active,
            )
        )
        return gone.rowcount


async def switch_back(store: EventStore, name: str) -> int:
    """Read the build again that was read before the last switch.

    Args:
        store: the log.
        name: of the projection.

    Returns:
        Number of the build that is read now.

    Raises:
        ProjectionNotKept: when nothing of it is kept in this log.
        RebuildRefused: when there is none before, or it was dropped.
    """
    async with store.transaction() as connection:
        known = await kept(connection, store.tenant, name, lock=True)
        if not known.builds:
            raise ProjectionNotKept(name)
        build = None if known.previous is None else known.builds.get(known.previous)
        if build is None:
            raise RebuildRefused(name, "there is no build to switch back to")
        await activate(connection, store.tenant, known, build)
        return build.build


async def drop_others(store: EventStore, projection: Projection, registry: Registry) -> list[int]:
    """Remove every build of a projection but the one that is read and one that is being made.

    Args:
        store: the log.
        projection: whose.
        registry: knows what tables its other versions have.

    Returns:
        Numbers of the builds removed.
    """
    name = projection.name
    versions = {one.version: one for one in registry.versions(name)}
    async with store.transaction() as connection:
        known = await kept(connection, store.tenant, name, lock=True)
        others = [
            build
            for build in known.builds.values()
            if build.build != known.active and build.state == "ready"
        ]
        for build in others:
            owner = versions.get(build.version, projection)
            await drop_build(connection, store.tenant, owner, build)
    for build in others:
        await remove_storage(versions.get(build.version, projection), build)
    return [build.build for build in others]


async def remove_storage(projection: Projection, build: Build) -> None:
    """Remove what a build keeps elsewhere than in tables, when it does."""
    if projection.storage is not None:
        storage = projection.storage(build.suffix)
        try:
            await storage.remove()
        finally:
            await storage.close()


def _parked(row: Any) -> ParkedEvent:
    return ParkedEvent(
        event_id=row["event_id"],
        stream=row["stream"],
        version=row["version"],
        type=row["type"],
        build=row["build"],
        reason=row["reason"],
        parked_at=to_datetime(row["parked_at"]),
    )
