"""The table of leases, in SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from sqlalchemy import TextClause

from retold.errors import LeaseHeld
from retold.store.clock import Values, microseconds, timed, timed_in_sqlite
from retold.store.log import EventStore
from retold.store.sqlite.backend import SqliteBackend

Held: TypeAlias = tuple[str, str, int]
T = TypeVar("T")

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


class SqliteLeaseTable(SqlLeaseTable):
    """The same, by the connection that appends.

    Every turn takes, renews and releases a lease. So each is one change of threads and back,
    where a pooled connection needs a dozen, and what the writer knows of streams stays known.
    """

    def __init__(self, store: EventStore, backend: SqliteBackend) -> None:
        """Store the log whose database it is, and what keeps that."""
        super().__init__(store)
        self._backend = backend

    async def take(self, resource: str, owner: str, seconds: float) -> int:
        """Return the token of a lease taken for ``seconds``."""
        values: Values = {
            "resource": resource,
            "owner": owner,
            "duration": microseconds(seconds),
        }

        def take(connection: sqlite3.Connection) -> int | LeaseHeld:
            taken = self._execute(connection, _take, values).fetchall()
            if taken:
                return int(taken[0][0])
            held = self._execute(connection, _holder, {"resource": resource})
            ((holder, left),) = held.fetchall()
            return LeaseHeld(resource, holder, max(left, 0) / 1e6)

        token = await self._run(take)
        if isinstance(token, LeaseHeld):
            raise token
        return token

    async def renew(self, held: Sequence[Held], seconds: float) -> list[Held]:
        """Let those of ``held`` last that nobody else took; return them."""
        duration = microseconds(seconds)

        def renew(connection: sqlite3.Connection) -> list[Held]:
            return [
                one
                for one in held
                if self._execute(connection, _renew, {**_named(one), "duration": duration}).rowcount
                == 1
            ]

        return await self._run(renew)

    async def release(self, resource: str, owner: str, token: int) -> None:
        """Let go of a lease; a no-op when it was lost."""
        values = _named((resource, owner, token))
        await self._run(lambda connection: self._execute(connection, _release, values).rowcount)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self._store.check_writable()
        return await self._backend.run(work)

    def _execute(self, connection: sqlite3.Connection, sql: str, values: Values) -> sqlite3.Cursor:
        return connection.execute(*timed_in_sqlite(sql, {"tenant": self._store.tenant, **values}))


def _named(held: Held) -> Values:
    resource, owner, token = held
    return {"resource": resource, "owner": owner, "token": token}
