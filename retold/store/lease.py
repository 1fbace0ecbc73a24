"""Leases: one holder of a resource at a time, across processes, until it lets go or dies.

Every lease taken on a resource has a greater fencing token than the one before, so that what a
holder does can be told from what a later one does.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from retold.errors import LeaseLost
from retold.store.lease_table import SqliteLeaseTable, SqlLeaseTable
from retold.store.log import EventStore
from retold.store.sqlite.backend import SqliteBackend
from retold.store.uninterrupted import uninterrupted

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that was taken.

    Attributes:
        resource: what is held.
        owner: who holds it.
        token: fencing token, greater than that of every earlier lease on the resource.
    """

    resource: str
    owner: str
    token: int


class LeaseTable(Protocol):
    """Where leases are kept: in a table, or in memory."""

    async def take(self, resource: str, owner: str, seconds: float) -> int:
        """Return the token of a lease taken for ``seconds``.

        Raises:
            LeaseHeld: when somebody holds it, the same owner included.
        """
        ...

    async def renew(
        self, held: Sequence[tuple[str, str, int]], seconds: float
    ) -> Sequence[tuple[str, str, int]]:
        """Let those of ``held`` (resource, owner, token) last that nobody else took; return them.

        All are renewed at one time, or none.
        """
        ...

    async def release(self, resource: str, owner: str, token: int) -> None:
        """Let go of a lease; a no-op when it was lost."""
        ...

    async def held(self, prefix: str) -> Sequence[tuple[str, str, int]]:
        """Return resource, owner and token of every live lease whose resource begins so."""
        ...

    async def forget(self, prefix: str) -> None:
        """Remove what is kept of resources that begin so and that nobody holds."""
        ...


@runtime_checkable
class KeepsLeases(Protocol):
    """A backend without SQL that keeps leases itself."""

    def lease_table(self) -> LeaseTable:
        """Return where they are kept."""
        ...


class Leases:
    """Takes, renews and releases leases of one log.

    Attributes:
        begins_here: whether that may be over before its caller first waits.
    """

    def __init__(self, store: EventStore) -> None:
        """Store the log whose database keeps them."""
        self._table = _table_of(store)
        self.begins_here = store.commits_at_once

    async def take(self, resource: str, owner: str, seconds: float) -> Lease:
        """Take a lease for ``seconds``.

        Args:
            resource: what to hold, such as a stream's name.
            owner: who holds it, unique to the holder.
            seconds: how long it lasts unless renewed.

        Raises:
            LeaseHeld: when somebody holds it, the same owner included.
        """
        token = await self._done(self._table.take(resource, owner, seconds))
        return Lease(resource, owner, token)

    async def renew(self, lease: Lease, seconds: float) -> None:
        """Let ``lease`` last for ``seconds`` from now.

        Raises:
            LeaseLost: when it lapsed and was taken by somebody else.
        """
        if await self.renew_all([lease], seconds):
            raise LeaseLost(lease.resource, lease.owner)

    async def renew_all(self, leases: Sequence[Lease], seconds: float) -> frozenset[Lease]:
        """Let each of ``leases`` last for ``seconds`` from now, in one transaction.

        Returns:
            Those that lapsed and were taken by somebody else.
        """
        held = [(lease.resource, lease.owner, lease.token) for lease in leases]
        kept = await self._done(self._table.renew(held, seconds))
        return frozenset(leases) - {Lease(*one) for one in kept}

    async def release(self, lease: Lease) -> None:
        """Let go of ``lease``; a no-op when it was lost."""
        await self._done(self._table.release(lease.resource, lease.owner, lease.token))

    async def held(self, prefix: str) -> tuple[Lease, ...]:
        """Return the live leases on resources whose names begin with ``prefix``, by name."""
        return tuple(Lease(*one) for one in await self._table.held(prefix))

    async def forget(self, prefix: str) -> None:
        """Remove what is kept of resources whose names begin so and that nobody holds.

        Their tokens begin at 1 again: only for resources that nobody is fenced off from.
        """
        await self._done(self._table.forget(prefix))

    async def _done(self, work: Coroutine[Any, Any, T]) -> T:
        return await uninterrupted(work, begins_here=self.begins_here)


def _table_of(store: EventStore) -> LeaseTable:
    backend = store.backend
    if isinstance(backend, KeepsLeases):
        return backend.lease_table()
    if isinstance(backend, SqliteBackend):
        return SqliteLeaseTable(store, backend)
    return SqlLeaseTable(store)
