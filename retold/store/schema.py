"""The schema of the database: which one it has, and the way to the one this release needs."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from retold.errors import (
    DatabaseNotMigrated,
    DatabaseTooNew,
    MigrationRefused,
    NotARetoldDatabase,
)

version_table = "retold_version"
# Of the first migration; other tables may share a PostgreSQL database with these.
_own_tables = {"events", "streams", "checkpoints", "leases", "log_info"}
# Any fixed number; two processes that upgrade at once take turns by it.
_upgrade_lock = 0x7265746F6C64
# Alembic keeps the migration it runs in module globals: one at a time in a process.
_running = threading.Lock()


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


@lru_cache(maxsize=1)
def _revisions() -> tuple[str, ...]:
    """Return the revisions this release knows, the newest first."""
    scripts = ScriptDirectory.from_config(_config())
    return tuple(script.revision for script in scripts.walk_revisions())


def head_revision() -> str:
    """Return the revision this release needs."""
    return _revisions()[0]


def status_of(connection: Connection) -> SchemaStatus:
    """Return how the database of ``connection`` stands to this release."""
    head = head_revision()
    tables = set(inspect(connection).get_table_names())
    revisions: tuple[str, ...] = ()
    if version_table in tables:
        context = MigrationContext.configure(connection, opts={"version_table": version_table})
        revisions = context.get_current_heads()
    if not revisions:
        others = tables - {version_table}
        in_the_way = others if connection.dialect.name == "sqlite" else others & _own_tables
        return SchemaStatus(SchemaState.FOREIGN if in_the_way else SchemaState.EMPTY, None, head)
    current = ", ".join(revisions)
    if current == head:
        return SchemaStatus(SchemaState.CURRENT, current, head)
    state = SchemaState.OLDER if current in _revisions() else SchemaState.NEWER
    return SchemaStatus(state, current, head)


async def database_id(connection: AsyncConnection, url: str) -> str:
    """Return the id of a database that has the schema of this release: eight hex digits.

    Raises:
        NotARetoldDatabase: when it has none.
    """
    found = await connection.execute(text("SELECT value FROM log_info WHERE key = 'database_id'"))
    identity: str | None = found.scalar()
    if not identity:
        raise NotARetoldDatabase(url, "it has no id")
    return identity


async def check(engine: AsyncEngine) -> SchemaStatus:
    """Return how the database of ``engine`` stands to this release; it changes nothing."""
    async with engine.connect() as connection:
        return await connection.run_sync(status_of)


async def upgrade(engine: AsyncEngine, url: str) -> SchemaStatus:
    """Bring the database to the schema of this release, in one transaction.

    Args:
        engine: of the database; on SQLite its transactions begin with BEGIN IMMEDIATE.
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
    """Bring the database back to an earlier schema.

    Args:
        engine: of the database.
        url: for error messages, without a password.
        revision: the schema to go back to; ``base`` for an empty database, which is refused
            while the log holds events.

    Returns:
        What was found before.

    Raises:
        MigrationRefused: when there is no such schema, it is a later one, or events would go.
        NotARetoldDatabase, DatabaseTooNew: as in :func:`upgrade`.
    """
    if revision != "base" and revision not in _revisions():
        raise MigrationRefused(url, revision, f"this release knows {', '.join(_revisions())}")
    async with _exclusive(engine) as connection:
        status = await connection.run_sync(status_of)
        refuse_unusable(status, url)
        order = [*_revisions(), "base"]
        if status.current is None or order.index(revision) < order.index(status.current):
            raise MigrationRefused(url, revision, f"it is at {status.current or 'none'}")
        if revision == "base" and await connection.run_sync(_holds_events):
            raise MigrationRefused(url, revision, "the log holds events, which would be destroyed")
        if order.index(revision) > order.index("0003") and await connection.run_sync(_is_forked):
            what = "it has forks, ended streams or a second epoch, which that schema does not know"
            raise MigrationRefused(url, revision, what)
        if order.index(revision) > order.index("0005") and await connection.run_sync(_holds_files):
            what = "its knowledge stores hold files, which would be destroyed"
            raise MigrationRefused(url, revision, what)
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
    # The event loop that would let the other migration end may be this thread's own.
    if not _running.acquire(timeout=10):
        raise RuntimeError("A migration is running in this process; try again when it is done.")
    try:
        command.upgrade(config, "head", sql=True)
    finally:
        _running.release()
    return output.getvalue()


@asynccontextmanager
async def _exclusive(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Give a transaction in which nobody else migrates this database, nor this process any."""
    # The holder may be in another thread, with an event loop of its own.
    while not _running.acquire(blocking=False):  # noqa: ASYNC110
        await asyncio.sleep(0.002)
    try:
        async with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": _upgrade_lock}
                )
            yield connection
    finally:
        _running.release()


def _holds_events(connection: Connection) -> bool:
    if connection.dialect.name == "postgresql":
        # Nobody appends between the question and the answer to it.
        connection.execute(text("LOCK TABLE events IN ACCESS EXCLUSIVE MODE"))
    return bool(connection.execute(text("SELECT EXISTS (SELECT 1 FROM events)")).scalar())


def _holds_files(connection: Connection) -> bool:
    if "knowledge_files" not in inspect(connection).get_table_names():
        return False
    if connection.dialect.name == "postgresql":
        # As for the events.
        connection.execute(text("LOCK TABLE knowledge_files IN ACCESS EXCLUSIVE MODE"))
    return bool(connection.execute(text("SELECT EXISTS (SELECT 1 FROM knowledge_files)")).scalar())


def _is_forked(connection: Connection) -> bool:
    if "epochs" in inspect(connection).get_table_names() and (
        connection.execute(text("SELECT max(epoch) FROM epochs")).scalar() != 1
    ):
        return True
    return bool(
        connection.execute(
            text(
                "SELECT EXISTS (SELECT 1 FROM streams"
                " WHERE parent_stream IS NOT NULL OR tombstoned_at IS NOT NULL)"
            )
        ).scalar()
    )


def _run(connection: Connection, direction: Literal["upgrade", "downgrade"], to: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    run = command.upgrade if direction == "upgrade" else command.downgrade
    run(config, to)
