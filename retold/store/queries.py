"""The statements that read the log, and its rows as events."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import Row, Select

from retold.domain.event import RecordedEvent
from retold.store.cursor import Cursor
from retold.store.row import Content, EventRow, decode_row
from retold.store.tables import EventRecord, LogInfo, StreamRecord

events = sa.inspect(EventRecord).local_table
streams = sa.inspect(StreamRecord).local_table
log_info = sa.inspect(LogInfo).local_table

# Only PostgreSQL has the column; its drivers know no xid8, so it travels as a number.
_transaction_id: dict[str, sa.ColumnElement[int]] = {
    "sqlite": sa.literal_column("0", sa.BigInteger),
    "postgresql": sa.literal_column("transaction_id::text::bigint", sa.BigInteger),
}


class Queries:
    """Builds the statements for one tenant on one kind of database."""

    def __init__(self, tenant: str, kind: Literal["sqlite", "postgresql"]) -> None:
        """Store whose events are read, and where."""
        self._tenant = tenant
        self._kind = kind

    def database_id(self) -> Select[Any]:
        """Select the id of the database."""
        return sa.select(log_info.c.value).where(log_info.c.key == "database_id")

    def horizon(self) -> Select[Any]:
        """Select the oldest transaction id still open on the PostgreSQL server."""
        return sa.select(
            sa.literal_column(
                "pg_snapshot_xmin(pg_current_snapshot())::text::bigint", sa.BigInteger
            )
        )

    def of_stream(self, stream: str, low: int, high: int | None, *, backwards: bool) -> Select[Any]:
        """Select versions ``low`` to ``high`` of a stream, in version order."""
        order = events.c.version.desc() if backwards else events.c.version
        query = self._events().where(events.c.stream == stream, events.c.version >= low)
        if high is not None:
            query = query.where(events.c.version <= high)
        return query.order_by(order)

    def in_global_order(
        self,
        after: Cursor | None,
        *,
        category: str | None,
        types: Collection[str] | None,
        session: str | None,
        correlation_id: str | None,
    ) -> Select[Any]:
        """Select what follows ``after`` and is safe to read: nothing can appear before it later."""
        query = self._events()
        if self._kind == "postgresql":
            query = query.where(
                sa.text("transaction_id < pg_snapshot_xmin(pg_current_snapshot())")
            ).order_by(sa.literal_column("transaction_id"), events.c.position)
            if after is not None:
                query = query.where(
                    sa.text(
                        "(transaction_id, position) > (CAST(CAST(:after_transaction AS text)"
                        " AS xid8), :after_position)"
                    ).bindparams(
                        sa.bindparam("after_transaction", str(after.transaction_id), sa.Text),
                        sa.bindparam("after_position", after.position, sa.BigInteger),
                    )
                )
        else:
            query = query.order_by(events.c.position)
            if after is not None:
                query = query.where(events.c.position > after.position)
        if category is not None:
            query = query.where(_in_category(events.c.stream, category))
        if types is not None:
            query = query.where(events.c.type.in_(tuple(types)))
        if session is not None:
            of_session = sa.select(streams.c.name).where(
                streams.c.tenant == self._tenant, streams.c.session == session
            )
            query = query.where(events.c.stream.in_(of_session))
        if correlation_id is not None:
            query = query.where(events.c.correlation_id == correlation_id)
        return query

    def by_stream(self, after: tuple[str, int] | None, stream: str | None) -> Select[Any]:
        """Select events by stream and version, from after a (stream, version)."""
        query = self._events().order_by(events.c.stream, events.c.version)
        if stream is not None:
            query = query.where(events.c.stream == stream)
        if after is not None:
            query = query.where(
                sa.tuple_(events.c.stream, events.c.version)
                > sa.tuple_(sa.literal(after[0], sa.Text), sa.literal(after[1], sa.BigInteger))
            )
        return query

    def heads(
        self,
        *,
        after: str | None = None,
        stream: str | None = None,
        category: str | None = None,
        session: str | None = None,
    ) -> Select[Any]:
        """Select name, version, digest and session of streams, by name."""
        columns = streams.c
        query = (
            sa.select(columns.name, columns.version, columns.digest, columns.session)
            .where(columns.tenant == self._tenant)
            .order_by(columns.name)
        )
        if after is not None:
            query = query.where(columns.name > after)
        if stream is not None:
            query = query.where(columns.name == stream)
        if category is not None:
            query = query.where(_in_category(columns.name, category))
        if session is not None:
            query = query.where(columns.session == session)
        return query

    def _events(self) -> Select[Any]:
        return sa.select(events, _transaction_id[self._kind].label("transaction_number")).where(
            events.c.tenant == self._tenant
        )


def to_row(row: Row[Any]) -> EventRow:
    """Return the stored columns of a selected event."""
    return EventRow(
        row.tenant,
        row.stream,
        row.version,
        row.event_id,
        Content(
            row.type,
            row.schema_version,
            row.data,
            row.metadata,
            row.correlation_id,
            row.causation_id,
            row.occurred_at,
        ),
        row.recorded_at,
        row.digest,
    )


def to_event(row: Row[Any]) -> RecordedEvent:
    """Return a selected event.

    Raises:
        CorruptEvent: when its payload is not what was written.
    """
    return decode_row(to_row(row), row.position, row.transaction_number)


def _in_category(name: sa.ColumnElement[str], category: str) -> sa.ColumnElement[bool]:
    # The hyphen that ends a category is followed by "." in byte order.
    return sa.and_(name >= f"{category}-", name < f"{category}.")
