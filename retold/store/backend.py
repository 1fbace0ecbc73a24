"""What a database must do for the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeGuard
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from retold.store.append import AppendResult, Request
from retold.store.changes import Changes
from retold.store.cursor import Cursor
from retold.store.heads import StreamHead
from retold.store.integrity import VerifyReport
from retold.store.queries import Queries
from retold.store.row import Row
from retold.store.schema import SchemaStatus
from retold.store.selection import Selection
from retold.store.stall import Stall
from retold.store.url import Kind

if TYPE_CHECKING:
    from retold.store.inline import InlineRows


class Backend(Protocol):
    """A place where a log is kept, for one tenant.

    Made by :mod:`retold.store.sqlite`, :mod:`retold.store.postgres` and
    :mod:`retold.testing.memory`. Opening fails with an :class:`~retold.errors.OpenError` or with
    ``StoreUnavailable``, and leaves nothing open. Reading fails with ``StoreUnavailable`` when
    the database does not do its work. ``close`` may be called at any time, also twice.
    """

    @property
    def shown_url(self) -> str:
        """Where it is, without a password."""
        ...

    @property
    def changes(self) -> Changes:
        """Where to wait for events, by whomever they are appended."""
        ...

    async def open(self, *, create: bool) -> str:
        """Connect, and return the id of the database: eight hex digits."""
        ...

    async def submit(self, request: Request) -> tuple[AppendResult, ...]:
        """Append; return, once that is durable, a result for each append of the request.

        A caller who is cancelled never takes another's append with it.
        """
        ...

    async def page_of_stream(
        self, stream: str, low: int, high: int, limit: int, *, backwards: bool
    ) -> Sequence[Row]:
        """Return versions ``low`` to ``high`` that a stream holds itself, in version order."""
        ...

    async def event(self, event_id: UUID) -> Row | None:
        """Return the event of an id, or None when there is none."""
        ...

    async def page(self, after: Cursor | None, selection: Selection, limit: int) -> Sequence[Row]:
        """Return what follows ``after`` in the global order and is settled."""
        ...

    async def frontier(self) -> Cursor:
        """Return the place up to which everything is settled: nothing appears there later."""
        ...

    async def newest(self) -> Cursor | None:
        """Return the place of the newest event that was committed; None in an empty log."""
        ...

    async def settle(self, seconds: float) -> None:
        """Wait, for ``seconds`` at the most, until what was appended here before is settled."""
        ...

    async def head(self, stream: str) -> StreamHead | None:
        """Return how far a stream goes, or None when it does not exist."""
        ...

    async def heads(
        self,
        *,
        after: str,
        category: str | None,
        session: str | None,
        tombstoned: bool,
        limit: int,
    ) -> list[StreamHead]:
        """Return the heads of streams after a name, by name."""
        ...

    async def verify(self, stream: str | None) -> VerifyReport:
        """Verify the hash chain of one stream, or of all."""
        ...

    async def close(self) -> None:
        """Commit what waits, then disconnect."""
        ...


class SqlBackend(Backend, Protocol):
    """A log in a SQL database, where read models and leases may stand beside it."""

    @property
    def kind(self) -> Kind:
        """Which database it is."""
        ...

    @property
    def queries(self) -> Queries:
        """Build the statements that read the log."""
        ...

    @property
    def engine(self) -> AsyncEngine:
        """Connections for reading; each transaction sees one consistent state."""
        ...

    @property
    def write_engine(self) -> AsyncEngine:
        """Connections for write transactions of read models and leases."""
        ...

    async def check(self) -> SchemaStatus:
        """Say which schema the database has; it changes nothing."""
        ...

    async def upgrade(self) -> SchemaStatus:
        """Bring the database to the schema of this release; say which it had."""
        ...

    async def downgrade(self, revision: str) -> SchemaStatus:
        """Bring the database back to an earlier schema; say which it had."""
        ...

    async def held_back(self) -> int:
        """Count the events that are committed and not settled, of every tenant."""
        ...

    async def stalls(self) -> list[Stall]:
        """Return the open transactions that what comes after them is not settled for."""
        ...

    async def keep_inline(self, inline: Sequence[InlineRows]) -> None:
        """Let every append from here write these rows, too, in its transaction.

        Raises:
            InlineUnavailable: when this role may not arrange for it.
        """
        ...

    async def stop_inline(self, name: str) -> None:
        """Let no append write the rows of a projection any more, by whichever process.

        Raises:
            InlineUnavailable: when this role may not arrange for it.
        """
        ...

    def reason(self, error: BaseException) -> str:
        """Say what kind of error a driver's is, without statement, parameters or password."""
        ...


def commits_at_once(backend: Backend) -> bool:
    """Return whether it may append before its caller first waits, as SQLite does without a disk."""
    return getattr(backend, "commits_at_once", False) is True


def is_sql(backend: Backend) -> TypeGuard[SqlBackend]:
    """Return whether a log is in a SQL database.

    It looks at the class: ``isinstance`` with a protocol would ask the object for its connections.
    """
    return hasattr(type(backend), "write_engine")
