"""What a fold fails on: which errors are an event's, and noting them with a build."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.domain.event import RecordedEvent
from retold.errors import StoreUnavailable
from retold.projections.keeping.builds import Build, Failure, parked, set_failure
from retold.projections.keeping.step import reason_of
from retold.projections.keeping.upsert import insert_for
from retold.store.log import EventStore


async def note_failures(
    connection: AsyncConnection,
    store: EventStore,
    build: Build,
    failed: Sequence[tuple[RecordedEvent, Exception]],
    *,
    stopped: bool,
) -> None:
    """Note where the fold of a build failed, or that it went on from there.

    Args:
        connection: in a write transaction.
        store: the log.
        build: whose fold.
        failed: the events it failed on, each with what was raised.
        stopped: whether it stopped before the last of them; otherwise they are set aside.
    """
    now = time.time_ns() // 1_000
    if stopped:
        event, error = failed[-1]
        failure = Failure(
            stream=event.stream,
            version=event.version,
            type=event.type,
            event_id=str(event.event_id),
            reason=reason_of(error),
            at=now,
        )
        await set_failure(connection, store.tenant, build, failure)
        return
    for event, error in failed:
        values = {
            "tenant": store.tenant,
            "name": build.name,
            "build": build.build,
            "event_id": event.event_id,
            "stream": event.stream,
            "version": event.version,
            "type": event.type,
            "cursor": str(store.cursor_of(event)),
            "reason": reason_of(error),
            "parked_at": now,
        }
        statement = insert_for(connection, parked).values(**values)
        await connection.execute(statement.on_conflict_do_nothing())
    # One partition does not know of another's.
    if build.partitions == 1:
        await set_failure(connection, store.tenant, build, None)


def is_of_a_row(error: Exception) -> bool:
    """Return whether an error is about a value or a row, which another one need not share."""
    if isinstance(error, ArithmeticError | AttributeError | TypeError | ValueError):
        # A column's type, or the driver, cannot make anything of a value.
        return True
    cause = error.__cause__
    if not isinstance(error, StoreUnavailable) or not isinstance(cause, DBAPIError):
        return False
    # SQLSTATE classes of data exceptions and violated constraints.
    state = str(getattr(cause.orig, "sqlstate", None) or "")
    return state[:2] in {"22", "23"} or isinstance(cause, IntegrityError | DataError)
