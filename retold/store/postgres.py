"""The log in PostgreSQL 13 or later: many processes append, readers get a gap-free order.

asyncpg rather than psycopg 3: the append path goes below SQLAlchemy, and there asyncpg's binary
protocol and prepared statements are the faster of the two; nothing here needs psycopg's pipeline
mode, since a group commit has few round trips to save.

Order. A transaction first takes an advisory lock per stream (which gives it no transaction id),
sorted so that two groups cannot wait for each other; only the insert that follows makes
PostgreSQL assign its id. Whoever holds a stream's lock next therefore has a greater id, and the
order by (transaction id, position) never shows a stream's versions out of order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import asyncpg
import stamina
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from retold.errors import DatabaseMissing, NotARetoldDatabase, RetoldError, StoreUnavailable
from retold.store import schema
from retold.store.append import Append, EncodedRequest, Head, Outcome, Plan, plan
from retold.store.row import Content, EventRow
from retold.store.sqlite import encode_request
from retold.store.url import DatabaseUrl

oldest_server = 130_000
retry_seconds = 15.0

# One clock for all processes: the server's.
_select_heads = """
SELECT wanted.name, version, digest,
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
FROM unnest($2::text[]) AS wanted (name)
LEFT JOIN streams ON streams.tenant = $1 AND streams.name = wanted.name
"""
_select_known = """
SELECT tenant, stream, version, event_id, type, schema_version, data, metadata,
       correlation_id, causation_id, occurred_at, recorded_at, digest
FROM events WHERE tenant = $1 AND event_id = ANY($2::uuid[])
"""
_insert_events = """
INSERT INTO events (tenant, stream, version, event_id, type, schema_version, data, metadata,
                    correlation_id, causation_id, occurred_at, recorded_at, digest)
SELECT tenant, stream, version, event_id, type, schema_version, data, metadata,
       correlation_id, causation_id, occurred_at, recorded_at, digest
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::int[], $7::text[],
            $8::text[], $9::text[], $10::uuid[], $11::bigint[], $12::bigint[], $13::bytea[])
     WITH ORDINALITY AS row (tenant, stream, version, event_id, type, schema_version, data,
                             metadata, correlation_id, causation_id, occurred_at, recorded_at,
                             digest, place)
ORDER BY place
"""
_upsert_heads = """
INSERT INTO streams (tenant, name, version, digest, session)
SELECT $1, name, version, digest, session
FROM unnest($2::text[], $3::bigint[], $4::bytea[], $5::text[]) AS row (name, version, digest, session)
ON CONFLICT (tenant, name) DO UPDATE SET version = excluded.version, digest = excluded.digest
"""
_lost = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    OSError,
)


class PostgresBackend:
    """Commits groups of appends to PostgreSQL, and gives out its engine for reading.

    Attributes:
        engine: SQLAlchemy's, on asyncpg.
        kind: ``postgresql``.
        last_transaction_id: of the newest group committed here; readers wait for it.
    """

    kind: Literal["postgresql"] = "postgresql"

    def __init__(self, url: DatabaseUrl, *, tenant: str, max_event_bytes: int) -> None:
        """Store what is needed; :meth:`open` acts. Arguments as of the SQLite backend."""
        self._url = url
        self._tenant = tenant
        self._max_event_bytes = max_event_bytes
        self.engine: AsyncEngine = create_async_engine(url.url, pool_pre_ping=True)
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self.last_transaction_id = 0

    async def open(self, *, create: bool) -> None:
        """Check the server and the schema, and connect the writer.

        ``create`` does not matter here: a PostgreSQL database is migrated by ``retold db upgrade``
        only, since others may be using it.

        Raises:
            DatabaseMissing: when the server has no database of that name.
            DatabaseNotMigrated, DatabaseTooNew, NotARetoldDatabase: as the names say.
            StoreUnavailable: when the server does not answer, or refuses the user.
        """
        try:
            async with self.engine.connect() as connection:
                await check_server(connection, str(self._url))
                status = await connection.run_sync(schema.status_of)
            schema.refuse_unmigrated(status, str(self._url))
            self._connection = await self._connect()
        except RetoldError:
            await self.close()
            raise
        except (DBAPIError, asyncpg.PostgresError, OSError) as error:
            await self.close()
            raise connection_error(error, str(self._url)) from error

    async def close(self) -> None:
        """Close every connection."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
        await self.engine.dispose()

    async def commit(self, requests: Sequence[Sequence[Append]]) -> Sequence[Outcome]:
        """Commit a group in one transaction; see :class:`~retold.store.writer.GroupCommit`.

        When the connection is lost in between, the group is sent again on a new one for
        :data:`retry_seconds`; what had been committed is found by its event ids.
        """
        outcomes: list[Outcome | None] = [None] * len(requests)
        encoded: list[tuple[int, EncodedRequest]] = []
        for index, request in enumerate(requests):
            try:
                encoded.append((index, encode_request(request, self._max_event_bytes)))
            except RetoldError as error:
                outcomes[index] = error
        if encoded:
            decided = await self._write([request for _, request in encoded])
            for (index, _), outcome in zip(encoded, decided, strict=True):
                outcomes[index] = outcome
        return [outcome for outcome in outcomes if outcome is not None]

    async def _write(self, requests: Sequence[EncodedRequest]) -> Sequence[Outcome]:
        sent = False
        try:
            async for attempt in stamina.retry_context(
                on=_lost, attempts=None, timeout=retry_seconds, wait_initial=0.05, wait_max=1.0
            ):
                with attempt:
                    if self._connection is None or self._connection.is_closed():
                        self._connection = await self._connect()
                    confirming, sent = sent, True
                    return (await self._transact(requests, confirming=confirming)).outcomes
        except asyncpg.UniqueViolationError as error:
            # Another process recorded one of these event ids, in another stream, meanwhile.
            if len(requests) > 1:
                return [(await self._write([request]))[0] for request in requests]
            raise StoreUnavailable("Appending", _reason(error)) from error
        except _lost as error:
            raise StoreUnavailable("Appending", _reason(error), outcome_unknown=sent) from error
        except asyncpg.PostgresError as error:
            raise StoreUnavailable("Appending", _reason(error)) from error
        raise AssertionError("stamina either returns or raises")

    async def _transact(self, requests: Sequence[EncodedRequest], *, confirming: bool) -> Plan:
        connection = self._connection
        if connection is None:
            raise StoreUnavailable("Appending", "the database is not open")
        streams = sorted({append.stream for request in requests for append in request})
        ids = [
            event.event_id
            for request in requests
            for append in request
            for event in append.events
            if event.named or confirming
        ]
        async with connection.transaction():
            await connection.execute(
                "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key",
                sorted(_lock_key(self._tenant, stream) for stream in streams),
            )
            heads = await connection.fetch(_select_heads, self._tenant, streams)
            known = await connection.fetch(_select_known, self._tenant, ids) if ids else []
            decided = plan(
                requests,
                {r["name"]: Head(r["version"], r["digest"]) for r in heads if r["version"]},
                {row["event_id"]: _to_row(row) for row in known},
                tenant=self._tenant,
                recorded_at=heads[0]["now"],
                confirming=confirming,
            )
            if decided.rows:
                await connection.execute(_insert_events, *_to_columns(decided.rows))
                await connection.execute(
                    _upsert_heads,
                    self._tenant,
                    list(decided.heads),
                    [head.version for head in decided.heads.values()],
                    [head.digest for head in decided.heads.values()],
                    [decided.sessions.get(name) for name in decided.heads],
                )
                own = await connection.fetchval("SELECT pg_current_xact_id()::text::bigint")
                self.last_transaction_id = own
        return decided

    async def _connect(self) -> asyncpg.Connection[asyncpg.Record]:
        dsn = self._url.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await asyncpg.connect(dsn)


async def check_server(connection: AsyncConnection, url: str) -> None:
    """Refuse a server that is too old.

    Raises:
        NotARetoldDatabase: when it is older than PostgreSQL 13, which brought ``xid8``.
    """
    version = int((await connection.execute(text("SHOW server_version_num"))).scalar_one())
    if version < oldest_server:
        raise NotARetoldDatabase(url, f"the server is version {version}, 130000 is needed")


def connection_error(error: Exception, url: str) -> RetoldError:
    """Return the Retold error for a connection that could not be made."""
    origin = getattr(error, "orig", None) or error
    cause = origin.__cause__ or origin
    if isinstance(cause, asyncpg.InvalidCatalogNameError):
        return DatabaseMissing(url)
    return StoreUnavailable(f"Connecting to {url!r}", _reason(cause))


def _lock_key(tenant: str, stream: str) -> int:
    digest = hashlib.blake2b(f"{tenant}\x00{stream}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _to_columns(rows: Sequence[EventRow]) -> tuple[list[Any], ...]:
    return (
        [row.tenant for row in rows],
        [row.stream for row in rows],
        [row.version for row in rows],
        [row.event_id for row in rows],
        [row.content.type for row in rows],
        [row.content.schema_version for row in rows],
        [row.content.data for row in rows],
        [row.content.metadata for row in rows],
        [row.content.correlation_id for row in rows],
        [row.content.causation_id for row in rows],
        [row.content.occurred_at for row in rows],
        [row.recorded_at for row in rows],
        [row.digest for row in rows],
    )


def _to_row(row: asyncpg.Record) -> EventRow:
    return EventRow(
        row["tenant"],
        row["stream"],
        row["version"],
        UUID(bytes=row["event_id"].bytes),
        Content(
            row["type"],
            row["schema_version"],
            row["data"],
            row["metadata"],
            row["correlation_id"],
            None if row["causation_id"] is None else UUID(bytes=row["causation_id"].bytes),
            row["occurred_at"],
        ),
        row["recorded_at"],
        row["digest"],
    )


def _reason(error: BaseException) -> str:
    """Say what kind of error it was; a driver's text may hold statements and parameters."""
    sqlstate = getattr(error, "sqlstate", None)
    return f"{type(error).__name__}" + (f" (SQLSTATE {sqlstate})" if sqlstate else "")
