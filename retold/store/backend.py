"""What a database must do for the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from retold.store.append import Append, Outcome
from retold.store.schema import SchemaStatus

Kind = Literal["sqlite", "postgresql"]


class Backend(Protocol):
    """A database under the log; see :mod:`retold.store.sqlite` and :mod:`retold.store.postgres`.

    Opening or migrating fails with an :class:`~retold.errors.OpenError` or with
    ``StoreUnavailable``, and leaves nothing open. ``close`` may be called at any time, also twice.
    """

    @property
    def kind(self) -> Kind:
        """Which database it is."""
        ...

    @property
    def shown_url(self) -> str:
        """Where it is, without a password."""
        ...

    @property
    def engine(self) -> AsyncEngine:
        """Connections for reading; each transaction sees one consistent state."""
        ...

    @property
    def write_engine(self) -> AsyncEngine:
        """Connections for write transactions of read models and leases."""
        ...

    @property
    def last_transaction_id(self) -> int:
        """The newest transaction committed here that readers may have to wait for."""
        ...

    async def open(self, *, create: bool) -> None:
        """Check the database, make or migrate it where that is done unasked, and connect."""

    async def check(self) -> SchemaStatus:
        """Say which schema the database has; it changes nothing."""
        ...

    async def upgrade(self) -> SchemaStatus:
        """Bring the database to the schema of this release; say which it had."""
        ...

    async def downgrade(self, revision: str) -> SchemaStatus:
        """Bring the database back to an earlier schema; say which it had."""
        ...

    async def commit(self, requests: Sequence[Sequence[Append]]) -> Sequence[Outcome]:
        """Commit a group in one transaction; return an outcome for each request, in order."""
        ...

    def reason(self, error: BaseException) -> str:
        """Say what kind of error a driver's is, without statement, parameters or password."""
        ...

    async def close(self) -> None:
        """Disconnect."""
