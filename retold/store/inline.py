"""Read models whose rows are written in the transaction of each append.

This floor knows no projections: it calls what keeps rows, inside the transaction and after the
events were inserted, and that calls back for the events it has not seen.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from retold.errors import InlineProjectionFailed, InlineUnavailable
from retold.store.append import Outcome
from retold.store.backend import is_sql
from retold.store.cursor import Cursor
from retold.store.plan import EncodedAppend, EncodedRequest
from retold.store.queries import Queries
from retold.store.row import Row
from retold.store.selection import Selection

if TYPE_CHECKING:
    from retold.store.log import EventStore
    from retold.store.postgres.inline import PostgresTransaction


_of_rows = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)


class RowsRefused(Exception):
    """Raised inside the transaction of a group when some of its events cannot be folded.

    Attributes:
        errors: one for each event it is known of, at least one; each is for its append's caller.
    """

    def __init__(self, errors: Sequence[InlineProjectionFailed]) -> None:
        """Take the errors."""
        super().__init__(*errors)
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class SqliteTransaction:
    """A transaction that has inserted events; used in the thread of the writer only.

    Attributes:
        connection: that of the writer.
        appended: the events, as a reader of the whole log would get them.
        queries: build the statements that read the log.
    """

    connection: sqlite3.Connection
    appended: Sequence[Row]
    queries: Queries

    def page(self, after: Cursor | None, selection: Selection, limit: int) -> Sequence[Row]:
        """Return what follows a cursor in the global order, also what was inserted just now."""
        query = self.queries.in_global_order(after, selection, limit)
        return self.connection.execute(query.sql, query.values).fetchall()

    @staticmethod
    def is_of_rows(error: Exception) -> bool:
        """Return whether what was raised is the fault of the rows that were to be written."""
        return not isinstance(error, sqlite3.Error) or isinstance(error, _of_rows)


class InlineRows(Protocol):
    """Keeps the rows of a projection, for one tenant.

    Both methods are to write, by the transaction at hand, what every event adds up to that the
    rows do not hold yet, and that they hold it now. When they raise, nothing is written; by
    :class:`RowsRefused` they tell which events, so that only the appends of these fail.
    """

    @property
    def name(self) -> str:
        """Name of the projection: lower case letters, digits, underscores."""
        ...

    def write_sqlite(self, transaction: SqliteTransaction) -> None:
        """Write the rows; called in the thread of the writer."""
        ...

    async def write_postgres(self, transaction: PostgresTransaction) -> None:
        """Write the rows."""
        ...


class InlineProjection(Protocol):
    """A projection that can be kept inline."""

    async def inline_rows(self, store: EventStore) -> InlineRows:
        """Make its tables and bring them up to date; return what keeps them so.

        Raises:
            InlineUnavailable: when it cannot be kept inline.
        """
        ...


async def keep_inline(store: EventStore, projections: Sequence[InlineProjection]) -> None:
    """Let the rows of projections be written by every append of this log from now on.

    Args:
        store: just opened.
        projections: which; none is fine.

    Raises:
        InlineUnavailable: when one cannot be kept inline.
        StoreUnavailable: when the database does not do its work.
        Exception: what bringing them up to date raises.
    """
    if not projections:
        return
    backend = store.backend
    if not is_sql(backend):
        name = str(getattr(projections[0], "name", projections[0]))
        raise InlineUnavailable(name, "the log is kept in memory, without a database")
    rows = [await projection.inline_rows(store) for projection in projections]
    names = [one.name for one in rows]
    for name in names:
        if names.count(name) > 1:
            raise InlineUnavailable(name, "it is named twice")
    await backend.keep_inline(rows)


async def stop_inline(store: EventStore, name: str) -> None:
    """Let a projection's rows be written by readers and runners again, not by appends.

    It holds for every process at once, also for those that opened the log with the projection.
    A no-op when it is not kept inline.

    Args:
        store: the log.
        name: of the projection.

    Raises:
        InlineUnavailable: when this role may not change how it is kept.
        StoreUnavailable: when the database does not do its work, or is none.
    """
    backend = store.backend
    if is_sql(backend):
        await backend.stop_inline(name)


def groups_without(
    requests: Sequence[EncodedRequest], refused: RowsRefused, *, again: bool
) -> tuple[list[Outcome | None], list[list[EncodedRequest]]]:
    """Say what comes of the requests of a group whose transaction was undone.

    Args:
        requests: of the group.
        refused: why it was undone.
        again: it was undone before: each is to be written by itself, so that this ends.

    Returns:
        The error for each request that it is the fault of, None for those to be written again;
        and these in the groups to write them in.
    """
    faults = {error.event_id.bytes: error for error in refused.errors if error.event_id is not None}
    outcomes: list[Outcome | None] = [_error_of(request, faults) for request in requests]
    singly = again
    if all(outcome is None for outcome in outcomes):
        if faults or len(requests) == 1:
            # Not of this group: an event that was appended without, which nobody gets past.
            return [refused.errors[0]] * len(requests), []
        singly = True
    remaining = [r for r, outcome in zip(requests, outcomes, strict=True) if outcome is None]
    return outcomes, [[request] for request in remaining] if singly else [remaining]


def _error_of(
    request: EncodedRequest, faults: Mapping[bytes, InlineProjectionFailed]
) -> InlineProjectionFailed | None:
    for part in request:
        if isinstance(part, EncodedAppend):
            for event in part.events:
                if event.event_id in faults:
                    return faults[event.event_id]
    return None
