"""The event store: append, read, fold, list, verify."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self
from uuid import UUID

from retold.domain.event import NewEvent, RecordedEvent, check_stream_name
from retold.domain.recording import recording_events
from retold.domain.upcasting import Upcasters
from retold.errors import StreamNotFound
from retold.store.append import Append, AppendResult, ExpectedVersion, check_request
from retold.store.backend import Backend, commits_at_once, is_sql
from retold.store.cursor import Cursor
from retold.store.heads import StreamHead
from retold.store.integrity import VerifyReport
from retold.store.row import Row, column_names, decode_rows
from retold.store.selection import Selection
from retold.store.stall import Stall
from retold.store.stream_folds import StreamFolds
from retold.store.subscriptions import Subscriptions

page_size = 1_000
# Events of a page are decoded a few at a time: what has been folded is gone before the garbage
# collector looks for the first time.
slice_size = 50
version_column = 3 + column_names.index("version")
own_writes_seconds = 1.0


class EventStore(StreamFolds, Subscriptions):
    """An open log, for one tenant. Made by :func:`retold.store.open_store`.

    Attributes:
        tenant: whose events are read and appended.
        database_id: eight hex digits that tell databases apart.
    """

    def __init__(
        self, backend: Backend, *, tenant: str, upcasters: Upcasters | None = None
    ) -> None:
        """Store the backend; :meth:`open` connects it."""
        own = recording_events.upcasters
        own = own if upcasters is None else own | upcasters
        super().__init__(backend, tenant=tenant, upcasters=own)
        self.database_id = ""

    async def open(self, *, create: bool = True) -> Self:
        """Connect; errors as of :func:`retold.store.open_store`."""
        self._loop = asyncio.get_running_loop()
        try:
            self.database_id = await self._backend.open(create=create)
        except BaseException:
            await self._backend.close()
            raise
        return self

    @property
    def commits_at_once(self) -> bool:
        """Whether an append may be over before its caller first waits."""
        return commits_at_once(self._backend)

    async def close(self) -> None:
        """Commit what waits, then disconnect. Closing twice is a no-op.

        A caller who is cancelled leaves the rest of it to finish alone.
        """
        if self._closing is None:
            self._check_loop("Closing")
            self._closing = asyncio.create_task(self._close(), name="retold-close")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        # Who waits for events is woken, and told that the log is closed.
        self.changes.notify()
        await self._backend.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    # Appending -------------------------------------------------------------------------------

    async def append(
        self,
        stream: str,
        events: Sequence[NewEvent],
        *,
        expected_version: int | ExpectedVersion,
    ) -> AppendResult:
        """Append events to one stream, all or nothing.

        When it returns, the events are on disk. Appending the same events with the same ids again
        changes nothing and returns the first result, whatever version is expected. When it is
        cancelled, they may be appended or not.

        Args:
            stream: name of the stream, ``category-id``.
            events: at least one, in order; leave their data alone until this returns.
            expected_version: the version the stream must be at (0: it must not exist), or an
                :class:`ExpectedVersion`.

        Raises:
            WrongExpectedVersion: when the stream is at another version.
            StreamTombstoned: when the stream has ended.
            DuplicateEventId: when an id is taken by another event.
            InvalidStreamName, InvalidEvent, InvalidExpectedVersion, EventTooLarge, EmptyAppend,
                AppendTooLarge, FutureSchemaVersion: when the arguments cannot be stored.
            FutureSchemaVersion: when an event is of a version this code could not read back.
            InlineProjectionFailed: when an inline projection cannot fold an event.
            InlineProjectionRequired: when the log was opened without one that others keep inline.
            StoreUnavailable: when the database does not do its work.
        """
        return (await self.append_many([Append(stream, events, expected_version)]))[0]

    async def append_many(self, appends: Sequence[Append]) -> tuple[AppendResult, ...]:
        """Append to several streams in one transaction, all or nothing.

        Args:
            appends: one per stream.

        Returns:
            A result per append, in order. Errors as of :meth:`append`.
        """
        self._check_open("Appending")
        check_request(appends)
        for append in appends:
            check_stream_name(append.stream)
            for event in append.events:
                self._upcasters.check_appendable(event)
        return await self._backend.submit(appends)

    # Reading ---------------------------------------------------------------------------------

    async def read_stream(
        self,
        stream: str,
        *,
        from_version: int = 1,
        to_version: int | None = None,
        backwards: bool = False,
        limit: int | None = None,
        missing_ok: bool = False,
    ) -> AsyncIterator[RecordedEvent]:
        """Read a stream in version order; it pages, so memory stays flat.

        A fork is read with its parent's events before its own; each event says by its ``stream``
        where it was appended.

        Args:
            stream: name of the stream.
            from_version: lowest version to read, from 1.
            to_version: highest version to read; None for all there are.
            backwards: highest version first.
            limit: events to yield at the most; None for all.
            missing_ok: yield nothing when the stream does not exist.

        Raises:
            InvalidStreamName: when the name is none.
            StreamNotFound: when the stream does not exist.
            CorruptEvent: when a stored payload is not what was written.
            FutureSchemaVersion, UpcastFailed: when an event cannot be given in the form of today.
        """
        check_stream_name(stream)
        self._check_open("Reading")
        spans = await self._lineages.spans(stream, from_version, to_version)
        if spans is None:
            if missing_ok:
                return
            raise StreamNotFound(stream)
        remaining = limit
        for name, first, last in reversed(spans) if backwards else spans:
            low, high = first, last
            while remaining is None or remaining > 0:
                count = page_size if remaining is None else min(page_size, remaining)
                page = await self._backend.page_of_stream(
                    name, low, high, count, backwards=backwards
                )
                for some in slices(page):
                    for event in self.events_in(some):
                        yield event
                remaining = None if remaining is None else remaining - len(page)
                if len(page) < count:
                    break
                if backwards:
                    high = page[-1][version_column] - 1
                else:
                    low = page[-1][version_column] + 1

    async def find_event(self, event_id: UUID) -> RecordedEvent | None:
        """Return the event of an id, in whatever stream; None when the log does not hold it.

        Raises:
            CorruptEvent: when its payload is not what was written.
            FutureSchemaVersion, UpcastFailed: when it cannot be given in the form of today.
            StoreUnavailable: when the database does not do its work.
        """
        self._check_open("Reading")
        row = await self._backend.event(event_id)
        if row is None:
            return None
        (event,) = self._upcasters.upcast_events(decode_rows([row]))
        return event

    async def read_all(
        self,
        *,
        after: Cursor | str | None = None,
        category: str | None = None,
        stream_prefix: str | None = None,
        types: Collection[str] | None = None,
        session: str | None = None,
        correlation_id: str | None = None,
        every_tenant: bool = False,
        limit: int | None = None,
    ) -> AsyncIterator[RecordedEvent]:
        """Read the whole log in the global order; it pages, so memory stays flat.

        The order has no gaps for a reader: no event becomes visible later before one that was
        read. On PostgreSQL, transactions still open anywhere on the server hold back events of
        later ones; a reader waits up to a second for what was appended by this log, or before it
        was opened.

        Args:
            after: read on from here; None for the start.
            category: only streams of this category.
            stream_prefix: only streams whose name begins so.
            types: only events of these types, whatever they were called when they were stored.
            session: only streams of this root session.
            correlation_id: only events of this piece of work.
            every_tenant: also other tenants' events, for operators.
            limit: events to yield at the most; None for all.

        Raises:
            InvalidCursor: when the cursor is of another database.
            CorruptEvent: when a stored payload is not what was written.
            FutureSchemaVersion, UpcastFailed: when an event cannot be given in the form of today.
        """
        selection = Selection(
            category=category,
            stream_prefix=stream_prefix,
            types=types,
            session=session,
            correlation_id=correlation_id,
            every_tenant=every_tenant,
        )
        last = self.checked_cursor(after)
        self._check_open("Reading")
        await self._backend.settle(own_writes_seconds)
        remaining = limit
        while remaining is None or remaining > 0:
            count = page_size if remaining is None else min(page_size, remaining)
            rows = await self.rows(last, selection, count)
            for some in slices(rows):
                for event in self.events_in(some):
                    yield event
            if len(rows) < count:
                return
            remaining = None if remaining is None else remaining - len(rows)
            last = self.cursor_of_row(rows[-1])

    async def page(
        self, after: Cursor | None, selection: Selection, limit: int
    ) -> list[RecordedEvent]:
        """Return what comes next in the global order; for what is built on the log.

        Args:
            after: a cursor of this database; None for the start.
            selection: which events are wanted.
            limit: events to return at the most.

        Returns:
            Fewer than ``limit`` when there is no more. Errors as of :meth:`read_all`.
        """
        return self.events_in(await self.rows(after, selection, limit))

    async def rows(self, after: Cursor | None, selection: Selection, limit: int) -> Sequence[Row]:
        """Return what :meth:`page` does, not yet decoded."""
        self._check_open("Reading")
        return await self._backend.page(after, self.stored(selection), limit)

    def events_in(self, rows: Sequence[Row]) -> list[RecordedEvent]:
        """Return the events in rows of the table, in the form of today; in any thread.

        Raises:
            CorruptEvent: when a stored payload is not what was written.
            FutureSchemaVersion, UpcastFailed: when an event cannot be given in the form of today.
        """
        return self._upcasters.upcast_events(decode_rows(rows))

    def stored(self, selection: Selection) -> Selection:
        """Return a selection by the names its event types were ever stored under."""
        if selection.types is None:
            return selection
        return replace(selection, types=self._upcasters.stored_names(selection.types))

    async def end(self) -> Cursor:
        """Return the cursor of a reader who wants only what is appended from now on.

        On PostgreSQL what was committed just before may follow it, when a transaction older than
        that is still open; nothing that is appended after is ever before it.

        Raises:
            StoreUnavailable: when the database does not do its work.
        """
        self._check_open("Reading")
        await self._backend.settle(own_writes_seconds)
        return await self._backend.frontier()

    # Streams ---------------------------------------------------------------------------------

    async def head(self, stream: str) -> StreamHead | None:
        """Return how far a stream goes, or None when it does not exist.

        Raises:
            InvalidStreamName: when the name is none.
        """
        check_stream_name(stream)
        self._check_open("Reading")
        return await self._backend.head(stream)

    async def streams(
        self,
        *,
        category: str | None = None,
        session: str | None = None,
        tombstoned: bool = False,
    ) -> AsyncIterator[StreamHead]:
        """List streams by name; it pages.

        Args:
            category: only streams of this category.
            session: only streams of this root session.
            tombstoned: also streams that have ended.
        """
        last = ""
        while True:
            self._check_open("Reading")
            page = await self._backend.heads(
                after=last,
                category=category,
                session=session,
                tombstoned=tombstoned,
                limit=page_size,
            )
            for head in page:
                yield head
            if len(page) < page_size:
                return
            last = page[-1].stream

    async def verify(self, stream: str | None = None) -> VerifyReport:
        """Verify the hash chains; memory stays flat.

        Args:
            stream: only this one; None for all of the tenant's.

        Returns:
            What was read, and the first fault of each stream that has one.
        """
        if stream is not None:
            check_stream_name(stream)
        self._check_open("Verifying")
        return await self._backend.verify(stream)

    async def stalls(self) -> tuple[Stall, ...]:
        """Return the open transactions that readers of the whole log wait for, the oldest first.

        Only PostgreSQL has such: any transaction with an id, in any database of the cluster, also
        an append under way; its age tells.
        """
        self._check_open("Reading")
        return tuple(await self._backend.stalls()) if is_sql(self._backend) else ()


def slices(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Yield rows a few at a time."""
    for start in range(0, len(rows), slice_size):
        yield rows[start : start + slice_size]
