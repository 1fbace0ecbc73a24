"""The schema of the database: which one it has, and the way to the one this release needs."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from retold.errors import DatabaseNotMigrated, DatabaseTooNew, NotARetoldDatabase

version_table = "retold_version"
# Any fixed number; two processes that upgrade at once take turns by it.
_upgrade_lock = 0x7265746F6C64


class SchemaState(StrEnum):
    """How a database stands to this release."""

    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """What ``check`` found.

    Attributes:
        state: how the database stands to this release.
        current: its revision; None when it has none.
        head: the revision this release needs.
    """

    state: SchemaState
    current: str | None
    head: str


def _config(output: io.StringIO | None = None) -> Config:
    config = Config(output_buffer=output, stdout=io.StringIO())
    config.set_main_option("script_location", "retold:migrations")
    return config


def head_revision() -> str:
    """Return the revision this release needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("The package holds no migrations; reinstall it.")
    return head


def status_of(connection: Connection) -> SchemaStatus:
    """Return how the database of ``connection`` stands to this release."""
    head = head_revision()
    tables = set(inspect(connection).get_table_names())
    if version_table not in tables:
        ours = {"events", "streams", "checkpoints"}
        foreign = tables if connection.dialect.name == "sqlite" else tables & ours
        return SchemaStatus(SchemaState.FOREIGN if foreign else SchemaState.EMPTY, None, head)
    context = MigrationContext.configure(connection, opts={"version_table": version_table})
    current = context.get_current_revision()
    if current is None:
        return SchemaStatus(SchemaState.EMPTY, None, head)
    if current == head:
        return SchemaStatus(SchemaState.CURRENT, current, head)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    state = SchemaState.OLDER if current in known else SchemaState.NEWER
    return SchemaStatus(state, current, head)


async def check(engine: AsyncEngine) -> SchemaStatus:
    """Return how the database of ``engine`` stands to this release; it changes nothing."""
    async with engine.connect() as connection:
        return await connection.run_sync(status_of)


async def upgrade(engine: AsyncEngine, url: str) -> SchemaStatus:
    """Bring the database to the schema of this release, in one transaction.

    Args:
        engine: of the database.
        url: for error messages, without a password.

    Returns:
        What was found before.

    Raises:
        NotARetoldDatabase: when it holds somebody else's tables.
        DatabaseTooNew: when a later release wrote it.
    """
    async with _exclusive(engine) as connection:
        status = await connection.run_sync(status_of)
        refuse_unusable(status, url)
        if status.state is not SchemaState.CURRENT:
            await connection.run_sync(_run, "upgrade", "head")
        return status


async def downgrade(engine: AsyncEngine, url: str, revision: str) -> SchemaStatus:
    """Bring the database back to an earlier schema; arguments and errors as in ``upgrade``.

    The first migration refuses to go back while the log holds events.
    """
    async with _exclusive(engine) as connection:
        status = await connection.run_sync(status_of)
        refuse_unusable(status, url)
        await connection.run_sync(_run, "downgrade", revision)
        return status


def refuse_unusable(status: SchemaStatus, url: str) -> None:
    """Raise when no version of this package could use the database as it is.

    Raises:
        NotARetoldDatabase, DatabaseTooNew: as the names say.
    """
    if status.state is SchemaState.FOREIGN:
        raise NotARetoldDatabase(url, "it has tables, but none that says which schema it has")
    if status.state is SchemaState.NEWER:
        raise DatabaseTooNew(url, str(status.current), status.head)


def refuse_unmigrated(status: SchemaStatus, url: str) -> None:
    """Raise unless the database has the schema of this release.

    Raises:
        NotARetoldDatabase, DatabaseTooNew, DatabaseNotMigrated: as the names say.
    """
    refuse_unusable(status, url)
    if status.state is not SchemaState.CURRENT:
        raise DatabaseNotMigrated(url, status.current, status.head)


def upgrade_sql(kind: Literal["sqlite", "postgresql"]) -> str:
    """Return the statements that make a new database, for review or for a DBA to run."""
    output = io.StringIO()
    config = _config(output)
    config.attributes["dialect"] = kind
    command.upgrade(config, "head", sql=True)
    return output.getvalue()


@asynccontextmanager
async def _exclusive(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.execution_options(begin="BEGIN IMMEDIATE").begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": _upgrade_lock}
            )
        yield connection


def _run(connection: Connection, direction: Literal["upgrade", "downgrade"], to: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    getattr(command, direction)(config, to)
