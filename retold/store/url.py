"""Where a log is: the URL of its database."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from retold.errors import MissingExtra, UnsupportedUrl

_sqlite_schemes = {"sqlite", "sqlite+aiosqlite"}
_postgres_schemes = {"postgresql", "postgres", "postgresql+asyncpg"}


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A checked URL.

    Attributes:
        kind: which database.
        url: for SQLAlchemy, with the asynchronous driver.
        path: the SQLite file; None for a log in memory and on PostgreSQL.
    """

    kind: Literal["sqlite", "postgresql"]
    url: URL
    path: Path | None = None

    def __str__(self) -> str:
        """The URL as a user wrote it, its password hidden."""
        return self.url.set(drivername=self.kind).render_as_string(hide_password=True)


def parse_url(text: str) -> DatabaseUrl:
    """Check the URL of a log.

    Args:
        text: ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``sqlite:///:memory:`` or
            ``postgresql://user:password@host:port/database``.

    Raises:
        UnsupportedUrl: when it names no database Retold can use.
        MissingExtra: when the driver for PostgreSQL is not installed.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise UnsupportedUrl(_without_secrets(text), "it is no database URL") from error
    if url.drivername in _sqlite_schemes:
        return _sqlite_url(url)
    if url.drivername in _postgres_schemes:
        if importlib.util.find_spec("asyncpg") is None:
            raise MissingExtra("asyncpg", "postgres")
        if not url.database:
            raise UnsupportedUrl(url.render_as_string(hide_password=True), "it names no database")
        return DatabaseUrl("postgresql", url.set(drivername="postgresql+asyncpg"))
    raise UnsupportedUrl(
        url.render_as_string(hide_password=True), f"{url.drivername!r} is no scheme Retold knows"
    )


def _sqlite_url(url: URL) -> DatabaseUrl:
    if url.host:
        raise UnsupportedUrl(
            url.render_as_string(hide_password=True),
            "a SQLite URL has three slashes before a relative path and four before an absolute one",
        )
    database = url.database
    if not database or database == ":memory:":
        return DatabaseUrl("sqlite", url.set(drivername="sqlite+aiosqlite", database=":memory:"))
    if database.startswith("file:") or url.query:
        raise UnsupportedUrl(str(url), "options in a SQLite URL are not supported")
    return DatabaseUrl("sqlite", url.set(drivername="sqlite+aiosqlite"), Path(database))


def _without_secrets(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    return scheme + separator + rest.rpartition("@")[2] if separator else text
