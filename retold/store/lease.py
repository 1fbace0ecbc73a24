"""Leases: one holder of a resource at a time, across processes, until it lets go or dies.

Every lease taken on a resource has a greater fencing token than the one before, so that what a
holder does can be told from what a later one does.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import TextClause, text

from retold.errors import LeaseHeld, LeaseLost
from retold.store.log import EventStore

_Values: TypeAlias = dict[str, str | int]

# All holders must read one clock: the server's, or that of the machine the file is on.
_server_clock = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

_take = """
INSERT INTO leases (tenant, resource, owner, token, expires_at)
VALUES (:tenant, :resource, :owner, 1, {now} + :duration)
ON CONFLICT (tenant, resource) DO UPDATE
SET owner = excluded.owner, token = leases.token + 1, expires_at = excluded.expires_at
WHERE leases.owner IS NULL OR leases.expires_at <= {now}
RETURNING token
"""
_holder = """
SELECT owner, expires_at - {now} FROM leases WHERE tenant = :tenant AND resource = :resource
"""
_renew = """
UPDATE leases SET expires_at = {now} + :duration
WHERE tenant = :tenant AND resource = :resource AND owner = :owner AND token = :token
"""
_release = """
UPDATE leases SET owner = NULL, expires_at = 0
WHERE tenant = :tenant AND resource = :resource AND owner = :owner AND token = :token
"""


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


class Leases:
    """Takes, renews and releases leases of one log."""

    def __init__(self, store: EventStore) -> None:
        """Store the log whose database keeps them."""
        self._store = store

    async def take(self, resource: str, owner: str, seconds: float) -> Lease:
        """Take a lease for ``seconds``.

        Args:
            resource: what to hold, such as a stream's name.
            owner: who holds it, unique to the holder.
            seconds: how long it lasts unless renewed.

        Raises:
            LeaseHeld: when somebody holds it, the same owner included.
        """
        values: _Values = {
            "resource": resource,
            "owner": owner,
            "duration": _microseconds(seconds),
        }
        async with self._store.transaction() as connection:
            token = (await connection.execute(*self._statement(_take, values))).scalar()
            if token is not None:
                return Lease(resource, owner, token)
            held = await connection.execute(*self._statement(_holder, {"resource": resource}))
            holder, left = held.one()
        raise LeaseHeld(resource, holder, max(left, 0) / 1e6)

    async def renew(self, lease: Lease, seconds: float) -> None:
        """Let ``lease`` last for ``seconds`` from now.

        Raises:
            LeaseLost: when it lapsed and was taken by somebody else.
        """
        if not await self._change(_renew, lease, duration=_microseconds(seconds)):
            raise LeaseLost(lease.resource, lease.owner)

    async def release(self, lease: Lease) -> None:
        """Let go of ``lease``; a no-op when it was lost."""
        await self._change(_release, lease)

    async def _change(self, sql: str, lease: Lease, **more: int) -> bool:
        values: _Values = {
            "resource": lease.resource,
            "owner": lease.owner,
            "token": lease.token,
            **more,
        }
        async with self._store.transaction() as connection:
            return (await connection.execute(*self._statement(sql, values))).rowcount == 1

    def _statement(self, sql: str, values: _Values) -> tuple[TextClause, _Values]:
        values = {"tenant": self._store.tenant, **values}
        if self._store.kind == "postgresql":
            return text(sql.format(now=_server_clock)), values
        if "{now}" in sql:
            values["now"] = time.time_ns() // 1_000
        return text(sql.format(now=":now")), values


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)
