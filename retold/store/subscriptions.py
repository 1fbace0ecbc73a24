"""Reading on from a cursor: subscribing, and what cursors a log gives out and takes back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection

from retold.domain.access import access_category
from retold.domain.recorded import RecordedEvent
from retold.errors import InvalidCursor
from retold.store.backend import Backend
from retold.store.cursor import Cursor
from retold.store.row import Row
from retold.store.selection import Partition, Selection
from retold.store.subscription import Subscription


class Subscriptions(ABC):
    """The part of an :class:`~retold.store.log.EventStore` that is about reading on."""

    database_id: str
    _backend: Backend

    @abstractmethod
    def _check_open(self, what: str) -> None:
        """Raise StoreClosed when the log is closed."""

    @abstractmethod
    async def page(
        self, after: Cursor | None, selection: Selection, limit: int
    ) -> list[RecordedEvent]:
        """Return what comes next in the global order."""

    def subscribe(  # noqa: PLR0913 - the filters of read_all, which are spelled out there too
        self,
        *,
        after: Cursor | str | None = None,
        category: str | None = None,
        stream_prefix: str | None = None,
        types: Collection[str] | None = None,
        session: str | None = None,
        correlation_id: str | None = None,
        every_tenant: bool = False,
        partition: Partition | None = None,
        poll_seconds: float = 0.25,
        batch_size: int = 500,
    ) -> Subscription:
        """Read what there is, then wait for what is appended, by whatever process.

        The order and what is read are those of :meth:`read_all`: nothing is skipped, nothing
        comes twice; only who read the log is left out unless it is asked for by category, prefix
        or type. It ends when the log is closed, with ``StoreClosed``::

            async with store.subscribe(after=cursor, category="ticket") as subscription:
                async for event in subscription:
                    ...
                    cursor = subscription.cursor

        Args:
            after: read on from here; None for the start, ``await store.end()`` for now.
            category: only streams of this category.
            stream_prefix: only streams whose name begins so.
            types: only events of these types.
            session: only streams of this root session.
            correlation_id: only events of this piece of work.
            every_tenant: also other tenants' events, for operators.
            partition: only streams of this share.
            poll_seconds: how often the log is asked for what no hint told of: hints may be lost.
            batch_size: events to hold in memory at the most.

        Returns:
            The subscription, to be entered with ``async with``; errors as it says.

        Raises:
            InvalidCursor: when the cursor is none, or of another database.
        """
        named = category is not None or stream_prefix is not None or types is not None
        return Subscription(
            self._backend,
            Selection(
                category=category,
                # Whoever records what it reads would otherwise follow its own reading.
                without_category=None if named else access_category,
                stream_prefix=stream_prefix,
                types=types,
                session=session,
                correlation_id=correlation_id,
                every_tenant=every_tenant,
                partition=partition,
            ),
            after=self.checked_cursor(after),
            poll_seconds=poll_seconds,
            batch_size=batch_size,
            read_page=self.page,
            cursor_of=self.cursor_of,
            check_open=lambda: self._check_open("Reading"),
        )

    def cursor_of(self, event: RecordedEvent) -> Cursor:
        """Return the cursor of a reader that has read up to ``event``, it included."""
        return Cursor(self.database_id, event.epoch, event.transaction_id, event.position)

    def cursor_of_row(self, row: Row) -> Cursor:
        """Return the cursor of a reader that has read up to the event in ``row``, it included."""
        position, epoch, transaction_id = row[:3]
        return Cursor(self.database_id, epoch, transaction_id, position)

    def checked_cursor(self, cursor: Cursor | str | None) -> Cursor | None:
        """Return a cursor of this database.

        Raises:
            InvalidCursor: when it is none, or of another database.
        """
        if isinstance(cursor, str):
            cursor = Cursor.parse(cursor)
        if cursor is not None and cursor.database != self.database_id:
            raise InvalidCursor(str(cursor), "it was given out by another database")
        return cursor
