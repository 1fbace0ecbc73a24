"""Events that are folded in the transaction of an append, and the fault of those that cannot be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from retold.errors import InlineProjectionFailed, RetoldError
from retold.projections.keeping.step import reason_of
from retold.projections.projection import Projection
from retold.projections.rows import Rows
from retold.store.inline import RowsRefused
from retold.store.log import EventStore
from retold.store.row import Row, id_bytes

T = TypeVar("T")


class InlineBatch:
    """Events that are folded together.

    Attributes:
        rows: what they are folded into.
        wanted: keys of the rows to load before, by table.
    """

    def __init__(self, store: EventStore, projection: Projection, page: Sequence[Row]) -> None:
        """Decode the events, at least one.

        Args:
            store: whose events.
            projection: what they are folded by.
            page: rows of the table of events, in the log's order.

        Raises:
            RowsRefused: when some cannot be read, or the projection's ``needs`` fail on them.
        """
        self._projection = projection
        # A read event has the fields of its row, in their order.
        self._events = self._each(page, store.events_in, RetoldError)
        needed = self._each(self._events, projection.needed, Exception)
        self.rows = Rows(complete=False)
        self.wanted = self.rows.missing(needed)

    def fold(self) -> None:
        """Fold the events into the rows.

        Raises:
            RowsRefused: when the fold fails on some.
        """
        errors = []
        for event in self._events:
            self.rows.begin()
            try:
                self._projection.fold(self.rows, event)
            except Exception as error:
                self.rows.undo()
                errors.append(self._failure(event, error))
        if errors:
            raise RowsRefused(errors)

    def refuse(self, error: Exception) -> None:
        """Blame an error in loading or writing the rows on the events.

        Raises:
            RowsRefused: unless the error is one.
        """
        if not isinstance(error, RowsRefused):
            sure = len(self._events) == 1
            raise RowsRefused([self._failure(self._events[-1], error, sure=sure)]) from error

    def _each(
        self,
        rows: Sequence[Row],
        function: Callable[[Sequence[Any]], T],
        expected: type[Exception],
    ) -> T:
        """Call a function with all rows; when it fails, find those that it fails on."""
        try:
            return function(rows)
        except expected:
            errors = []
            for row in rows:
                try:
                    function([row])
                except expected as error:
                    errors.append(self._failure(row, error))
            if not errors:
                raise
            raise RowsRefused(errors) from None

    def _failure(self, row: Row, error: Exception, *, sure: bool = True) -> InlineProjectionFailed:
        stream, version, event_id, kind = row[4:8]
        failure = InlineProjectionFailed(
            self._projection.name,
            stream=stream,
            event_version=version,
            event_type=kind,
            reason=reason_of(error),
            event_id=UUID(bytes=id_bytes(event_id)) if sure else None,
        )
        failure.__cause__ = error
        return failure
