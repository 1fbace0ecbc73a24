"""The statements that read the log.

Readers' statements are text with named parameters: a page is read in less time than SQLAlchemy
takes to build and compile its statement. Verifying, which takes long anyway, uses SQLAlchemy.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select

from retold.store.cursor import Cursor
from retold.store.row import column_names
from retold.store.selection import Selection
from retold.store.tables import EventRecord, StreamRecord
from retold.store.url import Kind

Value: TypeAlias = "str | int | bytes"

events = sa.inspect(EventRecord).local_table
streams = sa.inspect(StreamRecord).local_table

# Of a column and of a parameter; no stream is longer.
largest = 2**63 - 1
# Only PostgreSQL has the two; its drivers know no xid8, so it travels as a number.
_place: dict[Kind, str] = {
    "sqlite": "position, 1, 0",
    "postgresql": "position, epoch, transaction_id::text::bigint",
}
_after: dict[Kind, str] = {
    "sqlite": "position > :position",
    "postgresql": (
        "(epoch, transaction_id, position)"
        " > (CAST(:epoch AS integer), CAST(CAST(:transaction_id AS text) AS xid8), :position)"
    ),
}
# A bare name would be the selected number, by which no index is sorted: every page would read and
# sort the whole log.
_order: dict[Kind, str] = {
    "sqlite": "position",
    "postgresql": "events.epoch, events.transaction_id, events.position",
}
# See selection.partition_of; SQLite has the function from its reading connections.
_partition: dict[Kind, str] = {
    "sqlite": "retold_partition(stream, :partitions)",
    "postgresql": "(('x' || substr(md5(stream), 1, 8))::bit(32)::bigint % :partitions)",
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


class Query(NamedTuple):
    """A statement with named parameters, and their values."""

    sql: str
    values: dict[str, Value]


class Queries:
    """Builds the statements for one tenant on one kind of database."""

    def __init__(self, tenant: str, kind: Kind, *, epoch: int = 1, by_tenant: bool = False) -> None:
        """Store whose events are read, and where.

        Args:
            tenant: whose.
            kind: of the database.
            epoch: that its server's transactions belong to, whether or not it has begun.
            by_tenant: whether PostgreSQL keeps tenants' events in partitions of their own.
        """
        self._tenant = tenant
        self._kind: Kind = kind
        self._by_tenant = by_tenant
        self._begun = "(SELECT max(epoch) FROM epochs)"
        self._epoch = f"greatest({self._begun}, {epoch:d})" if epoch > 1 else self._begun
        # What is safe to read on PostgreSQL: nothing can appear before it later. Whatever an
        # earlier epoch holds was committed before this one began.
        self._frontier = f"({self._epoch}, pg_snapshot_xmin(pg_current_snapshot()))"
        self._columns = f"{_place[kind]}, {', '.join(column_names)}"

    def of_stream(self, stream: str, low: int, high: int, limit: int, *, backwards: bool) -> Query:
        """Select versions ``low`` to ``high`` that a stream holds itself, in version order."""
        return Query(
            f"SELECT {self._columns} FROM events"  # noqa: S608 - constants
            " WHERE tenant = :tenant AND stream = :stream AND version >= :low AND version <= :high"
            f" ORDER BY version {'DESC' if backwards else 'ASC'} LIMIT :limit",
            {
                "tenant": self._tenant,
                "stream": stream,
                "low": max(min(low, largest), -largest),
                "high": max(min(high, largest), -largest),
                "limit": limit,
            },
        )

    def of_event(self, event_id: UUID) -> Query:
        """Select the event of an id."""
        by_id = "event_id = :event_id"
        if self._kind == "postgresql":
            by_id = "event_id = CAST(CAST(:event_id AS text) AS uuid)"
        return Query(
            f"SELECT {self._columns} FROM events WHERE {by_id} AND tenant = :tenant",  # noqa: S608 - constants
            {
                "event_id": event_id.bytes if self._kind == "sqlite" else str(event_id),
                "tenant": self._tenant,
            },
        )

    def in_global_order(
        self, after: Cursor | None, selection: Selection, limit: int, *, settled: bool = True
    ) -> Query:
        """Select what follows ``after`` and is safe to read: nothing can appear before it later.

        Who excludes all other appends of the tenant need not wait until it is ``settled``.
        """
        values: dict[str, Value] = {"limit": limit}
        conditions = self._conditions(selection, values)
        if self._kind == "postgresql":
            if conditions and not _is_indexed(selection):
                # Nor is PostgreSQL to look for an index: it would sort what that finds for each
                # page. It takes any CASE for true of every other row. Only a tenant that may have
                # partitions of its own stays in sight: each page would else search those of all
                # others, to their ends, for one row of this tenant.
                first_hidden = 1 if self._by_tenant and not selection.every_tenant else 0
                shown, hidden = conditions[:first_hidden], conditions[first_hidden:]
                if hidden:
                    shown.append(f"CASE WHEN {' AND '.join(hidden)} THEN true ELSE false END")
                conditions = shown
            if settled:
                conditions.append(f"(epoch, transaction_id) < {self._frontier}")
        if after is not None:
            conditions.append(_after[self._kind])
            values["position"] = after.position
            if self._kind == "postgresql":
                values |= {"epoch": after.epoch, "transaction_id": str(after.transaction_id)}
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return Query(
            f"SELECT {self._columns} FROM events{where}"  # noqa: S608 - constants
            f" ORDER BY {_order[self._kind]} LIMIT :limit",
            values,
        )

    def _conditions(self, selection: Selection, values: dict[str, Value]) -> list[str]:
        # By its index on tenant and stream SQLite would read, and sort, the whole log for each
        # page; a plus keeps a column from that (https://sqlite.org/optoverview.html, section 1).
        plus = "+" if self._kind == "sqlite" and not _is_indexed(selection) else ""
        conditions = []
        if not selection.every_tenant:
            values["tenant"] = self._tenant
            conditions.append(f"{plus}tenant = :tenant")
        if selection.category is not None:
            # The hyphen that ends a category is followed by "." in byte order.
            conditions.append(f"{plus}stream >= :category AND {plus}stream < :after_category")
            values |= {
                "category": f"{selection.category}-",
                "after_category": f"{selection.category}.",
            }
        if selection.without_category is not None:
            conditions.append(f"({plus}stream < :left_out OR {plus}stream >= :after_left_out)")
            values |= {
                "left_out": f"{selection.without_category}-",
                "after_left_out": f"{selection.without_category}.",
            }
        if selection.stream_prefix is not None:
            conditions.append(f"{plus}stream >= :prefix AND substr(stream, 1, :length) = :prefix")
            values |= {"prefix": selection.stream_prefix, "length": len(selection.stream_prefix)}
        if selection.types is not None:
            names = {f"type{number}": name for number, name in enumerate(selection.types)}
            marks = ", ".join(f":{mark}" for mark in names)
            conditions.append(f"type IN ({marks})" if names else "1 = 0")
            values |= names
        if selection.session is not None:
            conditions.append(
                "(tenant, stream) IN (SELECT tenant, name FROM streams WHERE session = :session)"
                if selection.every_tenant
                else "stream IN (SELECT name FROM streams"
                " WHERE tenant = :tenant AND session = :session)"
            )
            values["session"] = selection.session
        if selection.correlation_id is not None:
            conditions.append("correlation_id = :correlation_id")
            values["correlation_id"] = selection.correlation_id
        if selection.partition is not None:
            conditions.append(f"{_partition[self._kind]} = :partition")
            values |= {
                "partition": selection.partition.number,
                "partitions": selection.partition.of,
            }
        return conditions

    def frontier(self) -> Query:
        """Select the place before which everything is settled: epoch, transaction id, position."""
        if self._kind == "sqlite":
            return Query("SELECT 1, 0, coalesce(max(position), 0) FROM events", {})
        return Query(
            # Nothing is in an epoch that has not begun.
            f"SELECT {self._epoch}, CASE WHEN {self._begun} < {self._epoch} THEN 0"
            " ELSE pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1 END,"
            " CAST(:largest AS bigint)",
            {"largest": largest},
        )

    def held_back(self) -> Query:
        """Count the events on PostgreSQL that are committed and not settled, of every tenant."""
        return Query(
            "SELECT count(*) FROM events"  # noqa: S608 - constants
            f" WHERE (epoch, transaction_id) >= {self._frontier}",
            {},
        )

    def newest(self) -> Query:
        """Select the place of the newest event that is committed: as :meth:`frontier` does."""
        if self._kind == "sqlite":
            return self.frontier()
        return Query(
            "SELECT epoch, transaction_id::text::bigint, position FROM events"
            " ORDER BY events.epoch DESC, events.transaction_id DESC, events.position DESC"
            " LIMIT 1",
            {},
        )

    def digest(self, stream: str, version: int) -> Query:
        """Select the digest of an event that a stream holds itself."""
        return Query(
            "SELECT digest FROM events"
            " WHERE tenant = :tenant AND stream = :stream AND version = :version",
            {"tenant": self._tenant, "stream": stream, "version": version},
        )

    def head(self, stream: str) -> Query:
        """Select a stream's row."""
        return Query(
            f"{_select_streams} WHERE tenant = :tenant AND name = :name",
            {"tenant": self._tenant, "name": stream},
        )

    def heads(
        self,
        *,
        after: str,
        category: str | None,
        session: str | None,
        tombstoned: bool,
        limit: int,
    ) -> Query:
        """Select the rows of streams after a name, by name."""
        conditions = ["tenant = :tenant", "name > :after"]
        values: dict[str, Value] = {"tenant": self._tenant, "after": after, "limit": limit}
        if category is not None:
            conditions.append("name >= :category AND name < :after_category")
            values |= {"category": f"{category}-", "after_category": f"{category}."}
        if session is not None:
            conditions.append("session = :session")
            values["session"] = session
        if not tombstoned:
            conditions.append("tombstoned_at IS NULL")
        return Query(
            f"{_select_streams} WHERE {' AND '.join(conditions)} ORDER BY name LIMIT :limit",
            values,
        )

    def for_verifying(self, stream: str | None) -> Select[*tuple[Any, ...]]:
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

    def heads_for_verifying(self, stream: str | None) -> Select[*tuple[Any, ...]]:
        """Select name, version, digest, parent's name and version of streams, by name.

        On SQLite the names are bytes.
        """
        names: list[ColumnElement[Any]] = [streams.c.name, streams.c.parent_stream]
        if self._kind == "sqlite":
            names = [sa.cast(name, sa.LargeBinary) for name in names]
        query = (
            sa.select(
                names[0], streams.c.version, streams.c.digest, names[1], streams.c.parent_version
            )
            .where(streams.c.tenant == self._tenant)
            .order_by(streams.c.name)
        )
        return query if stream is None else query.where(streams.c.name == stream)


def _is_indexed(selection: Selection) -> bool:
    """Return whether there is an index that finds a small part of the log."""
    return selection.session is not None or selection.correlation_id is not None


_select_streams = (
    "SELECT name, version, digest, session, parent_stream, parent_version, tombstoned_at"
    " FROM streams"
)
