"""A log in memory, as a backend of the event store."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from uuid import UUID

from retold.errors import StoreClosed
from retold.store.append import AppendResult, Outcome, Request
from retold.store.changes import Changes
from retold.store.cursor import Cursor
from retold.store.heads import StreamHead, to_heads
from retold.store.integrity import VerifyReport, verify_rows
from retold.store.request import encode_group, in_place, ready
from retold.store.row import Row
from retold.store.selection import Selection
from retold.store.writer import GroupCommit
from retold.testing.memory.tables import MemoryTables, StreamRow


class MemoryBackend:
    """Keeps a log in memory; see :class:`~retold.store.backend.Backend`.

    Whatever waits for a database waits for a turn of the event loop here, so that others get
    theirs in between as they do there.
    """

    def __init__(self, tables: MemoryTables, *, tenant: str, max_event_bytes: int) -> None:
        """Store what is needed; :meth:`open` acts.

        Args:
            tables: where the log is kept; other backends may share them.
            tenant: whose events are appended.
            max_event_bytes: limit of one event.
        """
        self.shown_url = f"memory:{tables.database_id}"
        self.changes = Changes()
        self._tables = tables
        self._tenant = tenant
        self._max_event_bytes = max_event_bytes
        self._group_commit = GroupCommit(self._commit)
        self._watching = contextlib.ExitStack()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def open(self, *, create: bool) -> str:
        """Begin to hear of changes; return the database's id."""
        self._loop = asyncio.get_running_loop()
        self._watching.enter_context(self._tables.watched(self._notify))
        return self._tables.database_id

    async def submit(self, request: Request) -> tuple[AppendResult, ...]:
        """Append; see :class:`~retold.store.writer.GroupCommit`."""
        if self._loop is None:
            raise StoreClosed
        return await self._group_commit.submit(request)

    async def page_of_stream(
        self, stream: str, low: int, high: int, limit: int, *, backwards: bool
    ) -> Sequence[Row]:
        """Return versions that a stream holds itself."""
        await self._turn()
        return self._tables.page_of_stream(
            self._tenant, stream, low, high, limit, backwards=backwards
        )

    async def event(self, event_id: UUID) -> Row | None:
        """Return the event of an id."""
        await self._turn()
        return self._tables.event(self._tenant, event_id.bytes)

    async def page(self, after: Cursor | None, selection: Selection, limit: int) -> Sequence[Row]:
        """Return what follows a cursor."""
        await self._turn()
        position = 0 if after is None else after.position
        return self._tables.page(self._tenant, position, selection, limit)

    async def frontier(self) -> Cursor:
        """Return the place of the newest event: one writes at a time, so all before is settled."""
        await self._turn()
        return Cursor(self._tables.database_id, 1, 0, self._tables.last_position)

    async def newest(self) -> Cursor | None:
        """Return the place of the newest event."""
        newest = await self.frontier()
        return newest if newest.position else None

    async def settle(self, seconds: float) -> None:
        """Return at once: a commit is visible to every reader that starts after it."""

    async def head(self, stream: str) -> StreamHead | None:
        """Return how far a stream goes."""
        await self._turn()
        found = self._tables.stream(self._tenant, stream)
        return None if found is None else to_heads([found])[0]

    async def heads(
        self,
        *,
        after: str,
        category: str | None,
        session: str | None,
        tombstoned: bool,
        limit: int,
    ) -> list[StreamHead]:
        """Return the heads of streams after a name."""

        def wanted(row: StreamRow) -> bool:
            return (
                (category is None or row.name.startswith(f"{category}-"))
                and (session is None or row.session == session)
                and (tombstoned or row.tombstoned_at is None)
            )

        await self._turn()
        return to_heads(self._tables.streams(self._tenant, after, wanted, limit))

    async def verify(self, stream: str | None) -> VerifyReport:
        """Verify hash chains in one state of the tables."""
        await self._turn()
        found = self._tables.for_verifying(self._tenant, stream)
        return await verify_rows(found.stored_rows(), found.stored_heads(), found.beginning)

    async def close(self) -> None:
        """Commit what waits; the log stays, for whoever opens it again."""
        await self._group_commit.close()
        self._watching.close()
        self._loop = None

    async def _commit(self, requests: Sequence[Request]) -> Sequence[Outcome]:
        # While one group is committed the next one gathers.
        await asyncio.sleep(0)
        encoded = encode_group(requests, self._max_event_bytes)
        return in_place(encoded, self._tables.write(ready(encoded), self._tenant))

    async def _turn(self) -> None:
        if self._loop is None:
            raise StoreClosed
        await asyncio.sleep(0)

    def _notify(self) -> None:
        loop = self._loop
        if loop is not None:
            # A loop that is closed has nobody left who waits.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self.changes.notify)
