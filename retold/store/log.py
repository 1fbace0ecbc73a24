"""The event store: append, read, list, verify."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Row, Select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.domain.event import NewEvent, RecordedEvent, check_stream_name
from retold.domain.recording import recording_events
from retold.domain.upcasting import Upcasters
from retold.errors import InvalidCursor, NotARetoldDatabase, StoreClosed, StoreUnavailable
from retold.store.append import Append, AppendResult, ExpectedVersion, check_request
from retold.store.backend import Backend, Kind
from retold.store.cursor import Cursor
from retold.store.integrity import VerifyReport, verify_streams
from retold.store.queries import Queries, to_event
from retold.store.writer import GroupCommit

page_size = 1_000
own_writes_seconds = 1.0


@dataclass(frozen=True, slots=True)
class StreamHead:
    """A stream and how far it goes.

    Attributes:
        stream: its name.
        version: of its last event.
        digest: of its last event, 32 bytes.
        session: id of the root session it belongs to, when it does.
    """

    stream: str
    version: int
    digest: bytes
    session: str | None


class EventStore:
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
        self._upcasters = own if upcasters is None else own | upcasters
        self.tenant = tenant
        self.database_id = ""
        self._backend = backend
        self._queries = Queries(tenant, backend.kind)
        self._writer = GroupCommit(backend.commit)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing: asyncio.Task[None] | None = None
        self._readable_up_to = 0

    @property
    def kind(self) -> Kind:
        """Which database it is."""
        return self._backend.kind

    async def open(self, *, create: bool = True) -> Self:
        """Connect; errors as of :func:`retold.store.open_store`."""
        self._loop = asyncio.get_running_loop()
        try:
            await self._backend.open(create=create)
            async with self.connection() as connection:
                found = await connection.execute(self._queries.database_id())
                self.database_id = found.scalar() or ""
            if not self.database_id:
                raise NotARetoldDatabase(self._backend.shown_url, "it has no id")
        except BaseException:
            await self._backend.close()
            raise
        return self

    async def close(self) -> None:
        """Commit what waits, then disconnect. Closing twice is a no-op.

        A caller who is cancelled leaves the rest of it to finish alone.
        """
        if self._closing is None:
            self._check_loop("Closing")
            self._closing = asyncio.create_task(self._close(), name="retold-close")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        await self._writer.close()
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
            DuplicateEventId: when an id is taken by another event.
            InvalidStreamName, InvalidEvent, InvalidExpectedVersion, EventTooLarge, EmptyAppend:
                when the arguments cannot be stored.
            FutureSchemaVersion: when an event is of a version this code could not read back.
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
        return await self._writer.submit(appends)

    # Reading ---------------------------------------------------------------------------------

    async def read_stream(
        self,
        stream: str,
        *,
        from_version: int = 1,
        to_version: int | None = None,
        backwards: bool = False,
        limit: int | None = None,
    ) -> AsyncIterator[RecordedEvent]:
        """Read a stream in version order; it pages, so memory stays flat.

        Args:
            stream: name of the stream; nothing is yielded when it does not exist.
            from_version: lowest version to read, from 1.
            to_version: highest version to read; None for all there are.
            backwards: highest version first.
            limit: events to yield at the most; None for all.

        Raises:
            InvalidStreamName: when the name is none.
            CorruptEvent: when a stored payload is not what was written.
            FutureSchemaVersion, UpcastFailed: when an event cannot be given in the form of today.
        """
        check_stream_name(stream)
        low, high = from_version, to_version
        remaining = limit
        while remaining is None or remaining > 0:
            count = page_size if remaining is None else min(page_size, remaining)
            query = self._queries.of_stream(stream, low, high, backwards=backwards).limit(count)
            page = await self._fetch(query)
            for event in page:
                yield event
            if len(page) < count:
                return
            remaining = None if remaining is None else remaining - len(page)
            if backwards:
                high = page[-1].version - 1
            else:
                low = page[-1].version + 1

    async def read_all(
        self,
        *,
        after: Cursor | None = None,
        category: str | None = None,
        types: Collection[str] | None = None,
        session: str | None = None,
        correlation_id: str | None = None,
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
            types: only events of these types, whatever they were called when they were stored.
            session: only streams of this root session.
            correlation_id: only events of this piece of work.
            limit: events to yield at the most; None for all.

        Raises:
            InvalidCursor: when the cursor is of another database.
            CorruptEvent: when a stored payload is not what was written.
            FutureSchemaVersion, UpcastFailed: when an event cannot be given in the form of today.
        """
        last = self._checked(after)
        await self._wait_for_own_writes()
        types = None if types is None else self._upcasters.stored_names(types)
        remaining = limit
        while remaining is None or remaining > 0:
            count = page_size if remaining is None else min(page_size, remaining)
            query = self._queries.in_global_order(
                last,
                category=category,
                types=types,
                session=session,
                correlation_id=correlation_id,
            ).limit(count)
            page = await self._fetch(query)
            for event in page:
                yield event
            if len(page) < count:
                return
            remaining = None if remaining is None else remaining - len(page)
            last = self.cursor_of(page[-1])

    def cursor_of(self, event: RecordedEvent) -> Cursor:
        """Return the cursor of a reader that has read up to ``event``, it included."""
        return Cursor(self.database_id, event.transaction_id, event.position)

    async def head(self, stream: str) -> StreamHead | None:
        """Return how far a stream goes, or None when it does not exist.

        Raises:
            InvalidStreamName: when the name is none.
        """
        check_stream_name(stream)
        rows = await self._rows(self._queries.heads(stream=stream))
        return _to_head(rows[0]) if rows else None

    async def streams(
        self, *, category: str | None = None, session: str | None = None
    ) -> AsyncIterator[StreamHead]:
        """List streams by name; it pages.

        Args:
            category: only streams of this category.
            session: only streams of this root session.
        """
        last: str | None = None
        while True:
            query = self._queries.heads(after=last, category=category, session=session)
            page = [_to_head(row) for row in await self._rows(query.limit(page_size))]
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
        async with self.connection() as connection:
            return await verify_streams(connection, self._queries, stream)

    # For what is built on the log ------------------------------------------------------------

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection for reading; all it reads is of one state.

        Raises:
            StoreUnavailable: when the database does not do its work.
            StoreClosed: when this log is closed.
        """
        self._check_open("Reading")
        with self._translated("Reading"):
            async with self._backend.engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Give a write transaction for read models and leases; it commits unless left by an error.

        Events are appended with :meth:`append` only, and not inside the block: on SQLite it would
        wait for the block to end.

        Raises:
            StoreUnavailable: when the database does not do its work.
            StoreClosed: when this log is closed.
        """
        self._check_open("Writing")
        with self._translated("Writing"):
            async with self._backend.write_engine.begin() as connection:
                yield connection

    def _check_open(self, what: str) -> None:
        if self._closing is not None:
            raise StoreClosed
        self._check_loop(what)

    def _check_loop(self, what: str) -> None:
        if asyncio.get_running_loop() is not self._loop:
            raise StoreUnavailable(
                what, "this log was opened in another event loop; open one in each"
            )

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise StoreUnavailable(what, self._backend.reason(error)) from error

    async def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        async with self.connection() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
            return rows

    async def _fetch(self, query: Select[Any]) -> list[RecordedEvent]:
        current = self._upcasters.upcast_event
        return [current(to_event(row)) for row in await self._rows(query)]

    async def _wait_for_own_writes(self) -> None:
        if self.kind == "sqlite" or self._backend.last_transaction_id <= self._readable_up_to:
            return
        deadline = time.monotonic() + own_writes_seconds
        while True:
            horizon = (await self._rows(self._queries.horizon()))[0][0]
            self._readable_up_to = horizon - 1
            if self._backend.last_transaction_id < horizon or time.monotonic() > deadline:
                return
            await asyncio.sleep(0.002)

    def _checked(self, cursor: Cursor | None) -> Cursor | None:
        if cursor is not None and cursor.database != self.database_id:
            raise InvalidCursor(str(cursor), "it was given out by another database")
        return cursor


def _to_head(row: Row[Any]) -> StreamHead:
    return StreamHead(row.name, row.version, row.digest, row.session)
