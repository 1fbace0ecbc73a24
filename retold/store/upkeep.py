"""The schema of a database by its URL: what ``retold db`` does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from retold.store import backend_for, schema
from retold.store.backend import SqlBackend
from retold.store.schema import SchemaStatus
from retold.store.url import parse_url


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
    async with _backend(url) as backend:
        return await backend.check()


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
    async with _backend(url) as backend:
        return await backend.upgrade()


async def downgrade(url: str, revision: str) -> SchemaStatus:
    """Bring the database back to an earlier schema, to be used by an earlier release.

    Args:
        url: of the log.
        revision: such as ``0001``; ``base`` for none, which an empty log only allows.

    Returns:
        What was found before.

    Raises:
        MigrationRefused: when there is no way back to that revision, or events would be lost.
        OpenError: when it cannot be used; nothing was changed.
        StoreUnavailable: when the server does not answer.
    """
    async with _backend(url) as backend:
        return await backend.downgrade(revision)


def sql(url: str) -> str:
    """Return the statements that make a new database of the URL's kind.

    Raises:
        UnsupportedUrl, MissingExtra: when the URL cannot be used.
    """
    return schema.upgrade_sql(parse_url(url).kind)


@asynccontextmanager
async def _backend(url: str) -> AsyncIterator[SqlBackend]:
    backend = backend_for(url)
    try:
        yield backend
    finally:
        await backend.close()
