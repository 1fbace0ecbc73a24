"""Where a log is: the URL of its database."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import unquote

from retold.errors import MissingExtra, UnsupportedUrl

Kind: TypeAlias = Literal["sqlite", "postgresql"]
Durability: TypeAlias = Literal["full", "normal"]

_sqlite_schemes = {"sqlite", "sqlite+aiosqlite"}
_postgres_schemes = {"postgresql", "postgres", "postgresql+asyncpg"}
_secret_options = re.compile(r"([?&][^=&]*(?:pass|secret|key)[^=&]*=)[^&]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A checked URL.

    Attributes:
        kind: which database.
        path: the SQLite file; None for a log in memory and on PostgreSQL.
        dsn: for the PostgreSQL driver, with everything the user wrote; None on SQLite.
        shown: as the user wrote it, without a password.
    """

    kind: Kind
    path: Path | None = None
    dsn: str | None = field(default=None, repr=False)
    shown: str = ""

    def __str__(self) -> str:
        """The URL as a user wrote it, its password hidden."""
        return self.shown


def parse_url(text: str) -> DatabaseUrl:
    """Check the URL of a log.

    Args:
        text: ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``sqlite:///:memory:`` or
            ``postgresql://user:password@host:port/database``. ``%`` and ``?`` in a name are
            written ``%25`` and ``%3F``.

    Raises:
        UnsupportedUrl: when it names no database Retold can use.
        MissingExtra: when the driver for PostgreSQL is not installed.
    """
    shown = _without_password(str(text))
    scheme, separator, rest = str(text).partition("://")
    scheme = scheme.lower()
    if not separator:
        raise UnsupportedUrl(shown, "it is no database URL")
    if "\x00" in unquote(rest):
        raise UnsupportedUrl(shown, "it holds a NUL character")
    if scheme in _sqlite_schemes:
        return _sqlite_url(rest, shown)
    if scheme in _postgres_schemes:
        return _postgres_url(rest, shown)
    raise UnsupportedUrl(shown, f"{scheme!r} is no scheme Retold knows")


def _sqlite_url(rest: str, shown: str) -> DatabaseUrl:
    if rest and not rest.startswith("/"):
        raise UnsupportedUrl(
            shown,
            "a SQLite URL has three slashes before a relative path and four before an absolute one",
        )
    name, options, _ = rest[1:].partition("?")
    if options or name.startswith("file:"):
        raise UnsupportedUrl(shown, "options in a SQLite URL are not supported")
    if not name:
        raise UnsupportedUrl(shown, "it names no file; a log in memory is sqlite:///:memory:")
    path = None if name == ":memory:" else Path(unquote(name))
    return DatabaseUrl("sqlite", path, shown=shown)


def _postgres_url(rest: str, shown: str) -> DatabaseUrl:
    if importlib.util.find_spec("asyncpg") is None:
        raise MissingExtra("asyncpg", "postgres")
    database = rest.rpartition("@")[2].partition("?")[0].partition("/")[2]
    if not database:
        raise UnsupportedUrl(shown, "it names no database")
    # The rest is for the driver to understand, as PostgreSQL's own programs do.
    return DatabaseUrl("postgresql", dsn=f"postgresql://{rest}", shown=shown)


def _without_password(text: str) -> str:
    """Hide what may be a password, also in a URL that is none."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        return f"***@{text.rpartition('@')[2]}" if "@" in text else text
    # A password may hold any character but the last "@".
    user, at, place = rest.rpartition("@")
    if ":" in user:
        user = f"{user.partition(':')[0]}:***"
    elif not at:
        place = re.sub(r"^([^/?#\[\]]*:)(?!\d*(?:[/?#]|$))[^/?#]*", r"\1***", place)
    return scheme + separator + user + at + _secret_options.sub(r"\1***", place)
