"""The PostgreSQL server, and databases of one's own on it."""

from __future__ import annotations

import asyncio
import getpass
import importlib.util
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from sqlalchemy.engine import make_url

from retold.store import upkeep

default_url = f"postgresql://{getpass.getuser()}@127.0.0.1:5432/postgres"
variable = "RETOLD_TEST_POSTGRES_URL"
connect_seconds = 10.0


def postgres_missing() -> str | None:
    """Return why there is nothing to measure on PostgreSQL; None when there is."""
    if importlib.util.find_spec("asyncpg") is None:
        return "skipped: asyncpg is not installed"
    try:
        asyncio.run(_administer("SELECT 1"))
    except OSError as error:
        return f"skipped: no PostgreSQL answers at {variable} ({type(error).__name__})"
    return None


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server on which databases may be made.

    Attributes:
        template: name of a migrated, empty database to copy.
    """

    template: str

    @classmethod
    @contextmanager
    def with_template(cls) -> Iterator[Self]:
        """Make the template; it goes at the end."""
        template = f"retold_bench_{os.getpid()}_{secrets.token_hex(3)}"
        asyncio.run(_administer(f"CREATE DATABASE {template}"))
        try:
            asyncio.run(_migrate(template))
            yield cls(template)
        finally:
            asyncio.run(_administer(f"DROP DATABASE IF EXISTS {template} WITH (FORCE)"))

    @contextmanager
    def log(self) -> Iterator[str]:
        """Give the URL of a migrated, empty database; it goes at the end."""
        database = f"{self.template}_{secrets.token_hex(3)}"
        asyncio.run(_administer(f"CREATE DATABASE {database} TEMPLATE {self.template}"))
        try:
            yield _dsn(database)
        finally:
            asyncio.run(_administer(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)"))


def _server_url() -> str:
    return os.environ.get(variable, default_url)


def _dsn(database: str) -> str:
    url = make_url(_server_url()).set(database=database, drivername="postgresql")
    return url.render_as_string(hide_password=False)


async def _migrate(database: str) -> None:
    await upkeep.upgrade(_dsn(database))


async def _administer(statement: str) -> None:
    import asyncpg  # noqa: PLC0415 - an extra, which may not be installed

    connection = await asyncpg.connect(_server_url(), timeout=connect_seconds)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
