"""The part of a log up to a moment, or up to a position."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from retold.domain.recorded import to_datetime
from retold.store.log import EventStore
from retold.store.queries import events, largest


@dataclass(frozen=True, slots=True)
class Prefix:
    """What the log had taken by a moment.

    Attributes:
        until: the moment, itself included; windows end there.
        position: of the last event that counts; None for all that were recorded by the moment.
    """

    until: datetime
    position: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all there is counts, so that what is not in the log can be told too."""
        return self.position == largest

    def includes(self, recorded_at: datetime | None, position: int | None) -> bool:
        """Return whether an event was there.

        Args:
            recorded_at: when the log took it; None when it did not happen.
            position: of the event.
        """
        if recorded_at is None or position is None:
            return False
        if self.position is not None:
            return position <= self.position
        return recorded_at <= self.until

    def starts(self, seconds: float) -> datetime:
        """Return where a window that ends with the prefix begins, itself not included."""
        return self.until - timedelta(seconds=seconds)


def whole_log(now: datetime) -> Prefix:
    """Return all there is, whose windows end now, though the log's clock be ahead of that."""
    return Prefix(now, largest)


async def prefix_of(store: EventStore, at: datetime | int | None) -> Prefix:
    """Return the part of a log that counts.

    Args:
        store: the log.
        at: a moment by the log's clock, as UTC without a zone; a position; None for now.

    Raises:
        StoreError: when the log cannot be read.
    """
    if at is None:
        return whole_log(datetime.now(UTC))
    if isinstance(at, datetime):
        return Prefix(at if at.tzinfo is not None else at.replace(tzinfo=UTC))
    newest = (
        sa.select(sa.type_coerce(events.c.recorded_at, sa.BigInteger))
        .where(events.c.tenant == store.tenant, events.c.position <= at)
        .order_by(events.c.position.desc())
        .limit(1)
    )
    async with store.connection() as connection:
        found = (await connection.execute(newest)).scalar()
    return Prefix(to_datetime(found or 0), at)
