"""The schema of a database by its URL: what ``retold db`` does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from alembic.util import CommandError
from sqlalchemy import make_url
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from retold.errors import DatabaseMissing, NotARetoldDatabase, StoreUnavailable
from retold.store import open_store, schema
from retold.store.schema import SchemaState, SchemaStatus
from retold.store.sqlite import SqliteBackend
from retold.store.url import DatabaseUrl, parse_url


async def check(url: str) -> SchemaStatus:
    """Return how a database stands to this release; it changes nothing.

    Args:
        url: of the log.

    Raises:
        UnsupportedUrl, MissingExtra: when the URL cannot be used.
        DatabaseMissing: when there is no such database.
        NotARetoldDatabase: when it is a file of another kind, or its server is too old.
        StoreUnavailable: when the server does not answer.
    """
    async with _reading(parse_url(url)) as engine:
        return await schema.check(engine)


async def upgrade(url: str) -> SchemaStatus:
    """Make the database, or bring it to the schema of this release.

    Args:
        url: of the log.

    Returns:
        What was found before.

    Raises:
        OpenError: when it cannot be used; nothing was changed.
        StoreUnavailable: when the server does not answer.
    """
    parsed = parse_url(url)
    if parsed.kind == "sqlite":
        try:
            found = await check(url)
        except DatabaseMissing:
            found = SchemaStatus(SchemaState.EMPTY, None, schema.head_revision())
        # Opening a SQLite log makes it and migrates it.
        await (await open_store(url)).close()
        return found
    async with _reading(parsed) as engine:
        return await schema.upgrade(engine, str(parsed))


async def downgrade(url: str, revision: str) -> SchemaStatus:
    """Bring the database back to an earlier schema, to be used by an earlier release.

    Args:
        url: of the log.
        revision: such as ``0001``; ``base`` for none, which an empty log only allows.

    Returns:
        What was found before.

    Raises:
        OpenError: when it cannot be used; nothing was changed.
        StoreUnavailable: when there is no way back to that revision.
    """
    parsed = parse_url(url)
    try:
        async with _reading(parsed) as reading:
            if parsed.kind == "postgresql":
                return await schema.downgrade(reading, str(parsed), revision)
        backend = SqliteBackend(parsed, tenant="default", max_event_bytes=1)
        try:
            return await schema.downgrade(backend.engine, str(parsed), revision)
        finally:
            await backend.close()
    except (CommandError, RuntimeError) as error:
        raise StoreUnavailable("The downgrade", str(error).rstrip(".")) from error


def sql(url: str) -> str:
    """Return the statements that make a new database of the URL's kind.

    Raises:
        UnsupportedUrl, MissingExtra: when the URL cannot be used.
    """
    return schema.upgrade_sql(parse_url(url).kind)


@asynccontextmanager
async def _reading(url: DatabaseUrl) -> AsyncIterator[AsyncEngine]:
    """Give an engine on a database that exists; connecting alone changes nothing in it."""
    if url.kind == "postgresql":
        # Only this path needs the driver, which is an extra.
        from retold.store.postgres import check_server, connection_error  # noqa: PLC0415

        engine = create_async_engine(url.url)
        try:
            try:
                async with engine.connect() as connection:
                    await check_server(connection, str(url))
            except (DBAPIError, OSError) as error:
                raise connection_error(error, str(url)) from error
            yield engine
        finally:
            await engine.dispose()
        return
    if url.path is None or not url.path.is_file() or not url.path.stat().st_size:
        raise DatabaseMissing(str(url))
    existing = f"sqlite+aiosqlite:///file:{quote(str(url.path.absolute()))}?mode=rw&uri=true"
    engine = create_async_engine(make_url(existing))
    try:
        yield engine
    except DatabaseError as error:
        raise NotARetoldDatabase(str(url), f"SQLite says: {error.orig}") from error
    finally:
        await engine.dispose()
