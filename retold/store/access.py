"""Access to an open log: what keeps it, and the SQL database beside it where there is one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy import Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.errors import StoreClosed, StoreUnavailable
from retold.store.backend import Backend, SqlBackend, is_sql
from retold.store.changes import Changes
from retold.store.url import Kind


class Access:
    """The part of an :class:`~retold.store.log.EventStore` that others are built on."""

    def __init__(self, backend: Backend) -> None:
        """Store what keeps the log."""
        self._backend = backend
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing: asyncio.Task[None] | None = None

    @property
    def backend(self) -> Backend:
        """What keeps the log, for what is built on it."""
        return self._backend

    @property
    def changes(self) -> Changes:
        """Where to wait for events, by whomever they are appended."""
        return self._backend.changes

    @property
    def closed(self) -> bool:
        """Whether the log is closed, or being closed."""
        return self._closing is not None

    @property
    def kind(self) -> Kind:
        """Which database it is.

        Raises:
            StoreUnavailable: when it is none.
        """
        return self._sql.kind

    @property
    def dialect(self) -> Dialect:
        """How its database takes names and values.

        Raises:
            StoreUnavailable: when it is none.
        """
        return self._sql.engine.dialect

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection for reading; all it reads is of one state.

        Raises:
            StoreUnavailable: when the database does not do its work.
            StoreClosed: when this log is closed.
        """
        self._check_open("Reading")
        with self._translated("Reading"):
            async with self._sql.engine.connect() as connection:
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
            async with self._sql.write_engine.begin() as connection:
                yield connection

    def check_writable(self) -> None:
        """Refuse what would write, before it is begun.

        Raises:
            StoreClosed: when this log is closed.
            StoreUnavailable: when it was opened in another event loop.
        """
        self._check_open("Writing")

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
            raise StoreUnavailable(what, self._sql.reason(error)) from error

    @property
    def _sql(self) -> SqlBackend:
        if is_sql(self._backend):
            return self._backend
        raise StoreUnavailable("Using SQL", "this log is kept in memory, without a database")
