"""The table of leases, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from sqlalchemy import TextClause

from retold.errors import LeaseHeld
from retold.store.clock import Values, microseconds, timed
from retold.store.log import EventStore

Held: TypeAlias = tuple[str, str, int]

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
_prefixed = "resource >= :prefix AND substr(resource, 1, :length) = :prefix"
_held = f"""
SELECT resource, owner, token FROM leases
WHERE tenant = :tenant AND {_prefixed} AND owner IS NOT NULL AND expires_at > {{now}}
ORDER BY resource
"""  # noqa: S608 - constants
_forget = f"""
DELETE FROM leases
WHERE tenant = :tenant AND {_prefixed} AND (owner IS NULL OR expires_at <= {{now}})
"""  # noqa: S608 - constants


class SqlLeaseTable:
    """Keeps leases in the log's database; see :class:`retold.store.lease.LeaseTable`."""

    def __init__(self, store: EventStore) -> None:
        """Store the log whose database it is."""
        self._store = store

    async def take(self, resource: str, owner: str, seconds: float) -> int:
        """Return the token of a lease taken for ``seconds``."""
        values: Values = {
            "resource": resource,
            "owner": owner,
            "duration": microseconds(seconds),
        }
        async with self._store.transaction() as connection:
            token = (await connection.execute(*self._statement(_take, values))).scalar()
            if token is not None:
                return int(token)
            held = await connection.execute(*self._statement(_holder, {"resource": resource}))
            holder, left = held.one()
        raise LeaseHeld(resource, holder, max(left, 0) / 1e6)

    async def renew(self, held: Sequence[Held], seconds: float) -> list[Held]:
        """Let those of ``held`` last that nobody else took; return them."""
        duration = microseconds(seconds)
        kept = []
        async with self._store.transaction() as connection:
            # In one order, so that two who renew the same ones do not wait for each other.
            for one in sorted(held):
                values = {**_named(one), "duration": duration}
                if (await connection.execute(*self._statement(_renew, values))).rowcount == 1:
                    kept.append(one)
        return kept

    async def release(self, resource: str, owner: str, token: int) -> None:
        """Let go of a lease; a no-op when it was lost."""
        values = _named((resource, owner, token))
        async with self._store.transaction() as connection:
            await connection.execute(*self._statement(_release, values))

    async def held(self, prefix: str) -> list[Held]:
        """Return resource, owner and token of every live lease whose resource begins so."""
        values: Values = {"prefix": prefix, "length": len(prefix)}
        async with self._store.connection() as connection:
            rows = await connection.execute(*self._statement(_held, values))
            return [(resource, owner, token) for resource, owner, token in rows]

    async def forget(self, prefix: str) -> None:
        """Remove what is kept of resources that begin so and that nobody holds."""
        values: Values = {"prefix": prefix, "length": len(prefix)}
        async with self._store.transaction() as connection:
            await connection.execute(*self._statement(_forget, values))

    def _statement(self, sql: str, values: Values) -> tuple[TextClause, Values]:
        return timed(self._store.kind, sql, {"tenant": self._store.tenant, **values})


def _named(held: Held) -> Values:
    resource, owner, token = held
    return {"resource": resource, "owner": owner, "token": token}
