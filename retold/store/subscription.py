"""A subscription: what the log holds after a cursor, then what is appended to it."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from retold.domain.recorded import RecordedEvent
from retold.errors import CorruptEvent, InvalidCursor
from retold.store.backend import Backend
from retold.store.cursor import Cursor
from retold.store.selection import Selection

# How long it waits, at first, for an older transaction to end; each time twice as long.
shortest_poll_seconds = 0.002


class Subscription:
    """Reads on from a cursor, then waits for events; made by ``EventStore.subscribe``.

    It holds a page of events at the most, and nothing of the database while it waits or while
    its events are handled, so a slow consumer slows nobody. It is for one task at a time.

    After an error the next reading begins where this one ended: an iteration may be begun anew,
    and goes on with the event after the last one that was yielded.
    """

    def __init__(
        self,
        backend: Backend,
        selection: Selection,
        *,
        after: Cursor | None,
        poll_seconds: float,
        batch_size: int,
        cursor_of: Callable[[RecordedEvent], Cursor],
        check_open: Callable[[], None],
    ) -> None:
        """Store what is needed; entering acts.

        Args:
            backend: what keeps the log.
            selection: which events are wanted.
            after: a cursor of this database; None for the start.
            poll_seconds: how often the log is asked for what no hint told of.
            batch_size: events of a page at the most.
            cursor_of: returns the cursor after an event.
            check_open: raises StoreClosed when the log was closed.
        """
        if not poll_seconds > 0 or batch_size < 1:
            raise ValueError(
                f"poll_seconds is {poll_seconds}, batch_size {batch_size}: give positive numbers."
            )
        self._backend = backend
        self._selection = selection
        self._poll_seconds = poll_seconds
        self._batch_size = batch_size
        self._cursor_of = cursor_of
        self._check_open = check_open
        # Of what was yielded, and of what was read.
        self._cursor = after
        self._reached = after
        self._unread: deque[RecordedEvent] = deque()
        self._more = False
        self._live = False
        self._live_was_told = False
        self._pause = shortest_poll_seconds
        self._following: AbstractContextManager[None] | None = None

    @property
    def cursor(self) -> str | None:
        """Opaque text to subscribe with again: all up to the event last yielded is read.

        It also moves beyond events that are not wanted. None before anything was read.
        """
        return None if self._cursor is None else str(self._cursor)

    @property
    def live(self) -> bool:
        """Whether all was yielded that could be read at the last reading."""
        return self._live and not self._unread

    async def __aenter__(self) -> Self:
        """Check the cursor, and begin to follow the log.

        Raises:
            InvalidCursor: when the cursor is beyond the end of the log.
            StoreClosed: when the log is closed.
            StoreUnavailable: when the database does not do its work.
        """
        self._check_open()
        if self._cursor is not None:
            await self._refuse_beyond_the_end(self._cursor)
            self._check_open()
        self._following = self._backend.changes.following()
        self._following.__enter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        following, self._following = self._following, None
        if following is not None:
            following.__exit__(exc_type, exc, traceback)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> RecordedEvent:
        """Return the next event, and wait until there is one.

        Raises:
            StoreClosed: when the log was closed.
            CorruptEvent: when the payload of the next event is not what was written; the cursor
                stays before it.
            StoreUnavailable: when the database does not do its work.
        """
        while not self._unread:
            self._unread.extend(await self._next_page())
        event = self._unread.popleft()
        self._cursor = self._cursor_of(event) if self._unread else self._reached
        return event

    async def pages(self) -> AsyncIterator[list[RecordedEvent]]:
        """Yield the events page by page; errors as of ``async for event in subscription``.

        While a page is handled, :attr:`cursor` is the one after it. A page without events says
        that the subscription has become live; the next one comes only when there was more than
        a page to read in between.
        """
        while True:
            page = list(self._unread) or await self._next_page()
            self._unread.clear()
            self._cursor = self._reached
            yield page

    async def _next_page(self) -> list[RecordedEvent]:
        if self._following is None:
            raise RuntimeError("Enter the subscription first: async with store.subscribe(...).")
        while True:
            # Counted before reading: what changes while it reads makes it read again.
            count = self._backend.changes.count
            page = await self._read()
            if page:
                return page
            self._cursor = self._reached
            if not self._live_was_told:
                self._live_was_told = True
                return page
            await self._wait(count)

    async def _read(self) -> list[RecordedEvent]:
        """Return what follows, and move ``_reached`` beyond it."""
        self._check_open()
        frontier = None
        if not self._more:
            frontier = await self._backend.frontier()
            if self._reached is not None and frontier <= self._reached:
                return []
        page, self._more = await self._page()
        if page:
            self._reached = self._cursor_of(page[-1])
            self._pause = shortest_poll_seconds
        self._live = not self._more
        if self._more:
            self._live_was_told = False
        elif frontier is not None:
            # The page was read after the frontier, so all that is wanted up to there is in it.
            self._reached = frontier if self._reached is None else max(self._reached, frontier)
        elif not page:
            return await self._read()
        return page

    async def _page(self) -> tuple[list[RecordedEvent], bool]:
        """Return a page, and whether there may be more."""
        size = self._batch_size
        while True:
            self._check_open()
            try:
                page = await self._backend.page(self._reached, self._selection, size)
            except CorruptEvent:
                if size == 1:
                    raise
                # What stands before it can be read.
                size //= 2
            else:
                return page, len(page) == size

    async def _wait(self, count: int) -> None:
        """Wait until there may be something to read."""
        while True:
            self._check_open()
            newest = await self._backend.newest()
            if newest is not None and (self._reached is None or newest > self._reached):
                # It is committed, but not settled: a transaction that is older is still open,
                # and nobody tells when it ends.
                await self._backend.changes.wait(count, self._pause)
                self._pause = min(2 * self._pause, self._poll_seconds)
                return
            if await self._backend.changes.wait(count, self._poll_seconds):
                return

    async def _refuse_beyond_the_end(self, cursor: Cursor) -> None:
        # An event that was read by its stream may be committed, and not settled yet.
        if cursor > await self._backend.frontier():
            newest = await self._backend.newest()
            if newest is None or cursor > newest:
                raise InvalidCursor(
                    str(cursor),
                    "it is beyond the end of the log, as after a backup was restored, and events "
                    "that are appended now would be left out",
                )
