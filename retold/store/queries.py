"""The statements that read the log, and its rows as events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select

from retold.domain.event import RecordedEvent
from retold.store.backend import Kind
from retold.store.cursor import Cursor
from retold.store.row import column_names, decode_row
from retold.store.tables import EventRecord, LogInfo, StreamRecord

events = sa.inspect(EventRecord).local_table
streams = sa.inspect(StreamRecord).local_table
log_info = sa.inspect(LogInfo).local_table

# Of a column and of a parameter; no stream is longer.
_largest = 2**63 - 1
# Only PostgreSQL has the column; its drivers know no xid8, so it travels as a number.
_transaction_id: dict[Kind, ColumnElement[int]] = {
    "sqlite": sa.literal_column("0", sa.BigInteger),
    "postgresql": sa.literal_column("transaction_id::text::bigint", sa.BigInteger),
}
# SQLite stores in a column whatever it is given; these are the types of what the log writes.
_stored_types = {
    **dict.fromkeys(("tenant", "stream", "type", "data", "metadata"), ("text",)),
    **dict.fromkeys(("version", "schema_version", "recorded_at"), ("integer",)),
    **dict.fromkeys(("event_id", "digest"), ("blob",)),
    "correlation_id": ("text", "null"),
    "causation_id": ("blob", "null"),
    "occurred_at": ("integer", "null"),
}


class Queries:
    """Builds the statements for one tenant on one kind of database."""

    def __init__(self, tenant: str, kind: Kind) -> None:
        """Store whose events are read, and where."""
        self._tenant = tenant
        self._kind: Kind = kind

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
        query = self._events().where(
            events.c.stream == stream, events.c.version >= max(min(low, _largest), -_largest)
        )
        if high is not None:
            query = query.where(events.c.version <= max(min(high, _largest), -_largest))
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
        tenant, stream = self._read_in_order("tenant"), self._read_in_order("stream")
        if session is not None or correlation_id is not None:
            tenant, stream = events.c.tenant, events.c.stream
        query = self._events(tenant)
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
            query = query.where(_in_category(stream, category))
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

    def for_verifying(self, stream: str | None) -> Select[Any]:
        """Select every event by stream and version, as the digests cover it.

        Columns: position, the columns of an event's row, and whether each has the type it was
        written with. On SQLite the columns are bytes, so that those that are no text any more
        are read all the same; a number is its digits.
        """
        columns: list[ColumnElement[Any]] = [events.c[name] for name in column_names]
        well_typed: ColumnElement[Any] = sa.true()
        if self._kind == "sqlite":
            columns = [sa.cast(column, sa.LargeBinary) for column in columns]
            well_typed = sa.and_(
                *(
                    sa.func.typeof(events.c[name]).in_(types)
                    for name, types in _stored_types.items()
                )
            )
        query = (
            sa.select(events.c.position, *columns, well_typed)
            .where(events.c.tenant == self._tenant)
            .order_by(events.c.stream, events.c.version)
        )
        return query if stream is None else query.where(events.c.stream == stream)

    def heads_for_verifying(self, stream: str | None) -> Select[Any]:
        """Select name, version and digest of streams, by name; on SQLite the name as bytes."""
        columns: list[ColumnElement[Any]] = [
            streams.c.name,
            streams.c.version,
            streams.c.digest,
        ]
        if self._kind == "sqlite":
            columns[0] = sa.cast(columns[0], sa.LargeBinary)
        query = sa.select(*columns).where(streams.c.tenant == self._tenant).order_by(streams.c.name)
        return query if stream is None else query.where(streams.c.name == stream)

    def heads(
        self,
        *,
        after: str | None = None,
        stream: str | None = None,
        category: str | None = None,
        session: str | None = None,
    ) -> Select[Any]:
        """Select name, version, digest and session of streams, by name."""
        of = streams.c
        columns: list[ColumnElement[Any]] = [of.name, of.version, of.digest, of.session]
        query = sa.select(*columns).where(of.tenant == self._tenant).order_by(of.name)
        if after is not None:
            query = query.where(of.name > after)
        if stream is not None:
            query = query.where(of.name == stream)
        if category is not None:
            query = query.where(_in_category(of.name, category))
        if session is not None:
            query = query.where(of.session == session)
        return query

    def _read_in_order(self, column: str) -> ColumnElement[str]:
        """Return a column that does not tempt SQLite to leave the order of positions.

        By its index on tenant and stream it would read, and sort, the whole log for each page;
        a plus keeps a column from that (https://sqlite.org/optoverview.html, section 1).
        """
        if self._kind == "sqlite":
            return sa.literal_column(f"+events.{column}", sa.Text)
        return events.c[column]

    def _events(self, tenant: ColumnElement[str] = events.c.tenant) -> Select[Any]:
        # Ids as the driver gives them: decoding is done once, where an error has a name.
        columns = (sa.type_coerce(events.c[name], sa.types.NullType()) for name in column_names)
        return sa.select(
            events.c.position, _transaction_id[self._kind].label("transaction"), *columns
        ).where(tenant == self._tenant)


def to_event(row: Sequence[Any]) -> RecordedEvent:
    """Return a selected event.

    Raises:
        CorruptEvent: when it does not hold what was written.
    """
    position, transaction_id, *columns = row
    return decode_row(columns, position, transaction_id)


def _in_category(name: ColumnElement[str], category: str) -> ColumnElement[bool]:
    # The hyphen that ends a category is followed by "." in byte order.
    return sa.and_(name >= f"{category}-", name < f"{category}.")
